/**
 * The chain-neutral meaning of a request: the one shape that policies see on every chain.
 * Amounts are decimal strings in the smallest unit.
 * @module
 */
import type { Json } from "./canonical.ts";

/**
 * `native`, or a token named by its standard and contract: `erc20:0x…`, `erc721:0x…/tokenId`, `erc1155:0x…/tokenId`,
 * `spl:MINT` (or `spl-account:TOKENACCOUNT` where a transfer names no mint), `starknet-erc20:0x…` (and `-erc721`,
 * `-erc1155` as on Ethereum), or what an exchange holds for an account, `paradex:ETH-USD-PERP`. Addresses in an asset are
 * lowercase hex where the chain uses hex.
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

/** What can change hands besides assets. Policies name these words in `allowControl`: they are permanent. */
export const CONTROL_KINDS = [
  /** Who owns an account or a contract, or how many of its owners must sign. */
  "owner",
  /** Code or keys that may act as an account from then on: EIP-7702 delegates, session keys, agents, votes. */
  "delegate",
  /** Roles and authorities: minting, freezing, staking, nonces, access control. */
  "authority",
  /** Code that an account asks or obeys: modules, validators, guards, hooks, fallback handlers. */
  "module",
  /** Who can recover an account. */
  "guardian",
  /** Which code a contract or program runs. */
  "upgrade",
  /** New code on a chain. */
  "deployment",
  /** An account becomes one that cannot be used as before, or another program's. */
  "account",
  /** What nobody can ever change or undo again. */
  "irreversible",
] as const;

export type ControlKind = (typeof CONTROL_KINDS)[number];

/** A change of who decides over something. */
export interface Control {
  readonly what: ControlKind;
  /** The account, contract, program or mint that is decided over. */
  readonly of: string;
  /** Who decides afterwards, or the code that runs; null where it is nobody, or where the request names none. */
  readonly to: string | null;
}

export interface IntentCall {
  /** Contract or program; null creates a contract. */
  readonly to: string | null;
  readonly value: string;
  /** 4-byte selector, instruction discriminator or entry point in 0x-hex; null when there is no call data. */
  readonly selector: string | null;
  /**
   * The whole call data in 0x-hex, `0x` where there is none. On Solana every call has it: programs tell their instructions by
   * leading bytes of any length, so rules compare bytes of this, not `selector`. Absent where the chain's detail carries it.
   */
  readonly data?: string;
  /** Name where the call is known to us, e.g. `transfer(address,uint256)`; absent makes the intent opaque. */
  readonly function?: string;
  readonly args?: Json;
}

export interface Fee {
  readonly asset: Asset;
  /** The most that this signature can cost in fees. */
  readonly max: string;
}

/**
 * True where two names mean one asset: 0x-hex before a `/` is a number, so case and leading zeros do not matter; all else is
 * compared exactly.
 */
export function sameAsset(a: string | undefined, b: string): boolean {
  return a !== undefined && (a === b || normalAsset(a) === normalAsset(b));
}

function normalAsset(asset: string): string {
  return asset.replace(/:0x0*([0-9a-f]+)/i, (_, digits: string) => `:0x${digits.toLowerCase()}`);
}

/** What can hide the effect of a signature. Policies branch on these words: they are permanent. */
export type OpaqueCause =
  /** A call whose contract is named and whose meaning is not known; it is in `calls` without `function`. */
  | "unknownCall"
  /** The same for an instruction of a Solana program that is not known. */
  | "unknownProgram"
  /**
   * A known function or instruction in a form that is not known: it may do what the known one does, and more. A list of calls
   * does not answer for it, since what it names is the known one.
   */
  | "unknownForm"
  /** Functions that move nothing are called at a contract that is not known: they do so only where it is what they suggest. */
  | "unknownContract"
  /** Accounts are in address lookup tables, which only a cluster can resolve. */
  | "unresolvedAccounts"
  /** The same, and the request brought the tables' contents: the caller's word. */
  | "lookup_table"
  /** An output pays a script that has no address. */
  | "unknownScript"
  /** A typed document that is none of those that are known by full type text, primary type and domain members. */
  | "unknownTypedData"
  /** A message that is none of the known forms: people or programs may take it for an order, a key or an approval. */
  | "unknownMessage"
  /** A message that is signed as it is, without the envelope that sets messages apart from transactions. */
  | "rawMessage"
  /** A message that is a hash: accounts that are contracts take it for the approval of whatever was hashed. */
  | "hashedMessage"
  /** A delegation that is valid on every chain. */
  | "authorization"
  /** A decoder found no effect and did not say that there is none. */
  | "unstated"
  /** Foreign code runs as the account. */
  | "delegateCall"
  /** Something is paid whose amount the signed bytes do not state. */
  | "unstatedAmount"
  /** Given up: that an account cannot be used as before is control `account`. */
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

