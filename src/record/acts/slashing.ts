/** Slashing protection on the ledger thread: what is administered around the guard. Signing goes through `decide`. */
import { assertAllowed, type LiveCaller } from "../../access/actors.ts";
import { exportInterchange } from "../../guard/eip3076/export.ts";
import { pinGenesisRoot, type ImportedKey, type ImportStage } from "../../guard/eip3076/merge.ts";
import { pruneStep, type PruneStep } from "../../guard/eip3076/prune.ts";
import type { SlashingTable } from "../../ledger/tables/slashing.ts";
import type { GuardedKey, ValidatorHistory } from "../../domain/guard.ts";
import type { Json } from "../../domain/canonical.ts";
import { toHex } from "../../domain/bytes.ts";
import type { LogWriter } from "../log-writer.ts";
import type { Actor, Input } from "../contract.ts";

export interface SlashingTables {
  readonly slashing: SlashingTable;
  readonly stage: ImportStage;
  readonly log: LogWriter;
}

export function pin(tables: SlashingTables, input: Input<"pinSlashingChain">): void {
  tables.slashing.atomically(() => {
    pinGenesisRoot(tables.slashing, input.genesisValidatorsRoot, input.genesisValidatorsRoot);
    if (input.network !== null) tables.slashing.setChain({ network: input.network });
  });
}

export function merge(
  tables: SlashingTables,
  { actor, number, options }: Input<"mergeSlashingImport">,
  caller: LiveCaller,
): readonly ImportedKey[] {
  // The first root ties the whole data directory to a chain for good.
  if (tables.slashing.chain().genesisValidatorsRoot === null) assertAllowed(caller, "slashing.everyKey");
  const keys = tables.stage.merge(number, options);
  noteImport(tables, actor, keys);
  return keys;
}

/** The leaf of a merge, be it of one key. */
export function noteImport(
  tables: Pick<SlashingTables, "log">,
  actor: Actor,
  keys: readonly ImportedKey[],
): void {
  append(tables, actor, {
    action: "slashing.import",
    keys: keys.length,
    blocks: String(keys.reduce((sum, key) => sum + key.blocks, 0)),
    attestations: String(keys.reduce((sum, key) => sum + key.attestations, 0)),
    conflicts: String(keys.reduce((sum, key) => sum + key.conflictCount, 0)),
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
  actor: Actor,
  members: Readonly<Record<string, Json>>,
): void {
  tables.log.append(actor.namespace, "administration", tables.log.now(), {
    principal: actor.principal,
    ...members,
  });
}
