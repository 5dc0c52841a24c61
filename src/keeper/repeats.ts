/**
 * Repeats under an Idempotency-Key: what may be signed, or answered, of a request that was decided before. The same request, the
 * same answer.
 * @module
 */
import { SignerError } from "../domain/errors.ts";
import type { KeyId, RequestId } from "../domain/kinds.ts";
import { evidenceOf, signersOf, type RecordedRequest } from "../domain/requests.ts";
import type { DecisionCall } from "../record/decision.ts";
import { readPayloads } from "../record/payloads.ts";
import type { Outcome } from "../threads/contract.ts";
import { failed, succeeded } from "../threads/serve.ts";
import type { Kept } from "./contract.ts";
import type { CommittedMessage } from "./messages.ts";

/** A decision that may be signed now. */
export type Allowed = Pick<CommittedMessage, "requestId" | "repeated">;

/**
 * What `known` comes to, now that the same request is there again as `decision`. One whose signature was never made is judged
 * anew: what was reserved and what the guard knows of it stay, and today's policies must allow it. A refusal adds no entry to the
 * log: the first decision is there, and decides nothing more until the policies allow it again.
 */
export function earlier(decision: DecisionCall, known: RecordedRequest): Allowed | Outcome<Kept> {
  const requestId: RequestId = known.id;
  if (known.problem !== null)
    return succeeded<Kept>({ outcome: "refused", requestId, problem: known.problem });
  try {
    const evidence = evidenceOf(known);
    const { walletId, keyIds } = signersOf(known, evidence);
    assertSameKeys(decision, keyIds);
    if (known.result !== null)
      return succeeded<Kept>({ outcome: "answered", requestId, walletId, keyIds, result: known.result });
    if (decision.problem !== null)
      return succeeded<Kept>({ outcome: "refused", requestId, problem: decision.problem });
    assertSamePayloads(decision, evidence.payloads);
  } catch (error) {
    return failed(error);
  }
  return { requestId, repeated: true };
}

/** Of an Idempotency-Key. @param rule what it breaks, and what to do */
export function conflict(rule: string): SignerError {
  return new SignerError("request.idempotency_conflict", `Idempotency-Key: ${rule}`);
}

/** Keys that sign now were judged now. A wallet that has only one key need not name it, and it can be another one by then. */
function assertSameKeys({ keyId, wallet }: DecisionCall, recorded: readonly KeyId[]): void {
  if (sameList(recorded, wallet?.keyIds ?? [keyId])) return;
  throw conflict(
    `the recorded request was for key ${recorded.join(", ")}, which is not what would sign now; use a new key`,
  );
}

/** Decided, then the process died before the signature was kept: signed again, but only what was recorded. */
function assertSamePayloads({ payloads }: DecisionCall, recorded: readonly string[]): void {
  if (!sameList(recorded, readPayloads(payloads).hashes()))
    throw conflict("this release reads the recorded request differently; use a new key");
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}
