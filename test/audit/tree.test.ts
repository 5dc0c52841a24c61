/** RFC 6962 / RFC 9162 trees: published proofs, published roots, and every proof of random trees. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  appendLeaf,
  consistencyProof,
  copyFrontier,
  emptyFrontier,
  emptyRoot,
  frontierRoot,
  inclusionProof,
  leafHash,
  nodeHash,
  readFrontier,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
  type Frontier,
  type GetNode,
} from "../../src/audit/tree.ts";
import { toHex, utf8 } from "../../src/domain/bytes.ts";
import { readVectors, skipWithout } from "../vectors.ts";

interface InclusionCase {
  name: string;
  leafIdx: number;
  treeSize: number;
  root: string | null;
  leafHash: string | null;
  proof: (string | null)[] | null;
  desc: string;
  wantErr: boolean;
}
interface ConsistencyCase {
  name: string;
  size1: number;
  size2: number;
  root1: string | null;
  root2: string | null;
  proof: (string | null)[] | null;
  desc: string;
  wantErr: boolean;
}
interface Rfc6962Tree {
  leaf_inputs: string[];
  node_hashes: string[][];
  root_hashes_by_size: string[];
}
interface Log15 {
  entries_utf8: string[];
  tile_level0_hex: string;
  checkpoints: { size: number; root_base64: string }[];
}

const skip = skipWithout("merkle");
const inclusion = vectors<{ cases: InclusionCase[] }>("inclusion.json");
const consistency = vectors<{ cases: ConsistencyCase[] }>("consistency.json");
const rfc6962 = vectors<Rfc6962Tree>("rfc6962-tree.json");
const log15 = vectors<Log15>("log-15.json");

/** This case's roots are 9 bytes of text; its source says that a verifier that insists on 32 bytes may refuse it. */
const NOT_HASHES = "additional/sizes-are-equal-one-and-proof-is-empty";

test("rfc6962: all 98 inclusion and 98 consistency cases are there", { skip }, () => {
  assert.equal(inclusion?.cases.length, 98);
  assert.equal(consistency?.cases.length, 98);
  assert.equal(inclusion.cases.filter((example) => example.wantErr).length, 92);
  assert.equal(consistency.cases.filter((example) => example.wantErr).length, 92);
});

for (const example of inclusion?.cases ?? []) {
  test(`rfc9162 2.1.3.2 inclusion ${example.name}: ${example.wantErr ? "refused" : "verifies"}`, () => {
    const proof = (example.proof ?? []).map(base64);
    const claim = {
      index: example.leafIdx,
      size: example.treeSize,
      leaf: base64(example.leafHash),
      root: base64(example.root),
      proof,
    };
    assert.equal(verifyInclusion(claim), !example.wantErr, example.desc);
  });
}

for (const example of consistency?.cases ?? []) {
  const expected = !example.wantErr && example.name !== NOT_HASHES;
  test(`rfc9162 2.1.4.2 consistency ${example.name}: ${expected ? "verifies" : "refused"}`, () => {
    const claim = {
      oldSize: example.size1,
      newSize: example.size2,
      oldRoot: base64(example.root1),
      newRoot: base64(example.root2),
      proof: (example.proof ?? []).map(base64),
    };
    assert.equal(verifyConsistency(claim), expected, example.desc);
  });
}

