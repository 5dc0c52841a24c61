/**
 * How long lists of felts are shown to policies. Nothing that names a recipient, a spender or a control passes through
 * here: those are in full in their own lists.
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import type { Json } from "../../domain/canonical.ts";
import { bigintToBytes, concat, toHex } from "../../domain/bytes.ts";
import { feltText } from "./felts.ts";

/** A list up to this length is shown as it is. */
const SHOWN_MAX = 64;
/** Felts that all calls of a request share: 64 calls show 16 each. */
const SHOWN_TOTAL = 1_024;
/** How much of a longer list is shown. */
const FIRST = 8;

/** How many felts of each list are shown where a request has this many calls. */
export function shownMax(calls: number): number {
  return Math.min(SHOWN_MAX, Math.floor(SHOWN_TOTAL / Math.max(calls, 1)));
}

/** The felts as 0x-hex, or `{count, sha256, first}` past `max`. */
export function shownFelts(felts: readonly bigint[], max = SHOWN_MAX): Json {
  if (felts.length <= max) return felts.map(feltText);
  return { ...digestOf(felts), first: felts.slice(0, FIRST).map(feltText) };
}

/** Number of felts, and SHA-256 of them as 32 bytes big-endian each. */
export function digestOf(felts: readonly bigint[]): { readonly count: number; readonly sha256: string } {
  const bytes = concat(...felts.map((felt) => bigintToBytes(felt, 32)));
  return { count: felts.length, sha256: toHex(sha256(bytes)) };
}
