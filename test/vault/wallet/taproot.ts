/** BIP-341 output keys by @noble/curves, so that the vault's own tweak is checked against another implementation. */
import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import type { SigningPayload } from "../../../src/chains/adapter.ts";
import { bytesToBigint } from "../../../src/domain/bytes.ts";

/** The key-path payload of a compressed public key, without a script tree unless `merkleRoot` is given. */
export function tagSchnorr(
  publicKey: Uint8Array,
  digest: Uint8Array,
  merkleRoot: Uint8Array = new Uint8Array(0),
): Extract<SigningPayload, { scheme: "secp256k1.schnorr" }> {
  const internal = publicKey.slice(1);
  const tweak = schnorr.utils.taggedHash("TapTweak", internal, merkleRoot);
  const even = schnorr.utils.lift_x(bytesToBigint(internal));
  const output = even.add(secp256k1.Point.BASE.multiply(bytesToBigint(tweak)));
  return { scheme: "secp256k1.schnorr", digest, tweak, publicKey: output.toBytes(true).slice(1) };
}
