/**
 * One signature with one unsealed key. The payload names the public key it must verify against; a payload for another
 * key or another scheme is refused before the secret is touched.
 * @module
 */
import { randomFillSync, sign as signEd25519 } from "node:crypto";
import * as stark from "@scure/starknet";
import * as tiny from "tiny-secp256k1";
import type { Signature, SigningPayload } from "../../chains/adapter.ts";
import { signingRootOf } from "../../chains/ethereum-validator/signing-root.ts";
import { equalBytes } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import { BLS_BACKEND, signBls } from "./bls.ts";
import { signEots } from "../eots/eots.ts";
import { secp256k1 } from "./secp256k1.ts";
import type { UnsealedKey } from "./unsealed-keys.ts";
import { wipe } from "../wipe.ts";
import type { PublicKey } from "../../domain/kinds.ts";

type BabylonPayload = Extract<SigningPayload, { scheme: "babylon.eots" | "babylon.schnorr" }>;
type ChildPayload = Extract<SigningPayload, { scheme: "secp256k1.ecdsa" | "secp256k1.schnorr" }>;
type KeyPair = Readonly<Record<"secret" | "publicKey", Uint8Array>>;
type SchnorrPayload = Extract<SigningPayload, { scheme: "secp256k1.schnorr" }>;

const DIGEST_BYTES = 32;
/** Compressed point prefix of an odd y. */
const ODD = 0x03;

/** Names of the implementations that sign, for status and logs. */
export const BACKENDS = {
  "secp256k1.ecdsa": secp256k1.name,
  "secp256k1.schnorr": "libsecp256k1 (WebAssembly)",
  ed25519: "OpenSSL (node:crypto)",
  "stark.ecdsa": "@scure/starknet",
  bls: BLS_BACKEND,
  "babylon.eots": secp256k1.name,
  "babylon.schnorr": "libsecp256k1 (WebAssembly)",
} as const;

/**
 * Signs one payload.
 * @throws SignerError `service.internal` when the payload is not for this key or its duty has no root,
 *   `transaction.refused` for a Stark hash that the curve cannot sign
 */
export function signPayload(key: UnsealedKey, payload: SigningPayload): Signature {
  switch (payload.scheme) {
    case "secp256k1.ecdsa":
      if (key.curve !== "secp256k1") throw wrongKey(payload.scheme);
      assertDigest(payload.digest);
      return withChild(key, payload, ({ publicKey, secret }) => {
        assertFor(publicKey, payload);
        return signEcdsa(payload.digest, secret);
      });
    case "secp256k1.schnorr":
      if (key.curve !== "secp256k1") throw wrongKey(payload.scheme);
      assertDigest(payload.digest);
      return withChild(key, payload, ({ publicKey, secret }) => signSchnorr(payload, publicKey, secret));
    case "ed25519":
      if (key.curve !== "ed25519") throw wrongKey(payload.scheme);
      assertFor(key.publicKey, payload);
      return { bytes: new Uint8Array(signEd25519(null, payload.message, key.handle)) };
    case "stark.ecdsa":
      if (key.curve !== "stark") throw wrongKey(payload.scheme);
      assertFor(key.publicKey, payload);
      assertDigest(payload.digest);
      return signStark(payload.digest, key.secret);
    case "bls":
      if (key.curve !== "bls12-381") throw wrongKey(payload.scheme);
      assertFor(key.publicKey, payload);
      return { bytes: signBls(key.secret, signingRootOf(payload.duty)) };
    case "babylon.eots":
      if (key.curve !== "secp256k1") throw wrongKey(payload.scheme);
      return { bytes: signEots(key.secret, derivedFor(key, payload), payload) };
    case "babylon.schnorr":
      if (key.curve !== "secp256k1") throw wrongKey(payload.scheme);
      derivedFor(key, payload);
      assertDigest(payload.digest);
      return signBip340(payload.digest, key.secret);
  }
}

/**
 * The 33-byte public key, derived once more from the private key that will sign: the guard's records are kept by its x,
 * and a nonce under another key's record could be used twice.
 */
function derivedFor(
  key: Readonly<Record<"secret" | "publicKey", Uint8Array>>,
  payload: BabylonPayload,
): Uint8Array {
  const derived = secp256k1.publicKey(key.secret);
  if (!equalBytes(derived, key.publicKey) || !equalBytes(derived.subarray(1), payload.publicKey)) {
    throw wrongKey(payload.scheme);
  }
  return derived;
}

