/**
 * The SNIP-12 documents whose effects are known. A document is one of them only where revision, every type declaration,
 * primary type, the domain's members and, where they matter, its values are exactly those of the table; any other is
 * opaque, whatever it sounds like.
 * @module
 */
import type { TypedData } from "../snip12.ts";
import type { Declaration } from "../snip12-types.ts";
import { felt } from "../values.ts";
import type { KnownDocument } from "./document.ts";
import { CALL_DOCUMENTS } from "./outside-executions.ts";
import { PARADEX_DOCUMENTS } from "./paradex.ts";
import { SESSION_DOCUMENTS } from "./sessions.ts";
import { SIGN_IN_DOCUMENTS } from "./sign-ins.ts";
import { STANDARD_DOCUMENTS } from "./standards.ts";

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
