/**
 * Signatures of the other signers in a PSBT. Each must be one that the descriptor asks for, over the whole transaction, and
 * verify: a transaction is only called final here when nodes would take it.
 * @module
 */
import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { inputRefused } from "../psbt.ts";
import { hex } from "../scripts.ts";
import { SIGHASH_ALL, SIGHASH_DEFAULT } from "../sighash.ts";
import type { SignatureHasher } from "../sighash.ts";
import type { HashType, OwnInput } from "../spenders.ts";
import type { DerivedOutput } from "./descriptor.ts";
import type { PublicKey } from "../../../domain/kinds.ts";

/**
 * @param own hex of the wallet's 33-byte keys in the output: these have not signed yet
 * @throws SignerError `transaction.refused` that names the input
 */
export function assertCosigned(
  { position, spent, input }: OwnInput,
  hasher: SignatureHasher,
  output: DerivedOutput,
  own: ReadonlySet<string>,
): void {
  const { taproot, witnessScript } = output;
  if (taproot === undefined) {
    if (input.tapKeySig !== undefined || input.tapScriptSig !== undefined)
      throw inputRefused(position, "has a taproot signature; the descriptor is not taproot, so leave it out");
    if (witnessScript === undefined || input.partialSig === undefined) return;
    const digest = hasher.witnessV0(position, witnessScript, spent.amount);
    for (const [publicKey, signature] of input.partialSig) {
      assertSigner(
        position,
        hex(publicKey),
        [...output.keys.values()].map((key) => hex(key.publicKey)),
        own,
      );
      if (!verifiesEcdsa(signature, digest, publicKey)) throw unverified(position, publicKey);
    }
    return;
  }
  if (input.partialSig !== undefined)
    throw inputRefused(position, "has an ECDSA signature; the descriptor is taproot, so leave it out");
  if (input.tapKeySig !== undefined)
    throw inputRefused(position, "is signed by its key path already; it needs nothing more");
  const ownXOnly = new Set([...own].map((key) => key.slice(2)));
  assertLeafSignatures({ position, input }, hasher, taproot.leaves, ownXOnly);
}

/** @param own hex of the wallet's x-only keys: these have not signed yet. @throws SignerError `transaction.refused` */
export function assertLeafSignatures(
  { position, input }: Pick<OwnInput, "position" | "input">,
  hasher: SignatureHasher,
  leaves: readonly { readonly hash: Uint8Array }[],
  own: ReadonlySet<string>,
): void {
  for (const [{ pubKey, leafHash }, signature] of input.tapScriptSig ?? []) {
    const leaf = leaves.find(({ hash }) => hex(hash) === hex(leafHash));
    if (leaf === undefined)
      throw inputRefused(position, "has a signature for a leaf that is not spent here; leave it out");
    // Any key: one that is not in the leaf verifies nothing that is used.
    assertSigner(position, hex(pubKey), [hex(pubKey)], own);
    const type = leafHashType(signature);
    if (type === undefined) throw partial(position);
    const digest = hasher.taproot(position, type, leaf.hash);
    if (!verifiesSchnorr(signature.subarray(0, 64), digest, pubKey)) throw unverified(position, pubKey);
  }
}

/** DEFAULT is never written: nodes refuse a signature of 65 bytes that ends in it (BIP-341). */
function leafHashType(signature: Uint8Array): HashType | undefined {
  if (signature.length === 64) return SIGHASH_DEFAULT;
  return signature[64] === SIGHASH_ALL ? SIGHASH_ALL : undefined;
}

function assertSigner(
  position: number,
  key: string,
  signers: readonly string[],
  own: ReadonlySet<string>,
): void {
  if (own.has(key))
    throw inputRefused(position, "is signed by this wallet already; send it without our signatures");
  if (!signers.includes(key))
    throw inputRefused(
      position,
      `has a signature of ${key}, which is not a key of the descriptor at this index; leave it out`,
    );
}

function verifiesEcdsa(signature: Uint8Array, digest: Uint8Array, publicKey: PublicKey): boolean {
  // DER and the hash type: ALL, or the digest is another one.
  if (signature.at(-1) !== SIGHASH_ALL) return false;
  try {
    const options = { prehash: false, format: "der", lowS: true } as const;
    return secp256k1.verify(signature.subarray(0, -1), digest, publicKey, options);
  } catch {
    return false;
  }
}

function verifiesSchnorr(signature: Uint8Array, digest: Uint8Array, publicKey: PublicKey): boolean {
  try {
    return schnorr.verify(signature, digest, publicKey);
  } catch {
    return false;
  }
}

function partial(position: number): Error {
  return inputRefused(
    position,
    "has a signature of another hash type than SIGHASH_ALL or, in 64 bytes, DEFAULT; ask that signer again",
  );
}

function unverified(position: number, publicKey: PublicKey): Error {
  return inputRefused(
    position,
    `has a signature of ${hex(publicKey)} that does not verify for this transaction with SIGHASH_ALL; ask that signer again`,
  );
}
