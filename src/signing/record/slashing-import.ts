/** Lets an interchange import write to the ledger thread: many small calls, so that signing goes on between them. */
import type { ImportTarget } from "../../guard/eip3076/import.ts";
import type { Ledger } from "./ledger.ts";
import type { Actor } from "./operations.ts";

/** Where `importInterchange` puts its chunks; `actor` stands in the audit leaf. */
export function ledgerImportTarget(ledger: Ledger, actor: Actor): ImportTarget {
  return {
    begin: () => ledger.call("slashingImportBegin", null),
    stage: async (number, chunk) => {
      await ledger.call("slashingImportStage", { number, chunk });
    },
    merge: (number, options) => ledger.call("slashingImportMerge", { actor, number, options }),
    discard: async (number) => {
      await ledger.call("slashingImportDiscard", { number });
    },
  };
}
