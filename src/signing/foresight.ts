/** What the record step would say to a request now: `evaluate` asks, and nothing is recorded or reserved. */
import type { Ledger } from "../record/ledger.ts";
import type { Foreseen } from "../record/decision.ts";
import { guardOf } from "../record/payloads.ts";
import { assertEvaluated } from "./evaluation.ts";
import type { Evaluated } from "./stages.ts";

/** The decision that `sign` would come to; another request may come first. */
export interface Decision {
  readonly judged: Evaluated;
  readonly foreseen: Foreseen;
}

const NOTHING_TO_ASK: Foreseen = { problem: null, guard: null, limits: [] };

/** A refusal by policy comes before what limits and guard say, as in the path. */
export async function foresee(judged: Evaluated, ledger: Pick<Ledger, "readForesight">): Promise<Decision> {
  assertEvaluated(judged);
  const { payloads, slots = [] } = judged.decoded;
  const reservations = "refusal" in judged ? [] : judged.reservations;
  const foreseen =
    guardOf(payloads[0]) === undefined && reservations.length === 0
      ? NOTHING_TO_ASK
      : await ledger.readForesight({ reservations, slots, payloads });
  if (!("refusal" in judged)) return { judged, foreseen };
  const { code, message, members } = judged.refusal;
  return { judged, foreseen: { ...foreseen, problem: { code, detail: message, members } } };
}
