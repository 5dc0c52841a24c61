/**
 * The proof of possession that the chain keeps: a Bitcoin key has signed a Babylon account's address, in one of three
 * forms. Whatever is not exactly one of them does not verify.
 * @module
 */
import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bech32, bech32m } from "@scure/base";
import { RawWitness } from "@scure/btc-signer/script.js";
import { bip137Digest, bip322ToSpendId } from "../../../chains/bitcoin/message.ts";
import { SIGHASH_ALL, SIGHASH_DEFAULT, signatureHasher, tapTweak } from "../../../chains/bitcoin/sighash.ts";
import { bytesToBigint, concat, equalBytes, utf8 } from "../../../domain/bytes.ts";
import { accountBytes, hash160 } from "./account.ts";
import type { PublicKey } from "../../../domain/kinds.ts";

/** In the order of their numbers on chain. */
export const FORMS = ["bip340", "bip322", "ecdsa"] as const;
export type Form = (typeof FORMS)[number];

export interface ChainProof {
  readonly form: Form;
  /** 64 bytes (bip340), a BIP322Sig message (bip322), or 65 bytes (ecdsa). */
  readonly signature: Uint8Array;
}

const VARINT = 0;
const BYTES = 2;
const OP_RETURN = Uint8Array.of(0x6a);
const ECDSA_BYTES = 65;
/** Header byte of recovery id 0, uncompressed; 4 more say compressed. */
const ECDSA_HEADER = 27;

/** The message on chain: type in field 1, signature in field 2. */
export function encodeProof({ form, signature }: ChainProof): Uint8Array {
  const type = FORMS.indexOf(form);
  const head = type === 0 ? new Uint8Array() : Uint8Array.of(tag(1, VARINT), type);
  return concat(head, bytesField(2, signature));
}

/** Undefined for anything but the message in its one canonical encoding. */
export function decodeProof(bytes: Uint8Array): ChainProof | undefined {
  for (const [type, form] of FORMS.entries()) {
    const start = type === 0 ? 0 : 2;
    const fields = bytesFields(bytes.subarray(start), [2]);
    const [signature] = fields ?? [];
    if (signature === undefined) continue;
    if (equalBytes(encodeProof({ form, signature }), bytes)) return { form, signature };
  }
  return undefined;
}

/** The signature of the bip322 form: address in field 1, witness stack in field 2. */
export function encodeBip322(address: string, witness: Uint8Array): Uint8Array {
  return concat(bytesField(1, utf8(address)), bytesField(2, witness));
}

/**
 * What the bip340 form signs: 32 bytes. Undefined where the address is not an account's.
 * @param context 64 hex digits that the chain demands before what is signed; empty without
 */
export function bip340Digest(account: string, context = ""): Uint8Array | undefined {
  const bytes = accountBytes(account);
  return bytes === undefined ? undefined : sha256(concat(utf8(context), bytes));
}

/** @param publicKey 32 bytes, x-only @param context as of `bip340Digest` */
export function verifyProof(proof: ChainProof, publicKey: PublicKey, account: string, context = ""): boolean {
  const digest = bip340Digest(account, context);
  if (digest === undefined || publicKey.length !== 32) return false;
  try {
    switch (proof.form) {
      case "bip340":
        return schnorr.verify(proof.signature, digest, publicKey);
      case "bip322":
        return verifyBip322(proof.signature, publicKey, context + account);
      case "ecdsa":
        return verifyEcdsa(proof.signature, publicKey, context + account);
    }
  } catch {
    // Libraries throw for what is not a signature or not a point.
    return false;
  }
}

function verifyEcdsa(signature: Uint8Array, publicKey: PublicKey, account: string): boolean {
  const header = signature[0] ?? 0;
  if (signature.length !== ECDSA_BYTES || header < ECDSA_HEADER || header >= ECDSA_HEADER + 8) return false;
  const parsed = secp256k1.Signature.fromBytes(signature.subarray(1), "compact");
  if (parsed.hasHighS()) return false;
  const point = parsed.addRecoveryBit((header - ECDSA_HEADER) & 3).recoverPublicKey(bip137Digest(account));
  return equalBytes(point.toBytes(true).subarray(1), publicKey);
}

/** The bip322 form over any text. */
export function verifyBip322(signature: Uint8Array, publicKey: PublicKey, account: string): boolean {
  const [address, stack] = bytesFields(signature, [1, 2]) ?? [];
  if (address === undefined || stack === undefined) return false;
  const text = new TextDecoder("utf-8", { fatal: true }).decode(address);
  if (!equalBytes(encodeBip322(text, stack), signature)) return false;
  const program = witnessProgram(text);
  const witness = RawWitness.decode(stack);
  if (program === undefined || !equalBytes(RawWitness.encode(witness), stack)) return false;
  return program.version === 0
    ? verifyKeyHash(program.bytes, witness, publicKey, account)
    : verifyTaproot(program.bytes, witness, publicKey, account);
}

