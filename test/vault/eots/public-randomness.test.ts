/** Public randomness in lists: what is refused, whose turn it is, what is kept, and that signing goes on meanwhile. */
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { secp256k1 as noble } from "@noble/curves/secp256k1.js";
import { equalBytes } from "../../../src/domain/bytes.ts";
import { insertSeal } from "../../../src/ledger/sealed-rows.ts";
import { eotsNonce } from "../../../src/vault/eots/eots.ts";
import type { RandomnessRequest } from "../../../src/vault/eots/public-randomness.ts";
import { RandomnessCache } from "../../../src/vault/eots/randomness-cache.ts";
import { RandomnessQueue, UnfinishedList } from "../../../src/vault/eots/randomness-queue.ts";
import { KDF_FLOOR } from "../../../src/vault/seal/seal.ts";
import { startSigningVault } from "../../keeper/signing-vault.ts";
import { emptyDirectory, passphrase, type Directory } from "../directory.ts";
import { digestOf } from "../keys.ts";

const SECRET = digestOf("finality provider");
const PUBLIC_KEY = noble.getPublicKey(SECRET, true);
const CHAIN_ID = new Uint8Array(Buffer.from("bbn-1"));

let directory: Directory;
let vault: ReturnType<typeof startSigningVault>;
before(async () => {
  directory = emptyDirectory();
  vault = startSigningVault({ databasePath: directory.databasePath, randomnessThreads: 2 });
  insertSeal(directory.database, await vault.initialise({ passphrase: passphrase(), kdf: KDF_FLOOR }));
  await vault.unseal(passphrase());
  for (const namespace of ["red", "blue"]) {
    const keyId = `key-${namespace}`;
    const made = await vault.importKey({ namespace, keyId, curve: "secp256k1", privateKey: SECRET.slice() });
    directory.rows.insertKey(made.rows);
  }
  const edwards = digestOf("edwards");
  const made = await vault.importKey({
    namespace: "red",
    keyId: "edwards",
    curve: "ed25519",
    privateKey: edwards,
  });
  directory.rows.insertKey(made.rows);
});
after(async () => {
  await vault.close();
  directory.remove();
});

function wanted(changes: Partial<RandomnessRequest> = {}): RandomnessRequest {
  return {
    namespace: "red",
    keyId: "key-red",
    publicKey: PUBLIC_KEY.slice(1),
    chainId: CHAIN_ID,
    startHeight: 100n,
    count: 5,
    interval: 1n,
    ...changes,
  };
}

/** By the second implementation. */
function expected({ chainId, startHeight, count, interval }: RandomnessRequest): Uint8Array {
  const values = Array.from({ length: count }, (_, index) => {
    const nonce = eotsNonce(SECRET, { chainId, height: startHeight + BigInt(index) * interval });
    return noble.getPublicKey(nonce, true).slice(1);
  });
  return new Uint8Array(Buffer.concat(values));
}

function list(namespace: string, count: number): UnfinishedList {
  const unfinished = new UnfinishedList(
    { namespace, keyId: "k", publicKey: PUBLIC_KEY.slice(1) },
    { chainId: CHAIN_ID, start: 1n, count, interval: 3n },
  );
  unfinished.finished.catch(() => undefined);
  return unfinished;
}

describe("public randomness: refusals", () => {
  for (const [name, changes, code] of [
    ["an unknown key", { keyId: "nobody" }, "key.not_found"],
    ["another namespace's key", { keyId: "key-blue" }, "key.not_found"],
    ["another public key", { publicKey: new Uint8Array(32).fill(2) }, "service.internal"],
    ["a compressed public key", { publicKey: PUBLIC_KEY }, "service.internal"],
    ["a key of another curve", { keyId: "edwards" }, "service.internal"],
    ["no values", { count: 0 }, "request.malformed"],
    ["half a value", { count: 0.5 }, "request.malformed"],
    ["more than 100,000 values", { count: 100_001 }, "request.malformed"],
    ["an interval of 0", { interval: 0n }, "request.malformed"],
    ["a height below 0", { startHeight: -1n }, "request.malformed"],
    ["a height of 2^64", { startHeight: 2n ** 64n - 4n }, "request.malformed"],
    ["a height that an interval takes to 2^64", { interval: 2n ** 62n }, "request.malformed"],
  ] as const) {
    test(`public randomness: refuses ${name}`, async () => {
      await assert.rejects(vault.publicRandomness(wanted(changes)), { code });
    });
  }

  test("public randomness: a namespace and the service have bounds, and the others' work goes on", async () => {
    const queue = new RandomnessQueue();
    const reds = Array.from({ length: 4 }, () => list("red", 100_000));
    for (const red of reds) queue.add(red);
    assert.throws(() => queue.add(list("red", 1)), { code: "service.overloaded" });
    for (const namespace of ["blue", "green"]) {
      for (let count = 0; count < 3; count += 1) queue.add(list(namespace, 100_000));
    }
    assert.throws(() => queue.add(list("yellow", 1)), { code: "service.overloaded" });
    reds[0]?.fail(new Error("given up"));
    await reds[0]?.finished.catch(() => undefined);
    queue.add(list("yellow", 1));
    queue.add(list("red", 1));
  });

  test("public randomness: a list that failed is not computed any further", () => {
    const queue = new RandomnessQueue();
    const first = list("red", 1000);
    const second = list("red", 10);
    queue.add(first);
    queue.add(second);
    assert.equal(queue.take()?.list, first);
    first.fail(new Error("given up"));
    assert.equal(queue.take()?.list, second);
    assert.equal(queue.take(), undefined);
  });
});

