/**
 * `claviger slashing end-import`: the way out where a large import cannot go on. The keys that it still had to do sign nothing at
 * or below the highest records of the document and of what was known; the records themselves stay out.
 * @module
 */
import { commandActor } from "../../access/actors.ts";
import { ROOT_NAMESPACE } from "../../access/roles.ts";
import { forgetStaged } from "../../record/slashing-import.ts";
import { withLedger } from "../data-directory.ts";
import type { CommandOptions } from "../options.ts";
import { say, sayJson } from "../output.ts";

const ACTOR = commandActor(ROOT_NAMESPACE, "claviger slashing end-import");

/** One transaction: all marks are lifted, or none. Without an import that is under way nothing changes. */
export async function slashingEndImport(options: CommandOptions): Promise<void> {
  await withLedger(options, async (ledger) => {
    const ended = await ledger.endSlashingImport({ actor: ACTOR });
    await forgetStaged(ledger);
    const { keys, floorKeys } = ended ?? { keys: 0, floorKeys: 0 };
    if (options.output === "json") sayJson({ event: "import-ended", keys, floorKeys });
    else if (ended === null) say("no import is under way: nothing was changed");
    else {
      say(
        `the import has ended; keys that sign again: ${keys}`,
        `  with all records of the document: ${keys - floorKeys}`,
        `  with floors instead: ${floorKeys}; they sign nothing at or below its highest slot, source and target`,
      );
    }
  });
}
