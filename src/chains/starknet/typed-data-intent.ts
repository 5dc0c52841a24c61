/** What a SNIP-12 document does, and how it is shown. A document that is not known exactly is opaque. */
import { sha256 } from "@noble/hashes/sha2.js";
import { canonicalJson, type Json } from "../../domain/canonical.ts";
import { toHex, utf8 } from "../../domain/bytes.ts";
import { knownDocument } from "./documents/registry.ts";
import { effectsOf, NO_EFFECTS, type CallEffects } from "./effects.ts";
import { addressText } from "./felts.ts";
import type { TypedData } from "./snip12.ts";

/** Declarations of types past this many bytes are shown as a digest: with names of 64 characters they can be megabytes. */
const TYPES_SHOWN = 16_384;

export interface DescribedTypedData {
  readonly effects: CallEffects;
  /** The document without what is elsewhere in the intent. */
  readonly shown: Json;
  /** The website's host, where the document is a sign-in. */
  readonly signInDomain: string | undefined;
}

/**
 * What others can do with `account` once they have the signed document.
 * @param field JSON pointer of the document
 * @throws SignerError `transaction.invalid` or `transaction.too_large` for the calls of an outside execution
 */
export function describeTypedData(document: TypedData, account: bigint, field: string): DescribedTypedData {
  const known = knownDocument(document);
  if (known === undefined) {
    const name = document.primaryType;
    const reason = `typed data ${name} (revision ${document.revision}) is none that is known exactly`;
    const effects = { ...NO_EFFECTS, opacity: [{ cause: "unknownTypedData", reason } as const] };
    return { effects, shown: show(document, NO_EFFECTS), signInDomain: undefined };
  }
  const site = { account: addressText(account), document, field: `${field}/message` };
  const effects = effectsOf(known.effect, document.message, site, known.name);
  return {
    effects,
    shown: { document: known.name, ...show(document, effects) },
    signInDomain: known.signInDomain?.(document.message),
  };
}

/** Calls are in the intent's own list: here only how many there are. */
function show(document: TypedData, { calls }: CallEffects): { readonly [name: string]: Json } {
  const { types = {}, domain = {}, primaryType = "" } = document.canonical;
  const declared = utf8(canonicalJson(types));
  const message = Object.entries(document.message).map(([name, value]) => [
    name,
    calls.length > 0 && Array.isArray(value) ? { count: value.length } : value,
  ]);
  return {
    types:
      declared.length <= TYPES_SHOWN ? types : { bytes: declared.length, sha256: toHex(sha256(declared)) },
    primaryType,
    domain,
    message: Object.fromEntries(message),
  };
}
