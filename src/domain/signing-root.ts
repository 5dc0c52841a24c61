/**
 * Signing roots in a history. EIP-3076 allows a record without one: an unknown root equals nothing, not even another unknown,
 * so that what was signed without a root never counts as a repeat.
 * @module
 */
import { equalBytes, toHex } from "./bytes.ts";

const SIGNING_ROOT_BYTES = 32;

export class SigningRoot {
  /** 32 bytes, or none where it is unknown: as it is stored. */
  readonly bytes: Uint8Array;

  /** @param bytes 32 bytes, or none for an unknown root */
  constructor(bytes: Uint8Array) {
    if (bytes.length !== 0 && bytes.length !== SIGNING_ROOT_BYTES) {
      throw new RangeError(`a signing root of ${bytes.length} bytes`);
    }
    this.bytes = bytes;
  }

  get isKnown(): boolean {
    return this.bytes.length > 0;
  }

  /** False for an unknown root, whatever it is compared with: the only comparison that there is. */
  equals(other: SigningRoot): boolean {
    return this.isKnown && equalBytes(this.bytes, other.bytes);
  }

  /** 0x-hex, or `unknown`. */
  toString(): string {
    return this.isKnown ? toHex(this.bytes) : "unknown";
  }
}

/** Of a record whose root nobody knows. */
export const UNKNOWN_ROOT = new SigningRoot(new Uint8Array());
