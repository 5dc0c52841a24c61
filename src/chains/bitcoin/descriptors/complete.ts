/**
 * Final scripts of inputs that spend registered descriptors, once the PSBT holds enough signatures: ours, and those of the other
 * signers, which were verified when the request was decoded.
 * @module
 */
import { ripemd160 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { Script } from "@scure/btc-signer/script.js";
import { equalBytes } from "../../../domain/bytes.ts";
import type { PsbtMaps } from "../psbt.ts";
import { hex } from "../scripts.ts";
import { satisfy } from "./satisfy.ts";
import type { Knowledge, Locks, SpendableScript } from "./satisfy.ts";

/** What completing one input needs: plain data, which crosses threads. */
export interface Completion {
  readonly position: number;
  readonly sequence: number;
  /** sh(wsh) only. */
  readonly redeemScript?: Uint8Array;
  /** One of P2WSH, or all leaves of a taproot tree. */
  readonly scripts: readonly SpendableScript[];
}

type InputMap = PsbtMaps["inputs"][number];

const HASHES = [
  ["sha256", (preimage: Uint8Array) => sha256(preimage)],
  ["hash256", (preimage: Uint8Array) => sha256(sha256(preimage))],
  ["ripemd160", (preimage: Uint8Array) => ripemd160(preimage)],
  ["hash160", (preimage: Uint8Array) => ripemd160(sha256(preimage))],
] as const;

/** Miniscript's hash fragments take preimages of this length and no other. */
const PREIMAGE_BYTES = 32;

/** Fields that stay beside final scripts (BIP-174, input finalizer). */
const KEPT: ReadonlySet<string> = new Set([
  "nonWitnessUtxo",
  "witnessUtxo",
  "finalScriptSig",
  "finalScriptWitness",
  "txid",
  "index",
  "sequence",
  "requiredTimeLocktime",
  "requiredHeightLocktime",
  "unknown",
  "proprietary",
]);

/**
 * Puts the final scripts into the input's map, and takes out what they replace.
 * @returns false, with the map as it was, while a signature is missing or a lock has not been set in the transaction
 */
export function completeInput(
  input: InputMap,
  completion: Completion,
  transaction: Pick<Locks, "version" | "lockTime">,
): boolean {
  const witness = witnessOf(input, completion, { ...transaction, sequence: completion.sequence });
  if (witness === undefined) return false;
  for (const name of Object.keys(input)) if (!KEPT.has(name)) Reflect.deleteProperty(input, name);
  input.finalScriptWitness = witness;
  if (completion.redeemScript !== undefined) {
    input.finalScriptSig = Uint8Array.from(Script.encode([completion.redeemScript]));
  }
  return true;
}

/** The smallest of the witnesses that can be made. */
function witnessOf(
  input: InputMap,
  { scripts }: Completion,
  locks: Locks,
): Uint8Array<ArrayBuffer>[] | undefined {
  if (input.tapKeySig !== undefined) return [Uint8Array.from(input.tapKeySig)];
  const preimages = preimagesOf(input);
  const witnesses = scripts.flatMap((spent) => {
    const items = satisfy(spent, { preimages, signatures: signaturesOf(input, spent) }, locks);
    if (items === undefined) return [];
    const end = spent.leaf === undefined ? [spent.script] : [spent.script, spent.leaf.controlBlock];
    return [[...items, ...end].map((item) => Uint8Array.from(item))];
  });
  return witnesses.toSorted((a, b) => size(a) - size(b))[0];
}

function size(witness: readonly Uint8Array[]): number {
  return witness.reduce((sum, item) => sum + 1 + item.length, 0);
}

function signaturesOf(input: InputMap, { leaf }: SpendableScript): Knowledge["signatures"] {
  const signatures = new Map<string, Uint8Array>();
  if (leaf === undefined) {
    for (const [key, signature] of input.partialSig ?? []) signatures.set(hex(key), signature);
    return signatures;
  }
  for (const [{ pubKey, leafHash }, signature] of input.tapScriptSig ?? []) {
    if (equalBytes(leafHash, leaf.hash)) signatures.set(hex(pubKey), signature);
  }
  return signatures;
}

/** Preimages that the PSBT brings (BIP-174), each hashed again. */
function preimagesOf(input: InputMap): Knowledge["preimages"] {
  const preimages = new Map<string, Uint8Array>();
  for (const [name, hash] of HASHES) {
    for (const [hashed, preimage] of input[name] ?? []) {
      if (preimage.length !== PREIMAGE_BYTES || !equalBytes(hash(preimage), hashed)) continue;
      preimages.set(`${name}_preimage(${hex(hashed)})`, preimage);
    }
  }
  return preimages;
}
