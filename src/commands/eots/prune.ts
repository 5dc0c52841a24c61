/** `claviger eots prune`: deletes records that the floors make superfluous, with the service stopped. */
import { commandActor } from "../../access/actors.ts";
import { ROOT_NAMESPACE } from "../../access/roles.ts";
import type { EotsTrack } from "../../domain/eots.ts";
import { withLedger } from "../data-directory.ts";
import type { CommandOptions } from "../options.ts";
import { say, sayJson } from "../output.ts";
import { recordProgress } from "../record-progress.ts";

/** Rows that one step of pruning deletes. */
const PRUNE_ROWS = 2000;

/** Deletes what the floors make superfluous, in small steps. */
export async function eotsPrune(options: CommandOptions): Promise<void> {
  await withLedger(options, async (ledger) => {
    const actor = commandActor(ROOT_NAMESPACE, "claviger eots prune");
    const report = recordProgress(options, "records deleted");
    let deleted = 0;
    let after: EotsTrack | null = null;
    for (let done = false; !done; report(deleted)) {
      const step: { readonly deleted: number; readonly after: EotsTrack | null; readonly done: boolean } =
        await ledger.pruneEotsHistory({ actor, after, rowsMax: PRUNE_ROWS });
      deleted += step.deleted;
      ({ after, done } = step);
    }
    if (options.output === "json") sayJson({ event: "pruned", deleted });
    else say(`${deleted} records deleted; the floors that replace them stay, and each newest record`);
  });
}
