/** Decisions, decided requests and receipts as the API shows them. */
import { hash } from "node:crypto";
import { toBase64, toHex } from "../../domain/bytes.ts";
import { canonicalJson, parseJson, type Json } from "../../domain/canonical.ts";
import type { GuardJudgement } from "../../domain/guard.ts";
import type { Intent } from "../../domain/intent.ts";
import {
  evidenceOf,
  resultOf,
  signersOf,
  type Evidence,
  type EvidenceEvaluation,
  type RecordedRequest,
} from "../../domain/requests.ts";
import type { Receipt } from "../../administration/requests.ts";
import type { Decision } from "../../signing/foresight.ts";

/** The Decision that `evaluate` answers with. */
export function decisionJson({ judged, foreseen }: Decision): Json {
  const { problem, guard, limits } = foreseen;
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

export function requestJson(request: RecordedRequest): Json {
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

export function receiptJson({ request, evidence, policies }: Receipt): Json {
  const { meter, schedule } = evidence;
  return {
    requestId: request.id,
    ...signersJson(request, evidence),
    type: request.type,
    receivedAt: request.receivedAt,
    decision: request.decision,
    auditSequence: request.sequence,
    ...(meter === undefined ? {} : { meter }),
    ...(schedule === undefined ? {} : { schedule }),
    payloads: evidence.payloads,
    evaluations: evidence.evaluations.map(({ document }) => document),
    policies: Object.fromEntries([...policies].map(([digest, module]) => [digest, toBase64(module)])),
  };
}

/** `keyId` is the first of `keyIds`, which all sign; `walletId` is there where a wallet was asked. */
function signersJson(request: RecordedRequest, evidence: Evidence): Record<string, Json> {
  const { walletId, keyIds } = signersOf(request, evidence);
  return { ...(walletId === null ? {} : { walletId }), keyId: request.keyId, keyIds };
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

function limitJson(limit: Decision["foreseen"]["limits"][number]): Json {
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

function evaluationJson(
  evaluation: Pick<EvidenceEvaluation, "bindingId" | "policy" | "mode" | "fuelUsed" | "verdict">,
): Record<string, Json> {
  const { verdict } = evaluation;
  const reason = verdict.reason ?? verdict.message;
  const code = verdict.code ?? verdict.failure;
  return {
    bindingId: evaluation.bindingId,
    policy: evaluation.policy,
    mode: evaluation.mode,
    // A policy that fails denies; `code` then names the failure.
    decision: verdict.decision === "failed" ? "deny" : verdict.decision,
    ...(reason === undefined ? {} : { reason }),
    ...(code === undefined ? {} : { code }),
    fuelUsed: evaluation.fuelUsed,
  };
}
