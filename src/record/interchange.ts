/** The main thread's side of interchange documents: each is read or written by a thread that lives as long as it. */
import type { DocumentReader, ImportChunk, LastChunk } from "../guard/eip3076/chunks.ts";
import type { ExportOptions } from "../guard/eip3076/export.ts";
import { ThreadClient } from "../threads/client.ts";
import type { InterchangeCall, InterchangeReply, InterchangeWork } from "./interchange-thread.ts";

type Thread = ThreadClient<InterchangeCall, InterchangeReply>;

function startThread(work: InterchangeWork): Thread {
  return new ThreadClient<InterchangeCall, InterchangeReply>({
    url: new URL("./interchange-thread.ts", import.meta.url),
    name: "interchange",
    workerData: work,
    queueMax: 4,
    batchMax: 1,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
    // It holds nothing that others need: its calls fail, and with them this one document.
    onDeath: () => undefined,
  });
}

/** Reads a document on a thread of its own. */
export class ReaderThread implements DocumentReader {
  readonly #thread = startThread({ kind: "read" });

  async write(bytes: Uint8Array): Promise<ImportChunk | null> {
    // A copy: a view of a pooled buffer would take the whole pool along.
    const own = new Uint8Array(bytes);
    const reply = await this.#thread.call({ operation: "write", bytes: own }, [own.buffer]);
    if (reply === null || (typeof reply === "object" && "entries" in reply)) return reply;
    throw new Error("the interchange thread gave another answer than a chunk");
  }

  async end(): Promise<LastChunk> {
    const reply = await this.#thread.call({ operation: "end" });
    if (typeof reply === "object" && reply !== null && "chunk" in reply) return reply;
    throw new Error("the interchange thread gave another answer than the last chunk");
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}

/**
 * The history as an EIP-3076 document in pieces of about 64 KiB, all from the state that is committed when the first
 * one is asked for. @throws SignerError `guard.genesis_root` with the first piece
 */
export function exportedPieces(databasePath: string, options: ExportOptions): AsyncGenerator<string> {
  return piecesOf({ kind: "write", databasePath, options });
}

/** The history of EOTS keys (32 bytes each; null: of all) as JSON Lines, in the same way. */
export function exportedEotsPieces(
  databasePath: string,
  publicKeys: readonly Uint8Array[] | null,
): AsyncGenerator<string> {
  return piecesOf({ kind: "writeEots", databasePath, publicKeys });
}

async function* piecesOf(work: InterchangeWork): AsyncGenerator<string> {
  const thread = startThread(work);
  try {
    for (;;) {
      const piece = await thread.call({ operation: "next" });
      if (piece === null) return;
      if (typeof piece !== "string") throw new Error("the interchange thread gave something else than text");
      yield piece;
    }
  } finally {
    // The snapshot is let go of by its own thread: while it stands, the write-ahead log cannot start anew.
    await thread.call({ operation: "stop" }).catch(() => undefined);
    await thread.close();
  }
}
