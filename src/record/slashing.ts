/** Slashing protection on the ledger thread: what is administered around the guard. Signing goes through `decide`. */
import { SignerError } from "../domain/errors.ts";
import { exportInterchange } from "../guard/eip3076/export.ts";
import type { ImportChunk } from "../guard/eip3076/chunks.ts";
import {
  pinGenesisRoot,
  type ImportedKey,
  type ImportStage,
  type MergeOptions,
} from "../guard/eip3076/merge.ts";
import { pruneStep, type PruneOptions, type PruneStep } from "../guard/eip3076/prune.ts";
import type {
  SlashingChainRow,
  SlashingCounts,
  SlashingMode,
  SlashingTable,
  SlashingValidatorRow,
  UnknownHistory,
} from "../ledger/tables/slashing.ts";
import type { Json } from "../domain/canonical.ts";
import { toHex } from "../domain/bytes.ts";
import type { LogWriter } from "./log-writer.ts";
import type { Actor, Input, Reply } from "./operations.ts";
import type { SlashingBoundsOperations } from "./slashing-bounds.ts";

/** What an operator may set; members that are left out stay. */
export interface SlashingSettings {
  /** `minimal` keeps watermarks alone. Going there raises each key's to the highest that it signed. */
  readonly mode?: SlashingMode;
  /** What a key without any history may do; `floor` needs both floors. */
  readonly unknownHistory?: UnknownHistory;
  readonly floorSlot?: bigint | null;
  readonly floorEpoch?: bigint | null;
  /** Nothing at or above is signed; null lifts the stop. */
  readonly stopSlot?: bigint | null;
  readonly stopEpoch?: bigint | null;
}

/** One key as `readSlashingKeys` answers; null: unknown to the history. */
export interface SlashingKey {
  /** 0x-hex. */
  readonly publicKey: string;
  readonly enabled: boolean;
  /** False for a key that was stopped before anything was signed or imported. */
  readonly known: boolean;
  readonly lowSlot: bigint | null;
  readonly lowSourceEpoch: bigint | null;
  readonly lowTargetEpoch: bigint | null;
  readonly stopSlot: bigint | null;
  readonly stopEpoch: bigint | null;
}

/** A part of the ledger thread's contract. Public keys have 48 bytes, roots 32. */
export interface SlashingOperations extends SlashingBoundsOperations {
  /**
   * Ties the data directory to a chain, and to what a custom network is (JSON; null for the known ones).
   * @throws SignerError `guard.genesis_root` when it belongs to another
   */
  slashingPin(input: { readonly genesisValidatorsRoot: Uint8Array; readonly network: string | null }): void;
  slashingConfigure(input: { readonly actor: Actor; readonly settings: SlashingSettings }): void;
  /**
   * Null: every key, those that never signed included. A key without history gets a row, so that it is refused from now
   * on; the keys changed.
   */
  slashingSetEnabled(input: {
    readonly actor: Actor;
    readonly publicKeys: readonly Uint8Array[] | null;
    readonly enabled: boolean;
  }): { readonly keys: number };
  /** Starts an import and ends one under way. The reply numbers it for the other three calls. */
  slashingImportBegin(): number;
  slashingImportStage(input: { readonly number: number; readonly chunk: ImportChunk }): void;
  /** One transaction. @throws SignerError `guard.genesis_root`, `request.conflict` */
  slashingImportMerge(input: {
    readonly actor: Actor;
    readonly number: number;
    readonly options: MergeOptions;
  }): readonly ImportedKey[];
  slashingImportDiscard(input: { readonly number: number }): void;
  /** One small step of pruning; `from` is 0n, then the step before's `next`. */
  slashingPrune(input: { readonly from: bigint; readonly options: PruneOptions }): PruneStep;
  readSlashingChain(): SlashingChainRow;
  /** Keys in the order asked for; all of them for null. */
  readSlashingKeys(input: {
    readonly publicKeys: readonly Uint8Array[] | null;
  }): readonly (SlashingKey | null)[];
  /** Keys with a row, above the public key `after`, ascending. */
  readSlashingPage(input: { readonly after: Uint8Array; readonly limit: number }): readonly SlashingKey[];
  readSlashingCounts(): SlashingCounts;
  /** An interchange document as text: for the keys of one call, not for a whole history. */
  readSlashingExport(input: {
    readonly publicKeys: readonly Uint8Array[] | null;
    readonly minimal: boolean;
  }): string;
}

export interface SlashingTables {
  readonly slashing: SlashingTable;
  readonly stage: ImportStage;
  readonly log: LogWriter;
}

