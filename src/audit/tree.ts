/**
 * The Merkle tree of RFC 6962 and RFC 9162, SHA-256. Only complete subtrees are stored, about two hashes for each leaf;
 * a root or proof of any earlier size is computed from them. Hashes are 32 bytes; sizes and indexes are safe integers.
 * @module
 */
import { hash as digest } from "node:crypto";
import { equalBytes } from "../domain/bytes.ts";

export const HASH_LENGTH = 32;

const LEAF_PREFIX = Uint8Array.of(0);
/** Prefix, left and right; one for all nodes, since nothing waits while it is in use. */
const NODE_INPUT = Buffer.alloc(1 + 2 * HASH_LENGTH, 1);

/** Hash of a complete subtree: level 0 are leaf hashes, node `index` covers leaves [index·2^level, (index+1)·2^level). */
export type GetNode = (level: number, index: number) => Uint8Array;
/** Stores the hash of a subtree that has just become complete; called for levels ≥ 1 only. */
export type PutNode = (level: number, index: number, hash: Uint8Array) => void;

/** All that appending needs: the tree's right edge. `subtrees[level]` is current where bit `level` of `size` is set. */
export interface Frontier {
  size: number;
  readonly subtrees: Uint8Array[];
}

/** The two kinds of input have different prefixes, or a node could be passed off as a leaf (RFC 9162, 2.1.1). */
export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256(Buffer.concat([LEAF_PREFIX, entry]));
}

/** `leafHash` of the UTF-8 of `entry`, as 64 hex digits: half its cost, for who checks every leaf of a log. */
export function leafHashHex(entry: string): string {
  return digest("sha256", `\0${entry}`, "hex");
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  NODE_INPUT.set(checked(left), 1);
  NODE_INPUT.set(checked(right), 1 + HASH_LENGTH);
  return sha256(NODE_INPUT);
}

/** 64 lowercase hex digits. */
export function hexOf(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.length).toString("hex");
}

/** The root of a tree without leaves: SHA-256 of nothing. */
export function emptyRoot(): Uint8Array {
  return sha256(new Uint8Array());
}

export function emptyFrontier(): Frontier {
  return { size: 0, subtrees: [] };
}

/** A frontier that does not change when `frontier` does; hashes themselves are never written to. */
export function copyFrontier(frontier: Frontier): Frontier {
  return { size: frontier.size, subtrees: [...frontier.subtrees] };
}

/** The frontier of the first `size` leaves, read back from stored nodes at start-up. */
export function readFrontier(get: GetNode, size: number): Frontier {
  assertSize(size);
  const subtrees: Uint8Array[] = [];
  for (let level = 0, rest = size; rest > 0; level++, rest = half(rest)) {
    // A level whose bit is not set is overwritten before it is read; any hash will do as its place holder.
    subtrees[level] = isOdd(rest) ? checked(get(level, rest - 1)) : emptyRoot();
  }
  return { size, subtrees };
}

/**
 * Appends one leaf hash and passes each subtree that it completes to `put`, lowest level first. `frontier` is changed:
 * inside a transaction that may roll back, work on a copy.
 */
export function appendLeaf(frontier: Frontier, leaf: Uint8Array, put: PutNode): void {
  assertSize(frontier.size + 1);
  let hash = checked(leaf);
  let index = frontier.size;
  let level = 0;
  while (isOdd(index)) {
    hash = nodeHash(subtreeAt(frontier, level), hash);
    level += 1;
    index = half(index);
    put(level, index, hash);
  }
  frontier.subtrees[level] = hash;
  frontier.size += 1;
}

/** Number of complete subtrees of levels ≥ 1 that a tree of `size` leaves has. */
export function nodeCountOf(size: number): number {
  let count = 0;
  for (let rest = half(size); rest > 0; rest = half(rest)) count += rest;
  return count;
}

/** The root of the tree that ends at the frontier: no stored node is read. */
export function frontierRoot(frontier: Frontier): Uint8Array {
  let root: Uint8Array | undefined;
  for (let level = 0, rest = frontier.size; rest > 0; level++, rest = half(rest)) {
    if (!isOdd(rest)) continue;
    const subtree = subtreeAt(frontier, level);
    root = root === undefined ? subtree : nodeHash(subtree, root);
  }
  return root ?? emptyRoot();
}

/** The root of the first `size` leaves, MTH(D[0:size]) of RFC 9162, 2.1.1. */
export function treeRoot(get: GetNode, size: number): Uint8Array {
  assertSize(size);
  return size === 0 ? emptyRoot() : rangeRoot(get, 0, size);
}

/**
 * Audit path of leaf `index` in the tree of `size` leaves, lowest level first (RFC 9162, 2.1.3.1).
 * @throws RangeError unless 0 ≤ index < size
 */
export function inclusionProof(get: GetNode, index: number, size: number): Uint8Array[] {
  assertSize(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new RangeError(`leaf index must be below the tree size ${size}`);
  }
  const proof: Uint8Array[] = [];
  let low = 0;
  let high = size;
  while (high - low > 1) {
    const middle = low + splitPoint(high - low);
    if (index < middle) {
      proof.push(rangeRoot(get, middle, high));
      high = middle;
    } else {
      proof.push(rangeRoot(get, low, middle));
      low = middle;
    }
  }
  return proof.toReversed();
}

