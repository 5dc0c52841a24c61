/** The record step: makes the decision durable, then returns what was allowed, or throws the refusal. */
import { hash } from "node:crypto";
import { ERRORS, SignerError, type ErrorCode } from "../domain/errors.ts";
import {
  evidenceOf,
  resultOf,
  type Problem,
  type Evidence,
  type RecordedRequest,
} from "../domain/requests.ts";
import { rankOf } from "../domain/urgency.ts";
import { METER_VERSION, SCHEDULE } from "../policy/wasm/prepare.ts";
import { LEDGER_QUEUE_MAX } from "../record/bounds.ts";
import type { Ledger } from "../record/ledger.ts";
import type { DecisionCall, DecisionReply } from "../record/decision.ts";
import { readPayloads } from "../record/payloads.ts";
import type { Departure } from "./departures.ts";
import {
  reach,
  type Asked,
  type Denied,
  type EvaluationRecord,
  type Permitted,
  type Recorded,
  type RecordResult,
  type SigningKeys,
} from "./stages.ts";
import type { KeyId, RequestId, WalletId } from "../domain/kinds.ts";

/** What recording needs of the ledger. */
export interface DecisionLedger {
  readonly depth: number;
  at(rank: number): Pick<Ledger, "decide" | "decideTogether">;
}

/** Makes decisions durable: each by itself, or all of a batch at once. A reply means "on disk". */
export interface Recorder {
  /** Ledger calls that wait or are under way. */
  readonly depth: number;
  /**
   * @param departure of the answer that what is allowed leaves with
   * @throws SignerError `request.idempotency_conflict`, `service.stopping`
   */
  decide(call: DecisionCall, rank: number, departure: Departure): Promise<DecisionReply>;
}

/** Each decision by itself. */
export function recorderOf(ledger: DecisionLedger): Recorder {
  return {
    get depth() {
      return ledger.depth;
    },
    decide: (call, rank, departure) => departure.deciding(() => ledger.at(rank).decide(call), mayLeave),
  };
}

/** Whether a signature may come of this decision. */
export function mayLeave({ outcome }: DecisionReply): boolean {
  return outcome === "recorded" || outcome === "known";
}

/** @throws SignerError the refusal once it is on disk, or `service.overloaded`, `request.idempotency_conflict` */
export async function recordDecision(request: Permitted | Denied, recorder: Recorder): Promise<RecordResult> {
  if (recorder.depth >= LEDGER_QUEUE_MAX) {
    throw new SignerError("service.overloaded", `ledger has ${recorder.depth} calls waiting; retry later`);
  }
  const payloads = readPayloads(request.decoded.payloads).hashes();
  const { departure, urgency } = request;
  const reply = await recorder.decide(decisionOf(request, payloads), rankOf(urgency), departure);
  switch (reply.outcome) {
    case "stale":
      // Lets the act that changed something update the directory first.
      await new Promise((resolve) => setImmediate(resolve));
      return { state: "stale" };
    case "conflict":
      throw new SignerError(
        "request.idempotency_conflict",
        "Idempotency-Key: was used with another key or body; use a new one",
      );
    case "known":
      if (reply.problem !== undefined) throw problemError(reply.problem, reply.request.id);
      return earlier(request, reply.request, payloads);
    case "recorded":
      if (reply.problem !== null) throw problemError(reply.problem, request.requestId);
      return recordedAs(request, request.requestId, reply.repeated === true);
  }
}

/**
 * The same request, the same answer. One whose signature was never made is judged anew: what was reserved and what the guard
 * knows of it stay, and today's policies must allow it. A refusal adds no entry to the log: the first decision is there, and
 * decides nothing more until the policies allow it again.
 */
function earlier(
  request: Permitted | Denied,
  known: RecordedRequest,
  payloads: readonly string[],
): RecordResult {
  if (known.problem !== null) throw problemError(known.problem, known.id);
  const evidence = evidenceOf(known);
  const { walletId, keyIds } = signersOf(known, evidence);
  if (known.result !== null) {
    const fields = resultOf(known);
    return { state: "answered", answer: { requestId: known.id, walletId, keyIds, fields } };
  }
  if ("refusal" in request) throw withId(request.refusal, known.id);
  // Decided, then the process died before the signature was kept: sign again, but only what was recorded, with the keys
  // whose policies and guards allowed it. A wallet that has only one key need not name it, and it can be another one by now.
  if (keyIds.join() !== keyIdsOf(request.keys).join()) {
    throw new SignerError(
      "request.idempotency_conflict",
      `Idempotency-Key: the recorded request was for key ${keyIds.join(", ")}, which is not what would sign now; use a new key`,
    );
  }
  if (evidence.payloads.join() !== payloads.join()) {
    throw new SignerError(
      "request.idempotency_conflict",
      "Idempotency-Key: this release reads the recorded request differently; use a new key",
    );
  }
  return recordedAs(request, known.id, true);
}

