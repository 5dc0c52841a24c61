/**
 * The one transaction of a sign request: idempotency key, spending limits, decision and audit leaf, together or not at
 * all. Runs on the ledger thread, inside the batch's transaction, before the vault is called.
 * @module
 */
import { equalBytes, toHex } from "../../domain/bytes.ts";
import type { Json } from "../../domain/canonical.ts";
import { SignerError } from "../../domain/errors.ts";
import type { GuardClaim, GuardRefusal, GuardVerdict } from "../../domain/guard.ts";
import type { Problem } from "../../domain/requests.ts";
import * as duties from "../../guard/eip3076/facts.ts";
import { judge as judgeDuties } from "../../guard/eip3076/judge.ts";
import * as statements from "../../guard/eots/facts.ts";
import { judge as judgeStatements } from "../../guard/eots/judge.ts";
import { messageHash } from "../../guard/eots/names.ts";
import type { EotsTable } from "../../ledger/tables/eots.ts";
import type { LimitTable } from "../../ledger/tables/limits.ts";
import type { RequestTable } from "../../ledger/tables/requests.ts";
import type { RightsTable } from "../../ledger/tables/rights.ts";
import type { SlashingTable } from "../../ledger/tables/slashing.ts";
import { countLimits, overLimit, reserve, type CountedLimit, type Spend } from "./limits.ts";
import { readDuties, readStatements, writeDuties, writeStatements } from "../guard-tables.ts";
import type { LogWriter } from "../log-writer.ts";
import { readPayloads, type ReadPayloads } from "../payloads.ts";
import type { DecisionCall, DecisionReply, OutcomeCall } from "../decision.ts";

export interface DecisionTables {
  readonly rights: RightsTable;
  readonly requests: RequestTable;
  readonly limits: LimitTable;
  readonly slashing: SlashingTable;
  readonly eots: EotsTable;
  readonly log: LogWriter;
}

/**
 * True when a key, binding, descriptor or caller has changed since the request was judged: what was done meanwhile counts for
 * whatever is recorded after it.
 */
function isStale({ rights }: DecisionTables, call: DecisionCall): boolean {
  const { namespace, principal, judgedUnder } = call;
  const bindings = rights.bindings(namespace, call.wallet?.keyIds ?? [call.keyId]);
  if (bindings === undefined || !sameNames(bindings, judgedUnder.bindings)) return true;
  if (!rights.areRegistered(namespace, judgedUnder.descriptors ?? [])) return true;
  // A caller that is built in has no row, and never changes.
  if (judgedUnder.principal === null) return false;
  return rights.principalVersion(namespace, principal) !== judgedUnder.principal;
}

/** Whether both have the same names, in whatever order. */
function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.toSorted().join() === b.toSorted().join();
}

/** Records the decision. An allow that a limit does not cover or a guard forbids is recorded, and answered, as a refusal. */
export function decide(tables: DecisionTables, call: DecisionCall): DecisionReply {
  // Before the Idempotency-Key: for a repeat, too, key, bindings and caller must be as they were judged; its verdict stays the
  // recorded one.
  if (isStale(tables, call)) return { outcome: "stale" };
  if (call.idempotencyKey !== null) {
    const known = tables.requests.byIdempotencyKey(call.namespace, call.principal, call.idempotencyKey);
    if (known !== undefined) {
      return equalBytes(known.bodyHash, call.bodyHash)
        ? { outcome: "known", request: known }
        : { outcome: "conflict" };
    }
  }
  const stated = readPayloads(call.payloads);
  const at = tables.log.now();
  const second = Math.floor(Date.parse(at) / 1000);
  // The guard comes last: it records what it lets through, and nothing may refuse the request after that.
  const counted = countLimits(tables.limits, call, second);
  const refused = call.problem ?? overLimit(counted);
  const guarded = refused === null ? checkGuard(tables, stated.claim, at) : null;
  const problem = refused ?? guardProblem(guarded);
  if (problem === null) reserve(tables.limits, call.namespace, counted, second);
  const sequence = tables.log.append(call.namespace, "decision", at, entryOf(call, stated, problem, counted));
  tables.requests.insert({
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
    evidence: call.evidence,
    sequence,
  });
  return { outcome: "recorded", sequence, problem, repeated: guarded?.verdict === "same" };
}

/**
 * The decisions of a batch, all of them or none. A conflict of one is its own refusal, recorded with the others; anything that
 * throws undoes the whole. Replies are in the order of `calls`.
 * @throws SignerError `request.idempotency_conflict`
 */
