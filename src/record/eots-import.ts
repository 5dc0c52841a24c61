/** An import of EOTS history into the ledger thread: many small calls, so that signing goes on between them. */
import type { EotsImportTarget } from "../guard/eots/import.ts";
import type { Actor } from "./contract.ts";
import type { Ledger } from "./ledger.ts";

/** Where `importEots` puts its chunks: many small calls. The audit leaf names `actor`. */
export function eotsImportTarget(ledger: Ledger, actor: Actor): EotsImportTarget {
  return {
    begin: () => ledger.beginEotsImport(),
    stage: async (number, chunk) => {
      await ledger.stageEotsImport({ number, chunk });
    },
    merge: (number, options) => ledger.mergeEotsImport({ actor, number, options }),
    discard: async (number) => {
      await ledger.discardEotsImport({ number });
    },
  };
}
