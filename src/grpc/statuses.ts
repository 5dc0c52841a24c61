/**
 * How refusals look over gRPC. The daemon skips a height when it meets FAILED_PRECONDITION and stops or retries on anything
 * else: only what can never be signed may carry that status.
 * @module
 */
import { Metadata, status as Status, type ServerErrorResponse } from "@grpc/grpc-js";
import { ERRORS, type ErrorCode, type SignerError } from "../domain/errors.ts";

/** A refusal that the daemon knows by status and text. */
export class CallRefused extends Error {
  override readonly name = "CallRefused";
  readonly status: Status;

  constructor(status: Status, message: string) {
    super(message);
    this.status = status;
  }
}

/** What the daemon calls a second message for one height. */
const DOUBLE_SIGN = "double sign";

/** Codes of refusals for ever: leaving the height out is all that the daemon can do. */
const NEVER_SIGNED: readonly ErrorCode[] = ["guard.eots_conflict", "guard.eots_below_floor"];

/** True for a refusal that a batch leaves out. */
export function isNeverSigned(error: SignerError): boolean {
  return NEVER_SIGNED.includes(error.code);
}

/**
 * Status and text of a refusal; metadata `claviger-code` has its code and `claviger-request-id` the recorded decision.
 * What is no state of the daemon's protocol is UNKNOWN, as from eotsd: keys that are not here, malformed requests, keys
 * without known history.
 */
export function refusalOf(error: SignerError | CallRefused): ServerErrorResponse {
  const metadata = new Metadata();
  if (error instanceof CallRefused) return responseOf(error.status, error.message, metadata);
  const { code, members } = error;
  metadata.set("claviger-code", code);
  const { requestId } = members;
  if (typeof requestId === "string") metadata.set("claviger-request-id", requestId);
  if (code === "guard.eots_conflict") return responseOf(Status.FAILED_PRECONDITION, DOUBLE_SIGN, metadata);
  return responseOf(statusOf(code), `${code}: ${error.message}`, metadata);
}

/** An unexpected failure: its details are in the log. */
export function failure(): ServerErrorResponse {
  const metadata = new Metadata();
  metadata.set("claviger-code", "service.internal");
  return responseOf(
    Status.INTERNAL,
    "service.internal: unexpected failure; the log has the details",
    metadata,
  );
}

/** Name of a status, e.g. `FAILED_PRECONDITION`. */
export function nameOf(status: Status): string {
  return Status[status];
}

function responseOf(code: Status, details: string, metadata: Metadata): ServerErrorResponse {
  return { name: "Error", message: details, code, details, metadata };
}

function statusOf(code: ErrorCode): Status {
  const status = STATUSES[code];
  if (status !== undefined) return status;
  return ERRORS[code].family === "policy" ? Status.PERMISSION_DENIED : Status.UNKNOWN;
}

const STATUSES: Readonly<Partial<Record<ErrorCode, Status>>> = {
  "guard.eots_below_floor": Status.FAILED_PRECONDITION,
  "auth.forbidden": Status.PERMISSION_DENIED,
  "key.disabled": Status.PERMISSION_DENIED,
  "key.frozen": Status.PERMISSION_DENIED,
  "transaction.refused": Status.PERMISSION_DENIED,
  "service.sealed": Status.UNAVAILABLE,
  "service.overloaded": Status.UNAVAILABLE,
  "service.stopping": Status.UNAVAILABLE,
  "service.signature_invalid": Status.INTERNAL,
  "service.internal": Status.INTERNAL,
};
