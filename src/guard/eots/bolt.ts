/**
 * Reads a bbolt file (version 2, little-endian), the store of eotsd: strictly, read-only and in bounded memory. Whatever
 * does not fit is refused, since what a lenient reader skips could be signed a second time.
 * @module
 */
import { SignerError } from "../../domain/errors.ts";
import { malformedBolt, type BoltFile } from "./bolt-file.ts";
import { readMetas, sameMetas, type BoltMeta } from "./bolt-meta.ts";
import {
  pageElements,
  PAGE_HEADER_BYTES,
  readPageHeader,
  safeNumber,
  type LeafElement,
} from "./bolt-page.ts";

/** Keys and values are views that stay valid. */
export interface BoltEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** A page with its overflow: more would come only from values that no record has. */
const PAGE_BYTES_MAX = 16 * 1024 * 1024;
/** Branches above a leaf: each level multiplies by two at least. */
const DEPTH_MAX = 48;
const BUCKET_HEADER_BYTES = 16;

export class BoltReader {
  readonly #file: BoltFile;
  readonly #meta: BoltMeta;
  /** One bit a page: those that were met, and those that the file calls free. No page is met twice. */
  readonly #met: Uint8Array;

  /** @throws SignerError `request.malformed` when the file is not a bbolt file, or not whole */
  constructor(file: BoltFile) {
    this.#file = file;
    this.#meta = readMetas(file);
    this.#met = new Uint8Array(Math.ceil(this.#meta.pages / 8));
    this.#meet(0, 1);
    this.#meet(1, 1);
    if (this.#meta.freelist !== null) this.#readFreelist(this.#meta.freelist);
  }

  /** The buckets at the top, by name; read each of them once. */
  buckets(): ReadonlyMap<string, Uint8Array> {
    const buckets = new Map<string, Uint8Array>();
    for (const { key, value, bucket } of this.#walk(this.#meta.root)) {
      if (!bucket) throw malformedBolt("the root has an entry that is not a bucket");
      buckets.set(Buffer.from(key).toString("latin1"), value);
    }
    return buckets;
  }

  /** The entries of a bucket, ascending. @param bucket a value of `buckets` */
  *entries(bucket: Uint8Array): Generator<BoltEntry> {
    if (bucket.length < BUCKET_HEADER_BYTES) throw malformedBolt("a bucket's header is cut short");
    const root = safeNumber(bucket, 0);
    if (root !== 0 && bucket.length !== BUCKET_HEADER_BYTES) {
      throw malformedBolt("a bucket has both a page and entries in its value");
    }
    const found = root === 0 ? this.#inline(bucket.subarray(BUCKET_HEADER_BYTES)) : this.#walk(root);
    for (const entry of found) {
      if (entry.bucket) throw malformedBolt("a bucket is inside another bucket");
      yield { key: entry.key, value: entry.value };
    }
  }

  /** Call after the last entry. @throws SignerError `request.conflict` when somebody wrote meanwhile */
  assertUnchanged(): void {
    if (sameMetas(this.#meta, this.#file)) return;
    throw new SignerError(
      "request.conflict",
      "the file was changed while it was read: stop eotsd, then import again",
    );
  }

  /** A small bucket's page is in its value, with nothing after it. */
  #inline(bytes: Uint8Array): Iterable<LeafElement> {
    const header = readPageHeader(bytes);
    if (header.id !== 0 || header.kind !== "leaf" || header.overflow !== 0) {
      throw malformedBolt("a small bucket's page does not fit");
    }
    const { leaves, end } = pageElements(bytes, header);
    if (end !== bytes.length) throw malformedBolt("a small bucket has bytes after its entries");
    assertAscending(leaves, undefined, undefined);
    return leaves;
  }

  *#walk(id: number, depth = 0, from?: Uint8Array, to?: Uint8Array): Generator<LeafElement> {
    if (depth > DEPTH_MAX) throw malformedBolt(`page ${id}: is too deep in the tree`);
    const { kind, leaves, branches } = this.#page(id);
    if (kind === "leaf") {
      if (leaves.length === 0 && depth > 0) throw malformedBolt(`page ${id}: has no entries`);
      assertAscending(leaves, from, to);
      yield* leaves;
      return;
    }
    if (branches.length === 0) throw malformedBolt(`page ${id}: has no branches`);
    assertAscending(branches, from, to);
    for (const [index, { key, child }] of branches.entries()) {
      yield* this.#walk(child, depth + 1, key, branches[index + 1]?.key ?? to);
    }
  }

  #page(id: number): ReturnType<typeof pageElements> & { readonly kind: "leaf" | "branch" } {
    const { pages, pageSize } = this.#meta;
    this.#assertInside(id, 1);
    const first = this.#file.read(id * pageSize, pageSize);
    const header = readPageHeader(first);
    const { kind, overflow } = header;
    if (header.id !== id) throw malformedBolt(`page ${id}: says that it is another page`);
    if (kind !== "leaf" && kind !== "branch")
      throw malformedBolt(`page ${id}: is neither a branch nor a leaf`);
    if (overflow >= pages) throw malformedBolt(`page ${id}: runs past the end`);
    this.#meet(id, overflow + 1);
    const length = (overflow + 1) * pageSize;
    if (length > PAGE_BYTES_MAX) throw malformedBolt(`page ${id}: is larger than any record needs`);
    const bytes = overflow === 0 ? first : this.#file.read(id * pageSize, length);
    const elements = pageElements(bytes, header);
    // The writer takes the pages that the entries fill, and at most one more.
    if (overflow > Math.floor(elements.end / pageSize)) {
      throw malformedBolt(`page ${id}: is longer than its entries`);
    }
    return { ...elements, kind };
  }

