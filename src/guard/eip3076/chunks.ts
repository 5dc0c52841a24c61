/**
 * Parts of an interchange document on their way to the ledger: packed, since they cross two threads, where a message
 * of few large arrays costs next to nothing and one of thousands of small objects costs milliseconds.
 * @module
 */
import { finished } from "node:stream/promises";
import { parser } from "stream-json/parser.js";
import { SignerError } from "../../domain/errors.ts";
import {
  InterchangeReader,
  malformedInterchange,
  type InterchangeSink,
  type JsonToken,
} from "./interchange.ts";
import type { GenesisValidatorsRoot, ValidatorPublicKey } from "../../domain/kinds.ts";

const KEY_BYTES = 48;
const ROOT_BYTES = 32;

/** Records in one message to the ledger: a few milliseconds of its time. */
const CHUNK_RECORDS = 2048;

/** Part of a file. `entry`: index in the file's `data`, one for each record. */
export interface ImportChunk {
  readonly entries: {
    readonly entry: Uint32Array;
    /** 48 bytes each, one after another. */
    readonly publicKeys: Uint8Array;
  };
  readonly blocks: RecordColumns & { readonly slot: BigUint64Array };
  readonly attestations: RecordColumns & { readonly source: BigUint64Array; readonly target: BigUint64Array };
}

interface RecordColumns {
  readonly entry: Uint32Array;
  /** 32 bytes each, one after another; anything where the root is unknown. */
  readonly roots: Uint8Array;
  /** 1 where the root is known. */
  readonly rooted: Uint8Array;
}

/** The end of a document. */
export interface LastChunk {
  readonly chunk: ImportChunk;
  readonly genesisValidatorsRoot: GenesisValidatorsRoot;
}

/** Reads one document, given piece by piece. */
export interface DocumentReader {
  /** Takes the next bytes. What is complete, once it is enough for a chunk. @throws SignerError `request.malformed` */
  write(bytes: Uint8Array): Promise<ImportChunk | null>;
  /** Call after the last byte. @throws SignerError `request.malformed` */
  end(): Promise<LastChunk>;
  /** Lets go of everything; also after a throw. */
  close(): Promise<void>;
}

/** Public key of entry `index` of a chunk, 48 bytes. */
export function publicKeyAt({ entries }: ImportChunk, index: number): Uint8Array {
  return entries.publicKeys.subarray(index * KEY_BYTES, (index + 1) * KEY_BYTES);
}

/** Signing root of record `index`, 32 bytes or none. */
export function rootAt({ roots, rooted }: RecordColumns, index: number): Uint8Array {
  return rooted[index] === 1 ? roots.subarray(index * ROOT_BYTES, (index + 1) * ROOT_BYTES) : NO_ROOT;
}

/** @throws RangeError for a chunk whose columns differ in length, which nobody sends */
export function numberAt(column: BigUint64Array, index: number): bigint {
  const value = column[index];
  if (value === undefined) throw new RangeError("a column of the chunk is too short");
  return value;
}

const NO_ROOT = new Uint8Array();

/** Reads on the calling thread. */
export class ChunkReader implements DocumentReader {
  readonly #collector = new Collector();
  readonly #reader = new InterchangeReader(this.#collector);
  // Strings in pieces: a hostile one is never in memory as a whole.
  readonly #tokens = parser.asStream({ packKeys: false, packStrings: false, packNumbers: false });
  #failure: Error | undefined;

  constructor() {
    this.#tokens.on("error", (error) => (this.#failure ??= notJson(error)));
    // Not `for await`: one turn of the microtask queue for each of 10^8 tokens takes ten times as long.
    this.#tokens.on("data", (token: JsonToken) => this.#token(token));
  }

  async write(bytes: Uint8Array): Promise<ImportChunk | null> {
    await new Promise<void>((resolve) => this.#tokens.write(bytes, () => resolve()));
    if (this.#failure !== undefined) throw this.#failure;
    return this.#collector.size < CHUNK_RECORDS ? null : this.#collector.take();
  }

  async end(): Promise<LastChunk> {
    this.#tokens.end();
    await finished(this.#tokens).catch((error: unknown) => (this.#failure ??= notJson(error)));
    if (this.#failure !== undefined) throw this.#failure;
    this.#reader.end();
    const { genesisValidatorsRoot } = this.#collector;
    if (genesisValidatorsRoot === undefined) throw malformedInterchange("/metadata", "is missing");
    return { chunk: this.#collector.take(), genesisValidatorsRoot };
  }

  close(): Promise<void> {
    this.#tokens.destroy();
    return Promise.resolve();
  }

  #token(token: JsonToken): void {
    if (this.#failure !== undefined) return;
    try {
      this.#reader.token(token);
    } catch (error) {
      this.#failure = error instanceof Error ? error : notJson(error);
    }
  }
}

function notJson(error: unknown): SignerError {
  const reason = error instanceof Error ? error.message : String(error);
  return malformedInterchange("", `is not valid JSON (${reason.slice(0, 100)})`);
}

/** Records as they are read, column by column. */
class Records {
  #entry: number[] = [];
  #first: bigint[] = [];
  #second: bigint[] = [];
  #roots: Uint8Array[] = [];

  get size(): number {
    return this.#entry.length;
  }

  add(entry: number, first: bigint, second: bigint, root: Uint8Array): void {
    this.#entry.push(entry);
    this.#first.push(first);
    this.#second.push(second);
    this.#roots.push(root);
  }

  take(): RecordColumns & { readonly first: BigUint64Array; readonly second: BigUint64Array } {
    const columns = {
      entry: Uint32Array.from(this.#entry),
      first: BigUint64Array.from(this.#first),
      second: BigUint64Array.from(this.#second),
      roots: joined(this.#roots, ROOT_BYTES),
      rooted: Uint8Array.from(this.#roots, (root) => (root.length === 0 ? 0 : 1)),
    };
    this.#entry = [];
    this.#first = [];
    this.#second = [];
    this.#roots = [];
    return columns;
  }
}

class Collector implements InterchangeSink {
  genesisValidatorsRoot: GenesisValidatorsRoot | undefined;
  #entry: number[] = [];
  #publicKeys: Uint8Array[] = [];
  readonly #blocks = new Records();
  readonly #attestations = new Records();

  get size(): number {
    return this.#entry.length + this.#blocks.size + this.#attestations.size;
  }

  metadata(genesisValidatorsRoot: GenesisValidatorsRoot): void {
    this.genesisValidatorsRoot = genesisValidatorsRoot;
  }

  entry(entry: number, publicKey: ValidatorPublicKey): void {
    this.#entry.push(entry);
    this.#publicKeys.push(publicKey);
  }

  block(entry: number, slot: bigint, signingRoot: Uint8Array): void {
    this.#blocks.add(entry, slot, 0n, signingRoot);
  }

  attestation(entry: number, source: bigint, target: bigint, signingRoot: Uint8Array): void {
    this.#attestations.add(entry, source, target, signingRoot);
  }

  take(): ImportChunk {
    const entries = {
      entry: Uint32Array.from(this.#entry),
      publicKeys: joined(this.#publicKeys, KEY_BYTES),
    };
    this.#entry = [];
    this.#publicKeys = [];
    const { first: slot, second: _second, ...blocks } = this.#blocks.take();
    const { first: source, second: target, ...attestations } = this.#attestations.take();
    return { entries, blocks: { ...blocks, slot }, attestations: { ...attestations, source, target } };
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(parts.length * length);
  for (const [index, part] of parts.entries()) bytes.set(part, index * length);
  return bytes;
}