/** Something unusual that the caller may not have meant. It decides nothing; codes are permanent. */
export interface Warning {
  /** `dust_output`: an output that nodes do not relay. `zero_fee`: no fee is paid. */
  readonly code: "dust_output" | "zero_fee";
  readonly message: string;
}

/** What a decoder found out. Everything that is left out is empty. */
export interface Findings {
  readonly transfers?: readonly Transfer[];
  readonly allowances?: readonly Allowance[];
  readonly calls?: readonly IntentCall[];
  readonly control?: readonly Control[];
  readonly fee?: Fee | undefined;
  /** All that cannot be told; empty where everything can. */
  readonly opacity?: readonly Opacity[];
  /** Why parts of the request, or all of it, move nothing and change nobody's control, and how that is known. */
  readonly harmless?: readonly string[];
  readonly warnings?: readonly Warning[];
}

/** The statement that a row of a decoder's table moves nothing and changes nobody's control, and how that is known. */
export interface Nothing {
  readonly nothing: string;
}

/** @param because why it does nothing, and how that is known */
export function nothing(because: string): Nothing {
  return { nothing: because };
}

/** The chain's own decode, under the chain's name. */
export interface Details {
  readonly ethereum?: Json;
  readonly bitcoin?: Json;
  readonly solana?: Json;
  readonly starknet?: Json;
  /** The validator duty: its name, fork, slot or epochs, signing root, and who is paid where the duty says so. */
  readonly validator?: Json;
  /**
   * `kind` (eots or schnorr) and `message`; of EOTS also `chainId`, `height`, `vote` where the message has the form of one, and
   * `voteHeight` where no unknown signing context comes before it.
   */
  readonly babylon?: Json;
}

declare const judged: unique symbol;

/** Made by `intentOf` alone, so that no decoder can leave out what must be stated. */
export interface Intent extends Details {
  readonly [judged]: true;
  /** True when what the signature does to assets or control cannot be told. A policy must then say `allowOpaque`. */
  readonly opaque: boolean;
  /** Every cause, each one once, in the order of the request; empty when the intent is not opaque. */
  readonly opaqueCauses: readonly OpaqueCause[];
  /** Why it is opaque, for people; absent when it is not. */
  readonly opaqueReason?: string;
  /** Why nothing moves and nobody's control changes; present only where all three lists are empty and nothing is opaque. */
  readonly harmless?: string;
  readonly transfers: readonly Transfer[];
  readonly allowances: readonly Allowance[];
  readonly control: readonly Control[];
  readonly calls: readonly IntentCall[];
  readonly fee?: Fee;
  /** Present only where there is one. */
  readonly warnings?: readonly Warning[];
}

const UNSTATED: Opacity = {
  cause: "unstated",
  reason: "no effect was found, and nothing that says why there is none",
};

/**
 * The intent of a request. Harmless is a statement: where nothing moves, nobody's control changes, nothing is opaque, and
 * no decoder said why, the intent is opaque.
 */
export function intentOf(findings: Findings, details: Details): Intent {
  const { transfers = [], allowances = [], calls = [], control = [], fee, harmless = [] } = findings;
  const { warnings = [] } = findings;
  const affects = transfers.length + allowances.length + control.length > 0;
  const stated = affects || harmless.length > 0 || (findings.opacity ?? []).length > 0;
  const opacity = opacityOf(stated ? (findings.opacity ?? []) : [UNSTATED]);
  const because = affects || opacity.opaque ? undefined : shortened([...new Set(harmless)]);
  const intent: Omit<Intent, typeof judged> = {
    ...opacity,
    ...(because === undefined ? {} : { harmless: because }),
    transfers,
    allowances,
    control,
    calls,
    ...(fee === undefined ? {} : { fee }),
    ...(warnings.length === 0 ? {} : { warnings }),
    ...details,
  };
  // The only place that may say so: the checks above are what the mark stands for.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return intent as Intent;
}

/** Reasons that `opaqueReason` and `harmless` repeat at most: they go into problem documents and policy inputs. */
const REASONS_SHOWN = 4;

/** The members of an intent that say whether it is opaque: so they cannot disagree. */
function opacityOf(found: readonly Opacity[]): Pick<Intent, "opaque" | "opaqueCauses" | "opaqueReason"> {
  if (found.length === 0) return { opaque: false, opaqueCauses: [] };
  return {
    opaque: true,
    opaqueCauses: [...new Set(found.map(({ cause }) => cause))],
    opaqueReason: shortened([...new Set(found.map(({ reason }) => reason))]),
  };
}

function shortened(reasons: readonly string[]): string {
  const more = reasons.length - REASONS_SHOWN;
  return reasons.slice(0, REASONS_SHOWN).join("; ") + (more > 0 ? `; and ${more} more` : "");
}
