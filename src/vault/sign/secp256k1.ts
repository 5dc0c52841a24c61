/**
 * libsecp256k1 for private keys: the native add-on where its prebuild loads, else the same library as WebAssembly.
 * The add-on is imported by its bindings file, because its plain entry falls back to a JavaScript implementation.
 * @module
 */
import { createRequire } from "node:module";
import * as wasm from "tiny-secp256k1";
import { toHex } from "../../domain/bytes.ts";
import { wipe } from "../wipe.ts";

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
  /** n − secret, 32 bytes; the caller's to wipe. */
  negate(secret: Uint8Array): Uint8Array;
  /**
   * factor·secret + addend mod n, 32 bytes. `secret` and `addend` stay secret, in time too; `factor` is public. All three
   * are scalars in 1..n−1: else, and when the sum is 0, it throws RangeError.
   */
  multiplyAdd(secret: Uint8Array, factor: Uint8Array, addend: Uint8Array): Uint8Array;
}

interface NativeAddOn {
  privateKeyVerify(secret: Uint8Array): boolean;
  publicKeyCreate(secret: Uint8Array, compressed: boolean): Uint8Array;
  ecdsaSign(
    digest: Uint8Array,
    secret: Uint8Array,
  ): { readonly signature: Uint8Array; readonly recid: number };
  // These change the first argument.
  privateKeyNegate(secret: Uint8Array): void;
  privateKeyTweakAdd(secret: Uint8Array, addend: Uint8Array): void;
  privateKeyTweakMul(secret: Uint8Array, factor: Uint8Array): void;
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
    negate: (secret) => {
      // Of a Buffer, slice would be no copy.
      const negated = new Uint8Array(secret);
      addOn.privateKeyNegate(negated);
      return negated;
    },
    multiplyAdd: (secret, factor, addend) => {
      for (const scalar of [secret, factor, addend]) {
        if (!addOn.privateKeyVerify(scalar)) throw outOfRange();
      }
      const sum = new Uint8Array(secret);
      try {
        addOn.privateKeyTweakMul(sum, factor);
        addOn.privateKeyTweakAdd(sum, addend);
        return sum;
      } catch {
        wipe(sum);
        throw outOfRange();
      }
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
  negate: (secret) => wasm.privateNegate(secret),
  multiplyAdd: multiplyAddWithWasm,
};

/**
 * The build offers no product of scalars: Horner's rule over the bits of the public factor, which alone decide the steps.
 * The accumulator starts with `secret` at the factor's highest bit.
 */
function multiplyAddWithWasm(secret: Uint8Array, factor: Uint8Array, addend: Uint8Array): Uint8Array {
  if (![secret, factor, addend].every((scalar) => wasm.isPrivate(scalar))) throw outOfRange();
  const bits = BigInt(toHex(factor)).toString(2).slice(1);
  let sum = new Uint8Array(secret);
  const add = (other: Uint8Array): void => {
    const next = wasm.privateAdd(sum, other);
    wipe(sum);
    if (next === null) throw outOfRange();
    sum = new Uint8Array(next);
    wipe(next);
  };
  for (const bit of bits) {
    add(sum);
    if (bit === "1") add(secret);
  }
  add(addend);
  return sum;
}

function outOfRange(): RangeError {
  return new RangeError("a scalar is 0, or not below the group order");
}

export const secp256k1: Secp256k1 = nativeSecp256k1() ?? wasmSecp256k1;
