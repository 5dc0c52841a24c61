/**
 * `claviger eots import|export`: the history that keeps EOTS keys from signing twice. An import takes the lock of the data
 * directory, so that nothing can be signed meanwhile; an export asks the service where one runs.
 * @module
 */
import { closeSync, createReadStream, existsSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { ROOT_NAMESPACE } from "../access/roles.ts";
import type { BoltFile } from "../guard/eots/bolt-file.ts";
import { readEotsd } from "../guard/eots/eotsd.ts";
import { historyText, readHistory } from "../guard/eots/history.ts";
import { importEots } from "../guard/eots/import.ts";
import type { LongMessages } from "../guard/eots/long-record.ts";
import type { EotsChunk, EotsImportedTrack } from "../guard/eots/merge.ts";
import { publicKeyOf, publicKeyText } from "../guard/eots/names.ts";
import { LEDGER_FILE } from "../ledger/open.ts";
import { EotsTable } from "../ledger/tables/eots.ts";
import { eotsImportTarget } from "../record/eots.ts";
import { startLedger } from "../record/ledger.ts";
import { lockedDirectory, readLedger, withLedger } from "./data-directory.ts";
import { runningService, type ServiceOptions } from "./eots-service.ts";
import { writeNewFile } from "./new-file.ts";
import { CommandError, say, sayJson, type Format } from "./output.ts";

export interface EotsOptions {
  readonly config?: string;
  readonly output: Format;
}
export interface EotsImportOptions extends EotsOptions {
  readonly file: string;
  readonly format?: string;
  readonly enableKeys: boolean;
  /** `hash`: messages that are too long to be kept are carried as their SHA-256. */
  readonly longMessages?: string;
}
export interface EotsExportOptions extends ServiceOptions {
  readonly file: string;
  /** 64 hex digits. */
  readonly publicKey?: string;
  readonly disableKeys: boolean;
}

const PROGRESS_EVERY = 250_000;
const OPENING_BRACE = 0x7b;
const PIECE_BYTES = 65_536;

/** Merges a history into what is known, all or nothing. */
export async function eotsImport(options: EotsImportOptions): Promise<void> {
  const { file } = options;
  if (!existsSync(file) || !statSync(file).isFile())
    throw new CommandError("eots.file", `${file} is no file; check the path`);
  const long = longMessages(options.longMessages);
  const handle = openSync(file, "r");
  try {
    const format = options.format ?? formatOf(handle);
    const chunks = format === "jsonl" ? readHistory(pieces(handle), long) : readEotsd(boltFile(handle), long);
    await withLedger(options, async (ledger) => {
      const actor = { namespace: ROOT_NAMESPACE, principal: "claviger eots import" };
      const tracks = await importEots(unchanged(chunks, handle), eotsImportTarget(ledger, actor), {
        enableKeys: options.enableKeys,
        onProgress: eotsProgress(options, "records read"),
      });
      if (options.output === "json") sayJson({ event: "imported", file, format, tracks });
      else say(...importLines(file, tracks));
    });
  } finally {
    closeSync(handle);
  }
}

function longMessages(how: string | undefined): LongMessages {
  if (how === undefined || how === "refuse" || how === "hash") return how ?? "refuse";
  throw new CommandError("usage", `--long-messages: ${how} is neither hash nor refuse`, 2);
}

/** A file that grows while it is read holds records that the import does not. */
async function* unchanged(
  chunks: AsyncIterable<EotsChunk> | Iterable<EotsChunk>,
  handle: number,
): AsyncGenerator<EotsChunk> {
  const before = fstatSync(handle, { bigint: true });
  yield* chunks;
  const after = fstatSync(handle, { bigint: true });
  if (before.size === after.size && before.mtimeNs === after.mtimeNs) return;
  throw new CommandError(
    "eots.file",
    "the file was changed while it was read: stop what writes it, then repeat",
  );
}

/** JSON Lines begin with a brace, and no bbolt file does. */
function formatOf(handle: number): "jsonl" | "eotsd" {
  const [first] = readExactly(handle, 0, Math.min(fstatSync(handle).size, 1));
  return first === OPENING_BRACE ? "jsonl" : "eotsd";
}

function boltFile(handle: number): BoltFile {
  return {
    size: () => fstatSync(handle).size,
    read: (offset, length) => readExactly(handle, offset, length),
  };
}

function* pieces(handle: number): Generator<Uint8Array> {
  const piece = new Uint8Array(PIECE_BYTES);
  for (let offset = 0; ;) {
    const read = readSync(handle, piece, 0, piece.length, offset);
    if (read === 0) return;
    offset += read;
    yield piece.slice(0, read);
  }
}

function readExactly(handle: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const read = readSync(handle, bytes, done, length - done, offset + done);
    if (read === 0)
      throw new CommandError(
        "eots.file",
        "the file became shorter while it was read: stop what writes it, then repeat",
      );
    done += read;
  }
  return bytes;
}

