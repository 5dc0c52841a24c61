/**
 * Extractable one-time signatures (Babylon): BIP-340 over SHA-256(message) with a nonce that depends on key, chain and
 * height alone. Two messages under one nonce publish the key; only the guard in the ledger prevents that.
 * @module
 */
import { createHmac, hash } from "node:crypto";
import { bigintToBytes, concat } from "../../domain/bytes.ts";
import { RANDOMNESS_BYTES } from "../../domain/eots.ts";
import { SignerError } from "../../domain/errors.ts";
import { secp256k1 } from "../sign/secp256k1.ts";
import { wipe } from "../wipe.ts";
import type { PublicKey } from "../../domain/kinds.ts";

/** What a nonce is derived from, besides the key. */
export interface NoncePlace {
  /** Any bytes. */
  readonly chainId: Uint8Array;
  /** 0 to 2^64-1. */
  readonly height: bigint;
}

/** Heights in steps: `start`, `start + interval`, … */
export interface EotsRange {
  readonly chainId: Uint8Array;
  readonly start: bigint;
  readonly count: number;
  /** At least 1. */
  readonly interval: bigint;
}

const CHALLENGE_TAG = hash("sha256", "BIP0340/challenge", "buffer");
/** Compressed point prefix of an odd y. */
const ODD = 0x03;

/**
 * Public randomness (32 bytes) ‖ s (32 bytes): a BIP-340 signature of SHA-256(`message`). Deterministic.
 * @param secret 32 bytes as they were derived or imported, of either parity
 * @param publicKey 33 bytes: `secret` times G, computed from it
 * @throws SignerError `service.internal` when the challenge is no scalar, which no honest run ever meets
 */
export function signEots(
  secret: Uint8Array,
  publicKey: PublicKey,
  { chainId, height, message }: NoncePlace & { readonly message: Uint8Array },
): Uint8Array {
  let nonce: Uint8Array | undefined;
  let evenSecret: Uint8Array | undefined;
  let evenNonce: Uint8Array | undefined;
  try {
    nonce = eotsNonce(secret, { chainId, height });
    const point = secp256k1.publicKey(nonce);
    const randomness = point.subarray(1);
    const challenge = challengeOf(randomness, publicKey.subarray(1), hash("sha256", message, "buffer"));
    evenSecret = withEvenY(secret, publicKey);
    evenNonce = withEvenY(nonce, point);
    return concat(randomness, secp256k1.multiplyAdd(evenSecret, challenge, evenNonce));
  } finally {
    wipe(nonce, evenSecret, evenNonce);
  }
}

/** The public randomness of each height, 32 bytes each, in order. */
export function eotsPublicRandomness(secret: Uint8Array, range: EotsRange): Uint8Array<ArrayBuffer> {
  const { chainId, start, count, interval } = range;
  const list = new Uint8Array(count * RANDOMNESS_BYTES);
  for (let index = 0; index < count; index += 1) {
    const nonce = eotsNonce(secret, { chainId, height: start + BigInt(index) * interval });
    try {
      list.set(secp256k1.publicKey(nonce).subarray(1), index * RANDOMNESS_BYTES);
    } finally {
      wipe(nonce);
    }
  }
  return list;
}

/**
 * HMAC-SHA256(secret, height (8 bytes big-endian) ‖ chain id ‖ counter (8 bytes big-endian)) for the first counter that
 * gives a scalar: in practice 0. The secret is not brought to an even y first: that would give other randomness than the
 * chain has.
 * @returns 32 bytes, the caller's to wipe
 */
export function eotsNonce(
  secret: Uint8Array,
  { chainId, height }: NoncePlace,
  isScalar: (candidate: Uint8Array) => boolean = (bytes) => secp256k1.isPrivateKey(bytes),
): Uint8Array {
  const place = concat(bigintToBytes(height, 8), chainId);
  for (let counter = 0n; ; counter += 1n) {
    const candidate = createHmac("sha256", secret).update(place).update(bigintToBytes(counter, 8)).digest();
    if (isScalar(candidate)) return candidate;
    wipe(candidate);
  }
}

/** BIP-340's challenge as 32 bytes; never reduced. */
function challengeOf(randomness: Uint8Array, publicKey: PublicKey, digest: Uint8Array): Uint8Array {
  const challenge = hash(
    "sha256",
    concat(CHALLENGE_TAG, CHALLENGE_TAG, randomness, publicKey, digest),
    "buffer",
  );
  if (secp256k1.isPrivateKey(challenge)) return challenge;
  throw new SignerError("service.internal", "the challenge is not below the group order; nothing was signed");
}

/** A copy of `scalar`, negated where its point has an odd y; the caller's to wipe. */
function withEvenY(scalar: Uint8Array, point: Uint8Array): Uint8Array {
  return point[0] === ODD ? secp256k1.negate(scalar) : new Uint8Array(scalar);
}
