/** Payloads for tests: what an adapter would ask a key of each curve to sign. */
import { createHash } from "node:crypto";
import { tagSchnorr } from "./wallet/taproot.ts";
import { unguarded } from "../chains/ethereum-validator/payloads.ts";
import type { SigningPayload } from "../../src/chains/adapter.ts";
import type { Curve } from "../../src/domain/keys.ts";

/** 32 bytes from a name; below 2^251 for every curve's sake. */
export function digestOf(name: string): Uint8Array {
  const digest = new Uint8Array(createHash("sha256").update(name).digest());
  digest[0] = (digest[0] ?? 0) & 0x07;
  return digest;
}

/** One payload for each scheme of `curve`. */
export function payloadsOf(curve: Curve, publicKey: Uint8Array, name: string): readonly SigningPayload[] {
  const digest = digestOf(name);
  switch (curve) {
    case "secp256k1":
      return [
        { scheme: "secp256k1.ecdsa", digest, publicKey },
        tagSchnorr(publicKey, digest),
        { scheme: "babylon.schnorr", digest, publicKey: publicKey.slice(1) },
        voteOf(publicKey.slice(1), digest),
      ];
    case "ed25519":
      return [{ scheme: "ed25519", message: new Uint8Array(Buffer.from(`message ${name}`)), publicKey }];
    case "stark":
      return [{ scheme: "stark.ecdsa", digest, publicKey }];
    case "bls12-381":
      return [unguarded(publicKey, digest)];
  }
}

/** A vote for a height and chain that the digest gives. */
function voteOf(publicKey: Uint8Array, digest: Uint8Array): SigningPayload {
  const chainId = digest.slice(0, (digest[0] ?? 0) + 1);
  const height = Buffer.from(digest).readBigUInt64BE(8);
  return { scheme: "babylon.eots", chainId, height, message: digest, publicKey };
}
