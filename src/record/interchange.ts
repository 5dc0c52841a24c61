/** The main thread's side of interchange documents: each is read or written by a thread that lives as long as it. */
import type { DocumentReader, ImportChunk, LastChunk } from "../guard/eip3076/chunks.ts";
import type { ExportOptions } from "../guard/eip3076/export.ts";
import { startThread, type CallQueue } from "../threads/call-queue.ts";
import { remote } from "../threads/remote.ts";
import type {
  DocumentReaderThread,
  DocumentWriterThread,
  ExaminerThread,
  InterchangeWork,
} from "./interchange-thread.ts";
import type { KeyFindings } from "../guard/eip3076/merge-pieces.ts";
import type { Remote } from "../threads/contract.ts";
import type { XOnlyKey } from "../domain/kinds.ts";

function startInterchange(work: InterchangeWork): CallQueue {
  return startThread({
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

/** Reads one document on a thread that lives as long as it. */
export class ReaderThread implements DocumentReader {
  readonly #thread = startInterchange({ kind: "read" });
  readonly #document = remote<DocumentReaderThread>(this.#thread, {
    moves: { write: (bytes) => [bytes.buffer] },
  });

  write(bytes: Uint8Array): Promise<ImportChunk | null> {
    // A copy: a view of a pooled buffer would take the whole pool along.
    return this.#document.write(new Uint8Array(bytes));
  }

  end(): Promise<LastChunk> {
    return this.#document.end();
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}

/** Looks for conflicts in the histories that an import merges, on a thread with a connection of its own. */
export class Examination {
  readonly #thread: CallQueue;
  readonly #examiner: Remote<ExaminerThread>;

  constructor(databasePath: string) {
    this.#thread = startInterchange({ kind: "examine", databasePath });
    this.#examiner = remote<ExaminerThread>(this.#thread);
  }

  /** Findings of the next keys above `after`. */
  next(after: Uint8Array): Promise<readonly KeyFindings[]> {
    return this.#examiner.next(after);
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
  publicKeys: readonly XOnlyKey[] | null,
): AsyncGenerator<string> {
  return piecesOf({ kind: "writeEots", databasePath, publicKeys });
}

async function* piecesOf(work: InterchangeWork): AsyncGenerator<string> {
  const thread = startInterchange(work);
  const history = remote<DocumentWriterThread>(thread);
  try {
    for (;;) {
      const piece = await history.next();
      if (piece === null) return;
      yield piece;
    }
  } finally {
    await history.stop().catch(() => undefined);
    await thread.close();
  }
}
