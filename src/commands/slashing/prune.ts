/** `claviger slashing prune`: deletes history that the watermarks make superfluous, with the service stopped. */
import { withLedger } from "../data-directory.ts";
import type { CommandOptions } from "../options.ts";
import { CommandError, say, sayJson } from "../output.ts";
import { recordProgress } from "../record-progress.ts";

export interface SlashingPruneOptions extends CommandOptions {
  readonly keepEpochs: string;
  readonly slotsPerEpoch: string;
}

/** Rows that one step of pruning deletes. */
const PRUNE_ROWS = 2000;

/** Deletes what the watermarks make superfluous, in small steps. */
export async function slashingPrune(options: SlashingPruneOptions): Promise<void> {
  const keepEpochs = count("--keep-epochs", options.keepEpochs, 1n);
  const slotsPerEpoch = count("--slots-per-epoch", options.slotsPerEpoch, 1n);
  await withLedger(options, async (ledger) => {
    const report = recordProgress(options, "records deleted");
    let deleted = 0;
    let from: bigint | null = 0n;
    while (from !== null) {
      const pruning = { keepEpochs, slotsPerEpoch, rowsMax: PRUNE_ROWS };
      const step: { readonly deleted: number; readonly next: bigint | null } =
        await ledger.pruneSlashingHistory({
          from,
          options: pruning,
        });
      deleted += step.deleted;
      from = step.next;
      report(deleted);
    }
    if (options.output === "json") sayJson({ event: "pruned", deleted });
    else say(`${deleted} records deleted; the watermarks that replace them only went up`);
  });
}

function count(name: string, text: string, min: bigint): bigint {
  const value = /^\d{1,9}$/.test(text) ? BigInt(text) : -1n;
  if (value >= min) return value;
  throw new CommandError("usage", `${name}: ${text} must be a whole number from ${min} to 999999999`, 2);
}