/**
 * Proof that the first `oldSize` leaves of the tree of `newSize` are the older tree (RFC 9162, 2.1.4.1). Empty for
 * equal sizes.
 * @throws RangeError unless 0 < oldSize ≤ newSize: nothing can be proved about an empty tree
 */
export function consistencyProof(get: GetNode, oldSize: number, newSize: number): Uint8Array[] {
  assertSize(newSize);
  if (!Number.isSafeInteger(oldSize) || oldSize < 1 || oldSize > newSize) {
    throw new RangeError(`older size must be from 1 to the newer size ${newSize}`);
  }
  const proof: Uint8Array[] = [];
  let low = 0;
  let high = newSize;
  while (oldSize !== high) {
    const middle = low + splitPoint(high - low);
    if (oldSize <= middle) {
      proof.push(rangeRoot(get, middle, high));
      high = middle;
    } else {
      proof.push(rangeRoot(get, low, middle));
      low = middle;
    }
  }
  // Where the old tree is itself a complete left subtree the verifier already has this hash.
  if (low > 0) proof.push(rangeRoot(get, low, high));
  return proof.toReversed();
}

export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  readonly leaf: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** RFC 9162, 2.1.3.2. False for anything malformed: sizes that are no safe integers, hashes that are not 32 bytes. */
export function verifyInclusion(claim: InclusionClaim): boolean {
  const { index, size, leaf, root, proof } = claim;
  if (!isSize(index) || !isSize(size) || index >= size) return false;
  if (![leaf, root, ...proof].every(isHash)) return false;
  let node = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      hash = nodeHash(sibling, hash);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && equalBytes(hash, root);
}

export interface ConsistencyClaim {
  readonly oldSize: number;
  readonly newSize: number;
  readonly oldRoot: Uint8Array;
  readonly newRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** RFC 9162, 2.1.4.2. False for anything malformed, and for an older tree that is empty: that would prove nothing. */
export function verifyConsistency(claim: ConsistencyClaim): boolean {
  const { oldSize, newSize, oldRoot, newRoot, proof } = claim;
  if (!isSize(oldSize) || !isSize(newSize) || oldSize < 1 || oldSize > newSize) return false;
  if (![oldRoot, newRoot, ...proof].every(isHash)) return false;
  if (oldSize === newSize) return proof.length === 0 && equalBytes(oldRoot, newRoot);
  let node = oldSize - 1;
  let last = newSize - 1;
  while (isOdd(node)) [node, last] = [half(node), half(last)];
  // A size that is a power of two is one complete subtree, whose hash the proof leaves out: it is the older root.
  const [first, ...path] = node === 0 ? [oldRoot, ...proof] : proof;
  if (first === undefined || proof.length === 0) return false;
  let oldHash = first;
  let newHash = first;
  for (const sibling of path) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      oldHash = nodeHash(sibling, oldHash);
      newHash = nodeHash(sibling, newHash);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      newHash = nodeHash(newHash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && equalBytes(oldHash, oldRoot) && equalBytes(newHash, newRoot);
}

/** The root of leaves [low, high), which starts at a multiple of the power of two at or above its length. */
function rangeRoot(get: GetNode, low: number, high: number): Uint8Array {
  const length = high - low;
  const split = splitPoint(length);
  if (length === 1 || split * 2 === length) {
    const level = levelOf(length);
    return checked(get(level, low / length));
  }
  return nodeHash(rangeRoot(get, low, low + split), rangeRoot(get, low + split, high));
}

/** The largest power of two below `length` (RFC 9162's k); 1 for length 1 or 2. Math.log2 would round above 2^49. */
function splitPoint(length: number): number {
  let power = 1;
  while (power * 2 < length) power *= 2;
  return power;
}

function levelOf(powerOfTwo: number): number {
  let level = 0;
  for (let rest = powerOfTwo; rest > 1; rest = half(rest)) level += 1;
  return level;
}

// Bit operators work on 32 bits only; these are exact up to 2^53.
function isOdd(value: number): boolean {
  return value % 2 === 1;
}

function half(value: number): number {
  return Math.floor(value / 2);
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function assertSize(size: number): void {
  if (!isSize(size)) throw new RangeError("tree size must be an integer from 0 to 2^53 - 1");
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.length === HASH_LENGTH;
}

function checked(hash: Uint8Array): Uint8Array {
  if (!isHash(hash)) throw new RangeError(`a tree hash has 32 bytes, not ${hash.length}`);
  return hash;
}

function subtreeAt(frontier: Frontier, level: number): Uint8Array {
  const hash = frontier.subtrees[level];
  if (hash === undefined) throw new RangeError(`frontier of size ${frontier.size} has no level ${level}`);
  return hash;
}

function sha256(input: Uint8Array): Uint8Array {
  // By way of hex, in one call: twice as fast as a Hash object or a digest as bytes, and this runs for every leaf.
  return new Uint8Array(Buffer.from(digest("sha256", input, "hex"), "hex"));
}
