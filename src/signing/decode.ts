/** The decode step: what is asked, understood as a whole, and which keys it uses. */
import type { Principal } from "../access/principals.ts";
import type { DecodedRequest } from "../chains/adapter.ts";
import { SignerError } from "../domain/errors.ts";
import { markOf, type Unmarked } from "../domain/stage.ts";
import { assertAuthorized, assertAuthorizedToEvaluate } from "./authorize.ts";
import { assertKeysFit, intentText } from "./intent-text.ts";
import { decodeFor, keysText, type KeyParts } from "./signing-keys.ts";
import type { Authorized, AuthorizedToEvaluate, Decoded, DecodedToEvaluate } from "./stages.ts";

const understood = markOf<Decoded>("decoded");
const toEvaluate = markOf<DecodedToEvaluate>("decoded to be evaluated");
/** @throws Error for what was not decoded to be signed */
export const assertDecoded: (value: Decoded) => void = understood.assert;
/** @throws Error for what was not decoded to be evaluated */
export const assertDecodedToEvaluate: (value: DecodedToEvaluate) => void = toEvaluate.assert;

/** @throws SignerError as `Steps.decode` */
export async function decode(parts: KeyParts, request: Authorized): Promise<Decoded> {
  assertAuthorized(request);
  return understood.set(await read(parts, request));
}

/** @throws SignerError as `Steps.decode` */
export async function decodeToEvaluate(
  parts: KeyParts,
  request: AuthorizedToEvaluate,
): Promise<DecodedToEvaluate> {
  assertAuthorizedToEvaluate(request);
  return toEvaluate.set(await read(parts, request));
}

async function read(parts: KeyParts, request: Unmarked<Authorized>): Promise<Unmarked<Decoded>> {
  const { decoded, keys } = await decodeFor(parts, request);
  assertInGroup(request.principal, decoded);
  const shown = { intentText: intentText(decoded.intent), keysText: keysText(keys) };
  assertKeysFit(shown.intentText, shown.keysText, keys.length);
  return { ...request, keys, decoded, ...shown };
}

/** Some requests of a key cannot be taken back, an exit for one: the right to sign with the key is not enough. */
function assertInGroup(principal: Principal, { type, permissionGroup }: DecodedRequest): void {
  if (permissionGroup === undefined || principal.groups.includes(permissionGroup)) return;
  throw new SignerError(
    "auth.forbidden",
    `this ${type} request needs a member of group ${permissionGroup}; ask a NamespaceAdmin for a principal in it`,
    { group: permissionGroup },
  );
}
