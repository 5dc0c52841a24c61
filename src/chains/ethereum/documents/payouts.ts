/** What an order pays to others. The most that leaves the owner is an allowance; who else is paid must be visible too. */
import type { Effects } from "../effects.ts";

export interface Payout {
  readonly asset: string;
  readonly to: string;
  readonly amount: string;
}

/**
 * Adds what an order pays to anyone but its owner, as transfers of the owner: it is the owner's price that goes there, and
 * lists of recipients look at transfers.
 */
export function payOthers(effects: Effects, owner: string, payouts: readonly Payout[]): void {
  for (const { asset, to, amount } of payouts) {
    if (to !== owner) effects.transfer(asset, owner, to, amount);
  }
}

/** The larger of two decimal amounts: prices that change with time are stated by their ends. */
export function larger(a: string, b: string): string {
  return BigInt(a) > BigInt(b) ? a : b;
}

/** `erc20:…`, or `native` for the two addresses that stand for it. */
export function currency(address: string): string {
  return NATIVE.has(address) ? "native" : `erc20:${address}`;
}

const NATIVE: ReadonlySet<string> = new Set([`0x${"00".repeat(20)}`, `0x${"ee".repeat(20)}`]);
