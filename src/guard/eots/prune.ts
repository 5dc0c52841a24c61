/** Forgets records that a floor makes superfluous, in steps small enough to run between two batches of signing. */
import type { EotsTrack } from "../../domain/eots.ts";
import type { EotsTable } from "../../ledger/tables/eots.ts";

/** How far a step came: go on from `after` until `done`. */
export interface EotsPruneStep {
  readonly deleted: number;
  readonly after: EotsTrack | null;
  readonly done: boolean;
}

const TRACKS_PER_STEP = 64;

/** One step: at most `rowsMax` records of tracks after `after`. Floors stay, and the newest record of each track. */
export function eotsPruneStep(table: EotsTable, after: EotsTrack | null, rowsMax: number): EotsPruneStep {
  return table.atomically(() => {
    let deleted = 0;
    let seen = 0;
    let last = after;
    for (const track of table.tracks(after ?? undefined)) {
      if (seen === TRACKS_PER_STEP) return { deleted, after: last, done: false };
      seen += 1;
      deleted += table.prune(track, rowsMax - deleted);
      // This track may have more; the next step begins with it.
      if (deleted >= rowsMax) return { deleted, after: last, done: false };
      last = track;
    }
    return { deleted, after: last, done: true };
  });
}
