/**
 * libsecp256k1 for private keys: the native add-on where its prebuild loads, else the same library as WebAssembly.
 * The add-on is imported by its bindings file, because its plain entry falls back to a JavaScript implementation.
 * @module
 */
import { createRequire } from "node:module";
import * as wasm from "tiny-secp256k1";

export interface Secp256k1 {
  /** For status and self-test messages. */
  readonly name: string;
  /** True for 32 bytes in 1..n−1. */
  isPrivateKey(secret: Uint8Array): boolean;
  /** 33 bytes, compressed. */
  publicKey(secret: Uint8Array): Uint8Array;
  /** RFC 6979 nonce, low s. `bytes`: 64, r‖s. */
  signEcdsa(
    digest: Uint8Array,
    secret: Uint8Array,
  ): { readonly bytes: Uint8Array; readonly recovery: number };
}

interface NativeAddOn {
  privateKeyVerify(secret: Uint8Array): boolean;
  publicKeyCreate(secret: Uint8Array, compressed: boolean): Uint8Array;
  ecdsaSign(
    digest: Uint8Array,
    secret: Uint8Array,
  ): { readonly signature: Uint8Array; readonly recid: number };
}

/** The add-on, or undefined where no prebuild loads on this platform. */
export function nativeSecp256k1(): Secp256k1 | undefined {
  let addOn: NativeAddOn;
  try {
    addOn = createRequire(import.meta.url)("secp256k1/bindings.js");
  } catch {
    return undefined;
  }
  return {
    name: "libsecp256k1 (native)",
    isPrivateKey: (secret) => secret.length === 32 && addOn.privateKeyVerify(secret),
    publicKey: (secret) => addOn.publicKeyCreate(secret, true),
    signEcdsa: (digest, secret) => {
      const { signature, recid } = addOn.ecdsaSign(digest, secret);
      return { bytes: signature, recovery: recid };
    },
  };
}

export const wasmSecp256k1: Secp256k1 = {
  name: "libsecp256k1 (WebAssembly)",
  isPrivateKey: (secret) => wasm.isPrivate(secret),
  publicKey: (secret) => {
    const point = wasm.pointFromScalar(secret, true);
    if (point === null) throw new RangeError("private key is out of range");
    return point;
  },
  signEcdsa: (digest, secret) => {
    const { signature, recoveryId } = wasm.signRecoverable(digest, secret);
    return { bytes: signature, recovery: recoveryId };
  },
};

export const secp256k1: Secp256k1 = nativeSecp256k1() ?? wasmSecp256k1;
