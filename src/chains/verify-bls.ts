/**
 * Verifies BLS signatures, one by one or a batch at a time. A batch multiplies every signature with a random
 * coefficient before they are added, so that no two wrong ones can cancel out.
 * @module
 */
import {
  PublicKey,
  Signature as BlsSignature,
  verify,
  verifyMultipleAggregateSignatures,
} from "@chainsafe/blst";
import type { Signature, SigningPayload } from "./adapter.ts";

export type BlsPayload = Extract<SigningPayload, { scheme: "bls" }>;

/** A payload and the signature that should be its. */
export interface SignedPayload {
  readonly payload: SigningPayload;
  readonly signature: Signature;
}

const SIGNATURE_BYTES = 96;
const PUBLIC_KEY_BYTES = 48;
const ROOT_BYTES = 32;
/** Checked public keys that are kept, about 400 bytes each: checking costs a third of verifying. */
const CHECKED_KEYS_MAX = 65_536;

const checkedKeys = new Map<string, PublicKey>();

/**
 * True when `signature` is 96 bytes, a point of the right subgroup other than infinity, and signs the root under the
 * payload's key. Throws where a part is malformed: `verifySignature` answers false.
 */
export function verifyBls(payload: BlsPayload, signature: Signature): boolean {
  if (payload.signingRoot.length !== ROOT_BYTES) return false;
  return verify(payload.signingRoot, checkedKey(payload.publicKey), parseSignature(signature));
}

/**
 * True when every one of `signed` is BLS and verifies; false says only that the batch as a whole does not, and that each
 * must be checked by itself.
 */
export function verifyBlsBatch(signed: readonly SignedPayload[]): boolean {
  if (signed.length === 0) return false;
  try {
    const sets = signed.map(({ payload, signature }) => {
      if (payload.scheme !== "bls" || payload.signingRoot.length !== ROOT_BYTES)
        throw new TypeError("no BLS root");
      return { msg: payload.signingRoot, pk: checkedKey(payload.publicKey), sig: parseSignature(signature) };
    });
    return verifyMultipleAggregateSignatures(sets);
  } catch {
    return false;
  }
}

/** In the subgroup and not infinity, or the parser throws. */
function parseSignature({ bytes }: Signature): BlsSignature {
  if (bytes.length !== SIGNATURE_BYTES) throw new RangeError("a BLS signature is 96 bytes");
  return BlsSignature.fromBytes(bytes, true, true);
}

function checkedKey(bytes: Uint8Array): PublicKey {
  if (bytes.length !== PUBLIC_KEY_BYTES) throw new RangeError("a BLS public key is 48 bytes");
  const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  const known = checkedKeys.get(name);
  if (known !== undefined) return known;
  const key = PublicKey.fromBytes(bytes, true);
  if (checkedKeys.size >= CHECKED_KEYS_MAX) checkedKeys.clear();
  checkedKeys.set(name, key);
  return key;
}
