/** Bytes and their strict text forms. Every decoder here refuses what its encoder would not have produced. */

const HEX_ANY_CASE = /^0x(?:[0-9a-fA-F]{2})*$/;

/** Lowercase 0x-hex of `bytes`. */
export function toHex(bytes: Uint8Array): `0x${string}` {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}`;
}

/** Bytes of 0x-hex in either case with an even number of digits, or undefined. */
export function fromHex(text: string): Uint8Array | undefined {
  return HEX_ANY_CASE.test(text) ? new Uint8Array(Buffer.from(text.slice(2), "hex")) : undefined;
}

/** Standard base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}

/** Bytes of canonical, padded standard base64, or undefined for anything else (URL-safe, unpadded, stray bits). */
export function fromBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? new Uint8Array(bytes) : undefined;
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Plain comparison, for public data only; secrets are compared with crypto.timingSafeEqual. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Big-endian unsigned integer of `length` bytes; throws RangeError when it does not fit. */
export function bigintToBytes(value: bigint, length: number): Uint8Array {
  if (value < 0n || value >> BigInt(length * 8) !== 0n) throw new RangeError(`does not fit ${length} bytes`);
  return new Uint8Array(Buffer.from(value.toString(16).padStart(length * 2, "0"), "hex"));
}

/** Unsigned integer of big-endian bytes. */
export function bytesToBigint(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(toHex(bytes));
}
