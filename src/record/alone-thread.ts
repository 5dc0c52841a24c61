/** Entry of the ledger thread of a command: it records, and no thread with keys hears of it. */
import type { Answer } from "../threads/link.ts";
import { serveInOrder } from "../threads/serve.ts";
import { ORDER } from "./ranks.ts";
import { methods, performAll, type LedgerThreadSide } from "./thread.ts";

serveInOrder<LedgerThreadSide>({ implementation: methods, ...ORDER }, (calls, perform) => {
  const outcomes = performAll(calls, perform);
  return calls.map(({ id }, index): Answer => [id, outcomes[index]]);
});
