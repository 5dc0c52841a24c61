/** The head of the audit log as the record thread has it after a commit: what the service states, whoever asked for it. */
import type { LedgerThread } from "../record/contract.ts";
import type { Call, Outcome } from "../threads/contract.ts";
import { failed, succeeded } from "../threads/serve.ts";
import type { Statement } from "../vault/statements.ts";
import type { StatedHead } from "./contract.ts";

/** The door's call. Whatever came with it is not looked at. */
export function isHeadCall({ method }: Call): boolean {
  return method === "stateHead";
}

/** The call as the ledger takes it. */
export function headCall(): Call {
  return { method: "readHead" satisfies keyof LedgerThread, input: [] };
}

/** What is to be stated; or else the answer. @param outcome of `headCall`, after the commit of its batch */
export function headIn(outcome: Outcome | undefined): Statement | Outcome<StatedHead> {
  if (outcome === undefined) return failed(new Error("the ledger left the head without an outcome"));
  if (!outcome.ok) return outcome;
  // As the contract of the ledger's methods says; the reply comes from this thread.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { size, root, checkpoint } = outcome.reply as ReturnType<LedgerThread["readHead"]>;
  if (checkpoint !== null) return succeeded<StatedHead>({ outcome: "stored", note: checkpoint.note });
  return { kind: "checkpoint", size, root };
}
