/**
 * BLS12-381 keys of Ethereum validators, by blst. A SecretKey of the library lives outside the JavaScript heap and is
 * cleansed when it is collected; our own buffers hold 32 bytes for each key.
 * @module
 */
import { SecretKey } from "@chainsafe/blst";

/** For status and self-test messages. */
export const BLS_BACKEND = "blst (native)";

const PRIVATE_KEY_BYTES = 32;
const INDEX_MAX = 2 ** 32 - 1;

/** True for 32 bytes big-endian in 1..r−1. */
export function isBlsPrivateKey(secret: Uint8Array): boolean {
  if (secret.length !== PRIVATE_KEY_BYTES) return false;
  try {
    SecretKey.fromBytes(secret);
    return true;
  } catch {
    return false;
  }
}

/** 48 bytes: the compressed G1 point. */
export function blsPublicKey(secret: Uint8Array): Uint8Array {
  return new Uint8Array(SecretKey.fromBytes(secret).toPublicKey().toBytes(true));
}

/** 96 bytes: a compressed G2 point, ciphersuite BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_. */
export function signBls(secret: Uint8Array, message: Uint8Array): Uint8Array {
  return new Uint8Array(SecretKey.fromBytes(secret).sign(message).toBytes(true));
}

/**
 * EIP-2333: the key below `seed` (32 bytes or more) at `indexes`, each below 2^32. 32 bytes, the caller's to wipe.
 * @throws RangeError for an index out of range or a short seed
 */
export function deriveEip2333(seed: Uint8Array, indexes: readonly number[]): Uint8Array {
  let key = SecretKey.deriveMasterEip2333(seed);
  for (const index of indexes) {
    // The library would take any number modulo 2^32: another key, without a word.
    if (!Number.isSafeInteger(index) || index < 0 || index > INDEX_MAX) {
      throw new RangeError(`index ${index} is not below 2^32`);
    }
    key = key.deriveChildEip2333(index);
  }
  return new Uint8Array(key.toBytes());
}
