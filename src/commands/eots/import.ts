/**
 * `claviger eots import`: merges the history that keeps EOTS keys from signing twice. It holds the lock of the data directory,
 * so that nothing signs meanwhile.
 * @module
 */
import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { commandActor } from "../../access/actors.ts";
import { ROOT_NAMESPACE } from "../../access/roles.ts";
import type { BoltFile } from "../../guard/eots/bolt-file.ts";
import { readEotsd } from "../../guard/eots/eotsd.ts";
import { readHistory } from "../../guard/eots/history.ts";
import { importEots } from "../../guard/eots/import.ts";
import type { LongMessages } from "../../guard/eots/long-record.ts";
import type { EotsChunk, EotsImportedTrack } from "../../guard/eots/merge.ts";
import { eotsImportTarget } from "../../record/eots-import.ts";
import { withLedger } from "../data-directory.ts";
import type { CommandOptions } from "../options.ts";
import { CommandError, say, sayJson } from "../output.ts";
import { recordProgress } from "../record-progress.ts";

export interface EotsImportOptions extends CommandOptions {
  readonly file: string;
  readonly format?: string;
  readonly enableKeys: boolean;
  /** `hash`: messages that are too long to be kept are carried as their SHA-256. */
  readonly longMessages?: string;
}
const OPENING_BRACE = 0x7b;
const PIECE_BYTES = 65_536;

/** Merges a history into what is known, all or nothing. */
export async function eotsImport(options: EotsImportOptions): Promise<void> {
  const { file } = options;
  if (!existsSync(file) || !statSync(file).isFile())
    throw new CommandError("eots.file", `${file} is not a file; check the path`);
  const long = longMessages(options.longMessages);
  const handle = openSync(file, "r");
  try {
    const format = options.format ?? formatOf(handle);
    const chunks = format === "jsonl" ? readHistory(pieces(handle), long) : readEotsd(boltFile(handle), long);
    await withLedger(options, async (ledger) => {
      const actor = commandActor(ROOT_NAMESPACE, "claviger eots import");
      const tracks = await importEots(unchanged(chunks, handle), eotsImportTarget(ledger, actor), {
        enableKeys: options.enableKeys,
        onProgress: recordProgress(options, "records read"),
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
        : [`    ${track.belowFloor} at or below the earlier floor were left out: nothing signs there`]),
      ...(track.enabled ? [] : ["    this key is disabled here; import with --enable-keys to sign with it"]),
    ]),
    ...(tracks.length > 0
      ? []
      : ["  WARNING: the file has no history; set floors with claviger eots floor before a key signs"]),
  ];
}
