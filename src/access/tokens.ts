/** Bearer tokens: 256 random bits, shown once, stored as SHA-256, compared in constant time. */
import { hash, randomBytes, timingSafeEqual } from "node:crypto";

/** Shortest token that a person may choose (`CLAVIGER_DEV__TOKEN`). */
export const TOKEN_LENGTH_MIN = 32;

/** A new token, e.g. `clv_` and 43 base64url characters. */
export function createToken(): string {
  return `clv_${randomBytes(32).toString("base64url")}`;
}

/** SHA-256 of the token, 32 bytes. A token has full entropy, so a slow hash would only slow the service down. */
export function hashToken(token: string): Uint8Array {
  return new Uint8Array(Buffer.from(hash("sha256", token, "hex"), "hex"));
}

/** Constant-time comparison of two token hashes. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