test("rfc9162: sizes at and above 2^53 are refused", () => {
  const hash = leafHash(utf8("x"));
  for (const size of [2 ** 53, 2 ** 64, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.equal(verifyInclusion({ index: 0, size, leaf: hash, root: hash, proof: [] }), false);
    assert.equal(
      verifyConsistency({ oldSize: size, newSize: size, oldRoot: hash, newRoot: hash, proof: [] }),
      false,
    );
    assert.throws(() => treeRoot(() => hash, size), RangeError);
  }
  const edge = { size: 2 ** 53 - 1, subtrees: [] };
  assert.throws(() => appendLeaf(edge, hash, () => undefined), RangeError);
});

test("rfc9162: an index above 2^32 is walked without loss", () => {
  // A tree whose leaves are all alike has one hash for each level.
  const levels = [leafHash(utf8("same"))];
  while (levels.length < 54)
    levels.push(nodeHash(at(levels, levels.length - 1), at(levels, levels.length - 1)));
  const get: GetNode = (level) => at(levels, level);
  const [index, size] = [2 ** 52 + 12_345, 2 ** 53 - 1];
  const claim = {
    index,
    size,
    leaf: at(levels, 0),
    root: treeRoot(get, size),
    proof: inclusionProof(get, index, size),
  };
  assert.equal(verifyInclusion(claim), true);
  assert.equal(verifyInclusion({ ...claim, index: index + 1 }), true, "all leaves are alike");
  // 2^53 - 1 is odd, so its last leaf hangs higher up than every other one.
  assert.equal(verifyInclusion({ ...claim, index: size - 1 }), false);
  const [oldSize, newSize] = [2 ** 40 + 1, size];
  const roots = { oldRoot: treeRoot(get, oldSize), newRoot: treeRoot(get, newSize) };
  const proof = consistencyProof(get, oldSize, newSize);
  assert.equal(verifyConsistency({ oldSize, newSize, ...roots, proof }), true);
  assert.equal(verifyConsistency({ oldSize: oldSize - 1, newSize, ...roots, proof }), false);
});

test("rfc6962: hashes that are not 32 bytes are refused", () => {
  const hash = leafHash(utf8("x"));
  const short = hash.subarray(1);
  assert.equal(verifyInclusion({ index: 0, size: 1, leaf: short, root: short, proof: [] }), false);
  assert.equal(
    verifyInclusion({ index: 0, size: 2, leaf: hash, root: nodeHash(hash, hash), proof: [short] }),
    false,
  );
  assert.throws(() => appendLeaf(emptyFrontier(), short, () => undefined), RangeError);
  assert.throws(() => treeRoot(() => short, 1), RangeError);
});

test("rfc6962: proofs about leaves and sizes outside the tree are refused", () => {
  const tree = grow(5);
  assert.throws(() => inclusionProof(tree.get, 5, 5), RangeError);
  assert.throws(() => inclusionProof(tree.get, -1, 5), RangeError);
  assert.throws(() => inclusionProof(tree.get, 0.5, 5), RangeError);
  assert.throws(() => consistencyProof(tree.get, 0, 5), RangeError);
  assert.throws(() => consistencyProof(tree.get, 6, 5), RangeError);
});

test("rfc6962 tree: leaves, every node and the root of every size", { skip }, () => {
  assert.ok(rfc6962);
  assert.equal(rfc6962.leaf_inputs.length, 8);
  assert.equal(rfc6962.root_hashes_by_size.length, 9);
  const leaves = rfc6962.leaf_inputs.map((input) => leafHash(Buffer.from(input, "hex")));
  const tree = emptyTree();
  for (const [size, root] of rfc6962.root_hashes_by_size.entries()) {
    assert.equal(toHex(frontierRoot(tree.frontier)), `0x${root}`);
    assert.equal(toHex(treeRoot(tree.get, size)), `0x${root}`);
    const leaf = leaves[size];
    if (leaf !== undefined) tree.append(leaf);
  }
  for (const [level, hashes] of rfc6962.node_hashes.entries()) {
    for (const [index, hash] of hashes.entries()) assert.equal(toHex(tree.get(level, index)), `0x${hash}`);
  }
  assert.equal(tree.nodes.size, rfc6962.node_hashes.flat().length);
});

test("tessera log-15: leaf tile and the root of every checkpoint", { skip }, () => {
  assert.ok(log15);
  assert.equal(log15.checkpoints.length, 16);
  const leaves = log15.entries_utf8.map((entry) => leafHash(utf8(entry)));
  assert.equal(Buffer.concat(leaves).toString("hex"), log15.tile_level0_hex);
  const tree = emptyTree();
  for (const leaf of leaves) tree.append(leaf);
  for (const { size, root_base64: root } of log15.checkpoints) {
    assert.deepEqual(treeRoot(tree.get, size), base64(root));
  }
});

test("every inclusion proof of every tree up to 40 leaves verifies, and for no other index", () => {
  const tree = grow(40);
  for (let size = 1; size <= 40; size++) {
    const root = treeRoot(tree.get, size);
    for (let index = 0; index < size; index++) {
      const proof = inclusionProof(tree.get, index, size);
      const claim = { index, size, leaf: tree.get(0, index), root, proof };
      assert.equal(verifyInclusion(claim), true, `leaf ${index} of ${size}`);
      assert.equal(
        verifyInclusion({ ...claim, index: (index + 1) % size }),
        size === 1,
        `${index} of ${size} elsewhere`,
      );
    }
  }
});

test("every consistency proof of every pair of sizes up to 40 verifies, and for no other size", () => {
  const tree = grow(40);
  for (let newSize = 1; newSize <= 40; newSize++) {
    for (let oldSize = 1; oldSize <= newSize; oldSize++) {
      const proof = consistencyProof(tree.get, oldSize, newSize);
      const roots = { oldRoot: treeRoot(tree.get, oldSize), newRoot: treeRoot(tree.get, newSize) };
      assert.equal(
        verifyConsistency({ oldSize, newSize, ...roots, proof }),
        true,
        `${oldSize} in ${newSize}`,
      );
      const wrong = { oldSize: oldSize === 1 ? 2 : oldSize - 1, newSize, ...roots, proof };
      assert.equal(verifyConsistency(wrong), false, `${wrong.oldSize} instead of ${oldSize} in ${newSize}`);
    }
  }
});

test("property: any flipped bit, any dropped or added hash makes a proof fail", () => {
  const tree = grow(300);
  const sizes = fc.integer({ min: 1, max: 300 });
  const property = fc.property(sizes, sizes, fc.nat(), fc.nat(), (a, b, pick, bit) => {
    const [oldSize, newSize] = a < b ? [a, b] : [b, a];
    const index = pick % newSize;
    const newRoot = treeRoot(tree.get, newSize);
    const claim = { index, size: newSize, leaf: tree.get(0, index), root: newRoot };
    const path = inclusionProof(tree.get, index, newSize);
    for (const [leaf, root, ...proof] of mutations([claim.leaf, claim.root, ...path], pick, bit)) {
      if (leaf === undefined || root === undefined) continue;
      assert.equal(verifyInclusion({ ...claim, leaf, root, proof }), false);
    }
    const oldRoot = treeRoot(tree.get, oldSize);
    const links = consistencyProof(tree.get, oldSize, newSize);
    assert.equal(verifyConsistency({ oldSize, newSize, oldRoot, newRoot, proof: links }), true);
    for (const [first, second, ...proof] of mutations([oldRoot, newRoot, ...links], pick, bit)) {
      if (first === undefined || second === undefined) continue;
      assert.equal(verifyConsistency({ oldSize, newSize, oldRoot: first, newRoot: second, proof }), false);
    }
  });
  fc.assert(property, { numRuns: 200 });
});

test("property: a tree grown in any number of batches from stored nodes is the same tree", () => {
  const batches = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 8 });
  const property = fc.property(batches, (lengths) => {
    const tree = emptyTree();
    const once = emptyTree();
    for (const length of lengths) {
      tree.frontier = readFrontier(tree.get, tree.frontier.size);
      for (let added = 0; added < length; added++) {
        const leaf = leafHash(utf8(`entry ${tree.frontier.size}`));
        tree.append(leaf);
        once.append(leaf);
      }
    }
    assert.deepEqual(frontierRoot(tree.frontier), frontierRoot(once.frontier));
    assert.deepEqual(tree.nodes, once.nodes);
    assert.deepEqual(treeRoot(tree.get, tree.frontier.size), frontierRoot(once.frontier));
  });
  fc.assert(property, { numRuns: 100 });
});

