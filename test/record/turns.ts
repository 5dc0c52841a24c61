/** Turns of imports into a ledger of which nobody hears how they go. */
import { ImportTurns } from "../../src/record/import-turns.ts";
import type { Ledger } from "../../src/record/ledger.ts";

const UNSEEN = { keysMerging: () => undefined, importHeldUp: () => undefined };

export function quietTurns(ledger: Ledger): ImportTurns {
  return new ImportTurns(ledger, UNSEEN, () => undefined);
}
