/**
 * What is known about one kind of EIP-712 document. A row says its whole type text, the domains it lives in and what
 * signing it does; a row without an effect does not compile, and a document without a row is opaque.
 * @module
 */
import type { Nothing } from "../../../domain/intent.ts";
import type { Effects } from "../effects.ts";
import { text, type Values } from "../values.ts";

/** One accepted form of the domain. */
export interface Domain {
  /** Names of exactly the members that are present, in EIP-712's order, e.g. `name,version,chainId,verifyingContract`. */
  readonly members: string;
  /** Members whose values matter, each with all accepted values; addresses in lowercase. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** True where the protocol writes the chain id, as 32 bytes, into the salt. */
  readonly saltIsChain?: true;
}

/** A document as its effect sees it. */
export interface Signed {
  readonly effects: Effects;
  readonly message: Values;
  readonly domain: Values;
  /** Lowercase address of the account whose signature it is: the key's, or the contract account that a wrapper names. */
  readonly signer: string;
  /** JSON pointer of `message`. */
  readonly field: string;
}

/** States transfers, allowances, control or opacity. One that states none makes the intent opaque (`unstated`). */
export type Effect = (signed: Signed) => void;

/** The document is known, and what signing it does is not in it. */
export interface Hidden {
  readonly hidden: string;
}

export interface KnownDocument {
  /** Variants of one document share it; docs/understood.md has a row for it. */
  readonly name: string;
  /** encodeType of the primary type: one renamed member makes it another document. */
  readonly type: string;
  readonly domains: readonly Domain[];
  /** Project, file and version that define it. */
  readonly source: string;
  readonly effect: Effect | Nothing | Hidden;
}

/** @param because what the document does not show */
export function hidden(because: string): Hidden {
  return { hidden: because };
}

/** Name, version, chain and contract: what most contracts use. */
export const FULL: Domain = { members: "name,version,chainId,verifyingContract" };
/** The same without a version: Compound, Uniswap, Permit2. */
export const UNVERSIONED: Domain = { members: "name,chainId,verifyingContract" };
/** Polygon's bridged tokens and NativeMetaTransaction (maticnetwork/pos-portal contracts/common/EIP712Base.sol). */
export const SALTED: Domain = { members: "name,version,verifyingContract,salt", saltIsChain: true };

/** `domain` with members that must have one of these values. */
export function fixed(domain: Domain, values: Readonly<Record<string, readonly string[]>>): Domain {
  return { ...domain, values };
}

/** The domain's verifyingContract, in lowercase. Only for documents whose every domain has one. */
export function contractOf({ domain }: Signed): string {
  return text(domain, "verifyingContract");
}
