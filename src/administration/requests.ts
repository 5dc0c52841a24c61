/** Decided requests and their receipts, for their callers, policy administrators and auditors. */
import { hash } from "node:crypto";
import { assertMay, may, type Principal } from "../access/principals.ts";
import { toHex } from "../domain/bytes.ts";
import { canonicalJson, type Json } from "../domain/canonical.ts";
import { SignerError } from "../domain/errors.ts";
import type { GuardJudgement } from "../domain/guard.ts";
import type { Intent } from "../domain/intent.ts";
import type { RequestRow } from "../ledger/tables/requests.ts";
import { signersOf } from "../signing/recording.ts";
import type { Foreseen, Problem } from "../record/decision.ts";
import type { Denied, EvaluationRecord, Permitted } from "../signing/stages.ts";
import type { AdministrationParts } from "./parts.ts";

/** Evidence as `recording.ts` stores it. */
interface Evidence {
  /** Version of the meter, and its price list, under which the fuel was counted. */
  readonly meter: string;
  readonly schedule: string;
  readonly payloads: readonly string[];
  readonly intent: Json;
  readonly evaluations: readonly EvidenceEvaluation[];
}

interface EvidenceEvaluation {
  readonly bindingId: string;
  readonly policy: string;
  readonly mode: string;
  readonly fuelMax: number;
  readonly fuelUsed: number;
  readonly verdict: EvaluationRecord["result"]["verdict"];
  /** Null when it was too large to be shown to the policy. */
  readonly input: string | null;
}

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
  const rows = await parts.ledger.readRequests({
    namespace: principal.namespace,
    principal: may(principal, "request.read") ? null : principal.id,
    before,
    limit: limit + 1,
  });
  const page = rows.slice(0, limit);
  return {
    items: page.map(requestJson),
    next: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
  };
}

/** All that is needed to execute the decision again, offline. @throws SignerError `request.not_found` */
export async function getReceipt(
  parts: AdministrationParts,
  principal: Principal,
  id: string,
): Promise<Json> {
  const row = await visible(parts, principal, id);
  const evidence = evidenceOf(row);
  const recorded: Record<string, Json> = JSON.parse(row.evidence);
  const policies: Record<string, Json> = {};
  for (const digest of new Set(evidence.evaluations.map((evaluation) => evaluation.policy))) {
    const module = await parts.ledger.readModule({ digest });
    if (module !== null) policies[digest] = Buffer.from(module).toString("base64");
  }
  return {
    requestId: row.id,
    ...signersJson(row),
    type: row.type,
    receivedAt: row.received_at,
    decision: row.decision,
    auditSequence: row.sequence,
    meter: evidence.meter,
    schedule: evidence.schedule,
    payloads: evidence.payloads,
    evaluations: recorded["evaluations"] ?? [],
    policies,
  };
}

/** The Decision that `evaluate` answers with. */
export function decisionJson(judged: Permitted | Denied, { problem, guard, limits }: Foreseen): Json {
  return {
    decision: decisionWord(problem?.code ?? null),
    ...(problem === null ? {} : { code: problem.code, reason: problem.detail }),
    keyIds: judged.keys.map(({ id }) => id),
    intent: JSON.parse(judged.intentText),
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

function requestJson(row: RequestRow): Json {
  const evidence = evidenceOf(row);
  const problem: Problem | null = row.problem === null ? null : JSON.parse(row.problem);
  const result: Record<string, Json> = row.result === null ? {} : JSON.parse(row.result);
  return {
    requestId: row.id,
    ...signersJson(row),
    type: row.type,
    principal: row.principal,
    receivedAt: row.received_at,
    status: problem !== null ? "denied" : row.result === null ? "recorded" : "signed",
    bodyHash: toHex(row.body_hash),
    auditSequence: row.sequence,
    decision: {
      decision: decisionWord(problem?.code ?? null),
      ...(problem === null ? {} : { code: problem.code, reason: problem.detail }),
      intent: evidence.intent,
      intentDigest: intentDigest(canonicalJson(evidence.intent)),
      evaluations: evidence.evaluations.map(evaluationJson),
    },
    ...result,
  };
}

/** `keyId` is the first of `keyIds`, which all sign; `walletId` stands where a wallet was asked. */
function signersJson(row: RequestRow): Record<string, Json> {
  const { walletId, keyIds } = signersOf(row);
  return { ...(walletId === null ? {} : { walletId }), keyId: row.key_id, keyIds };
}

function evaluationJson(
  one: Pick<EvidenceEvaluation, "bindingId" | "policy" | "mode" | "fuelUsed" | "verdict">,
): Record<string, Json> {
  const { verdict } = one;
  const reason = "reason" in verdict ? verdict.reason : "message" in verdict ? verdict.message : undefined;
  const code = "code" in verdict ? verdict.code : "failure" in verdict ? verdict.failure : undefined;
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

function evidenceOf(row: RequestRow): Evidence {
  const evidence: Evidence = JSON.parse(row.evidence);
  return evidence;
}

async function visible(parts: AdministrationParts, principal: Principal, id: string): Promise<RequestRow> {
  assertReads(principal);
  const row = await parts.ledger.readRequest({ namespace: principal.namespace, id });
  if (row !== null && sees(principal, row)) return row;
  throw new SignerError(
    "request.not_found",
    "no request with this id that you may read; list them with GET /v1/requests",
  );
}

function assertReads(principal: Principal): void {
  if (!may(principal, "request.readOwn")) assertMay(principal, "request.read");
}

function sees(principal: Principal, row: RequestRow): boolean {
  return may(principal, "request.read") || row.principal === principal.id;
}