/** BIP-340 with its own nonce generator and fresh randomness in it: the nonce cannot meet one of EOTS. */
function signBip340(digest: Uint8Array, secret: Uint8Array): Signature {
  const auxiliary = randomFillSync(new Uint8Array(32));
  try {
    return { bytes: tiny.signSchnorr(digest, secret, auxiliary) };
  } finally {
    wipe(auxiliary);
  }
}

function signEcdsa(digest: Uint8Array, secret: Uint8Array): Signature {
  const { bytes, recovery } = secp256k1.signEcdsa(digest, secret);
  // 2 and 3 mean r ≥ n, which no honest run ever meets; no chain encodes them.
  if (recovery !== 0 && recovery !== 1)
    throw new SignerError("service.internal", "signature has no usable recovery id");
  return { bytes, recovery };
}

/** Signs with the key that the payload's child tweak leads to, or with the key itself where there is none. */
function withChild(
  key: KeyPair,
  { scheme, childTweak }: ChildPayload,
  sign: (child: KeyPair) => Signature,
): Signature {
  if (childTweak === undefined) return sign(key);
  const secret = childSecret(key.secret, childTweak);
  if (secret === undefined) throw wrongKey(scheme);
  try {
    // Not the parent's public key plus the tweak: what the private key really has must be what was asked for.
    return sign({ secret, publicKey: secp256k1.publicKey(secret) });
  } finally {
    wipe(secret);
  }
}

/** Undefined for a tweak that is no 32-byte scalar below n, or the negated key. */
function childSecret(secret: Uint8Array, tweak: Uint8Array): Uint8Array | undefined {
  try {
    return tiny.privateAdd(secret, tweak) ?? undefined;
  } catch {
    return undefined;
  }
}

/** BIP-340 under the BIP-341 output key, the secret key of even y plus the tweak; without a tweak under the key itself. */
function signSchnorr(payload: SchnorrPayload, publicKey: PublicKey, secret: Uint8Array): Signature {
  const { tweak } = payload;
  if (tweak === undefined) {
    if (!equalBytes(publicKey.subarray(1), payload.publicKey)) throw wrongKey(payload.scheme);
    return signBip340(payload.digest, secret);
  }
  const output = outputKey(publicKey, tweak);
  if (output === undefined || !equalBytes(output, payload.publicKey)) throw wrongKey(payload.scheme);
  const auxiliary = randomFillSync(new Uint8Array(32));
  const even = publicKey[0] === ODD ? tiny.privateNegate(secret) : new Uint8Array(secret);
  let tweaked: Uint8Array | null = null;
  try {
    tweaked = tiny.privateAdd(even, tweak);
    if (tweaked === null) throw wrongKey(payload.scheme);
    return { bytes: tiny.signSchnorr(payload.digest, tweaked, auxiliary) };
  } finally {
    wipe(even, tweaked, auxiliary);
  }
}

/** BIP-341 output key of a compressed internal key; undefined for a tweak that is no 32-byte scalar below n. */
function outputKey(publicKey: PublicKey, tweak: Uint8Array): Uint8Array | undefined {
  try {
    return tiny.xOnlyPointAddTweak(publicKey.slice(1), tweak)?.xOnlyPubkey;
  } catch {
    return undefined;
  }
}

function signStark(digest: Uint8Array, secret: Uint8Array): Signature {
  if ((digest[0] ?? 0xff) >= 0x08) {
    throw new SignerError(
      "transaction.refused",
      "the Stark hash is not below 2^251; change the nonce or the fee",
    );
  }
  return { bytes: stark.sign(digest, secret).toBytes("compact") };
}

function assertFor(publicKey: PublicKey, payload: SigningPayload): void {
  if (!equalBytes(publicKey, payload.publicKey)) throw wrongKey(payload.scheme);
}

function assertDigest(digest: Uint8Array): void {
  if (digest.length !== DIGEST_BYTES) {
    throw new SignerError("service.internal", `a digest to sign must be ${DIGEST_BYTES} bytes`);
  }
}

function wrongKey(scheme: string): SignerError {
  return new SignerError(
    "service.internal",
    `the ${scheme} payload is for another key than the one named; nothing was signed`,
  );
}
