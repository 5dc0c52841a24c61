/**
 * The two meta pages of a bbolt file, written in turns: the newer one says where the tree begins. Both must be whole,
 * for with a damaged one nobody can tell whether the newest records are lost.
 * @module
 */
import { equalBytes } from "../../domain/bytes.ts";
import { malformedBolt, type BoltFile } from "./bolt-file.ts";
import { PAGE_HEADER_BYTES, safeNumber } from "./bolt-page.ts";

export interface BoltMeta {
  readonly pageSize: number;
  /** Pages that the file uses; numbers are below this. */
  readonly pages: number;
  /** Page of the root bucket. */
  readonly root: number;
  /** Page of the list of free pages; null where the file has none. */
  readonly freelist: number | null;
  /** Both meta pages as they were read. */
  readonly bytes: readonly [Uint8Array, Uint8Array];
}

const MAGIC = 0xed0cdaed;
const VERSION = 2;
const META_BYTES = 64;
const CHECKSUM_AT = 56;
const PAGE_SIZE_MIN = 512;
const PAGE_SIZE_MAX = 65_536;
const NO_FREELIST = 2n ** 64n - 1n;
/** Two meta pages, a root, and what belongs to a root without a list of free pages. */
const PAGES_MIN = 3;

/** @throws SignerError `request.malformed` */
export function readMetas(file: BoltFile): BoltMeta {
  const first = metaBytes(file, 0);
  const pageSize = checked(first, 0).getUint32(8, true);
  if (pageSize < PAGE_SIZE_MIN || pageSize > PAGE_SIZE_MAX || (pageSize & (pageSize - 1)) !== 0) {
    throw malformedBolt(`pages of ${pageSize} bytes`);
  }
  const second = metaBytes(file, pageSize);
  if (checked(second, 1).getUint32(8, true) !== pageSize) throw malformedBolt("two sizes of pages");
  const ids = [first, second].map((bytes) => viewOf(bytes).getBigUint64(48, true));
  const [firstId = 0n, secondId = 0n] = ids;
  if (firstId === secondId) throw malformedBolt("both meta pages have one transaction");
  const newest = firstId > secondId ? first : second;
  const freelist = viewOf(newest).getBigUint64(32, true);
  const meta: BoltMeta = {
    pageSize,
    pages: safeNumber(newest, 40),
    root: safeNumber(newest, 16),
    freelist: freelist === NO_FREELIST ? null : safeNumber(newest, 32),
    bytes: [first, second],
  };
  if (meta.pages < PAGES_MIN || meta.pages * pageSize > file.size()) {
    throw malformedBolt(`it has ${file.size()} bytes instead of ${meta.pages} pages of ${pageSize}`);
  }
  return meta;
}

/** False when the file has other meta pages by now. */
export function sameMetas(meta: BoltMeta, file: BoltFile): boolean {
  return (
    equalBytes(meta.bytes[0], metaBytes(file, 0)) && equalBytes(meta.bytes[1], metaBytes(file, meta.pageSize))
  );
}

function metaBytes(file: BoltFile, offset: number): Uint8Array {
  const length = PAGE_HEADER_BYTES + META_BYTES;
  if (offset + length > file.size()) throw malformedBolt("it ends before its second meta page");
  return file.read(offset, length).subarray(PAGE_HEADER_BYTES);
}

function checked(meta: Uint8Array, index: number): DataView {
  const view = viewOf(meta);
  if (view.getUint32(0, true) !== MAGIC) {
    throw malformedBolt(`meta page ${index} does not begin as one`);
  }
  if (view.getUint32(4, true) !== VERSION || view.getUint32(12, true) !== 0) {
    throw malformedBolt(`meta page ${index} is of another version`);
  }
  if (view.getBigUint64(CHECKSUM_AT, true) !== fnv64a(meta.subarray(0, CHECKSUM_AT))) {
    throw malformedBolt(`meta page ${index} is damaged, so the newest records may be lost`);
  }
  return view;
}

/** FNV-1a of 64 bits. */
function fnv64a(bytes: Uint8Array): bigint {
  return bytes.reduce(
    (hash, byte) => BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n),
    0xcbf29ce484222325n,
  );
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
