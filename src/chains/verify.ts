/**
 * Verifies the vault's signatures with code the vault did not sign with where there is a choice, on another thread.
 * Public data only. The answer is closed: whatever cannot be verified is false, never an exception.
 * @module
 */
import { createPublicKey, hash, verify as verifyEd25519, type KeyObject } from "node:crypto";
import { createRequire } from "node:module";
import { Point } from "@scure/starknet";
import * as tiny from "tiny-secp256k1";
import { bigintToBytes, bytesToBigint, equalBytes } from "../domain/bytes.ts";
import type { Signature, SigningPayload } from "./adapter.ts";
import { verifyBls, verifyBlsBatch, type SignedPayload } from "./verify-bls.ts";
import type { PublicKey } from "../domain/kinds.ts";

const SIGNATURE_BYTES = 64;
const STARK_LIMIT = 2n ** 251n;
/** Half of the order of secp256k1 (BIP-62). */
const SECP256K1_LOW_S_MAX = bigintToBytes(
  0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n,
  32,
);
const SPKI_ED25519 = Buffer.from("302a300506032b6570032100", "hex");
/** Parsed public keys that are kept: parsing costs as much as verifying. */
const PARSED_KEYS_MAX = 4096;

interface EcdsaVerifier {
  verify(signature: Uint8Array, digest: Uint8Array, publicKey: PublicKey): boolean;
  recover(signature: Uint8Array, recovery: number, digest: Uint8Array): Uint8Array | null;
}

interface NativeAddOn {
  ecdsaVerify(signature: Uint8Array, digest: Uint8Array, publicKey: PublicKey): boolean;
  ecdsaRecover(signature: Uint8Array, recovery: number, digest: Uint8Array, compressed: boolean): Uint8Array;
}

const ecdsa: EcdsaVerifier = loadEcdsa();
const ed25519Keys = new Map<string, KeyObject>();
const starkPoints = new Map<string, typeof Point.BASE>();

/**
 * True when `signature` is 64 bytes and signs `payload` under `payload.publicKey`: ECDSA with low s, and with a
 * `recovery` that gives that key back if there is one; BIP-340 (over SHA-256 of the message for EOTS); Ed25519; Stark ECDSA
 * in StarkEx's ranges. BLS signatures are 96 bytes.
 */
export function verifySignature(payload: SigningPayload, signature: Signature): boolean {
  try {
    if (payload.scheme === "bls") return verifyBls(payload, signature);
    if (signature.bytes.length !== SIGNATURE_BYTES) return false;
    switch (payload.scheme) {
      case "secp256k1.ecdsa":
        return verifyEcdsa(payload.digest, payload.publicKey, signature);
      case "secp256k1.schnorr":
      case "babylon.schnorr":
        return tiny.verifySchnorr(payload.digest, payload.publicKey, signature.bytes);
      case "babylon.eots":
        return tiny.verifySchnorr(
          hash("sha256", payload.message, "buffer"),
          payload.publicKey,
          signature.bytes,
        );
      case "ed25519":
        return verifyEd25519(null, payload.message, ed25519Key(payload.publicKey), signature.bytes);
      case "stark.ecdsa":
        return verifyStark(payload.digest, payload.publicKey, signature.bytes);
    }
  } catch {
    return false;
  }
}

/**
 * Whether all signatures of each group verify. The BLS groups of a batch are checked together, which costs a fraction
 * of checking them one after the other; when that fails, each is checked by itself to find the wrong one.
 * @param groups one for each call; an empty group is false
 */
export function verifySignatures(groups: readonly (readonly SignedPayload[])[]): readonly boolean[] {
  const together = groups.filter((group) => group.length > 0 && group.every(isBls));
  const allBlsGood = together.length > 1 && verifyBlsBatch(together.flat());
  return groups.map((group) => {
    if (group.length === 0) return false;
    if (allBlsGood && group.every(isBls)) return true;
    return group.every(({ payload, signature }) => verifySignature(payload, signature));
  });
}

