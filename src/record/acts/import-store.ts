/** The part of the store of acts that has a history which is staged. */
import type { ImportPieces } from "../../guard/eip3076/merge-pieces.ts";
import type { ImportStage } from "../../guard/eip3076/merge.ts";
import type { FactReaders } from "./facts.ts";
import type { RowWriters } from "./rows.ts";

export type ImportFactName = "stagedImport";
export type ImportRowName = "importMarked";

export interface ImportTables {
  readonly stage: ImportStage;
  readonly pieces: ImportPieces;
}

export function importReaders({ stage }: Pick<ImportTables, "stage">): Pick<FactReaders, ImportFactName> {
  return { stagedImport: ({ number }) => stage.staged(number) };
}

export function importWriters({ stage, pieces }: ImportTables): Pick<RowWriters, ImportRowName> {
  return {
    importMarked({ number, ...marked }) {
      pieces.mark(marked);
      stage.leave(number);
    },
  };
}