export function decideTogether(
  tables: DecisionTables,
  calls: readonly DecisionCall[],
): readonly DecisionReply[] {
  // One alone would take the others' records with it: either all are judged again or none.
  if (calls.some((call) => isStale(tables, call))) return calls.map(() => ({ outcome: "stale" }));
  return calls.map((call) => {
    const reply = decide(tables, call);
    if (reply.outcome !== "conflict") return reply;
    throw new SignerError(
      "request.idempotency_conflict",
      "Idempotency-Key: was used with another key or body; use a new one",
    );
  });
}

function guardProblem(verdict: GuardVerdict | null): Problem | null {
  return verdict?.verdict === "refused" ? refusalProblem(verdict.refusal) : null;
}

export function refusalProblem({ code, detail, evidence }: GuardRefusal): Problem {
  return { code, detail, members: evidence };
}

/** Null: nothing is guarded. */
function checkGuard(
  { slashing, eots }: DecisionTables,
  claim: GuardClaim | undefined,
  at: string,
): GuardVerdict | null {
  if (claim === undefined) return null;
  if (claim.kind === "eots") {
    const { verdicts, rows } = judgeStatements([claim], readStatements(eots, statements.facts([claim])));
    writeStatements(eots, rows, at);
    return verdicts[0] ?? null;
  }
  const { verdicts, rows } = judgeDuties([claim], readDuties(slashing, duties.facts([claim])));
  writeDuties(slashing, rows);
  return verdicts[0] ?? null;
}

/** The entry of a refusal says what was asked of the limits; that of an allow also what was reserved in which group. */
function entryOf(
  call: DecisionCall,
  stated: ReadPayloads,
  problem: Problem | null,
  counted: readonly CountedLimit[],
): Record<string, Json> {
  return {
    requestId: call.id,
    principal: call.principal,
    keyId: call.keyId,
    ...(call.wallet === undefined ? {} : { walletId: call.wallet.id, keyIds: call.wallet.keyIds }),
    request: call.type,
    bodyHash: Buffer.from(call.bodyHash).toString("hex"),
    decision: problem === null ? "allow" : "deny",
    ...(problem === null ? {} : { code: problem.code }),
    ...(stated.claim === undefined ? {} : { guard: guardEntry(stated.claim) }),
    payloads: stated.hashes(),
    evaluations: call.evaluations.map((evaluation) => ({ ...evaluation })),
    limits: counted.map(({ claim: { bindingId, counter, amount, window, max }, spend }) => ({
      bindingId,
      counter,
      amount,
      window,
      max,
      ...(problem === null ? groupEntry(spend) : {}),
    })),
  };
}

function groupEntry({ slot, joined, credited }: Spend): Record<string, Json> {
  if (slot === undefined) return {};
  return joined === undefined ? { group: slot } : { group: slot, credited: credited.toString() };
}

/** Numbers as decimal strings: JSON numbers end at 2^53. */
function guardEntry(claim: GuardClaim): Json {
  const { kind } = claim;
  const publicKey = toHex(claim.publicKey);
  switch (kind) {
    case "eip3076.block":
      return { kind, publicKey, slot: String(claim.slot) };
    case "eip3076.attestation": {
      const { sourceEpoch, targetEpoch } = claim;
      return { kind, publicKey, sourceEpoch: String(sourceEpoch), targetEpoch: String(targetEpoch) };
    }
    case "eots": {
      const { chainId, height, message } = claim;
      // The hash alone: no log holds a refused message beside what a signature of it would need.
      const hashed = { messageHash: messageHash(message) };
      return { kind, publicKey, chainId: toHex(chainId), height: String(height), ...hashed };
    }
  }
}

/** Stores the result once and appends the outcome line; answers with what is stored, whoever came first. */
export function recordOutcome(tables: DecisionTables, call: OutcomeCall): { readonly result: string } {
  if (tables.requests.setResult(call.namespace, call.requestId, call.result)) {
    tables.log.append(call.namespace, "outcome", tables.log.now(), {
      requestId: call.requestId,
      signatureHash: call.signatureHash,
    });
    return { result: call.result };
  }
  const stored = tables.requests.get(call.namespace, call.requestId)?.result;
  if (stored === undefined || stored === null) throw new Error(`request ${call.requestId} has no decision`);
  return { result: stored };
}
