/**
 * The record step's questions without its answers: what limits and guards would say to an allowed request now. Writes
 * nothing, and promises nothing: another request may come first.
 * @module
 */
import type { GuardClaim, GuardJudgement } from "../../domain/guard.ts";
import * as duties from "../../guard/eip3076/facts.ts";
import { DutyFold } from "../../guard/eip3076/judge.ts";
import * as statements from "../../guard/eots/facts.ts";
import { StatementFold } from "../../guard/eots/judge.ts";
import { readDuties, readStatements } from "../guard-tables.ts";
import { refusalProblem, type DecisionTables } from "./decide.ts";
import { countLimits, overLimit, replacement } from "./limits.ts";
import { readPayloads } from "../payloads.ts";
import type { Foreseen, Foresight } from "../decision.ts";

/** In the order of `decide`: limits first, then the guard. @throws SignerError `request.malformed`, as the guard does */
export function foresee(tables: DecisionTables, call: Foresight): Foreseen {
  const { claim: guard } = readPayloads(call.payloads);
  const counted = countLimits(tables.limits, call, Math.floor(Date.parse(tables.log.now()) / 1000));
  const judgement = guard === undefined ? null : judge(tables, guard);
  const refused = judgement?.verdict === "refused" ? refusalProblem(judgement.refusal) : null;
  return {
    problem: overLimit(counted) ?? refused,
    guard: judgement,
    limits: counted.map(({ claim, spend, spent }) => ({
      ...claim,
      amount: spend.amount.toString(),
      ...replacement(spend),
      spent: spent.toString(),
    })),
  };
}

function judge({ slashing, eots }: DecisionTables, claim: GuardClaim): GuardJudgement {
  return claim.kind === "eots"
    ? new StatementFold(readStatements(eots, statements.facts([claim]))).foresee(claim)
    : new DutyFold(readDuties(slashing, duties.facts([claim]))).foresee(claim);
}
