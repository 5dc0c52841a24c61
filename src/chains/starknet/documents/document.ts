/**
 * The form of a row in the table of SNIP-12 documents, and the domains that several of them share. A row without an effect
 * does not compile.
 * @module
 */
import type { Effect } from "../effects.ts";
import { shortString } from "../felts.ts";
import type { TypedData } from "../snip12.ts";
import type { Revision } from "../snip12-types.ts";
import type { Values } from "../values.ts";

/** Where the effects of a document happen. */
export interface DocumentSite {
  /** The account that signs: 0x-hex of 64 digits. */
  readonly account: string;
  readonly document: TypedData;
  /** JSON pointer of the message, for refusals. */
  readonly field: string;
}

export interface KnownDocument {
  /** For people, and in docs/understood.md. */
  readonly name: string;
  /** Project, file and version that checks the signature. */
  readonly source: string;
  readonly revision: Revision;
  readonly primaryType: string;
  /** Every declared type but the domain: `name:type` of each member in order, `merkletree<Leaf>` with its leaf. */
  readonly types: Readonly<Record<string, string>>;
  /** The domain's declaration in the same form; all that are in use. */
  readonly domainTypes: readonly [string, ...string[]];
  /** Values that the domain must have; what is left out may be anything. */
  readonly domain: Readonly<Partial<Record<"name" | "version", readonly bigint[]>>>;
  readonly effect: Effect<DocumentSite>;
  /** Of a sign-in: the website's host, by which policies tell one from the other. */
  readonly signInDomain?: (values: Values) => string | undefined;
}

/** SNIP-12 revision 1, the only declaration that it allows. */
export const REVISION_1 = [
  "name:shortstring,version:shortstring,chainId:shortstring,revision:shortstring",
] as const;
/** Revision 0, as SNIP-9 and most documents write it. */
export const REVISION_0 = ["name:felt,version:felt,chainId:felt"] as const;

/** A version that some write as a number and some as text. */
export function version(number: number): readonly bigint[] {
  return [BigInt(number), shortString(String(number))];
}

export function named(name: string): readonly bigint[] {
  return [shortString(name)];
}