function withId({ code, message, members }: SignerError, requestId: RequestId): SignerError {
  return new SignerError(code, message, { ...members, requestId });
}

/**
 * Also of a Denied, whose type does not say it: this is called where the recorded decision is an allow, of this request or of
 * an earlier one under the same Idempotency-Key that is allowed today as well.
 */
function recordedAs(request: Permitted | Denied, recordedId: RequestId, repeated: boolean): RecordResult {
  return { state: "recorded", recorded: reach<Recorded>({ ...request, recordedId, repeated }) };
}

/** Who signed, or was asked to, as it was recorded. */
export function signersOf(
  { keyId }: Pick<RecordedRequest, "keyId">,
  { walletId, keyIds }: Pick<Evidence, "walletId" | "keyIds">,
): { readonly walletId: WalletId | null; readonly keyIds: readonly [KeyId, ...KeyId[]] } {
  // Of a request to a key the row alone says which.
  return { walletId: walletId ?? null, keyIds: keyIds ?? [keyId] };
}

/** The stored refusal as the error that its first caller got. */
function problemError(problem: Problem, requestId: RequestId): SignerError {
  const code: ErrorCode = isErrorCode(problem.code) ? problem.code : "service.internal";
  return new SignerError(code, problem.detail, { ...problem.members, requestId });
}

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}

/** The wallet that was asked; null where a key was. */
export function walletOf(asked: Asked): WalletId | null {
  return "walletId" in asked ? asked.walletId : null;
}

export function keyIdsOf([first, ...others]: SigningKeys): readonly [KeyId, ...KeyId[]] {
  return [first.id, ...others.map(({ id }) => id)];
}

function decisionOf(request: Permitted | Denied, payloads: readonly string[]): DecisionCall {
  const wallet = walletOf(request.asked);
  const problem =
    "refusal" in request
      ? { code: request.refusal.code, detail: request.refusal.message, members: request.refusal.members }
      : null;
  return {
    id: request.requestId,
    namespace: request.keys[0].namespace,
    keyId: request.keys[0].id,
    ...(wallet === null ? {} : { wallet: { id: wallet, keyIds: keyIdsOf(request.keys) } }),
    principal: request.principal.id,
    type: request.decoded.type,
    receivedAt: request.receivedAt.toISOString(),
    idempotencyKey: request.idempotencyKey,
    bodyHash: request.bodyHash,
    problem,
    reservations: "reservations" in request ? request.reservations : [],
    ...(request.decoded.slots === undefined ? {} : { slots: request.decoded.slots }),
    payloads: request.decoded.payloads,
    evaluations: request.evaluations.map((evaluation) => ({
      bindingId: evaluation.binding.id,
      policy: evaluation.binding.policy,
      mode: evaluation.binding.mode,
      decision: evaluation.result.verdict.decision,
      fuelUsed: String(evaluation.result.fuelUsed),
      inputHash: hash("sha256", evaluation.input, "hex"),
    })),
    evidence: evidenceText(request, payloads),
    judgedUnder: {
      principal: request.principal.version ?? null,
      bindings: request.evaluations.map(({ binding: { id, version } }) => `${id}:${version}`),
      ...(request.decoded.descriptors === undefined ? {} : { descriptors: request.decoded.descriptors }),
    },
  };
}

/** What a receipt needs, as JSON text. */
function evidenceText(request: Permitted | Denied, payloads: readonly string[]): string {
  const wallet = walletOf(request.asked);
  const evidence = JSON.stringify({
    // Those of this decision: a later release may count otherwise.
    meter: METER_VERSION,
    schedule: SCHEDULE,
    payloads,
    ...(wallet === null ? {} : { walletId: wallet, keyIds: keyIdsOf(request.keys) }),
    evaluations: request.evaluations.map(({ binding, input, result }) => ({
      bindingId: binding.id,
      policy: binding.policy,
      mode: binding.mode,
      fuelMax: binding.fuelMax,
      fuelUsed: result.fuelUsed,
      verdict: result.verdict,
      // An input that no guest was shown needs no copy for each binding; its hash is in the audit leaf.
      input: wasShown(result) ? input : null,
    })),
  });
  // The intent is text already, and a long one costs milliseconds to write again.
  return `{"intent":${request.intentText},${evidence.slice(1)}`;
}

function wasShown({ verdict }: EvaluationRecord["result"]): boolean {
  return verdict.decision !== "failed" || verdict.failure !== "input_too_large";
}
