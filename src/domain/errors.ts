/**
 * Every way a call can end without its result. A code is public and permanent: clients branch on it, openapi/ lists
 * it, docs/errors.md explains it, and test/http/errors.test.ts produces each one over HTTP.
 * @module
 */

/** HTTP status and RFC 9457 title of each code. `retry` says that the same request may succeed unchanged later. */
export const ERRORS = {
  "request.malformed": { status: 400, title: "Request is malformed", retry: false },
  "request.host_refused": { status: 403, title: "Host name is not one of this service's", retry: false },
  "request.too_large": { status: 413, title: "Request body is too large", retry: false },
  "request.unsupported_media_type": { status: 415, title: "Content type is not supported", retry: false },
  "request.unsupported": { status: 501, title: "This release cannot do that", retry: false },
  "request.not_found": { status: 404, title: "No such resource", retry: false },
  "request.conflict": { status: 409, title: "Resource already exists or is in use", retry: false },
  "request.idempotency_conflict": {
    status: 409,
    title: "Idempotency-Key was used with another request",
    retry: false,
  },
  "auth.missing": { status: 401, title: "Bearer token is missing or unknown", retry: false },
  "auth.forbidden": { status: 403, title: "Caller may not do this", retry: false },
  "key.not_found": { status: 404, title: "No such key", retry: false },
  "key.disabled": { status: 403, title: "Key is disabled or deleted", retry: false },
  "key.backup_disabled": { status: 403, title: "Backup of keys is switched off", retry: false },
  "key.import_disabled": { status: 403, title: "Import of raw keys is switched off", retry: false },
  "wallet.not_found": { status: 404, title: "No such wallet", retry: false },
  "wallet.key_missing": { status: 409, title: "An address of the wallet has no key yet", retry: false },
  "transaction.invalid": { status: 400, title: "Transaction cannot be decoded safely", retry: false },
  "transaction.refused": { status: 403, title: "Transaction breaks a built-in safety rule", retry: false },
  "transaction.too_large": {
    status: 413,
    title: "Transaction has more than a policy can be shown",
    retry: false,
  },
  "policy.rejected": { status: 422, title: "Policy module was rejected", retry: false },
  "policy.not_found": { status: 404, title: "No such policy", retry: false },
  "policy.settings_invalid": { status: 422, title: "Policy refused its settings", retry: false },
  "policy.unbound": { status: 403, title: "No enforcing policy is bound to this key", retry: false },
  "policy.denied": { status: 403, title: "Policy denied the request", retry: false },
  "policy.opaque": { status: 403, title: "No policy allows this opaque request", retry: false },
  "policy.control": { status: 403, title: "No policy allows this change of control", retry: false },
  "policy.limit": { status: 403, title: "Spending limit would be exceeded", retry: false },
  "policy.approval_unavailable": { status: 403, title: "Human approval is not available yet", retry: false },
  "policy.failed": { status: 403, title: "Policy could not decide", retry: false },
  "guard.double_proposal": { status: 412, title: "Would propose a second block for this slot", retry: false },
  "guard.double_vote": { status: 412, title: "Would vote twice for this target", retry: false },
  "guard.surrounds": { status: 412, title: "Would surround an earlier vote", retry: false },
  "guard.surrounded": { status: 412, title: "Would be surrounded by an earlier vote", retry: false },
  "guard.source_after_target": { status: 412, title: "Source epoch is after the target", retry: false },
  "guard.below_watermark": { status: 412, title: "Lies at or below the key's watermark", retry: false },
  "guard.above_watermark": { status: 412, title: "Lies at or above the signing stop", retry: false },
  "guard.genesis_root": { status: 412, title: "Belongs to another chain", retry: false },
  "guard.eots_conflict": { status: 412, title: "Would sign a second message for this height", retry: false },
  "guard.eots_below_floor": { status: 412, title: "Lies at or below the key's floor", retry: false },
  "guard.disabled": { status: 412, title: "Key is disabled for duties", retry: false },
  "guard.unknown_history": { status: 412, title: "Key has no known signing history", retry: false },
  "service.sealed": { status: 503, title: "Service is sealed", retry: true },
  "service.unseal_failed": { status: 403, title: "Passphrase does not open the seal", retry: false },
  "service.overloaded": { status: 503, title: "Service is overloaded", retry: true },
  "service.stopping": { status: 503, title: "Service is shutting down", retry: true },
  "service.signature_invalid": {
    status: 500,
    title: "A signature failed its own verification",
    retry: false,
  },
  "service.internal": { status: 500, title: "Internal error", retry: false },
} as const satisfies Record<string, { status: number; title: string; retry: boolean }>;

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
