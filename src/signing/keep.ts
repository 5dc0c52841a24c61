/** The keep step: the decision as the keeper takes it, with what is to be signed; and its answer, or the refusal as an error. */
import { hash } from "node:crypto";
import { ERRORS, SignerError, type ErrorCode } from "../domain/errors.ts";
import { resultOf, type Problem } from "../domain/requests.ts";
import { markOf } from "../domain/stage.ts";
import { rankOf } from "../domain/urgency.ts";
import type { KeepCall, Kept, KeepersDoor, KeptSigned } from "../keeper/contract.ts";
import { METER_VERSION, SCHEDULE } from "../policy/wasm/prepare.ts";
import type { DecisionCall } from "../record/decision.ts";
import type { Departure } from "./departures.ts";
import { assertJudged } from "./evaluation.ts";
import type {
  Answer,
  Asked,
  Denied,
  EvaluationRecord,
  KeepResult,
  Permitted,
  Signed,
  SigningKeys,
} from "./stages.ts";
import type { KeyId, RequestId, WalletId } from "../domain/kinds.ts";

const signed = markOf<Signed>("signed");
/** @throws Error for what the keeper did not sign */
export const assertSigned: (value: Signed) => void = signed.assert;

/** How a decision is kept: each by itself, or all of a batch at once. */
export interface Keeping {
  /** @param departure of the answer that what is signed leaves with */
  keep(call: KeepCall, rank: number, departure: Departure): Promise<Kept>;
}

/** Each decision by itself. */
export function keepingOf(door: Pick<KeepersDoor, "keep">): Keeping {
  return { keep: (call, rank, departure) => departure.entering(() => door.keep(call, rank), mayLeave) };
}

/** Whether the answer has a signature in it. */
export function mayLeave({ outcome }: Kept): boolean {
  return outcome === "signed" || outcome === "answered";
}

/** @throws SignerError the refusal once it is on disk, and what the keeper's door says */
export async function keep(request: Permitted | Denied, keeping: Keeping): Promise<KeepResult> {
  assertJudged(request);
  const { signedBy } = request.decoded;
  const call = { decision: decisionOf(request), ...(signedBy === undefined ? {} : { signedBy }) };
  const kept = await keeping.keep(call, rankOf(request.urgency), request.departure);
  switch (kept.outcome) {
    case "stale":
      // What changed is in memory already: the act that made it so was answered before this.
      return { state: "stale" };
    case "refused":
      throw problemError(kept.problem, kept.requestId);
    case "answered":
      return { state: "answered", answer: answeredBefore(kept) };
    case "signed":
      return { state: "signed", signed: signedAs(request, kept) };
  }
}

function answeredBefore(kept: Extract<Kept, { readonly outcome: "answered" }>): Answer {
  const { requestId, walletId, keyIds, result } = kept;
  return { requestId, walletId, keyIds, fields: resultOf({ id: requestId, result }) };
}

/** Of a request that today's policies allow, though its type does not say it: the keeper signs nothing else. */
function signedAs(request: Permitted | Denied, kept: KeptSigned): Signed {
  const { requestId: recordedId, repeated, signatures, seconds } = kept;
  return signed.set({ ...request, recordedId, repeated, signatures, seconds });
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

function decisionOf(request: Permitted | Denied): DecisionCall {
  const { payloads } = request.decoded;
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
    payloads,
    evaluations: request.evaluations.map((evaluation) => ({
      bindingId: evaluation.binding.id,
      policy: evaluation.binding.policy,
      mode: evaluation.binding.mode,
      decision: evaluation.result.verdict.decision,
      fuelUsed: String(evaluation.result.fuelUsed),
      inputHash: hash("sha256", evaluation.input, "hex"),
    })),
    evidence: evidenceText(request),
    judgedUnder: {
      principal: request.principal.version ?? null,
      bindings: request.evaluations.map(({ binding: { id, version } }) => `${id}:${version}`),
      ...(request.decoded.descriptors === undefined ? {} : { descriptors: request.decoded.descriptors }),
    },
  };
}

/** What a receipt needs, as JSON text; what is signed the record step reads itself. */
function evidenceText(request: Permitted | Denied): string {
  const wallet = walletOf(request.asked);
  const evidence = JSON.stringify({
    // Those of this decision: a later release may count otherwise.
    meter: METER_VERSION,
    schedule: SCHEDULE,
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
