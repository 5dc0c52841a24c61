/** How a chain id and a message are named where the bytes themselves do not belong: refusals, reports, log lines. */
import { hash } from "node:crypto";
import { fromHex, toHex, utf8 } from "../../domain/bytes.ts";

/** What prints as itself: letters, marks, numbers, punctuation, symbols and plain spaces. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u;

/** The text of a chain id where it is printable UTF-8 and no 0x-hex, else its 0x-hex: no two ids have one text. */
export function chainIdText(chainId: Uint8Array): string {
  const text = utf8Text(chainId);
  return text !== undefined && PRINTABLE.test(text) && !text.startsWith("0x") ? text : toHex(chainId);
}

/** The bytes behind such a text; undefined for 0x without whole bytes after it, or a lone surrogate. */
export function chainIdOf(text: string): Uint8Array | undefined {
  if (text.startsWith("0x")) return fromHex(text);
  return text.isWellFormed() ? utf8(text) : undefined;
}

/** The text of UTF-8 bytes, or undefined. A byte order mark is a character like others. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** 0x-hex of SHA-256. */
export function messageHash(message: Uint8Array): string {
  return `0x${hash("sha256", message, "hex")}`;
}

/** 64 lowercase hex digits, as finality providers print their key (`fp_btc_pk_hex`). @param publicKey 32 bytes x-only */
export function publicKeyText(publicKey: Uint8Array): string {
  return toHex(publicKey).slice(2);
}

/** 32 bytes of 64 hex digits in either case, with 0x or without; undefined for anything else. */
export function publicKeyOf(text: string): Uint8Array | undefined {
  const bytes = fromHex(text.startsWith("0x") ? text : `0x${text}`);
  return bytes?.length === 32 ? bytes : undefined;
}

/** A height as decimal text without leading zeros, 0 to 2^64-1; undefined for anything else. */
export function heightOfText(text: string): bigint | undefined {
  if (!/^(?:0|[1-9]\d{0,19})$/.test(text)) return undefined;
  const height = BigInt(text);
  return height < 2n ** 64n ? height : undefined;
}
