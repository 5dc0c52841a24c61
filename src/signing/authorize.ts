/** The authorize step: who may use which key. What says so is read from memory now, and again by the record transaction. */
import { assertMay, type PrincipalIndex } from "../access/principals.ts";
import type { Permission } from "../access/roles.ts";
import { markOf } from "../domain/stage.ts";
import { keysToUse, type KeyParts } from "./signing-keys.ts";
import type { Authorized, Submission } from "./stages.ts";

const authorized = markOf<Authorized>("authorized");
/** @throws Error for what nobody authorized */
export const assertAuthorized: (value: Authorized) => void = authorized.assert;

export type AuthorizeParts = KeyParts & { readonly principals: PrincipalIndex };

/** @throws SignerError as `Steps.authorize`, but for `service.sealed` */
export function authorize(parts: AuthorizeParts, submission: Submission, permission: Permission): Authorized {
  const principal = parts.principals.assertCurrent(submission.principal);
  assertMay(principal, permission);
  const uses = keysToUse(parts, principal.namespace, submission);
  return authorized.set({ ...submission, principal, uses });
}
