/**
 * The end of an import that cannot go on. The keys that it still had to do get floors: nothing that the document says, or that
 * was known, can be signed again otherwise. Nothing is lowered, and the records that are not in stay out.
 * @module
 */
import type { Watermarks } from "../../domain/guard.ts";
import type { SlashingImportTable, StagedRange } from "../../ledger/tables/slashing-import.ts";
import type { MergeTotals } from "../../ledger/tables/slashing-merge.ts";
import { historyOf } from "./merge.ts";
import type { MergeTables } from "./merge-pieces.ts";
import { higher } from "../../domain/heights.ts";

export interface EndedImport extends Omit<MergeTotals, "conflicts"> {
  /** Those of the keys that got floors. The others have all of their records. */
  readonly floorKeys: number;
}

/** The last slot or epoch that there can be. */
const LAST = 2n ** 63n - 1n;

/** Call it inside a transaction. Null where no import is under way. */
export function endImport({
  slashing,
  merge,
  staged,
}: MergeTables & { readonly staged: SlashingImportTable }): EndedImport | null {
  const underWay = merge.underWay();
  if (underWay?.state !== "merging") return null;
  const rest = merge.keysAfter(underWay.raised, -1);
  for (const { publicKey } of rest) {
    const { id } = historyOf(slashing, publicKey);
    // A block on record may be signed again. So what contradicts one must be on record too, however high the watermark is.
    staged.mergeBlocks(id, publicKey, LAST);
    slashing.raise(id, floorsOf(staged.range(publicKey), slashing.highest(id)));
    merge.raised(publicKey, 0, "[]");
  }
  const { keys, blocks, attestations } = merge.end();
  return { keys, blocks, attestations, floorKeys: rest.length };
}

/** Of what the document has a record of, the highest there is on either side. */
function floorsOf(file: StagedRange, known: Watermarks): Watermarks {
  const source = higher(file.maxSource, known.lowSource);
  // Only a vote of the highest source could be signed again, and the document may contradict it: then that source is too low.
  const mayRepeat = source !== null && source === known.lowSource && source < LAST;
  return {
    lowSlot: file.maxSlot === null ? null : higher(file.maxSlot, known.lowSlot),
    lowSource: file.maxSource === null ? null : mayRepeat ? source + 1n : source,
    lowTarget: file.maxTarget === null ? null : higher(file.maxTarget, known.lowTarget),
  };
}
