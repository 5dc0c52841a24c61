/**
 * What becomes of a batch: idempotency keys, spending limits, guards, decisions and entries of the log. Pure, and a fold: each
 * call sees what the ones before it left, so that a batch of n gives what n batches of one give.
 * @module
 */
import { equalBytes } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import type { GuardRefusal, GuardVerdict } from "../../domain/guard.ts";
import type { Problem, RecordedRequest } from "../../domain/requests.ts";
import type { DecisionReply, OutcomeCall } from "../decision.ts";
import { statedBy, type AskedCall, type AskedDecision } from "./asked.ts";
import { entryOf } from "./entry.ts";
import type { Facts, Rows } from "./facts.ts";
import { countLimits, overLimit, reserve } from "./limits.ts";
import { WorkingCopy } from "./working-copy.ts";

/** What one call came to: a call that throws fails alone, and leaves nothing. */
export type Decided =
  | { readonly ok: true; readonly reply: DecisionReply | readonly DecisionReply[] | OutcomeReply }
  | { readonly ok: false; readonly error: unknown };

interface OutcomeReply {
  readonly result: string;
}

/** Judges calls in order; `facts`: as they were read for all of these calls. Replies are in the order of `calls`. */
export function judge(
  calls: readonly AskedCall[],
  facts: Facts,
): { readonly replies: readonly Decided[]; readonly rows: Rows } {
  const copy = new WorkingCopy(facts);
  const replies = calls.map((call): Decided => {
    try {
      return { ok: true, reply: copy.atomically(() => judgeCall(copy, call)) };
    } catch (error) {
      return { ok: false, error };
    }
  });
  return { replies, rows: copy.rows() };
}

function judgeCall(
  copy: WorkingCopy,
  call: AskedCall,
): DecisionReply | readonly DecisionReply[] | OutcomeReply {
  switch (call.kind) {
    case "decision":
      return decide(copy, call.decision);
    case "together":
      return decideTogether(copy, call.decisions);
    case "outcome":
      return keepOutcome(copy, call.call);
  }
}

/** Records the decision. An allow that a limit does not cover or a guard forbids is recorded, and answered, as a refusal. */
function decide(copy: WorkingCopy, decision: AskedDecision): DecisionReply {
  const { call } = decision;
  // Before the Idempotency-Key: for a repeat, too, key, bindings and caller must be as they were judged; its verdict stays the
  // recorded one.
  if (copy.isStale(call)) return { outcome: "stale" };
  const known = copy.known(call);
  if (known !== undefined) {
    const same = equalBytes(known.bodyHash, call.bodyHash);
    return same ? repeat(copy, decision, known) : { outcome: "conflict" };
  }
  const stated = statedBy(decision);
  // The guard comes last: it records what it lets through, and nothing may refuse the request after that.
  const counted = countLimits(copy.limits, call);
  const refused = call.problem ?? overLimit(counted);
  const guarded = refused === null && stated.claim !== undefined ? copy.guard(stated.claim) : null;
  const problem = refused ?? guardProblem(guarded);
  if (problem === null) reserve(copy.limits, call.namespace, counted);
  const sequence = copy.nextSequence;
  copy.append({
    namespace: call.namespace,
    type: "decision",
    members: entryOf(call, stated, problem, counted),
  });
  copy.insert({
    id: call.id,
    namespace: call.namespace,
    keyId: call.keyId,
    principal: call.principal,
    type: call.type,
    receivedAt: call.receivedAt,
    idempotencyKey: call.idempotencyKey,
    bodyHash: call.bodyHash,
    decision: problem === null ? "allow" : "deny",
    problem,
    evidence: withPayloads(call.evidence, stated.hashes()),
    sequence,
  });
  return { outcome: "recorded", sequence, problem, repeated: guarded?.verdict === "same" };
}

/** The last member of a name is the one that is read: no other than this says what was signed. */
function withPayloads(evidence: string, payloads: readonly string[]): string {
  const members = evidence.slice(1, -1);
  return `{${members}${members === "" ? "" : ","}"payloads":${JSON.stringify(payloads)}}`;
}

/**
 * A repeat of what was allowed is asked of the guard again, which knows it; were its row missing, it is written before anything
 * is signed. A signature that was never made must be allowed by all rules today; a kept one is held back by a freeze alone.
 */
function repeat(copy: WorkingCopy, { stated }: AskedDecision, request: RecordedRequest): DecisionReply {
  const claim = "error" in stated ? undefined : stated.claim;
  if (request.problem !== null || claim === undefined) return { outcome: "known", request };
  const problem = guardProblem(copy.guard(claim));
  const holds = problem !== null && (request.result === null || problem.code === "guard.disabled");
  return { outcome: "known", request, ...(holds ? { problem } : {}) };
}

/**
 * Decisions, all of them or none. A conflict of one is its own refusal, recorded with the others; anything that throws undoes the
 * whole.
 * @throws SignerError `request.idempotency_conflict`
 */
function decideTogether(copy: WorkingCopy, decisions: readonly AskedDecision[]): readonly DecisionReply[] {
  // One alone would take the others' records with it: either all are judged again or none.
  if (decisions.some(({ call }) => copy.isStale(call))) return decisions.map(() => ({ outcome: "stale" }));
  return decisions.map((decision) => {
    const reply = decide(copy, decision);
    if (reply.outcome !== "conflict") return reply;
    throw new SignerError(
      "request.idempotency_conflict",
      "Idempotency-Key: was used with another key or body; use a new one",
    );
  });
}

/** Stores the result once and appends the outcome line; answers with what is stored, whoever came first. */
function keepOutcome(copy: WorkingCopy, call: OutcomeCall): OutcomeReply {
  const { namespace, requestId, signatureHash } = call;
  const known = copy.decided(namespace, requestId);
  if (known === undefined) throw new Error(`request ${requestId} has no decision`);
  if (known.result !== null) return { result: known.result };
  if (known.decision === "deny") throw new Error(`request ${requestId} was refused: it has no result`);
  copy.setResult(known, call);
  copy.append({ namespace, type: "outcome", members: { requestId, signatureHash } });
  return { result: call.result };
}

function guardProblem(verdict: GuardVerdict | null): Problem | null {
  return verdict?.verdict === "refused" ? refusalProblem(verdict.refusal) : null;
}

export function refusalProblem({ code, detail, evidence }: GuardRefusal): Problem {
  return { code, detail, members: evidence };
}