export function pin(tables: SlashingTables, input: Input<"slashingPin">): void {
  tables.slashing.atomically(() => {
    pinGenesisRoot(tables.slashing, input.genesisValidatorsRoot, input.genesisValidatorsRoot);
    if (input.network !== null) tables.slashing.setChain({ network: input.network });
  });
}

export function configure(tables: SlashingTables, { actor, settings }: Input<"slashingConfigure">): void {
  const { slashing } = tables;
  const before = slashing.chain();
  const { mode = before.mode, unknownHistory = before.unknown_history } = settings;
  const next = {
    mode,
    unknown_history: unknownHistory,
    floor_slot: settings.floorSlot === undefined ? before.floor_slot : settings.floorSlot,
    floor_epoch: settings.floorEpoch === undefined ? before.floor_epoch : settings.floorEpoch,
    stop_slot: settings.stopSlot === undefined ? before.stop_slot : settings.stopSlot,
    stop_epoch: settings.stopEpoch === undefined ? before.stop_epoch : settings.stopEpoch,
  };
  if (unknownHistory === "floor" && (next.floor_slot === null || next.floor_epoch === null)) {
    throw new SignerError("request.malformed", "/unknownHistory: floor needs a floor slot and a floor epoch");
  }
  const changed = { ...before, ...next };
  if (Object.entries(changed).every(([name, value]) => Reflect.get(before, name) === value)) return;
  slashing.setChain(next);
  if (mode === "minimal" && before.mode !== "minimal") {
    for (const { id } of slashing.validators()) slashing.raise(id, slashing.highest(id));
  }
  append(tables, actor, {
    action: "slashing.configure",
    mode,
    unknownHistory,
    floorSlot: text(next.floor_slot),
    floorEpoch: text(next.floor_epoch),
    stopSlot: text(next.stop_slot),
    stopEpoch: text(next.stop_epoch),
  });
}

export function setEnabled(
  tables: Pick<SlashingTables, "slashing" | "log">,
  { actor, publicKeys, enabled }: Input<"slashingSetEnabled">,
): Reply<"slashingSetEnabled"> {
  const { slashing } = tables;
  const named = publicKeys ?? [
    ...slashing.validators().map((validator) => new Uint8Array(validator.public_key)),
    ...slashing.keysWithoutRow(),
  ];
  const changed = named.filter((key) => {
    const row = slashing.validator(key);
    // Without a row nothing keeps the key from signing: enabled already.
    if (row === undefined ? enabled : (row.enabled === 1n) === enabled) return false;
    if (row === undefined) slashing.insertValidator(key);
    slashing.setEnabled(key, enabled);
    return true;
  });
  if (changed.length > 0) {
    append(tables, actor, {
      action: enabled ? "slashing.enable" : "slashing.disable",
      publicKeys: changed.map(toHex),
    });
  }
  return { keys: changed.length };
}

export function merge(
  tables: SlashingTables,
  { actor, number, options }: Input<"slashingImportMerge">,
): readonly ImportedKey[] {
  const keys = tables.stage.merge(number, options);
  append(tables, actor, {
    action: "slashing.import",
    keys: keys.length,
    blocks: String(keys.reduce((sum, key) => sum + key.blocks, 0)),
    attestations: String(keys.reduce((sum, key) => sum + key.attestations, 0)),
    conflicts: String(keys.reduce((sum, key) => sum + key.conflictCount, 0)),
  });
  return keys;
}

export function prune(tables: SlashingTables, { from, options }: Input<"slashingPrune">): PruneStep {
  return pruneStep(tables.slashing, from, options);
}

export function readKeys(
  tables: SlashingTables,
  { publicKeys }: Input<"readSlashingKeys">,
): readonly (SlashingKey | null)[] {
  const rows =
    publicKeys === null
      ? tables.slashing.validators()
      : publicKeys.map((key) => tables.slashing.validator(key));
  return rows.map((row) => (row === undefined ? null : shown(row)));
}

export function readPage(
  tables: SlashingTables,
  { after, limit }: Input<"readSlashingPage">,
): readonly SlashingKey[] {
  return tables.slashing.validatorsByKeyAfter(after, limit).map(shown);
}

function shown(row: SlashingValidatorRow): SlashingKey {
  return {
    publicKey: toHex(row.public_key),
    enabled: row.enabled === 1n,
    known: row.known === 1n,
    lowSlot: row.low_slot,
    lowSourceEpoch: row.low_source,
    lowTargetEpoch: row.low_target,
    stopSlot: row.stop_slot,
    stopEpoch: row.stop_epoch,
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

function text(value: bigint | null): string | null {
  return value === null ? null : String(value);
}