function isBls({ payload }: SignedPayload): boolean {
  return payload.scheme === "bls";
}

/**
 * Recovery solves the verification equation for the key (SEC 1, 4.1.6), so the key it gives back is the one under which
 * the signature verifies: checking both would cost twice. It does not demand low s, as `verify` does.
 */
function verifyEcdsa(digest: Uint8Array, publicKey: PublicKey, { bytes, recovery }: Signature): boolean {
  if (publicKey.length !== 33) return false;
  if (recovery === undefined) return ecdsa.verify(bytes, digest, publicKey);
  if (recovery !== 0 && recovery !== 1) return false;
  if (Buffer.compare(bytes.subarray(32), SECP256K1_LOW_S_MAX) > 0) return false;
  const recovered = ecdsa.recover(bytes, recovery, digest);
  return recovered !== null && equalBytes(recovered, publicKey);
}

/**
 * Only x of the public key is known, so r may come from either of its two points: r = x(zG/s ± rP/s). Written out
 * because a library call takes a whole point, and would cost a square root and a second verification.
 */
function verifyStark(digest: Uint8Array, publicKey: PublicKey, signature: Uint8Array): boolean {
  const { Fn } = Point;
  const r = bytesToBigint(signature.subarray(0, 32));
  const s = bytesToBigint(signature.subarray(32));
  const z = bytesToBigint(digest);
  if (digest.length !== 32 || z >= STARK_LIMIT || r === 0n || r >= STARK_LIMIT || !Fn.isValidNot0(s))
    return false;
  const w = Fn.inv(s);
  if (w >= STARK_LIMIT) return false;
  const point = starkPoint(publicKey);
  const u1 = Fn.mul(z, w);
  // Multiplication by zero is not defined for the fixed-base table.
  const zG = u1 === 0n ? Point.ZERO : Point.BASE.multiply(u1);
  const rP = point.multiplyUnsafe(Fn.mul(r, w));
  return [zG.add(rP), zG.subtract(rP)].some((sum) => !sum.is0() && Fn.create(sum.toAffine().x) === r);
}

function starkPoint(x: Uint8Array): typeof Point.BASE {
  return kept(starkPoints, x, () => {
    const compressed = new Uint8Array(33);
    compressed[0] = 2;
    compressed.set(x, 1);
    return Point.fromBytes(compressed);
  });
}

function ed25519Key(publicKey: PublicKey): KeyObject {
  return kept(ed25519Keys, publicKey, () => {
    if (publicKey.length !== 32) throw new RangeError("an Ed25519 public key is 32 bytes");
    return createPublicKey({ key: Buffer.concat([SPKI_ED25519, publicKey]), format: "der", type: "spki" });
  });
}

function kept<Parsed>(cache: Map<string, Parsed>, bytes: Uint8Array, parse: () => Parsed): Parsed {
  const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  const known = cache.get(name);
  if (known !== undefined) return known;
  const parsed = parse();
  if (cache.size >= PARSED_KEYS_MAX) cache.clear();
  cache.set(name, parsed);
  return parsed;
}

function loadEcdsa(): EcdsaVerifier {
  let addOn: NativeAddOn;
  try {
    // The package's plain entry would fall back to a JavaScript implementation without a word.
    addOn = createRequire(import.meta.url)("secp256k1/bindings.js");
  } catch {
    return {
      verify: (signature, digest, publicKey) => tiny.verify(digest, publicKey, signature, true),
      recover: (signature, recovery, digest) => tiny.recover(digest, signature, recovery === 0 ? 0 : 1, true),
    };
  }
  return {
    verify: (signature, digest, publicKey) => addOn.ecdsaVerify(signature, digest, publicKey),
    recover: (signature, recovery, digest) => addOn.ecdsaRecover(signature, recovery, digest, true),
  };
}
