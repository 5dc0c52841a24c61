/** How a chain id and a message are named where the bytes themselves do not belong: refusals, reports, log lines. */
import { hash } from "node:crypto";
import { equalBytes, fromHex, toHex, utf8 } from "../../domain/bytes.ts";
import { CHAIN_ID_BYTES_MAX, HEIGHT_LIMIT, type KeptMessage } from "../../domain/eots.ts";
import type { XOnlyKey } from "../../domain/kinds.ts";

/**
 * The bytes behind the text of `chainIdText`; undefined for 0x without whole bytes after it, for a lone surrogate, and for
 * more than 64 bytes.
 */
export function chainIdOf(text: string): Uint8Array | undefined {
  const bytes = text.startsWith("0x") ? fromHex(text) : text.isWellFormed() ? utf8(text) : undefined;
  return bytes !== undefined && bytes.length <= CHAIN_ID_BYTES_MAX ? bytes : undefined;
}

/** 0x-hex of SHA-256. */
export function messageHash(message: Uint8Array): string {
  return `0x${hash("sha256", message, "hex")}`;
}

/** SHA-256 of a message that is kept, as 0x-hex. */
export function keptHash({ message, messageHash: kept }: KeptMessage): string {
  return kept === undefined ? messageHash(message) : toHex(kept);
}

/** Whether both are of the same message. */
export function sameMessage(a: KeptMessage, b: KeptMessage): boolean {
  // Hashes decide where one of them is all that is kept: an EOTS signature is over the hash.
  if (a.messageHash === undefined && b.messageHash === undefined) return equalBytes(a.message, b.message);
  return keptHash(a) === keptHash(b);
}

/** 64 lowercase hex digits, as finality providers print their key (`fp_btc_pk_hex`). @param publicKey 32 bytes x-only */
export function publicKeyText(publicKey: XOnlyKey): string {
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
  return height < HEIGHT_LIMIT ? height : undefined;
}