function importLines(file: string, tracks: readonly EotsImportedTrack[]): string[] {
  const records = tracks.reduce((sum, track) => sum + track.records, 0);
  return [
    `${file}: ${records} records that were not known before`,
    ...tracks.flatMap((track) => [
      `  key ${track.publicKey}, chain ${track.chainId}`,
      `    new: ${track.records}, known: ${track.known}; heights ${track.lowest ?? "none"} to ${track.highest ?? "none"}; ` +
        `signs nothing new at or below ${track.floor ?? "no height"}`,
      ...(track.belowFloor === 0
        ? []
        : [
            `    ${track.belowFloor} at or below the floor that stood before were left out: nothing signs there`,
          ]),
      ...(track.enabled ? [] : ["    this key is disabled here; import with --enable-keys to sign with it"]),
    ]),
    ...(tracks.length > 0
      ? []
      : ["  WARNING: the file has no history; set floors with claviger eots floor before a key signs"]),
  ];
}

/** Writes the history to a new file. */
export async function eotsExport(options: EotsExportOptions): Promise<void> {
  const { file } = options;
  const publicKey = options.publicKey === undefined ? null : publicKeyOption(options.publicKey);
  // Before any key is disabled.
  if (existsSync(file))
    throw new CommandError("eots.file", `${file} exists already; name a new file, since none is overwritten`);
  const service = runningService(options);
  if (service !== undefined) {
    await writeNewFile(file, service.history(publicKey, options.disableKeys));
    // Read once more, as whoever imports it will: a file that was cut short says so.
    let records = 0;
    for await (const chunk of readHistory(createReadStream(file))) records += chunk.records.length;
    tellExport(options, { records });
    return;
  }
  await exportOffline(options, publicKey === null ? null : [publicKey]);
}

async function exportOffline(
  options: EotsExportOptions,
  publicKeys: readonly Uint8Array[] | null,
): Promise<void> {
  const { directory, lock } = lockedDirectory(options);
  try {
    const disabled = await noteExport(directory, publicKeys, options.disableKeys);
    const database = readLedger(directory);
    try {
      database.exec("BEGIN");
      const table = new EotsTable(database);
      const names = publicKeys?.map(publicKeyText);
      const tracks = [...table.tracks()].filter(
        (track) => names === undefined || names.includes(publicKeyText(track.publicKey)),
      );
      const records = tracks.reduce((sum, track) => sum + table.count(track), 0);
      await writeNewFile(options.file, historyText(table, publicKeys));
      tellExport(options, { records, tracks: tracks.length, disabled });
    } finally {
      database.close();
    }
  } finally {
    lock.release();
  }
}

function tellExport(
  { file, output, disableKeys }: EotsExportOptions,
  done: { readonly records: number; readonly tracks?: number; readonly disabled?: number },
): void {
  if (output === "json") {
    sayJson({ event: "exported", file, ...done });
    return;
  }
  const { records, tracks, disabled } = done;
  const what = tracks === undefined ? "records" : `records of ${tracks} keys and chains`;
  say(
    `${records} ${what} written to ${file}`,
    disableKeys
      ? `${disabled === undefined ? "the" : disabled} keys disabled: this data directory signs nothing with them any more`
      : "the keys can still sign here: two signers with one key reveal it (--disable-keys stops them first)",
  );
}

async function noteExport(
  directory: string,
  publicKeys: readonly Uint8Array[] | null,
  disable: boolean,
): Promise<number> {
  const ledger = await startLedger({ databasePath: join(directory, LEDGER_FILE) });
  try {
    const actor = { namespace: ROOT_NAMESPACE, principal: "claviger eots export" };
    const { disabled } = await ledger.eotsExport({ actor, publicKeys, disable });
    return disabled;
  } finally {
    await ledger.close();
  }
}

/** @throws CommandError with exit code 2 */
export function publicKeyOption(text: string): Uint8Array {
  const publicKey = publicKeyOf(text);
  if (publicKey !== undefined) return publicKey;
  throw new CommandError("usage", "--public-key: must be 64 hex digits, the x-only public key", 2);
}

/** A line on stderr now and then, for people only. */
export function eotsProgress(options: EotsOptions, what: string): (done: number) => void {
  let said = 0;
  return (done) => {
    if (options.output !== "text" || done - said < PROGRESS_EVERY) return;
    said = done;
    process.stderr.write(`  ${done} ${what} …\n`);
  };
}
