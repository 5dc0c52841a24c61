/**
 * One page of a bbolt file. The writer packs a page without gaps, and that is demanded here: a changed count, position
 * or length never goes unseen.
 * @module
 */
import { malformedBolt } from "./bolt-file.ts";

export const PAGE_HEADER_BYTES = 16;
const ELEMENT_BYTES = 16;

type PageKind = "branch" | "leaf" | "meta" | "freelist";
const KINDS: ReadonlyMap<number, PageKind> = new Map([
  [0x01, "branch"],
  [0x02, "leaf"],
  [0x04, "meta"],
  [0x10, "freelist"],
]);

/** `overflow`: pages that belong to this one, after it. */
export interface PageHeader {
  readonly id: number;
  readonly kind: PageKind;
  readonly count: number;
  readonly overflow: number;
}

/** `bucket`: the value is a bucket's header, and its entries where it is small. */
export interface LeafElement {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly bucket: boolean;
}

export interface BranchElement {
  readonly key: Uint8Array;
  readonly child: number;
}

/** @throws SignerError `request.malformed` */
export function readPageHeader(bytes: Uint8Array): PageHeader {
  if (bytes.length < PAGE_HEADER_BYTES) throw malformedBolt("a page's header is cut short");
  const view = viewOf(bytes);
  const kind = KINDS.get(view.getUint16(8, true));
  if (kind === undefined) throw malformedBolt("a page is of no known kind");
  return {
    id: safeNumber(bytes, 0),
    kind,
    count: view.getUint16(10, true),
    overflow: view.getUint32(12, true),
  };
}

/** The elements of a leaf or branch page, and where they end. @throws SignerError `request.malformed` */
export function pageElements(
  bytes: Uint8Array,
  { kind, count }: PageHeader,
): {
  readonly leaves: readonly LeafElement[];
  readonly branches: readonly BranchElement[];
  readonly end: number;
} {
  const view = viewOf(bytes);
  const leaves: LeafElement[] = [];
  const branches: BranchElement[] = [];
  let end = PAGE_HEADER_BYTES + count * ELEMENT_BYTES;
  if (end > bytes.length) throw malformedBolt("a page has more elements than room");
  /** The next `length` bytes of data. */
  const take = (length: number): Uint8Array => {
    const start = end;
    end += length;
    if (end > bytes.length) throw malformedBolt("an element runs past its page");
    return bytes.subarray(start, end);
  };
  for (let index = 0; index < count; index += 1) {
    const at = PAGE_HEADER_BYTES + index * ELEMENT_BYTES;
    const first = view.getUint32(at, true);
    const second = view.getUint32(at + 4, true);
    const third = view.getUint32(at + 8, true);
    // A leaf's element: flags, position, length of key and value. A branch's: position, length of key, child.
    const position = kind === "leaf" ? second : first;
    if (at + position !== end) throw malformedBolt("a page has a gap or an overlap");
    if (kind === "leaf") {
      if (first > 1) throw malformedBolt("an element has unknown flags");
      const key = take(third);
      leaves.push({ key, value: take(view.getUint32(at + 12, true)), bucket: first === 1 });
    } else {
      branches.push({ key: take(second), child: safeNumber(bytes, at + 8) });
    }
  }
  return { leaves, branches, end };
}

/** A little-endian 64-bit number. @throws SignerError `request.malformed` for 2^53 or more: no file has such a page */
export function safeNumber(bytes: Uint8Array, offset: number): number {
  const value = viewOf(bytes).getBigUint64(offset, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformedBolt("a page number is too large");
  return Number(value);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
