/** Limits of an EOTS statement (Babylon), and how its chain id is shown: one form for policies, refusals and logs. */
import { toHex } from "./bytes.ts";

export const CHAIN_ID_BYTES_MAX = 64;
export const MESSAGE_BYTES_MAX = 8192;
/** Heights are below this. */
export const HEIGHT_LIMIT = 2n ** 64n;
/** Bytes of one value of public randomness: the x coordinate of a point. */
export const RANDOMNESS_BYTES = 32;
/** Values in one list at most: twice what a finality-provider daemon commits to at once. */
export const RANDOMNESS_COUNT_MAX = 100_000;

/** What prints as itself: letters, marks, numbers, punctuation, symbols and plain spaces. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u;

/** The text of a chain id where it is printable UTF-8 and no 0x-hex, else its 0x-hex: no two ids have one text. */
export function chainIdText(chainId: Uint8Array): string {
  const text = utf8Text(chainId);
  return text !== undefined && PRINTABLE.test(text) && !text.startsWith("0x") ? text : toHex(chainId);
}

/** The text of UTF-8 bytes, or undefined. A byte order mark is a character like others. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
