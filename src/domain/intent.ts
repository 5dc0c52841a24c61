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

/** What can hide the effect of a signature. Policies branch on these words: they are permanent. */
export type OpaqueCause =
  /** A call whose contract is named and whose meaning is not known; it stands in `calls` without `function`. */
  | "unknownCall"
  /** The same for an instruction of a Solana program that is not known. */
  | "unknownProgram"
  /** Accounts stand in address lookup tables, which only a cluster can resolve. */
  | "unresolvedAccounts"
  /** An output pays a script that has no address. */
  | "unknownScript"
  /** A typed document that looks like an order, a permit or a delegation and is none that is known. */
  | "unknownTypedData"
  /** A message that is a hash: accounts that are contracts take it for the approval of whatever was hashed. */
  | "hashedMessage"
  /** A delegation that is valid on every chain. */
  | "authorization"
  /** Foreign code runs as the account. */
  | "delegateCall"
  /** Something is paid whose amount the signed bytes do not state. */
  | "unstatedAmount"
  /** The signing account would become one that cannot be used as before. */
  | "accountChange"
  /** A root whose object was not shown, under a validator's domain. */
  | "genericRoot"
  /** Members of the transaction are used to which the protocol gives no meaning, or contracts their own. */
  | "reservedFields";

/** One thing that cannot be told, for policies and for people. */
export interface Opacity {
  readonly cause: OpaqueCause;
  readonly reason: string;
}

export interface Intent {
  /** True when what the signature does to assets cannot be told. A policy must then say `allowOpaque`. */
  readonly opaque: boolean;
  /** Every cause, each one once, in the order of the request; empty when the intent is not opaque. */
  readonly opaqueCauses: readonly OpaqueCause[];
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
  /** `kind` (eots or schnorr) and `message`; of EOTS also `chainId`, `height`, and `voteHeight` where the message is a vote. */
  readonly babylon?: Json;
}

/** Reasons that `opaqueReason` repeats at most: it goes into problem documents. */
const REASONS_SHOWN = 4;

/** The members of an intent that say whether it is opaque: so they cannot disagree. */
export function opacityOf(
  found: readonly Opacity[],
): Pick<Intent, "opaque" | "opaqueCauses" | "opaqueReason"> {
  if (found.length === 0) return { opaque: false, opaqueCauses: [] };
  const reasons = [...new Set(found.map((one) => one.reason))];
  const more = reasons.length - REASONS_SHOWN;
  return {
    opaque: true,
    opaqueCauses: [...new Set(found.map((one) => one.cause))],
    opaqueReason: reasons.slice(0, REASONS_SHOWN).join("; ") + (more > 0 ? `; and ${more} more` : ""),
  };
}
