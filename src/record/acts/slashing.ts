/** Slashing protection on the ledger thread: what is administered around the guard. Signing goes through `decide`. */
import { exportInterchange } from "../../guard/eip3076/export.ts";
import { endImport, type EndedImport } from "../../guard/eip3076/end-import.ts";
import type { ImportPieces } from "../../guard/eip3076/merge-pieces.ts";
import type { ImportedKey, ImportStage } from "../../guard/eip3076/merge.ts";
import { pruneStep, type PruneStep } from "../../guard/eip3076/prune.ts";
import type { MergeTotals, SlashingMergeTable } from "../../ledger/tables/slashing-merge.ts";
import type { SlashingImportTable } from "../../ledger/tables/slashing-import.ts";
import type { SlashingTable } from "../../ledger/tables/slashing.ts";
import type { GuardedKey, ValidatorHistory } from "../../domain/guard.ts";
import type { Json } from "../../domain/canonical.ts";
import { toHex } from "../../domain/bytes.ts";
import type { LogWriter } from "../log-writer.ts";
import type { Actor, Input, Reply } from "../contract.ts";

/** Records of one piece: about 15 ms of the writer. */
const PIECE_RECORDS = 3000;
/** Rows that one call deletes of what was staged: up to 40 ms of the writer, where they are keys in no order. */
const CLEARED_ROWS = 1500;

export interface SlashingTables {
  readonly slashing: SlashingTable;
  readonly staged: SlashingImportTable;
  readonly stage: ImportStage;
  readonly pieces: ImportPieces;
  readonly merging: SlashingMergeTable;
  readonly log: LogWriter;
}

/** What a small import comes to, when it was judged. @throws SignerError `request.conflict` */
export function merge(
  tables: Pick<SlashingTables, "stage" | "log">,
  { actor, number }: Input<"mergeSlashingImport">,
): readonly ImportedKey[] {
  const keys = tables.stage.merge(number);
  noteImport(tables, actor, keys);
  return keys;
}

/** What a staged document says of the key that comes in, when it was judged. @throws SignerError `request.conflict` */
export function mergeHistory(
  tables: Pick<SlashingTables, "stage" | "log">,
  { actor, key, history }: Input<"importValidatorKey">,
): void {
  if (history === null) return;
  const merged = tables.stage.mergeKey(history.number, key.publicKey);
  if (merged !== null) noteImport(tables, actor, [merged]);
}

/** One piece of the import that is under way; the last one has the leaf of the import. */
export function advance(tables: SlashingTables): Reply<"advanceSlashingImport"> {
  const { underWay } = tables.pieces;
  const { totals, ...next } = tables.pieces.step(PIECE_RECORDS);
  if (underWay !== undefined && totals !== undefined) noteTotals(tables, underWay, totals);
  return next;
}

/** An import that cannot go on ends without the records that it still had to add. Its leaf is the only one. */
export function end(tables: SlashingTables, { actor }: Input<"endSlashingImport">): EndedImport | null {
  const ended = endImport({ ...tables, merge: tables.merging });
  if (ended === null) return null;
  const { keys, floorKeys, blocks, attestations } = ended;
  append(tables, actor, {
    action: "slashing.endImport",
    keys,
    floorKeys,
    blocks: String(blocks),
    attestations: String(attestations),
  });
  return ended;
}

/** Never of an import that is being staged, or that its keys wait for. True while something is left. */
export function clearStage({ stage, pieces, merging }: SlashingTables): boolean {
  if (stage.isStaging || pieces.underWay?.state === "merging") return false;
  return merging.clearSome(CLEARED_ROWS);
}

/** The leaf of a merge, be it of one key. */
function noteImport(tables: Pick<SlashingTables, "log">, actor: Actor, keys: readonly ImportedKey[]): void {
  noteTotals(tables, actor, {
    keys: keys.length,
    blocks: BigInt(keys.reduce((sum, key) => sum + key.blocks, 0)),
    attestations: BigInt(keys.reduce((sum, key) => sum + key.attestations, 0)),
    conflicts: BigInt(keys.reduce((sum, key) => sum + key.conflictCount, 0)),
  });
}

function noteTotals(
  tables: Pick<SlashingTables, "log">,
  actor: Pick<Actor, "namespace" | "principal">,
  { keys, blocks, attestations, conflicts }: MergeTotals,
): void {
  append(tables, actor, {
    action: "slashing.import",
    keys,
    blocks: String(blocks),
    attestations: String(attestations),
    conflicts: String(conflicts),
  });
}

export function prune(tables: SlashingTables, { from, options }: Input<"pruneSlashingHistory">): PruneStep {
  return pruneStep(tables.slashing, from, options);
}

export function readKeys(
  tables: SlashingTables,
  { publicKeys }: Input<"readSlashingKeys">,
): readonly (GuardedKey | null)[] {
  const rows =
    publicKeys === null
      ? tables.slashing.validators()
      : publicKeys.map((key) => tables.slashing.validator(key));
  return rows.map((row) => (row === undefined ? null : shown(row)));
}

export function readPage(
  tables: SlashingTables,
  { after, limit }: Input<"readSlashingPage">,
): readonly GuardedKey[] {
  return tables.slashing.validatorsByKeyAfter(after, limit).map(shown);
}

export function readMerging(
  { slashing }: SlashingTables,
  { publicKeys }: Input<"readSlashingMerging">,
): readonly string[] {
  const found = publicKeys?.filter((key) => slashing.isMerging(key)) ?? slashing.mergingKeys(1);
  return found.map(toHex);
}

function shown(row: ValidatorHistory): GuardedKey {
  return {
    publicKey: toHex(row.publicKey),
    enabled: !row.frozen,
    known: row.known,
    lowSlot: row.lowSlot,
    lowSourceEpoch: row.lowSource,
    lowTargetEpoch: row.lowTarget,
    slotBound: row.slotBound,
    epochBound: row.epochBound,
  };
}

export function readExport(
  tables: SlashingTables,
  { publicKeys, minimal }: Input<"readSlashingExport">,
): string {
  return [...exportInterchange(tables.slashing, { minimal, only: publicKeys })].join("");
}

function append(
  tables: Pick<SlashingTables, "log">,
  actor: Pick<Actor, "namespace" | "principal">,
  members: Readonly<Record<string, Json>>,
): void {
  tables.log.append(actor.namespace, "administration", tables.log.now(), {
    principal: actor.principal,
    ...members,
  });
}
