/** Private keys of the four curves: their valid range and their public key. */
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import * as stark from "@scure/starknet";
import type { Curve } from "../../domain/keys.ts";
import { blsPublicKey, isBlsPrivateKey } from "../sign/bls.ts";
import { secp256k1 } from "../sign/secp256k1.ts";
import { wipe } from "../wipe.ts";

export const PRIVATE_KEY_BYTES = 32;

/** PKCS#8 header of an Ed25519 private key (RFC 8410); the 32-byte seed follows. */
const PKCS8_ED25519 = Buffer.from("302e020100300506032b657004220420", "hex");
/** SPKI header of an Ed25519 public key: 12 bytes before the 32-byte point. */
const SPKI_ED25519_BYTES = 12;

/**
 * True for 32 bytes that are a key of `curve`: a big-endian scalar in 1..n−1 (secp256k1, stark, bls12-381), or any
 * seed (ed25519).
 */
export function isPrivateKey(curve: Curve, secret: Uint8Array): boolean {
  if (secret.length !== PRIVATE_KEY_BYTES) return false;
  switch (curve) {
    case "secp256k1":
      return secp256k1.isPrivateKey(secret);
    case "ed25519":
      return true;
    case "stark":
      return stark.utils.isValidPrivateKey(secret);
    case "bls12-381":
      return isBlsPrivateKey(secret);
  }
}

/**
 * Public key in KeyRecord's form: 33 bytes compressed (secp256k1), 32 bytes (ed25519), 32 bytes x (stark), 48 bytes
 * compressed (bls12-381).
 */
export function publicKeyOf(curve: Curve, secret: Uint8Array): Uint8Array {
  switch (curve) {
    case "secp256k1":
      return secp256k1.publicKey(secret);
    case "ed25519":
      return ed25519PublicKey(ed25519Handle(secret));
    case "stark":
      return stark.getPublicKey(secret, true).slice(1);
    case "bls12-381":
      return blsPublicKey(secret);
  }
}

/** OpenSSL's own copy of an Ed25519 seed: outside the JavaScript heap, cleansed when it is freed. */
export function ed25519Handle(seed: Uint8Array): KeyObject {
  const encoded = new Uint8Array(PKCS8_ED25519.length + PRIVATE_KEY_BYTES);
  encoded.set(PKCS8_ED25519);
  encoded.set(seed, PKCS8_ED25519.length);
  try {
    return createPrivateKey({ key: Buffer.from(encoded.buffer), format: "der", type: "pkcs8" });
  } finally {
    wipe(encoded);
  }
}

function ed25519PublicKey(handle: KeyObject): Uint8Array {
  const spki = createPublicKey(handle).export({ format: "der", type: "spki" });
  return new Uint8Array(spki.subarray(SPKI_ED25519_BYTES));
}
