/** Decided requests and their receipts, for their callers, policy administrators and auditors. */
import { hash } from "node:crypto";
import { assertMay, may, type Principal } from "../access/principals.ts";
import { toHex } from "../domain/bytes.ts";
import { canonicalJson, parseJson, type Json } from "../domain/canonical.ts";
import { SignerError } from "../domain/errors.ts";
import type { GuardJudgement } from "../domain/guard.ts";
import type { Intent } from "../domain/intent.ts";
import {
  evidenceOf,
  resultOf,
  type Evidence,
  type EvidenceEvaluation,
  type RecordedRequest,
} from "../domain/requests.ts";
import { signersOf } from "../signing/recording.ts";
import type { Foreseen } from "../record/decision.ts";
import type { Denied, Permitted } from "../signing/stages.ts";
import type { AdministrationParts } from "./parts.ts";

/** One request as the API shows it. @throws SignerError `request.not_found`, also for what the caller may not read */
export async function getRequest(
  parts: AdministrationParts,
  principal: Principal,
  id: string,
): Promise<Json> {
  return requestJson(await visible(parts, principal, id));
}

/** Newest first. A KeyUser without a reading role sees its own requests only. */
export async function listRequests(
  parts: AdministrationParts,
  principal: Principal,
  before: string,
  limit: number,
): Promise<{ readonly items: readonly Json[]; readonly next: string | null }> {
  assertReads(principal);
  const found = await parts.ledger.readRequests({
    namespace: principal.namespace,
    principal: may(principal, "request.read") ? null : principal.id,
    before,
    limit: limit + 1,
  });
  const page = found.slice(0, limit);
  return {
    items: page.map(requestJson),
    next: found.length > limit ? (page.at(-1)?.id ?? null) : null,
  };
}

/** All that is needed to execute the decision again, offline. @throws SignerError `request.not_found` */
export async function getReceipt(
  parts: AdministrationParts,
  principal: Principal,
  id: string,
): Promise<Json> {
  const recorded = await visible(parts, principal, id);
  const evidence = evidenceOf(recorded);
  const { meter, schedule } = evidence;
  const policies: Record<string, Json> = {};
  for (const digest of new Set(evidence.evaluations.map((evaluation) => evaluation.policy))) {
    const module = await parts.ledger.readModule({ digest });
    if (module !== null) policies[digest] = Buffer.from(module).toString("base64");
  }
  return {
    requestId: recorded.id,
    ...signersJson(recorded, evidence),
    type: recorded.type,
    receivedAt: recorded.receivedAt,
    decision: recorded.decision,
    auditSequence: recorded.sequence,
    ...(meter === undefined ? {} : { meter }),
    ...(schedule === undefined ? {} : { schedule }),
    payloads: evidence.payloads,
    evaluations: evidence.evaluations.map(({ document }) => document),
    policies,
  };
}

/** The Decision that `evaluate` answers with. */
export function decisionJson(judged: Permitted | Denied, { problem, guard, limits }: Foreseen): Json {
  return {
    decision: decisionWord(problem?.code ?? null),
    ...(problem === null ? {} : { code: problem.code, reason: problem.detail }),
    keyIds: judged.keys.map(({ id }) => id),
    intent: parseJson(judged.intentText),
    intentDigest: intentDigest(judged.intentText),
    ...warningsJson(judged.decoded.intent),
    ...(guard === null ? {} : { guard: guardJson(guard) }),
    ...(limits.length === 0 ? {} : { limits: limits.map(limitJson) }),
    evaluations: judged.evaluations.map(({ binding, result }) => ({
      ...evaluationJson({ ...result, bindingId: binding.id, policy: binding.policy, mode: binding.mode }),
      logs: [...result.logs],
    })),
  };
}

function warningsJson({ warnings }: Intent): Record<string, Json> {
  return warnings === undefined ? {} : { warnings: warnings.map((warning) => ({ ...warning })) };
}

/** `sha256:` and hex, over the canonical JSON of an intent. */
function intentDigest(text: string): string {
  return `sha256:${hash("sha256", text, "hex")}`;
}

function guardJson(guard: GuardJudgement): Json {
  if (guard.verdict !== "refused") return { verdict: guard.verdict };
  const { code, detail, evidence } = guard.refusal;
  return { ...evidence, verdict: guard.verdict, code, detail };
}

function limitJson(limit: Foreseen["limits"][number]): Json {
  const { bindingId, policy, counter, asset, fees, amount, replaces, credited, spent, window, max } = limit;
  return {
    bindingId,
    policy,
    counter,
    ...(asset === undefined ? {} : { asset }),
    ...(fees === undefined ? {} : { fees }),
    amount,
    ...(replaces === undefined ? {} : { replaces }),
    ...(credited === undefined ? {} : { credited }),
    spent,
    window,
    max,
  };
}

function decisionWord(code: string | null): string {
  if (code === null) return "allow";
  return code === "policy.approval_unavailable" ? "requireApproval" : "deny";
}

function requestJson(request: RecordedRequest): Json {
  const evidence = evidenceOf(request);
  const { problem, result } = request;
  return {
    requestId: request.id,
    ...signersJson(request, evidence),
    type: request.type,
    principal: request.principal,
    receivedAt: request.receivedAt,
    status: problem !== null ? "denied" : result === null ? "recorded" : "signed",
    bodyHash: toHex(request.bodyHash),
    auditSequence: request.sequence,
    decision: {
      decision: decisionWord(problem?.code ?? null),
      ...(problem === null ? {} : { code: problem.code, reason: problem.detail }),
      intent: evidence.intent,
      intentDigest: intentDigest(canonicalJson(evidence.intent)),
      evaluations: evidence.evaluations.map(evaluationJson),
    },
    ...resultOf(request),
  };
}

/** `keyId` is the first of `keyIds`, which all sign; `walletId` stands where a wallet was asked. */
function signersJson(request: RecordedRequest, evidence: Evidence): Record<string, Json> {
  const { walletId, keyIds } = signersOf(request, evidence);
  return { ...(walletId === null ? {} : { walletId }), keyId: request.keyId, keyIds };
}

function evaluationJson(
  one: Pick<EvidenceEvaluation, "bindingId" | "policy" | "mode" | "fuelUsed" | "verdict">,
): Record<string, Json> {
  const { verdict } = one;
  const reason = verdict.reason ?? verdict.message;
  const code = verdict.code ?? verdict.failure;
  return {
    bindingId: one.bindingId,
    policy: one.policy,
    mode: one.mode,
    // A policy that fails denies; `code` then names the failure.
    decision: verdict.decision === "failed" ? "deny" : verdict.decision,
    ...(reason === undefined ? {} : { reason }),
    ...(code === undefined ? {} : { code }),
    fuelUsed: one.fuelUsed,
  };
}

async function visible(
  parts: AdministrationParts,
  principal: Principal,
  id: string,
): Promise<RecordedRequest> {
  assertReads(principal);
  const request = await parts.ledger.readRequest({ namespace: principal.namespace, id });
  if (request !== null && sees(principal, request)) return request;
  throw new SignerError(
    "request.not_found",
    "no request with this id that you may read; list them with GET /v1/requests",
  );
}

function assertReads(principal: Principal): void {
  if (!may(principal, "request.readOwn")) assertMay(principal, "request.read");
}

function sees(principal: Principal, request: RecordedRequest): boolean {
  return may(principal, "request.read") || request.principal === principal.id;
}
