/**
 * Entry of a thread that reads one interchange document, looks for conflicts in what it brought, or writes a history from a
 * snapshot of the ledger: a gigabyte of JSON is work for minutes, which neither the main thread nor the ledger's has.
 * @module
 */
import { workerData } from "node:worker_threads";
import { ChunkReader, type ImportChunk, type LastChunk } from "../guard/eip3076/chunks.ts";
import { exportInterchange, type ExportOptions } from "../guard/eip3076/export.ts";
import { Examiner, type KeyFindings } from "../guard/eip3076/merge-pieces.ts";
import { historyText } from "../guard/eots/history.ts";
import { openLedger, type LedgerDatabase } from "../ledger/open.ts";
import { beginSnapshot } from "../ledger/snapshot.ts";
import { EotsTable } from "../ledger/tables/eots.ts";
import { SlashingImportTable } from "../ledger/tables/slashing-import.ts";
import { SlashingMergeTable } from "../ledger/tables/slashing-merge.ts";
import { SlashingTable } from "../ledger/tables/slashing.ts";
import { serve } from "../threads/serve.ts";
import type { XOnlyKey } from "../domain/kinds.ts";

/** The contract of a thread that reads a document. */
export interface DocumentReaderThread {
  /** The next part of the document; a chunk as soon as there is a whole one. */
  write(bytes: Uint8Array<ArrayBuffer>): ImportChunk | null;
  end(): LastChunk;
}

/** The contract of a thread that writes one. */
export interface DocumentWriterThread {
  /** About 64 KiB of text; null when there is no more. */
  next(): string | null;
  /** Gives up the snapshot. While there is one, the write-ahead log cannot start anew. */
  stop(): void;
}

/** The contract of a thread that looks for conflicts in histories that an import merges. */
export interface ExaminerThread {
  /** Of the next keys above `after`, ascending. */
  next(after: Uint8Array): readonly KeyFindings[];
}

/** What the thread is started for. */
export type InterchangeWork =
  | { readonly kind: "read" }
  | { readonly kind: "examine"; readonly databasePath: string }
  | { readonly kind: "write"; readonly databasePath: string; readonly options: ExportOptions }
  /** The history of EOTS keys as JSON Lines; null: of all. */
  | {
      readonly kind: "writeEots";
      readonly databasePath: string;
      readonly publicKeys: readonly XOnlyKey[] | null;
    };

/** Keys whose watermarks one call of the writer raises. */
const EXAMINED_KEYS = 64;
/** Milliseconds after which it begins with no further key: whoever asks may have to stop. */
const EXAMINED_MS = 250;
/** Characters of one piece of an export. */
const PIECE_LENGTH = 65_536;

const work: InterchangeWork = workerData;
if (work.kind === "read") read();
else if (work.kind === "examine") examine(work.databasePath);
else write(piecesOf(work));

function read(): void {
  const reader = new ChunkReader();
  serve<DocumentReaderThread>({ write: (bytes) => reader.write(bytes), end: () => reader.end() });
}

function examine(databasePath: string): void {
  const database = openLedger(databasePath, { readonly: true });
  const examiner = new Examiner({
    slashing: new SlashingTable(database),
    merge: new SlashingMergeTable(database),
    staged: new SlashingImportTable(database),
  });
  serve<ExaminerThread>({ next: (after) => findingsAfter(examiner, after) });
}

function findingsAfter(examiner: Examiner, after: Uint8Array): readonly KeyFindings[] {
  const begun = performance.now();
  const found: KeyFindings[] = [];
  while (found.length < EXAMINED_KEYS && (found.length === 0 || performance.now() - begun < EXAMINED_MS)) {
    const [next] = examiner.next(found.at(-1)?.publicKey ?? after, 1);
    if (next === undefined) break;
    found.push(next);
  }
  return found;
}

function write(pieces: Generator<string, null>): void {
  serve<DocumentWriterThread>({ next: () => pieces.next().value, stop: () => void pieces.return(null) });
}

function piecesOf(
  task: Exclude<InterchangeWork, { readonly kind: "read" | "examine" }>,
): Generator<string, null> {
  const { databasePath } = task;
  return task.kind === "write"
    ? written(databasePath, (database) => exportInterchange(new SlashingTable(database), task.options))
    : written(databasePath, (database) => historyText(new EotsTable(database), task.publicKeys));
}

/** The document in large pieces, all from one snapshot: what is signed or pruned meanwhile does not show. */
function* written(
  databasePath: string,
  parts: (database: LedgerDatabase) => Iterable<string>,
): Generator<string, null> {
  const database = openLedger(databasePath, { readonly: true });
  try {
    beginSnapshot(database);
    let piece = "";
    for (const part of parts(database)) {
      piece += part;
      if (piece.length < PIECE_LENGTH) continue;
      yield piece;
      piece = "";
    }
    if (piece !== "") yield piece;
    return null;
  } finally {
    database.close();
  }
}
