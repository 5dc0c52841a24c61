/**
 * The record step's questions without its answers: what limits and guards would say to an allowed request now. Writes
 * nothing, and promises nothing: another request may come first.
 * @module
 */
import { Journal } from "../../domain/journal.ts";
import type { GuardClaim, GuardJudgement } from "../../domain/guard.ts";
import { DutyFold } from "../../guard/eip3076/judge.ts";
import { StatementFold } from "../../guard/eots/judge.ts";
import type { Foreseen, Foresight } from "../decision.ts";
import { readPayloads } from "../payloads.ts";
import type { Store } from "../store.ts";
import { foresightFacts, type Facts } from "./facts.ts";
import { refusalProblem } from "./judge.ts";
import { countLimits, overLimit, replacement } from "./limits.ts";
import { WorkingLimits } from "./working-limits.ts";

/** In the order of `decide`: limits first, then the guard. @throws SignerError `request.malformed`, as the guard does */
export function foresee(store: Store, call: Foresight): Foreseen {
  const { claim: guard } = readPayloads(call.payloads);
  const facts = store.read(foresightFacts(call, guard));
  const counted = countLimits(new WorkingLimits(facts, new Journal()), call);
  const judgement = guard === undefined ? null : judgementOf(facts, guard);
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

function judgementOf({ duties, statements }: Facts, claim: GuardClaim): GuardJudgement {
  if (claim.kind === "eots") return new StatementFold(statements).foresee(claim);
  if (duties === null) throw new Error("the facts were read for other claims");
  return new DutyFold(duties).foresee(claim);
}
