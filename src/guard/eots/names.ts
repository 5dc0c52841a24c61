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
