/**
 * The record step: the decision of what is to be signed, and what may be signed once it is on disk. The mark `Committed` is made
 * here alone.
 * @module
 */
import type { PayloadsToSign } from "../chains/adapter.ts";
import { markOf } from "../domain/stage.ts";
import type { DecisionCall, DecisionReply } from "../record/decision.ts";
import { clock } from "../threads/clock.ts";
import type { Call, Outcome } from "../threads/contract.ts";
import type { Answer, SentCall } from "../threads/link.ts";
import { failed, succeeded } from "../threads/serve.ts";
import type { KeepCall, Kept } from "./contract.ts";
import { headIn, headCall, isHeadCall } from "./heads.ts";
import type { Committed, SentKeep } from "./messages.ts";
import { conflict, earlier, type Allowed } from "./repeats.ts";

const committed = markOf<Committed>("committed");
/** @throws Error for what no commit of this thread allowed */
export const assertCommitted: (value: Committed) => void = committed.assert;

/** One call as the ledger takes it. */
interface Decision {
  readonly sent: SentCall;
  readonly call: Call;
  /** What it would sign, in the order of its replies; none for any other call. */
  readonly keeps: readonly SentKeep[];
}

/** The door's calls as decisions; others as they are. What could not be signed is refused, unrecorded. */
export function asDecisions(
  calls: readonly SentCall[],
  canSign: (wanted: PayloadsToSign) => boolean,
): { readonly decisions: readonly Decision[]; readonly refused: readonly Answer[] } {
  const decisions: Decision[] = [];
  const refused: Answer[] = [];
  for (const sent of calls) {
    const keeps = keepsOf(sent);
    try {
      assertAnswered(sent, keeps);
      if (!keeps.every((keep) => canSign(toSign(keep)))) throw new Error("no thread has keys for this");
      decisions.push({ sent, call: decisionOf(sent, keeps), keeps });
    } catch (error) {
      const outcome = failed(error);
      for (let reply = 0; reply < repliesTo(sent); reply += 1) refused.push([sent.id + reply, outcome]);
    }
  }
  return { decisions, refused };
}

function keepsOf(sent: SentCall): readonly SentKeep[] {
  // The door's own calls, which no other caller of this thread has: their types end with the message.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return isKeep(sent) ? (sent.input as readonly SentKeep[]) : [];
}

function isKeep({ method }: SentCall): boolean {
  return method === "keep" || method === "keepTogether";
}

/** Where it waits for another number of replies than it has decisions, a reply would go to somebody else's call. */
function assertAnswered(sent: SentCall, keeps: readonly SentKeep[]): void {
  if (isKeep(sent) && (keeps.length === 0 || keeps.length !== repliesTo(sent)))
    throw new RangeError("a call to keep has not as many replies as decisions");
}

function repliesTo({ answers = 1 }: SentCall): number {
  return answers;
}

function decisionOf(sent: SentCall, keeps: readonly SentKeep[]): Call {
  const calls = keeps.map(({ decision }) => decision);
  if (isHeadCall(sent)) return headCall();
  if (sent.method === "keep") return { method: "decide", input: calls };
  return sent.method === "keepTogether" ? { method: "decideTogether", input: [calls] } : sent;
}

/** The payloads are the decision's own; the keys must be, too. */
function toSign({ decision, signedBy }: KeepCall): PayloadsToSign {
  const { keyId, wallet, payloads } = decision;
  const keyIds = wallet?.keyIds ?? [keyId];
  const signers = signedBy ?? [keyId];
  // All of these, and no others, are judged in the record transaction.
  if (!signers.every((id) => keyIds.includes(id)) || (signedBy ?? payloads).length !== payloads.length)
    throw new TypeError("a key that is to sign is not one that its decision names");
  return { keyId, payloads, ...(signedBy === undefined ? {} : { signedBy }) };
}

/** What the commit made of the calls. Only what it allowed is marked as committed. */
export function afterCommit(
  decisions: readonly Decision[],
  outcomes: readonly Outcome[],
): { readonly committed: readonly Committed[]; readonly answers: readonly Answer[] } {
  const allowed: Committed[] = [];
  const answers: Answer[] = [];
  const recordedAt = clock();
  for (const [place, { sent, keeps }] of decisions.entries()) {
    const outcome = outcomes[place];
    if (isHeadCall(sent)) {
      const head = headIn(outcome);
      if ("ok" in head) answers.push([sent.id, head]);
      else allowed.push(committed.set({ id: sent.id, rank: sent.rank, statement: head }));
    } else if (keeps.length === 0) answers.push([sent.id, outcome]);
    for (const [index, keep] of keeps.entries()) {
      const id = sent.id + index;
      const kept = keptOf(keep.decision, replyAt(outcome, sent, index));
      if ("ok" in kept) answers.push([id, kept]);
      else {
        const { sentAt } = keep;
        const { rank } = sent;
        allowed.push(committed.set({ ...kept, id, rank, toSign: toSign(keep), sentAt, recordedAt }));
      }
    }
  }
  return { committed: allowed, answers };
}

/** The ledger's reply to one decision; of several in one it is at `index`. */
function replyAt(outcome: Outcome | undefined, { method }: SentCall, index: number): Outcome<DecisionReply> {
  if (outcome === undefined) return failed(new Error("the ledger left a decision without an outcome"));
  if (!outcome.ok) return outcome;
  // As the contract of the ledger's methods says; the reply comes from this thread.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const replies = (method === "keep" ? [outcome.reply] : outcome.reply) as readonly DecisionReply[];
  const reply = replies[index];
  return reply === undefined
    ? failed(new Error("the ledger left a decision of a batch out"))
    : succeeded(reply);
}

/** What may be signed; or else the answer. */
function keptOf(decision: DecisionCall, decided: Outcome<DecisionReply>): Allowed | Outcome<Kept> {
  if (!decided.ok) return decided;
  const { reply } = decided;
  switch (reply.outcome) {
    case "stale":
      return succeeded<Kept>({ outcome: "stale" });
    case "conflict":
      return failed(conflict("was used with another key or body; use a new one"));
    case "known": {
      const { problem, request } = reply;
      if (problem === undefined) return earlier(decision, request);
      return succeeded<Kept>({ outcome: "refused", requestId: request.id, problem });
    }
    case "recorded":
      return reply.problem === null
        ? { requestId: decision.id, repeated: reply.repeated === true }
        : succeeded<Kept>({ outcome: "refused", requestId: decision.id, problem: reply.problem });
  }
}
