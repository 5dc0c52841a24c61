/**
 * Every way a call can end without its result. A code is public and permanent: clients branch on it, openapi/ lists
 * it, docs/errors.md explains it, and test/http/errors.test.ts produces each one over HTTP.
 * @module
 */

/**
 * Who says no, and to what. `request`: this request, whoever sends it. `access`: this caller, or a way in that is switched
 * off. `key`, `policy`, `guard`: what is asked of one key. `service`: the service as it is now, whatever is asked.
 */
export type ErrorFamily = "request" | "access" | "key" | "policy" | "guard" | "service";

interface ErrorRow {
  readonly family: ErrorFamily;
  /** HTTP status. */
  readonly status: number;
  /** RFC 9457 title. */
  readonly title: string;
  /** The same request may succeed later, unchanged. */
  readonly retry: boolean;
}

/** A code's family is its own fact: a policy that is not there is named `policy.…`, and no policy refused anything. */
export const ERRORS = {
  "request.malformed": lasting("request", 400, "Request is malformed"),
  "request.host_refused": lasting("access", 403, "Host name is not one of this service's"),
  "request.too_large": lasting("request", 413, "Request body is too large"),
  "request.unsupported_media_type": lasting("request", 415, "Content type is not supported"),
  "request.unsupported": lasting("request", 501, "This release cannot do that"),
  "request.not_found": lasting("request", 404, "No such resource"),
  "request.conflict": lasting("request", 409, "Resource already exists or is in use"),
  "request.idempotency_conflict": lasting("request", 409, "Idempotency-Key was used with another request"),
  "auth.missing": lasting("access", 401, "Bearer token is missing or unknown"),
  "auth.forbidden": lasting("access", 403, "Caller may not do this"),
  "key.not_found": lasting("key", 404, "No such key"),
  "key.disabled": lasting("key", 403, "Key is disabled or deleted"),
  "key.frozen": lasting("key", 403, "Key is frozen"),
  "key.backup_disabled": lasting("access", 403, "Backup of keys is switched off"),
  "key.import_disabled": lasting("access", 403, "Import of raw keys is switched off"),
  "wallet.not_found": lasting("request", 404, "No such wallet"),
  "wallet.key_missing": lasting("request", 409, "An address of the wallet has no key yet"),
  "transaction.invalid": lasting("request", 400, "Transaction cannot be decoded safely"),
  "transaction.refused": lasting("request", 403, "Transaction breaks a built-in safety rule"),
  "transaction.too_large": lasting("request", 413, "Transaction has more than a policy can be shown"),
  "policy.rejected": lasting("request", 422, "Policy module was rejected"),
  "policy.not_found": lasting("request", 404, "No such policy"),
  "policy.settings_invalid": lasting("request", 422, "Policy refused its settings"),
  "policy.unbound": lasting("policy", 403, "No enforcing policy is bound to this key"),
  "policy.denied": lasting("policy", 403, "Policy denied the request"),
  "policy.opaque": lasting("policy", 403, "No policy allows this opaque request"),
  "policy.control": lasting("policy", 403, "No policy allows this change of control"),
  "policy.limit": lasting("policy", 403, "Spending limit would be exceeded"),
  "policy.approval_unavailable": lasting("policy", 403, "Human approval is not available yet"),
  "policy.failed": lasting("policy", 403, "Policy could not decide"),
  "guard.double_proposal": lasting("guard", 412, "Would propose a second block for this slot"),
  "guard.double_vote": lasting("guard", 412, "Would vote twice for this target"),
  "guard.surrounds": lasting("guard", 412, "Would surround an earlier vote"),
  "guard.surrounded": lasting("guard", 412, "Would be surrounded by an earlier vote"),
  "guard.source_after_target": lasting("guard", 412, "Source epoch is after the target"),
  "guard.below_watermark": lasting("guard", 412, "Is at or below the key's watermark"),
  "guard.above_watermark": lasting("guard", 412, "Is at or above the bound"),
  "guard.genesis_root": lasting("guard", 412, "Belongs to another chain"),
  "guard.eots_conflict": lasting("guard", 412, "Would sign a second message for this height"),
  "guard.eots_below_floor": lasting("guard", 412, "Is at or below the key's floor"),
  "guard.disabled": lasting("guard", 412, "Key is disabled for duties"),
  "guard.unknown_history": lasting("guard", 412, "Key has no known signing history"),
  "guard.merging": passing("guard", 503, "Key's history is being imported"),
  "service.sealed": passing("service", 503, "Service is sealed"),
  "service.unseal_failed": lasting("service", 403, "Passphrase does not open the seal"),
  "service.overloaded": passing("service", 503, "Service is overloaded"),
  "service.stopping": passing("service", 503, "Service is shutting down"),
  "service.signature_invalid": lasting("service", 500, "A signature failed its own verification"),
  "service.internal": lasting("service", 500, "Internal error"),
} as const satisfies Record<string, ErrorRow>;

function lasting(family: ErrorFamily, status: number, title: string): ErrorRow {
  return { family, status, title, retry: false };
}

function passing(family: ErrorFamily, status: number, title: string): ErrorRow {
  return { family, status, title, retry: true };
}

export type ErrorCode = keyof typeof ERRORS;

/** Extra members of the problem document: plain JSON, never a secret or a payload. */
export type ProblemMembers = Readonly<Record<string, unknown>>;

/**
 * A refusal or failure with a public code. Its message says which field broke which rule and what to do.
 * Anything else thrown is a bug and becomes `service.internal`.
 */
export class SignerError extends Error {
  override readonly name = "SignerError";
  readonly code: ErrorCode;
  readonly members: ProblemMembers;

  constructor(code: ErrorCode, message: string, members: ProblemMembers = {}) {
    super(message);
    this.code = code;
    this.members = members;
  }
}

/** True for a SignerError of one of these families; a bug is of none. */
export function isOf(error: unknown, ...families: readonly ErrorFamily[]): error is SignerError {
  return error instanceof SignerError && families.includes(ERRORS[error.code].family);
}

/**
 * A policy or a guard refused: no fault of the request or the service. The refusal is recorded as a decision, but for a
 * `guard.disabled` that authorize throws, and `guard.merging`, which passes.
 */
export function isRefusal(error: unknown): error is SignerError {
  return isOf(error, "policy", "guard");
}

/** The decode step's refusal: `field` is a JSON pointer into the request, e.g. `/transaction/chainId`. */
export function invalid(field: string, message: string): SignerError {
  return new SignerError("transaction.invalid", `${field}: ${message}`, { field });
}

/** A well-formed request that a built-in safety rule of its chain refuses, whatever the policies say. */
export function refused(field: string, message: string): SignerError {
  return new SignerError("transaction.refused", `${field}: ${message}`, { field });
}

/**
 * The decode step's refusal of what does not fit: an intent is never shortened where it names recipients, spenders or controls.
 * `limit` names what is counted, e.g. `calls`; `max` is how many there may be.
 */
export function tooLarge(field: string, limit: string, max: number): SignerError {
  return new SignerError(
    "transaction.too_large",
    `${field}: has more than ${max} ${limit}, and is not shown to policies in part; split the request`,
    { field, limit, max },
  );
}