  /** Free pages count as met: a tree that leads to one is not the newest. */
  #readFreelist(id: number): void {
    const { pages, pageSize } = this.#meta;
    this.#assertInside(id, 1);
    const header = readPageHeader(this.#file.read(id * pageSize, PAGE_HEADER_BYTES + 8));
    if (header.id !== id || header.kind !== "freelist" || header.overflow >= pages) {
      throw malformedBolt(`page ${id}: is not a list of free pages`);
    }
    this.#meet(id, header.overflow + 1);
    const start = id * pageSize + PAGE_HEADER_BYTES;
    const many = header.count === 0xffff;
    const count = many ? safeNumber(this.#file.read(start, 8), 0) : header.count;
    const first = many ? 1 : 0;
    if ((first + count) * 8 + PAGE_HEADER_BYTES > (header.overflow + 1) * pageSize) {
      throw malformedBolt(`page ${id}: lists more free pages than it has room for`);
    }
    for (let at = 0; at < count; at += FREE_AT_ONCE) {
      const length = Math.min(count - at, FREE_AT_ONCE) * 8;
      const ids = this.#file.read(start + (first + at) * 8, length);
      for (let offset = 0; offset < length; offset += 8) this.#meet(safeNumber(ids, offset), 1);
    }
  }

  #meet(id: number, count: number): void {
    this.#assertInside(id, count);
    for (let page = id; page < id + count; page += 1) {
      const byte = this.#met[page >> 3] ?? 0;
      const bit = 1 << (page & 7);
      if ((byte & bit) !== 0) throw malformedBolt(`page ${page}: is used twice, or used and free`);
      this.#met[page >> 3] = byte | bit;
    }
  }

  #assertInside(id: number, count: number): void {
    if (id + count <= this.#meta.pages) return;
    throw malformedBolt(`page ${id}: is past the last of ${this.#meta.pages}`);
  }
}

const FREE_AT_ONCE = 8192;

/** Strictly ascending, from `from` on and before `to`. */
function assertAscending(
  entries: readonly { readonly key: Uint8Array }[],
  from: Uint8Array | undefined,
  to: Uint8Array | undefined,
): void {
  let before: Uint8Array | undefined;
  for (const { key } of entries) {
    const low =
      before === undefined ? from === undefined || compare(key, from) >= 0 : compare(key, before) > 0;
    if (!low || (to !== undefined && compare(key, to) >= 0)) throw malformedBolt("keys are out of order");
    before = key;
  }
}

function compare(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}
