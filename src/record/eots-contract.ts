/** What the ledger thread can be asked of the history of EOTS keys: an import, which is staged and then merged, and pruning. */
import type { Actor } from "../access/actors.ts";
import type { EotsTrack } from "../domain/eots.ts";
import type { EotsChunk, EotsImportedTrack, EotsMergeOptions } from "../guard/eots/merge.ts";
import type { EotsPruneStep } from "./guard-state.ts";

export interface EotsHistoryCalls {
  /** Starts an import and ends one under way. The reply numbers it for the other three calls. */
  beginEotsImport(): number;
  /** @throws SignerError `guard.eots_conflict`, `request.malformed`, `request.conflict` */
  stageEotsImport(input: { readonly number: number; readonly chunk: EotsChunk }): void;
  /** One transaction. @throws SignerError `guard.eots_conflict` naming the record, `request.conflict` */
  mergeEotsImport(input: {
    readonly actor: Actor;
    readonly number: number;
    readonly options: EotsMergeOptions;
  }): readonly EotsImportedTrack[];
  discardEotsImport(input: { readonly number: number }): void;
  /** One small step of pruning; `after` is null, then the step before's. */
  pruneEotsHistory(input: {
    readonly actor: Actor;
    readonly after: EotsTrack | null;
    readonly rowsMax: number;
  }): EotsPruneStep;
}
