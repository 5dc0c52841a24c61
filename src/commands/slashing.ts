/**
 * `claviger slashing import|export|prune`: the history that keeps validators from signing twice, offline. Each takes
 * the lock of the data directory, so nothing can be signed meanwhile.
 * @module
 */
import { createReadStream, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { ROOT_NAMESPACE } from "../access/roles.ts";
import { fromHex } from "../domain/bytes.ts";
import { exportedKeys, exportInterchange } from "../guard/eip3076/export.ts";
import { importInterchange } from "../guard/eip3076/import.ts";
import type { ImportedKey } from "../guard/eip3076/merge.ts";
import { LEDGER_FILE } from "../ledger/open.ts";
import { SlashingTable } from "../ledger/tables/slashing.ts";
import { startLedger } from "../record/ledger.ts";
import { ledgerImportTarget } from "../record/slashing-import.ts";
import { lockedDirectory, readLedger, withLedger } from "./data-directory.ts";
import { writeNewFile } from "./new-file.ts";
import { CommandError, say, sayJson, type Format } from "./output.ts";

export interface SlashingOptions {
  readonly config?: string;
  readonly output: Format;
}
export interface SlashingImportOptions extends SlashingOptions {
  readonly file: string;
  /** 0x-hex. */
  readonly genesisValidatorsRoot?: string;
}
export interface SlashingExportOptions extends SlashingOptions {
  readonly file: string;
  readonly minimal: boolean;
  readonly disableKeys: boolean;
}
export interface SlashingPruneOptions extends SlashingOptions {
  readonly keepEpochs: string;
  readonly slotsPerEpoch: string;
}

const PROGRESS_EVERY = 250_000;
/** Keys whose result is printed one by one; the JSON output has all. */
const KEYS_SHOWN = 20;
/** Rows that one step of pruning deletes. */
const PRUNE_ROWS = 2000;

/** Merges an interchange file into the history, all or nothing. */
export async function slashingImport(options: SlashingImportOptions): Promise<void> {
  const expectedRoot = rootOf(options.genesisValidatorsRoot);
  if (!existsSync(options.file))
    throw new CommandError("slashing.file", `${options.file} does not exist; check the path`);
  const bytes = statSync(options.file).size;
  await withLedger(options, async (ledger) => {
    const actor = { namespace: ROOT_NAMESPACE, principal: "claviger slashing import" };
    const report = progress(options, "records read");
    const source = createReadStream(options.file);
    const keys = await importInterchange(source, ledgerImportTarget(ledger, actor), {
      expectedRoot,
      only: null,
      onProgress: report,
    });
    if (options.output === "json") sayJson({ event: "imported", file: options.file, bytes, keys });
    else say(...importLines(options.file, keys));
  });
}

function importLines(file: string, keys: readonly ImportedKey[]): string[] {
  const blocks = keys.reduce((sum, key) => sum + key.blocks, 0);
  const attestations = keys.reduce((sum, key) => sum + key.attestations, 0);
  // Those in conflict first: they are what somebody must look at.
  const shown = keys.toSorted((a, b) => b.conflictCount - a.conflictCount).slice(0, KEYS_SHOWN);
  return [
    `${file}: ${keys.length} keys, ${blocks} blocks and ${attestations} attestations that were not known before`,
    ...shown.flatMap((one) => [
      `  ${one.publicKey}`,
      `    new: ${one.blocks} blocks, ${one.attestations} attestations; signs after slot ${one.lowSlot ?? "any"}, ` +
        `from source epoch ${one.lowSourceEpoch ?? "any"}, after target epoch ${one.lowTargetEpoch ?? "any"}`,
      ...conflictLines(one),
    ]),
    ...(keys.length > shown.length
      ? [`  and ${keys.length - shown.length} keys more; --output json lists all`]
      : []),
  ];
}

function conflictLines({ conflictCount, conflicts }: ImportedKey): string[] {
  if (conflictCount === 0) return [];
  const named = conflicts.map((conflict) =>
    conflict.kind === "double_proposal"
      ? `slot ${conflict.slot}`
      : `${conflict.kind} ${conflict.sourceEpoch}→${conflict.targetEpoch}`,
  );
  const more = conflictCount > conflicts.length ? ", …" : "";
  return [
    `    WARNING: ${conflictCount} slashable records (${named.join(", ")}${more}); ` +
      "nothing at or below the highest record of that kind is signed",
  ];
}

/** Writes the history to a new file. */
export async function slashingExport(options: SlashingExportOptions): Promise<void> {
  // Before any key is disabled.
  if (existsSync(options.file))
    throw new CommandError(
      "slashing.file",
      `${options.file} exists already; name a new file, since none is overwritten`,
    );
  const { directory, lock } = lockedDirectory(options);
  try {
    const disabled = options.disableKeys ? await disableAll(directory) : 0;
    const database = readLedger(directory);
    try {
      database.exec("BEGIN");
      const tables = new SlashingTable(database);
      const text = exportInterchange(tables, { minimal: options.minimal, only: null });
      await writeNewFile(options.file, text);
      const keys = exportedKeys(tables, null).length;
      if (options.output === "json") {
        sayJson({ event: "exported", file: options.file, keys, minimal: options.minimal, disabled });
      } else {
        say(
          `history of ${keys} keys written to ${options.file}`,
          ...(options.disableKeys
            ? [`${disabled} keys disabled: this data directory signs no duty for them any more`]
            : [
                "the keys can still sign here: never run them in two places (--disable-keys stops them first)",
              ]),
        );
      }
    } finally {
      database.close();
    }
  } finally {
    lock.release();
  }
}

async function disableAll(directory: string): Promise<number> {
  const ledger = await startLedger({ databasePath: join(directory, LEDGER_FILE) });
  try {
    const actor = { namespace: ROOT_NAMESPACE, principal: "claviger slashing export" };
    const { keys } = await ledger.slashingSetEnabled({ actor, publicKeys: null, enabled: false });
    return keys;
  } finally {
    await ledger.close();
  }
}

/** Deletes what the watermarks make superfluous, in small steps. */
export async function slashingPrune(options: SlashingPruneOptions): Promise<void> {
  const keepEpochs = count("--keep-epochs", options.keepEpochs, 1n);
  const slotsPerEpoch = count("--slots-per-epoch", options.slotsPerEpoch, 1n);
  await withLedger(options, async (ledger) => {
    const report = progress(options, "records deleted");
    let deleted = 0;
    let from: bigint | null = 0n;
    while (from !== null) {
      const pruning = { keepEpochs, slotsPerEpoch, rowsMax: PRUNE_ROWS };
      const step: { readonly deleted: number; readonly next: bigint | null } = await ledger.slashingPrune({
        from,
        options: pruning,
      });
      deleted += step.deleted;
      from = step.next;
      report(deleted);
    }
    if (options.output === "json") sayJson({ event: "pruned", deleted });
    else say(`${deleted} records deleted; the watermarks that stand for them only went up`);
  });
}

function count(name: string, text: string, min: bigint): bigint {
  const value = /^\d{1,9}$/.test(text) ? BigInt(text) : -1n;
  if (value >= min) return value;
  throw new CommandError("usage", `${name}: ${text} must be a whole number from ${min} to 999999999`, 2);
}

function rootOf(text: string | undefined): Uint8Array | null {
  if (text === undefined) return null;
  const root = fromHex(text);
  if (root?.length === 32) return root;
  throw new CommandError("usage", "--genesis-validators-root: must be 32 bytes of 0x-hex", 2);
}

/** A line on stderr now and then, for people only. */
function progress(options: SlashingOptions, what: string): (done: number) => void {
  let said = 0;
  return (done) => {
    if (options.output !== "text" || done - said < PROGRESS_EVERY) return;
    said = done;
    process.stderr.write(`  ${done} ${what} …\n`);
  };
}
