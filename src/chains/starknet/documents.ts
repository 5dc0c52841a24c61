/**
 * The SNIP-12 documents whose effects are known. A document is one of them only where revision, every type declaration,
 * primary type, the domain's members and, where they matter, its values are exactly those of the table; any other is
 * opaque, whatever it sounds like.
 * @module
 */
import type { Effect } from "./effects.ts";
import { CALL_DOCUMENTS } from "./outside-execution.ts";
import { PARADEX_DOCUMENTS } from "./paradex-documents.ts";
import { SESSION_DOCUMENTS } from "./session-documents.ts";
import type { TypedData } from "./snip12.ts";
import type { Revision, Declaration } from "./snip12-types.ts";
import { STANDARD_DOCUMENTS } from "./standard-documents.ts";
import { SIGN_IN_DOCUMENTS } from "./sign-in-documents.ts";
import { felt, type Values } from "./values.ts";

/** Where a document's effects are judged. */
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

export const DOCUMENTS: readonly KnownDocument[] = [
  ...CALL_DOCUMENTS,
  ...STANDARD_DOCUMENTS,
  ...SIGN_IN_DOCUMENTS,
  ...SESSION_DOCUMENTS,
  ...PARADEX_DOCUMENTS,
];

/** The row that `document` is exactly, or undefined. */
export function knownDocument(document: TypedData): KnownDocument | undefined {
  return DOCUMENTS.find((known) => isDocument(document, known));
}

function isDocument(document: TypedData, known: KnownDocument): boolean {
  if (document.revision !== known.revision || document.primaryType !== known.primaryType) return false;
  const domainType = document.revision === "1" ? "StarknetDomain" : "StarkNetDomain";
  const declared = new Map([...document.types].map(([name, members]) => [name, printMembers(members)]));
  if (!known.domainTypes.includes(declared.get(domainType) ?? "")) return false;
  declared.delete(domainType);
  const expected = Object.entries(known.types);
  if (expected.length !== declared.size) return false;
  if (!expected.every(([name, members]) => declared.get(name) === members)) return false;
  return Object.entries(known.domain).every(([name, values]) => values.includes(felt(document.domain, name)));
}

/** The type text of one declaration, as the table writes it. */
function printMembers(members: readonly Declaration[]): string {
  return members
    .map(({ name, type, contains }) => `${name}:${type}${contains === undefined ? "" : `<${contains}>`}`)
    .join(",");
}
