/** Moves a history into the ledger piece by piece: read here in bounded memory, merged there at once. */
import type { EotsChunk, EotsImportedTrack, EotsMergeOptions } from "./merge.ts";
import type { XOnlyKey } from "../../domain/kinds.ts";

/** Where the chunks go: the ledger thread in the product. */
export interface EotsImportTarget {
  begin(): Promise<number>;
  stage(number: number, chunk: EotsChunk): Promise<void>;
  merge(number: number, options: EotsMergeOptions): Promise<readonly EotsImportedTrack[]>;
  discard(number: number): Promise<void>;
}

export interface EotsImportOptions extends EotsMergeOptions {
  /** Called now and then with the records read so far. */
  readonly onProgress?: (records: number) => void;
}

/**
 * Imports what `chunks` gives, all or nothing: when reading it throws, nothing was changed.
 * @throws SignerError `guard.eots_conflict`, `request.malformed`, `request.conflict`
 */
export async function importEots(
  chunks: AsyncIterable<EotsChunk> | Iterable<EotsChunk>,
  target: EotsImportTarget,
  { enableKeys, onProgress }: EotsImportOptions,
): Promise<readonly EotsImportedTrack[]> {
  const number = await target.begin();
  try {
    let records = 0;
    for await (const chunk of chunks) {
      await target.stage(number, chunk);
      records += chunk.records.length;
      onProgress?.(records);
    }
    return await target.merge(number, { enableKeys });
  } catch (error) {
    await target.discard(number);
    throw error;
  }
}

/** Records in one message to the ledger: a few milliseconds of its time. */
const CHUNK_RECORDS = 1024;

/** Gathers what a reader finds one by one. */
export class EotsChunkBuilder {
  #records: EotsChunk["records"][number][] = [];
  #floors: EotsChunk["floors"][number][] = [];
  #requireFloor: Uint8Array[] = [];

  record(record: EotsChunk["records"][number]): void {
    this.#records.push(record);
  }

  floor(floor: EotsChunk["floors"][number]): void {
    this.#floors.push(floor);
  }

  requireFloor(publicKey: XOnlyKey): void {
    this.#requireFloor.push(publicKey);
  }

  /** True when it is time to `take`. */
  get full(): boolean {
    return this.#records.length + this.#floors.length + this.#requireFloor.length >= CHUNK_RECORDS;
  }

  take(): EotsChunk {
    const chunk = { records: this.#records, floors: this.#floors, requireFloor: this.#requireFloor };
    this.#records = [];
    this.#floors = [];
    this.#requireFloor = [];
    return chunk;
  }
}
