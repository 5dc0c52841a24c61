/** Lamports and token amounts are unsigned 64-bit integers; the largest stands for "all there is". */
import type { Effects } from "./program-reader.ts";

/** 2^64 - 1. */
export const MAX_AMOUNT = ((1n << 64n) - 1n).toString();

/** A movement of lamports that `from` signs for. */
export function lamports(from: string, to: string, amount: bigint): Effects {
  return movement("native", from, to, amount);
}

/** A movement of `asset` that `from` signs for. */
export function movement(asset: string, from: string, to: string, amount: bigint): Effects {
  return { transfers: [{ asset, from, to, amount: amount.toString() }] };
}
