/**
 * Verifies BLS signatures, one by one or a batch at a time. A batch multiplies every signature with a random
 * coefficient before they are added, so that no two wrong ones can cancel out. Those over one root, as of a slot's
 * votes, are added first and share a pairing: a quarter of the work.
 * @module
 */
import {
  aggregateWithRandomness,
  PublicKey,
  Signature as BlsSignature,
  verify,
  verifyMultipleAggregateSignatures,
  type PkAndSerializedSig,
  type SignatureSet,
} from "@chainsafe/blst";
import type { Signature, SigningPayload } from "./adapter.ts";
import { signingRootOf } from "./ethereum-validator/signing-root.ts";

export type BlsPayload = Extract<SigningPayload, { scheme: "bls" }>;

/** A payload and the signature that should be its. */
export interface SignedPayload {
  readonly payload: SigningPayload;
  readonly signature: Signature;
}

const SIGNATURE_BYTES = 96;
const PUBLIC_KEY_BYTES = 48;
/** Checked public keys that are kept, about 400 bytes each: checking costs a third of verifying. */
const CHECKED_KEYS_MAX = 65_536;

const checkedKeys = new Map<string, PublicKey>();

/**
 * True when `signature` is 96 bytes, a point of the right subgroup other than infinity, and signs the root of the
 * payload's duty under its key. Throws where a part is malformed: `verifySignature` answers false.
 */
export function verifyBls(payload: BlsPayload, signature: Signature): boolean {
  return verify(signingRootOf(payload.duty), checkedKey(payload.publicKey), parseSignature(signature));
}

/**
 * True when every one of `signed` is BLS and verifies; false says only that the batch as a whole does not, and that each
 * must be checked by itself.
 */
export function verifyBlsBatch(signed: readonly SignedPayload[]): boolean {
  if (signed.length === 0) return false;
  try {
    const sets = [...byRoot(signed).values()].map(added);
    const [only, ...others] = sets;
    if (only === undefined) return false;
    return others.length === 0
      ? verify(only.msg, only.pk, only.sig)
      : verifyMultipleAggregateSignatures(sets);
  } catch {
    return false;
  }
}

/** Those over the same root. */
interface RootGroup {
  readonly root: Uint8Array;
  readonly signed: PkAndSerializedSig[];
}

function byRoot(signed: readonly SignedPayload[]): ReadonlyMap<string, RootGroup> {
  const groups = new Map<string, RootGroup>();
  for (const { payload, signature } of signed) {
    if (payload.scheme !== "bls") throw new TypeError("no BLS root");
    const root = signingRootOf(payload.duty);
    const name = nameOf(root);
    const group = groups.get(name) ?? { root, signed: [] };
    group.signed.push({ pk: checkedKey(payload.publicKey), sig: sized(signature) });
    groups.set(name, group);
  }
  return groups;
}

/** One set for all of a group. Of several, the library checks subgroup and infinity before it adds them. */
function added({ root, signed }: RootGroup): SignatureSet {
  const [only, ...others] = signed;
  if (only !== undefined && others.length === 0) {
    return { msg: root, pk: only.pk, sig: BlsSignature.fromBytes(only.sig, true, true) };
  }
  return { msg: root, ...aggregateWithRandomness(signed) };
}

/** In the subgroup and not infinity, or the parser throws. */
function parseSignature(signature: Signature): BlsSignature {
  return BlsSignature.fromBytes(sized(signature), true, true);
}

function sized({ bytes }: Signature): Uint8Array {
  if (bytes.length !== SIGNATURE_BYTES) throw new RangeError("a BLS signature is 96 bytes");
  return bytes;
}

function checkedKey(bytes: Uint8Array): PublicKey {
  if (bytes.length !== PUBLIC_KEY_BYTES) throw new RangeError("a BLS public key is 48 bytes");
  const name = nameOf(bytes);
  const known = checkedKeys.get(name);
  if (known !== undefined) return known;
  const key = PublicKey.fromBytes(bytes, true);
  if (checkedKeys.size >= CHECKED_KEYS_MAX) checkedKeys.clear();
  checkedKeys.set(name, key);
  return key;
}

function nameOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
