/** The decode step: what is asked, understood as a whole, and which keys it uses. */
import type { Principal } from "../access/principals.ts";
import type { DecodedRequest } from "../chains/adapter.ts";
import { SignerError } from "../domain/errors.ts";
import { markOf } from "../domain/stage.ts";
import { assertAuthorized } from "./authorize.ts";
import { assertKeysFit, intentText } from "./intent-text.ts";
import { decodeFor, keysText, type KeyParts } from "./signing-keys.ts";
import type { Authorized, Decoded } from "./stages.ts";

const understood = markOf<Decoded>("decoded");
/** @throws Error for what was not decoded */
export const assertDecoded: (value: Decoded) => void = understood.assert;

/** @throws SignerError as `Steps.decode` */
export async function decode(parts: KeyParts, request: Authorized): Promise<Decoded> {
  assertAuthorized(request);
  const { decoded, keys } = await decodeFor(parts, request);
  assertInGroup(request.principal, decoded);
  const shown = { intentText: intentText(decoded.intent), keysText: keysText(keys) };
  assertKeysFit(shown.intentText, shown.keysText, keys.length);
  return understood.set({ ...request, keys, decoded, ...shown });
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
