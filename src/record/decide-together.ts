/**
 * The record transaction of a batch: each decision as `decide` makes it, and all of them or none. A conflict of one is
 * its own refusal, recorded with the others; anything that throws undoes the whole, and one that must be judged again sends
 * all of them back.
 * @module
 */
import { SignerError } from "../domain/errors.ts";
import { decide, isStale, type DecisionTables } from "./decide.ts";
import type { DecisionCall, DecisionReply } from "./decision.ts";

/** Replies in the order of `calls`. @throws SignerError `request.idempotency_conflict` */
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
