/** Streams an EIP-3076 interchange document into the ledger: read here in bounded memory, merged there at once. */
import { ChunkReader, type DocumentReader, type ImportChunk } from "./chunks.ts";
import type { DocumentSize, ImportedKey, ImportReach, MergeOptions } from "./merge.ts";
import type { GenesisValidatorsRoot } from "../../domain/kinds.ts";

/** Where the chunks go: the ledger thread in the product. */
export interface ImportTarget {
  begin(reach: ImportReach): Promise<number>;
  stage(number: number, chunk: ImportChunk): Promise<void>;
  merge(number: number, options: MergeOptions): Promise<readonly ImportedKey[]>;
  discard(number: number): Promise<void>;
}

/** A document that was read to its end. `number` is that of its import, whose records are staged. */
export interface StagedDocument {
  readonly number: number;
  /** As the document says, 32 bytes. */
  readonly genesisValidatorsRoot: GenesisValidatorsRoot;
  readonly size: DocumentSize;
}

export interface StageOptions {
  readonly reach: ImportReach;
  /** Called now and then with the records read so far. */
  readonly onProgress?: (records: number) => void;
  /** Reads the document; on this thread where none is given. Closed at the end. */
  readonly reader?: DocumentReader;
}

export type ImportOptions = StageOptions & Omit<MergeOptions, "genesisValidatorsRoot">;

/** Bytes that are read at once: a few milliseconds of a thread. */
const PIECE_BYTES = 65_536;

/**
 * Imports a document (UTF-8 in chunks), all or nothing.
 * @throws SignerError `request.malformed` with the field, `guard.genesis_root`, `request.conflict`
 */
export function importInterchange(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  target: ImportTarget,
  { expectedRoot, ...options }: ImportOptions,
): Promise<readonly ImportedKey[]> {
  return stageInterchange(source, target, options, ({ number, genesisValidatorsRoot }) =>
    target.merge(number, { genesisValidatorsRoot, expectedRoot }),
  );
}

/**
 * Stages a document (UTF-8 in chunks) to its end, then `use` merges what it wants of it. What is staged is forgotten when
 * either fails. @throws SignerError `request.malformed` with the field, `request.conflict`, and whatever `use` throws
 */
export async function stageInterchange<Result>(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  target: Omit<ImportTarget, "merge">,
  { reach, reader = new ChunkReader(), onProgress }: StageOptions,
  use: (staged: StagedDocument) => Promise<Result>,
): Promise<Result> {
  let number: number | undefined;
  let records = 0;
  let entries = 0;
  try {
    const begun = (number = await target.begin(reach));
    const stage = async (chunk: ImportChunk): Promise<void> => {
      await target.stage(begun, chunk);
      entries += chunk.entries.entry.length;
      records += chunk.blocks.entry.length + chunk.attestations.entry.length;
      onProgress?.(records);
    };
    for await (const bytes of source) {
      for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
        const chunk = await reader.write(bytes.subarray(from, from + PIECE_BYTES));
        if (chunk !== null) await stage(chunk);
      }
    }
    const { chunk, genesisValidatorsRoot } = await reader.end();
    await stage(chunk);
    return await use({ number: begun, genesisValidatorsRoot, size: { entries, records } });
  } catch (error) {
    // The answer is why it failed. What stays staged means nothing, and the next import begins with it.
    if (number !== undefined) await target.discard(number).catch(() => undefined);
    throw error;
  } finally {
    await reader.close();
  }
}
