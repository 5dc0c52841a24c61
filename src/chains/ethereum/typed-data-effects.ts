/**
 * What signing typed data does. A document that is not known by full type text, primary type and domain is opaque: harmless
 * is a statement of its row in documents/, never a guess.
 * @module
 */
import type { Effects } from "./effects.ts";
import { recognise } from "./documents/registry.ts";
import { unwrap } from "./documents/wrapped.ts";
import type { TypedData } from "./typed-data.ts";

const MESSAGE = "/typedData/message";

/**
 * Adds what signing `document` with the key of `signer` does; marks it opaque where that cannot be told.
 * @param signer lowercase address
 * @returns id of the chain that the document is for, 0 where it names none
 * @throws SignerError `transaction.invalid` for a known document whose calls or addresses are not what their types say
 */
export function visitTypedData(effects: Effects, document: TypedData, signer: string): bigint {
  const wrapped = unwrap(document);
  if (wrapped === undefined) return visitDocument(effects, document, signer, MESSAGE);
  return visitDocument(effects, wrapped.contents, wrapped.account, `${MESSAGE}/contents`);
}

function visitDocument(effects: Effects, document: TypedData, signer: string, field: string): bigint {
  const { message, domain } = document;
  const found = recognise(document);
  if (found.known === undefined) {
    effects.opaque("unknownTypedData", found.because);
    return typeof domain["chainId"] === "string" ? BigInt(domain["chainId"]) : 0n;
  }
  const { effect, name } = found.known;
  if (typeof effect === "function") effect({ effects, message, domain, signer, field });
  else if ("nothing" in effect) effects.nothing(`${name}: ${effect.nothing}`);
  else effects.opaque("unknownTypedData", `${name}: ${effect.hidden}`);
  return found.chainId;
}
