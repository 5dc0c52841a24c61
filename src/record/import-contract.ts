/**
 * What the ledger thread can be asked of an interchange import beside its merge, which is an act. One document is staged at a
 * time; a large one is merged piece by piece, and whoever opens the ledger goes on with it.
 * @module
 */
import type { Actor } from "../access/actors.ts";
import type { EndedImport } from "../guard/eip3076/end-import.ts";
import type { ImportChunk } from "../guard/eip3076/chunks.ts";
import type { ImportedKey, ImportReach } from "../guard/eip3076/merge.ts";
import type { KeyFindings, NextPiece } from "../guard/eip3076/merge-pieces.ts";
import type { ValidatorPublicKey } from "../domain/kinds.ts";

export interface SlashingImportCalls {
  /**
   * Starts an import and ends one that is being staged. The reply numbers it for the other three calls.
   * @throws SignerError `request.conflict` while one is merged in pieces
   */
  beginSlashingImport(input: { readonly reach: ImportReach }): number;
  stageSlashingImport(input: { readonly number: number; readonly chunk: ImportChunk }): void;
  /** One piece of a large import, for as long as the reply says; whoever was asked to begin it. */
  advanceSlashingImport(): NextPiece;
  raiseSlashingImport(input: { readonly findings: readonly KeyFindings[] }): void;
  /**
   * Ends a large import that is under way: its keys that are left get watermarks at the highest of their records, in the document
   * and known before, instead of the records. Null where none is under way.
   */
  endSlashingImport(input: { readonly actor: Actor }): EndedImport | null;
  /** Ends one that is being staged. */
  discardSlashingImport(input: { readonly number: number }): void;
  /** Deletes a part of what no import needs any more; true while something is left. */
  clearSlashingStage(): boolean;
  /** Those of the keys (null: of all there are, the first) whose history is being merged: 0x-hex. */
  readSlashingMerging(input: {
    readonly publicKeys: readonly ValidatorPublicKey[] | null;
  }): readonly string[];
  /** How many keys there are whose history is being merged. */
  readSlashingMergingCount(): number;
  /** Whether what is staged is merged in pieces; false when another import has begun, which the merge finds. */
  readIsImportLarge(input: { readonly number: number }): boolean;
  /** Of a large import that has ended: up to `limit` keys above `after`, ascending. */
  readSlashingReport(input: { readonly after: Uint8Array; readonly limit: number }): readonly ImportedKey[];
}
