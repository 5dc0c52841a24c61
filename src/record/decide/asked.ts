/** Calls of the record step as they are decided: what a decision would sign is read once, for the facts and for the judge. */
import type { DecisionCall, OutcomeCall } from "../decision.ts";
import { readPayloads, type ReadPayloads } from "../payloads.ts";

/** One call of a batch. `together`: its decisions are recorded all or none. */
export type DecideCall =
  | { readonly kind: "decision"; readonly call: DecisionCall }
  | { readonly kind: "together"; readonly calls: readonly DecisionCall[] }
  | { readonly kind: "outcome"; readonly call: OutcomeCall };

export interface AskedDecision {
  readonly call: DecisionCall;
  /** An error is the decision's own: it is thrown where the decision is judged, if it comes to that. */
  readonly stated: ReadPayloads | { readonly error: unknown };
}

export type AskedCall =
  | { readonly kind: "decision"; readonly decision: AskedDecision }
  | { readonly kind: "together"; readonly decisions: readonly AskedDecision[] }
  | Extract<DecideCall, { readonly kind: "outcome" }>;

export function asked(call: DecideCall): AskedCall {
  switch (call.kind) {
    case "decision":
      return { kind: "decision", decision: askedDecision(call.call) };
    case "together":
      return { kind: "together", decisions: call.calls.map(askedDecision) };
    case "outcome":
      return call;
  }
}

/** What is signed if the decision is an allow. @throws what `readPayloads` threw */
export function statedBy({ stated }: AskedDecision): ReadPayloads {
  if ("error" in stated) throw stated.error;
  return stated;
}

function askedDecision(call: DecisionCall): AskedDecision {
  try {
    return { call, stated: readPayloads(call.payloads) };
  } catch (error) {
    return { call, stated: { error } };
  }
}
