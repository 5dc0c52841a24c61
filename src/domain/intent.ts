/**
 * The chain-neutral meaning of a request: the one shape that policies see on every chain.
 * Amounts are decimal strings in the smallest unit.
 * @module
 */
import type { Json } from "./canonical.ts";

/**
 * `native`, or a token named by its standard and contract: `erc20:0x…`, `erc721:0x…/tokenId`, `erc1155:0x…/tokenId`,
 * `spl:MINT` (or `spl-account:TOKENACCOUNT` where a transfer names no mint), `starknet-erc20:0x…`. Addresses in an asset are
 * lowercase hex where the chain uses hex. `*` in an allowance is everything the account owns (EIP-7702 delegation).
 */
export type Asset = string;

export interface Transfer {
  readonly asset: Asset;
  readonly from: string;
  readonly to: string;
  readonly amount: string;
  /** True only when the recipient was re-derived from our own keys. */
  readonly ownChange: boolean;
}

export interface Allowance {
  readonly asset: Asset;
  readonly owner: string;
  readonly spender: string;
  readonly amount: string;
  /** Unix seconds as a decimal string, where the allowance states one. */
  readonly expiresAt?: string;
}

export interface Call {
  /** Contract or program; null creates a contract. */
  readonly to: string | null;
  readonly value: string;
  /** 4-byte selector, instruction discriminator or entry point in 0x-hex; null when there is no call data. */
  readonly selector: string | null;
  /** Name where the call is known to us, e.g. `transfer(address,uint256)`; absent makes the intent opaque. */
  readonly function?: string;
  readonly args?: Json;
}

export interface Fee {
  readonly asset: Asset;
  /** The most that this signature can cost in fees. */
  readonly max: string;
}

export interface Intent {
  /** True when what the signature does to assets cannot be told. A policy must then say `allowOpaque`. */
  readonly opaque: boolean;
  /** Why it is opaque, for people; absent when it is not. */
  readonly opaqueReason?: string;
  readonly transfers: readonly Transfer[];
  readonly allowances: readonly Allowance[];
  readonly calls: readonly Call[];
  readonly fee?: Fee;
  readonly ethereum?: Json;
  readonly bitcoin?: Json;
  readonly solana?: Json;
  readonly starknet?: Json;
  /** The validator duty: its name, fork, slot or epochs, signing root, and who is paid where the duty says so. */
  readonly validator?: Json;
}
