/**
 * Strict reading of the WebAssembly binary format (section 5.2 of its specification). Padded LEB128 is legal and linkers
 * write it; more bytes than the type can need, or set bits beyond its width, are refused.
 */
import { rejected } from "./rejection.ts";

const NAME_DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A cursor over `bytes` that never passes `end`. */
export class ByteReader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  byte(what: string): number {
    const byte = this.at < this.end ? this.bytes[this.at] : undefined;
    if (byte === undefined) throw rejected("malformed binary", this.at, `ends inside ${what}`);
    this.at += 1;
    return byte;
  }

  /** Unsigned 32-bit LEB128, at most 5 bytes. */
  u32(what: string): number {
    const first = this.byte(what);
    if (first < 0x80) return first;
    const start = this.at - 1;
    let value = first & 0x7f;
    for (let shift = 7; shift < 28; shift += 7) {
      const byte = this.byte(what);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const last = this.byte(what);
    if (last > 0x0f) throw rejected("malformed binary", start, `${what} is not a 32-bit LEB128 number`);
    return value + last * 0x1000_0000;
  }

  /** Signed LEB128 of `bits` width (32, 33 or 64); the low 32 bits of its value, which is all that any caller needs. */
  signed(bits: 32 | 33 | 64, what: string): number {
    const start = this.at;
    const bytesMax = Math.ceil(bits / 7);
    let value = 0;
    for (let index = 0; index < bytesMax; index += 1) {
      const byte = this.byte(what);
      const shift = index * 7;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      if (index === bytesMax - 1) requireSignExtension(byte, bits - shift, start, what);
      return shift + 7 < 32 && (byte & 0x40) !== 0 ? value | (-1 << (shift + 7)) : value;
    }
    throw rejected("malformed binary", start, `${what} is not a ${bits}-bit LEB128 number`);
  }

  skip(length: number, what: string): void {
    if (length > this.end - this.at) throw rejected("malformed binary", this.at, `ends inside ${what}`);
    this.at += length;
  }

  /** A vector's count. Each element takes at least one byte, so a count beyond the end cannot be honest. */
  count(what: string): number {
    const start = this.at;
    const count = this.u32(`the number of ${what}`);
    if (count > this.end - this.at) {
      throw rejected("malformed binary", start, `${count} ${what} do not fit the remaining bytes`);
    }
    return count;
  }

  /** A name: byte length, then strict UTF-8. */
  name(what: string): string {
    const length = this.u32(`the length of ${what}`);
    const start = this.at;
    this.skip(length, what);
    try {
      return NAME_DECODER.decode(this.bytes.subarray(start, this.at));
    } catch {
      throw rejected("malformed binary", start, `${what} is not UTF-8`);
    }
  }

  /** A reader of the next `length` bytes, which this reader skips. */
  slice(length: number, what: string): ByteReader {
    const start = this.at;
    this.skip(length, what);
    return new ByteReader(this.bytes, start, this.at);
  }
}

/** In the longest form only `usedBits` of the last byte carry the value; the rest must repeat the sign. */
function requireSignExtension(byte: number, usedBits: number, start: number, what: string): void {
  const extension = (byte & 0x7f) >> (usedBits - 1);
  const ones = 0x7f >> (usedBits - 1);
  if (extension !== 0 && extension !== ones) {
    throw rejected("malformed binary", start, `${what} does not fit its width`);
  }
}
