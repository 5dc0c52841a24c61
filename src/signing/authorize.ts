/** The authorize step: who may use which key. What says so is read from memory now, and again by the record transaction. */
import { assertMay, type PrincipalIndex } from "../access/principals.ts";
import type { Permission } from "../access/roles.ts";
import { markOf, type Unmarked } from "../domain/stage.ts";
import { keysToUse, type KeyParts } from "./signing-keys.ts";
import type { Authorized, AuthorizedToEvaluate, Submission } from "./stages.ts";

const authorized = markOf<Authorized>("authorized");
const toEvaluate = markOf<AuthorizedToEvaluate>("authorized to be evaluated");
/** @throws Error for what nobody authorized to be signed */
export const assertAuthorized: (value: Authorized) => void = authorized.assert;
/** @throws Error for what nobody authorized to be evaluated */
export const assertAuthorizedToEvaluate: (value: AuthorizedToEvaluate) => void = toEvaluate.assert;

export type AuthorizeParts = KeyParts & { readonly principals: PrincipalIndex };

/** @throws SignerError as `Steps.authorize`, but for `service.sealed` */
export function authorize(parts: AuthorizeParts, submission: Submission): Authorized {
  return authorized.set(permitted(parts, submission, "request.sign"));
}

/** @throws SignerError as `Steps.authorize`, but for `service.sealed` */
export function authorizeToEvaluate(parts: AuthorizeParts, submission: Submission): AuthorizedToEvaluate {
  return toEvaluate.set(permitted(parts, submission, "request.evaluate"));
}

function permitted(
  parts: AuthorizeParts,
  submission: Submission,
  permission: Permission,
): Unmarked<Authorized> {
  const principal = parts.principals.assertCurrent(submission.principal);
  assertMay(principal, permission);
  const uses = keysToUse(parts, principal.namespace, submission);
  return { ...submission, principal, uses };
}