interface WitnessProgram {
  readonly version: 0 | 1;
  /** 20 bytes for version 0, 32 for version 1. */
  readonly bytes: Uint8Array;
}

/** P2WPKH and P2TR addresses, of whatever network. */
function witnessProgram(address: string): WitnessProgram | undefined {
  const zero = bech32.decodeUnsafe(address, 90);
  if (zero !== undefined && zero.words[0] === 0) {
    const bytes = bech32.fromWords(zero.words.slice(1));
    return bytes.length === 20 ? { version: 0, bytes } : undefined;
  }
  const taproot = bech32m.decodeUnsafe(address, 90);
  if (taproot === undefined || taproot.words[0] !== 1) return undefined;
  const bytes = bech32m.fromWords(taproot.words.slice(1));
  return bytes.length === 32 ? { version: 1, bytes } : undefined;
}

/** The script that such an address names: the version, then a push of the program. */
function scriptOf({ version, bytes }: WitnessProgram): Uint8Array {
  return concat(Uint8Array.of(version === 0 ? 0 : 0x51, bytes.length), bytes);
}

function verifyKeyHash(
  program: Uint8Array,
  [signature, key, ...others]: readonly Uint8Array[],
  publicKey: PublicKey,
  account: string,
): boolean {
  if (signature === undefined || key?.length !== 33 || others.length > 0) return false;
  if (!equalBytes(hash160(key), program) || !equalBytes(key.subarray(1), publicKey)) return false;
  if (signature.at(-1) !== SIGHASH_ALL) return false;
  const scriptCode = concat(Uint8Array.of(0x76, 0xa9, 20), program, Uint8Array.of(0x88, 0xac));
  const digest = toSign(account, scriptOf({ version: 0, bytes: program })).witnessV0(0, scriptCode, 0n);
  const options = { prehash: false, format: "der", lowS: true } as const;
  return secp256k1.verify(signature.subarray(0, -1), digest, key, options);
}

function verifyTaproot(
  program: Uint8Array,
  [signature, ...others]: readonly Uint8Array[],
  publicKey: PublicKey,
  account: string,
): boolean {
  if (signature === undefined || others.length > 0 || !equalBytes(outputKey(publicKey), program))
    return false;
  const type = signature.length === 64 ? SIGHASH_DEFAULT : signature.at(-1);
  if (signature.length > 65 || (signature.length === 65 && type !== SIGHASH_ALL)) return false;
  const script = scriptOf({ version: 1, bytes: program });
  const digest = toSign(account, script).taproot(0, type ?? SIGHASH_DEFAULT);
  return schnorr.verify(signature.subarray(0, 64), digest, program);
}

/** BIP-341's output key of a key without scripts: 32 bytes. */
function outputKey(publicKey: PublicKey): Uint8Array {
  const { Point } = secp256k1;
  const tweak = Point.Fn.create(bytesToBigint(tapTweak(publicKey)));
  const internal = schnorr.utils.lift_x(bytesToBigint(publicKey));
  return internal.add(Point.BASE.multiply(tweak)).toBytes(true).slice(1);
}

/** The hashes of BIP-322's to_sign, which spends to_spend's one output, worth nothing. */
function toSign(account: string, script: Uint8Array): ReturnType<typeof signatureHasher> {
  const txid = bip322ToSpendId(account, script).toReversed();
  return signatureHasher(
    {
      version: 0,
      lockTime: 0,
      inputs: [{ txid, index: 0, sequence: 0 }],
      outputs: [{ amount: 0n, script: OP_RETURN }],
    },
    [{ amount: 0n, script }],
  );
}

function tag(field: number, type: number): number {
  return (field << 3) | type;
}

function bytesField(field: number, bytes: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(tag(field, BYTES)), varint(bytes.length), bytes);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Uint8Array.of(...bytes, rest);
    bytes.push((rest & 0x7f) | 0x80);
  }
}

/** The contents of these fields, which must be all there is, in this order; undefined otherwise. */
function bytesFields(bytes: Uint8Array, fields: readonly number[]): Uint8Array[] | undefined {
  const found: Uint8Array[] = [];
  let at = 0;
  for (const field of fields) {
    if (bytes[at] !== tag(field, BYTES)) return undefined;
    at += 1;
    let length = 0;
    // Two bytes are enough for whatever a proof holds.
    for (let shift = 0; shift <= 7; shift += 7) {
      const byte = bytes[at] ?? 0;
      at += 1;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    found.push(bytes.slice(at, at + length));
    at += length;
  }
  return at === bytes.length ? found : undefined;
}
