/** What a door asks of the path, and how that becomes a submission: stamped with its time, and hashed for its Idempotency-Key. */
import { hash } from "node:crypto";
import type { Principal } from "../access/principals.ts";
import type { SignRequest } from "../chains/adapter.ts";
import { canonicalJson, type Json } from "../domain/canonical.ts";
import type { Departure, Outlet } from "./departures.ts";
import type { Asked, Submission } from "./stages.ts";
import type { RequestId } from "../domain/kinds.ts";

/** A request to be judged, and no more. */
export interface EvaluateCall {
  readonly requestId: RequestId;
  readonly principal: Principal;
  readonly asked: Asked;
  /** The body, after schema validation. */
  readonly request: SignRequest;
  readonly idempotencyKey: string | null;
}

/** A request to be signed. */
export interface SignCall extends EvaluateCall {
  /** How the answer leaves. */
  readonly outlet: Outlet;
}

/** Canonical JSON of a request. */
export function bodyOf(request: SignRequest): string {
  // The body came from a JSON parser.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return canonicalJson(request as Json);
}

/** @param body what an Idempotency-Key stands for, beside who is asked */
export function submissionOf(
  { requestId, principal, asked, request, idempotencyKey }: EvaluateCall,
  body: string,
  departure: Departure,
): Submission {
  const text = `${nameOf(asked)}\n${body}`;
  return {
    requestId,
    principal,
    asked,
    request,
    idempotencyKey,
    departure,
    receivedAt: new Date(),
    bodyHash: new Uint8Array(Buffer.from(hash("sha256", text, "hex"), "hex")),
  };
}

/** Identifiers tell their kind, so that no two of these are the same text. */
function nameOf(asked: Asked): string {
  if ("keyId" in asked) return asked.keyId;
  const { walletId, named } = asked;
  return named === null ? walletId : `${walletId} ${canonicalJson(named)}`;
}