test("a copied frontier does not move when the original does", () => {
  const tree = grow(7);
  const copy = copyFrontier(tree.frontier);
  const before = frontierRoot(copy);
  tree.append(leafHash(utf8("more")));
  assert.deepEqual(frontierRoot(copy), before);
  assert.notDeepEqual(frontierRoot(tree.frontier), before);
  assert.equal(copy.size, 7);
});

test("rfc6962: the empty tree's root is SHA-256 of nothing", () => {
  const expected = "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  assert.equal(toHex(emptyRoot()), expected);
  assert.equal(toHex(frontierRoot(emptyFrontier())), expected);
  assert.equal(toHex(frontierRoot(readFrontier(() => leafHash(utf8("never read")), 0))), expected);
});

interface GrownTree {
  frontier: Frontier;
  readonly nodes: Map<string, Uint8Array>;
  readonly get: GetNode;
  append(leaf: Uint8Array): void;
}

function emptyTree(): GrownTree {
  const nodes = new Map<string, Uint8Array>();
  const tree: GrownTree = {
    frontier: emptyFrontier(),
    nodes,
    get(level, index) {
      const hash = nodes.get(`${level}/${index}`);
      assert.ok(hash, `node ${index} of level ${level} was read but never stored`);
      return hash;
    },
    append(leaf) {
      nodes.set(`0/${tree.frontier.size}`, leaf);
      appendLeaf(tree.frontier, leaf, (level, index, hash) => {
        assert.ok(!nodes.has(`${level}/${index}`), "a node is stored once");
        nodes.set(`${level}/${index}`, hash);
      });
    },
  };
  return tree;
}

function grow(size: number): GrownTree {
  const tree = emptyTree();
  for (let index = 0; index < size; index++) tree.append(leafHash(utf8(`entry ${index}`)));
  return tree;
}

/** The list with one bit flipped, with its last hash dropped (where one may be), and with one hash too many. */
function mutations(hashes: readonly Uint8Array[], pick: number, bit: number): Uint8Array[][] {
  const position = pick % hashes.length;
  const flipped = hashes.map((hash, index) => (index === position ? flipBit(hash, bit % 256) : hash));
  const longer = [...hashes, leafHash(utf8("surplus"))];
  return hashes.length > 2 ? [flipped, longer, hashes.slice(0, -1)] : [flipped, longer];
}

function flipBit(hash: Uint8Array, bit: number): Uint8Array {
  return hash.map((byte, index) => (index === Math.floor(bit / 8) ? byte ^ (1 << (bit % 8)) : byte));
}

function at(hashes: readonly Uint8Array[], index: number): Uint8Array {
  const hash = hashes[index];
  assert.ok(hash);
  return hash;
}

function base64(text: string | null): Uint8Array {
  return new Uint8Array(Buffer.from(text ?? "", "base64"));
}

function vectors<Shape>(file: string): Shape | undefined {
  return readVectors("merkle", file) as Shape | undefined;
}
