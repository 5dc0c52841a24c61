/**
 * Entry of a thread that reads one interchange document, or writes a history from a snapshot of the ledger: a gigabyte of
 * JSON is work for minutes, which neither the main thread nor the ledger's has.
 * @module
 */
import { workerData } from "node:worker_threads";
import { ChunkReader, type ImportChunk, type LastChunk } from "../guard/eip3076/chunks.ts";
import { exportInterchange, type ExportOptions } from "../guard/eip3076/export.ts";
import { historyText } from "../guard/eots/history.ts";
import { openLedger, type LedgerDatabase } from "../ledger/open.ts";
import { EotsTable } from "../ledger/tables/eots.ts";
import { SlashingTable } from "../ledger/tables/slashing.ts";
import { serveEach } from "../threads/server.ts";

/** What the thread is for. */
export type InterchangeWork =
  | { readonly kind: "read" }
  | { readonly kind: "write"; readonly databasePath: string; readonly options: ExportOptions }
  /** The history of EOTS keys as JSON Lines; null: of all. */
  | {
      readonly kind: "writeEots";
      readonly databasePath: string;
      readonly publicKeys: readonly Uint8Array[] | null;
    };

export type InterchangeCall =
  | { readonly operation: "write"; readonly bytes: Uint8Array }
  | { readonly operation: "end" | "next" | "stop" };

/** `write` and `next` answer null while there is not enough, and when there is no more. */
export type InterchangeReply = ImportChunk | LastChunk | string | null;

/** Characters of one piece of an export. */
const PIECE_LENGTH = 65_536;

const work: InterchangeWork = workerData;
const reader = new ChunkReader();
const pieces = piecesOf(work);

serveEach<InterchangeCall, InterchangeReply>((call) => {
  switch (call.operation) {
    case "write":
      return reader.write(call.bytes);
    case "end":
      return reader.end();
    case "next":
      return pieces?.next().value ?? null;
    case "stop":
      pieces?.return(null);
      return null;
  }
});

function piecesOf(task: InterchangeWork): Generator<string, null> | undefined {
  switch (task.kind) {
    case "read":
      return undefined;
    case "write":
      return written(task.databasePath, (database) =>
        exportInterchange(new SlashingTable(database), task.options),
      );
    case "writeEots":
      return written(task.databasePath, (database) => historyText(new EotsTable(database), task.publicKeys));
  }
}

/** The document in large pieces, all from one snapshot: what is signed or pruned meanwhile does not show. */
function* written(
  databasePath: string,
  parts: (database: LedgerDatabase) => Iterable<string>,
): Generator<string, null> {
  const database = openLedger(databasePath, { readonly: true });
  try {
    database.exec("BEGIN");
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
