/** Streams an EIP-3076 interchange document into the ledger: parsed here in bounded memory, merged there at once. */
import { finished } from "node:stream/promises";
import { parser } from "stream-json/parser.js";
import { SignerError } from "../../domain/errors.ts";
import {
  InterchangeReader,
  malformedInterchange,
  type InterchangeSink,
  type JsonToken,
} from "./interchange.ts";
import type { ImportChunk, ImportedKey, MergeOptions } from "./merge.ts";

/** Where the chunks go: the ledger thread in the product. */
export interface ImportTarget {
  begin(): Promise<number>;
  stage(number: number, chunk: ImportChunk): Promise<void>;
  merge(number: number, options: MergeOptions): Promise<readonly ImportedKey[]>;
  discard(number: number): Promise<void>;
}

export interface ImportOptions extends Omit<MergeOptions, "genesisValidatorsRoot"> {
  /** Called now and then with the records read so far. */
  readonly onProgress?: (records: number) => void;
}

/** Records in one message to the ledger: a few milliseconds of its time. */
const CHUNK_RECORDS = 2048;

/**
 * Imports a document (UTF-8 in chunks), all or nothing.
 * @throws SignerError `request.malformed` with the field, `guard.genesis_root`, `request.conflict`
 */
export async function importInterchange(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  target: ImportTarget,
  options: ImportOptions,
): Promise<readonly ImportedKey[]> {
  const number = await target.begin();
  try {
    const collector = new Collector();
    for await (const chunk of chunksOf(source, collector)) {
      await target.stage(number, chunk);
      options.onProgress?.(collector.records);
    }
    const { genesisValidatorsRoot } = collector;
    if (genesisValidatorsRoot === undefined) throw malformedInterchange("/metadata", "is missing");
    const { expectedRoot, only } = options;
    return await target.merge(number, { genesisValidatorsRoot, expectedRoot, only });
  } catch (error) {
    await target.discard(number);
    throw error;
  }
}

/** The document in pieces of about CHUNK_RECORDS records. */
async function* chunksOf(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  collector: Collector,
): AsyncGenerator<ImportChunk> {
  const reader = new InterchangeReader(collector);
  // Strings in pieces: a hostile one never stands in memory as a whole.
  const tokens = parser.asStream({ packKeys: false, packStrings: false, packNumbers: false });
  let failure: Error | undefined;
  tokens.on("error", (error) => (failure ??= notJson(error)));
  // Not `for await`: one turn of the microtask queue for each of 10^8 tokens takes ten times as long.
  tokens.on("data", (token: JsonToken) => {
    if (failure !== undefined) return;
    try {
      reader.token(token);
    } catch (error) {
      failure = error instanceof Error ? error : notJson(error);
    }
  });
  try {
    for await (const bytes of source) {
      await new Promise<void>((resolve) => tokens.write(bytes, () => resolve()));
      if (failure !== undefined) throw failure;
      if (collector.size >= CHUNK_RECORDS) yield collector.take();
    }
    tokens.end();
    await finished(tokens).catch((error: unknown) => (failure ??= notJson(error)));
    if (failure !== undefined) throw failure;
    reader.end();
    yield collector.take();
  } finally {
    tokens.destroy();
  }
}

function notJson(error: unknown): SignerError {
  const reason = error instanceof Error ? error.message : String(error);
  return malformedInterchange("", `is not valid JSON (${reason.slice(0, 100)})`);
}

class Collector implements InterchangeSink {
  genesisValidatorsRoot: Uint8Array | undefined;
  records = 0;
  #entries: ImportChunk["entries"][number][] = [];
  #blocks: ImportChunk["blocks"][number][] = [];
  #attestations: ImportChunk["attestations"][number][] = [];

  get size(): number {
    return this.#entries.length + this.#blocks.length + this.#attestations.length;
  }

  metadata(genesisValidatorsRoot: Uint8Array): void {
    this.genesisValidatorsRoot = genesisValidatorsRoot;
  }

  entry(entry: number, publicKey: Uint8Array): void {
    this.#entries.push({ entry, publicKey });
  }

  block(entry: number, slot: bigint, signingRoot: Uint8Array): void {
    this.#blocks.push({ entry, slot, signingRoot });
    this.records += 1;
  }

  attestation(entry: number, source: bigint, target: bigint, signingRoot: Uint8Array): void {
    this.#attestations.push({ entry, source, target, signingRoot });
    this.records += 1;
  }

  take(): ImportChunk {
    const chunk = { entries: this.#entries, blocks: this.#blocks, attestations: this.#attestations };
    this.#entries = [];
    this.#blocks = [];
    this.#attestations = [];
    return chunk;
  }
}