describe("public randomness: turns", () => {
  test("public randomness: namespaces take turns, then their lists, and parts follow each other", () => {
    const queue = new RandomnessQueue();
    const names = new Map(
      (["red", "red", "blue"] as const).map((namespace, index) => [
        list(namespace, 600),
        `${namespace} ${index}`,
      ]),
    );
    for (const waiting of names.keys()) queue.add(waiting);
    const turns = [];
    for (let taken = queue.take(); taken !== undefined; taken = queue.take()) {
      const { start, count, interval } = taken.part.range;
      turns.push([names.get(taken.list), taken.offset / 32, count]);
      assert.equal(start, 1n + 3n * BigInt(taken.offset / 32));
      assert.equal(interval, 3n);
    }
    assert.deepEqual(turns, [
      ["red 0", 0, 256],
      ["blue 2", 0, 256],
      ["red 1", 0, 256],
      ["blue 2", 256, 256],
      ["red 0", 256, 256],
      ["blue 2", 512, 88],
      ["red 1", 256, 256],
      ["red 0", 512, 88],
      ["red 1", 512, 88],
    ]);
  });

  test("public randomness: parts may come back in any order", async () => {
    const unfinished = list("red", 513);
    const parts = [unfinished.take(), unfinished.take(), unfinished.take()];
    assert.equal(unfinished.waits, false);
    for (const { offset, part } of parts.toReversed()) {
      unfinished.put(offset, new Uint8Array(part.range.count * 32).fill(1 + offset / 32 / 256));
    }
    const values = await unfinished.finished;
    assert.deepEqual([values[0], values[256 * 32], values[512 * 32], values.length], [1, 2, 3, 513 * 32]);
  });
});

describe("public randomness: what is kept", () => {
  test("public randomness: the lists used last, within the bytes", () => {
    const cache = new RandomnessCache(100);
    cache.put("a", new Uint8Array(40));
    cache.put("b", new Uint8Array(40));
    assert.ok(cache.get("a"));
    cache.put("c", new Uint8Array(40));
    assert.deepEqual([cache.get("a")?.length, cache.get("b"), cache.get("c")?.length], [40, undefined, 40]);
    cache.put("too large", new Uint8Array(101));
    assert.equal(cache.get("too large"), undefined);
    assert.equal(cache.bytes, 80);
    cache.put("a", new Uint8Array(10));
    assert.equal(cache.bytes, 50);
  });
});

describe("public randomness: the vault's threads", () => {
  for (const [name, changes] of [
    ["one value", { count: 1 }],
    ["several parts", { count: 600 }],
    ["steps of 7", { count: 3, interval: 7n }],
    ["height 0", { startHeight: 0n }],
    ["heights up to 2^64-1", { startHeight: 2n ** 64n - 5n }],
    ["an empty chain id", { chainId: new Uint8Array() }],
    ["a chain id that is no text", { chainId: Uint8Array.of(0xff, 0) }],
  ] as const) {
    test(`public randomness: ${name}, as @noble/curves computes them`, async () => {
      const request = wanted(changes);
      assert.ok(equalBytes(await vault.publicRandomness(request), expected(request)));
    });
  }

  test("public randomness: whoever asks again gets the same list, and a copy of his own", async () => {
    const request = wanted({ startHeight: 5000n });
    const [first, second] = await Promise.all([
      vault.publicRandomness(request),
      vault.publicRandomness(request),
    ]);
    first.fill(0);
    assert.deepEqual(second, expected(request));
    second.fill(0);
    assert.deepEqual(await vault.publicRandomness(request), expected(request));
  });

  test("public randomness: it is what the vault signs with", async () => {
    const publicKey = PUBLIC_KEY.slice(1);
    const place = { chainId: CHAIN_ID, height: 77n };
    const [signature] = await vault.sign({
      keyId: "key-red",
      payloads: [{ scheme: "babylon.eots", ...place, message: new Uint8Array(40), publicKey }],
    });
    const values = await vault.publicRandomness(wanted({ startHeight: 77n, count: 1 }));
    assert.deepEqual(signature?.bytes.slice(0, 32), values);
  });

  test("public randomness: signatures and short lists do not wait for a long one; sealing gives it up", async () => {
    let done = false;
    const long = vault.publicRandomness(wanted({ startHeight: 1_000_000n, count: 100_000 }));
    const outcome = assert.rejects(
      long.finally(() => (done = true)),
      { code: "service.sealed" },
    );
    const digest = digestOf("commitment");
    for (let count = 0; count < 3; count += 1) {
      const publicKey = PUBLIC_KEY.slice(1);
      await vault.sign({ keyId: "key-red", payloads: [{ scheme: "babylon.schnorr", digest, publicKey }] });
    }
    await vault.publicRandomness(wanted({ namespace: "blue", keyId: "key-blue", count: 3 }));
    assert.equal(done, false, "the long list is under way");
    assert.ok((await vault.status()).cachedKeys >= 2);
    await vault.seal();
    await outcome;
    assert.equal((await vault.status()).cachedKeys, 0);
    const known = wanted({ count: 1 });
    await assert.rejects(vault.publicRandomness(known), { code: "service.sealed" });

    await vault.unseal(passphrase());
    assert.deepEqual(await vault.publicRandomness(known), expected(known));
  });
});
