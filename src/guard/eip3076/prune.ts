/**
 * Forgets history that a watermark makes superfluous: raises the watermark, then deletes below it. A step is small enough
 * to run between two batches of signing.
 * @module
 */
import { coverSources } from "./merge.ts";
import type { ValidatorHistory } from "../../domain/guard.ts";
import type { SlashingTable } from "../../ledger/tables/slashing.ts";

export interface PruneOptions {
  /** Epochs that stay, counted back from the newest vote of each key; its newest records always stay. */
  readonly keepEpochs: bigint;
  /** 32, or 8 on the minimal preset. */
  readonly slotsPerEpoch: bigint;
  /** Rows that one step deletes at most. */
  readonly rowsMax: number;
}

/** How far a step came; start with `{ validator: 0n }` and go on until `next` is null. */
export interface PruneStep {
  readonly deleted: number;
  readonly next: bigint | null;
}

const VALIDATORS_PER_STEP = 64;

/** One step, from the validator with id `from` on. */
export function pruneStep(tables: SlashingTable, from: bigint, options: PruneOptions): PruneStep {
  return tables.atomically(() => {
    let deleted = 0;
    const validators = tables.validatorsAfter(from - 1n, VALIDATORS_PER_STEP);
    for (const validator of validators) {
      // The import counts on what was known before it.
      if (tables.isMerging(validator.publicKey)) continue;
      raiseWatermark(tables, validator, options);
      deleted += tables.deleteBelowWatermark(validator.id, options.rowsMax - deleted);
      // This validator may have more; the next step begins with it.
      if (deleted >= options.rowsMax) return { deleted, next: validator.id };
    }
    const last = validators.at(-1);
    const next = last === undefined || validators.length < VALIDATORS_PER_STEP ? null : last.id + 1n;
    return { deleted, next };
  });
}

/** Only where the newest record is far enough ahead: what an earlier step deleted must not move it any further. */
function raiseWatermark(tables: SlashingTable, validator: ValidatorHistory, options: PruneOptions): void {
  const { id, lowSlot, lowTarget, publicKey } = validator;
  const highest = tables.highest(id);
  const slot = (highest.lowSlot ?? 0n) - options.keepEpochs * options.slotsPerEpoch;
  if (lowSlot !== null && slot > lowSlot) tables.raise(id, { lowSlot: tables.firstSlotFrom(id, slot) });
  const epoch = (highest.lowTarget ?? 0n) - options.keepEpochs;
  if (lowTarget === null || epoch <= lowTarget) return;
  const { source, target } = tables.lowestFrom(id, epoch);
  tables.raise(id, { lowSource: source, lowTarget: target });
  coverSources(tables, id, publicKey);
}
