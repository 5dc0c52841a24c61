/** Batches of votes and public randomness over HTTP, and votes that race for one height by every route there is. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { schnorr } from "@noble/curves/secp256k1.js";
import { concat } from "../../src/domain/bytes.ts";
import { voteMessage } from "../chains/babylon/sample.ts";
import { ALLOW, answering, bind, DENY, readyPolicy } from "../running/policies.ts";
import { RunningService, type Reply } from "../running/service.ts";
import { readVectors, skipWithout } from "../vectors.ts";
import { rounds } from "../extent.ts";
import { assertDocumented } from "./document.ts";
import { assertProblem } from "./problems.ts";

/** How often votes race for a height, and how many of them. */
const ROUNDS = rounds("EOTS_RACE_ROUNDS");
const VOTES = 50;

let service: RunningService;
let walletId: string;
let keys = 0;
before(async () => {
  service = await RunningService.start();
  walletId = (await service.call("POST", "/v1/wallets", { name: "finality" })).body.id;
});
after(() => service.stop());

interface Key {
  readonly id: string;
  /** Hex of the x-only key. */
  readonly address: string;
}

async function newKey(): Promise<Key> {
  const made = await service.call("POST", `/v1/wallets/${walletId}/keys`, {
    chain: "babylon",
    index: keys++,
  });
  assert.equal(made.status, 201, made.text);
  return made.body;
}

interface Item {
  readonly height: string;
  readonly message: string;
}

const item = (height: bigint, hash = "ab"): Item => ({
  height: String(height),
  message: voteMessage(height, hash),
});

function batch(
  key: Key,
  items: readonly unknown[],
  more: Readonly<Record<string, unknown>> = {},
): Promise<Reply> {
  return service.call("POST", `/v1/keys/${key.id}/eots/batch`, { chainId: "bbn-1", items, ...more });
}

function single(key: Key, { height, message }: Item, chainId = "bbn-1"): Promise<Reply> {
  const body = { type: "babylon.eots", chainId, height, message };
  return service.call("POST", `/v1/keys/${key.id}/sign`, body);
}

function randomness(key: Key, body: Readonly<Record<string, unknown>>): Promise<Reply> {
  return service.call("POST", `/v1/keys/${key.id}/eots/randomness`, { chainId: "bbn-1", ...body });
}

async function auditSize(): Promise<number> {
  return (await service.call("GET", "/v1/sys/status")).body.auditSize;
}

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replace(/^0x/, ""), "hex"));
const sha256 = (data: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(data).digest());

describe("batch: what fails, fails the whole and leaves nothing", () => {
  let key: Key;
  before(async () => {
    key = await newKey();
  });

  for (const [name, items, field] of [
    ["no item", [], "/items"],
    ["a height twice with one message", [item(1n), item(2n), item(1n)], "/items/2/height"],
    ["a height twice with two", [item(1n), item(1n, "cd")], "/items/1/height"],
    ["a height of 2^64", [item(1n), { ...item(2n), height: "18446744073709551616" }], "/items/1/height"],
    ["a height with a leading zero", [item(1n), { ...item(2n), height: "02" }], "/items/1/height"],
    ["a message that is no hex", [item(1n), { ...item(2n), message: "0x0" }], "/items/1/message"],
    [
      "a message that is too long",
      [item(1n), { ...item(2n), message: `0x${"00".repeat(8193)}` }],
      "/items/1/message",
    ],
    ["a member too many", [{ ...item(1n), chainId: "bbn-1" }], "/items/0/chainId"],
  ] as const) {
    test(name, async () => {
      const size = await auditSize();
      const reply = await batch(key, items);
      assertProblem(reply, "request.malformed");
      assert.equal(reply.body.field, field, reply.text);
      assert.equal(await auditSize(), size);
    });
  }

  test("a chain id of 65 bytes", async () => {
    const reply = await batch(key, [item(1n)], { chainId: "é".repeat(33) });
    assertProblem(reply, "request.malformed");
    assert.equal(reply.body.field, "/chainId");
  });

  test("2,001 items", async () => {
    const items = Array.from({ length: 2001 }, (_, index) => ({ height: String(index), message: "0x" }));
    assertProblem(await batch(key, items), "request.malformed");
  });

  test("a key of another chain, and one that is not there", async () => {
    const made = await service.call("POST", `/v1/wallets/${walletId}/keys`, { chain: "ethereum" });
    const other = await batch(made.body, [item(1n)]);
    assert.ok(other.status === 400 || other.status === 422, other.text);
    assertProblem(await batch({ id: `key_${"0".repeat(29)}`, address: "" }, [item(1n)]), "key.not_found");
  });

  test("after all of these the heights are free", async () => {
    const reply = await batch(key, [item(1n, "ee"), item(2n, "ee")]);
    assert.equal(reply.status, 200, reply.text);
    assert.ok(reply.body.items.every((answer: any) => answer.signature !== undefined));
  });
});

describe("batch: items", () => {
  test("signatures in the order of the request, each a BIP-340 signature with its public randomness", async () => {
    const key = await newKey();
    const heights = [9n, 3n, 2n ** 64n - 1n, 0n];
    const reply = await batch(
      key,
      heights.map((height) => item(height)),
    );
    assert.equal(reply.status, 200, reply.text);
    assertDocumented("POST", "/v1/keys/{keyId}/eots/batch", reply);
    for (const [index, height] of heights.entries()) {
      const answer = reply.body.items[index];
      assert.equal(answer.height, String(height));
      const { body } = await randomness(key, { startHeight: String(height), count: 1 });
      const signature = concat(hex(body.publicRandomness[0]), hex(answer.signature));
      assert.ok(schnorr.verify(signature, sha256(hex(voteMessage(height))), hex(key.address)));
    }
  });

  test("a conflict stands in its item with its evidence; the others are signed, and equal ones again", async () => {
    const key = await newKey();
    const first = await single(key, item(5n));
    const reply = await batch(key, [item(4n), item(5n, "cd"), item(6n)]);
    assert.equal(reply.status, 200, reply.text);
    assertDocumented("POST", "/v1/keys/{keyId}/eots/batch", reply);
    const [four, five, six] = reply.body.items;
    assert.match(four.signature, /^0x[0-9a-f]{64}$/);
    assert.match(six.signature, /^0x[0-9a-f]{64}$/);
    assert.equal(five.signature, undefined);
    assert.equal(five.error.code, "guard.eots_conflict");
    assert.equal(five.error.height, "5");
    assert.match(five.requestId, /^req_/);
    const recorded = await service.call("GET", `/v1/requests/${five.requestId}`);
    assert.equal(recorded.status, 200, recorded.text);
    assert.match(recorded.text, /guard\.eots_conflict/);
    const again = await batch(key, [item(5n), item(4n)]);
    assert.deepEqual(
      again.body.items.map((answer: any) => answer.signature),
      [first.body.signature, four.signature],
    );
  });

  test("what a policy denies stands in its item", async () => {
    const key = await newKey();
    await bind(
      service,
      readyPolicy("babylon-votes"),
      { keyId: key.id },
      {
        settings: { chains: [{ chainId: "bbn-1", fromHeight: "10", onlyVotes: true }] },
      },
    );
    const reply = await batch(key, [item(9n), item(10n), { height: "11", message: voteMessage(12n) }]);
    assert.equal(reply.status, 200, reply.text);
    const [nine, ten, eleven] = reply.body.items;
    assert.deepEqual([nine.error.code, nine.error.policyCode], ["policy.denied", "height_out_of_range"]);
    assert.match(ten.signature, /^0x[0-9a-f]{64}$/);
    assert.equal(eleven.error.policyCode, "vote_height_differs");
    const schnorrRequest = { type: "babylon.schnorr", message: `0x${"5a".repeat(32)}` };
    const denied = await service.call("POST", `/v1/keys/${key.id}/sign`, schnorrRequest);
    assertProblem(denied, "policy.denied");
    assert.equal(denied.body.policyCode, "schnorr_not_allowed");
  });

  test("a rate counts each item: no more pass than fit", async () => {
    const key = await newKey();
    const limits = [{ counter: "votes", amount: "1", window: 86_400, max: "3" }];
    await bind(service, answering({ decision: "allow", limits }), { keyId: key.id });
    const items = Array.from({ length: 8 }, (_, index) => item(BigInt(index)));
    const reply = await batch(key, items);
    const codes = reply.body.items.map((answer: any) => answer.error?.code ?? "signed");
    assert.deepEqual(codes, [...Array(3).fill("signed"), ...Array(5).fill("policy.limit")]);
    // What the limit refused was not recorded by the guard: another message is free to be signed later.
    assert.equal((await single(key, item(1n))).body.code, "policy.limit");
  });

  test("a policy on a batch of 1,500: its queue is shorter than that", async () => {
    const key = await newKey();
    await bind(service, ALLOW, { keyId: key.id });
    const items = Array.from({ length: 1500 }, (_, index) => item(BigInt(index)));
    const reply = await batch(key, items);
    assert.equal(reply.status, 200, reply.text.slice(0, 300));
    assert.ok(reply.body.items.every((answer: any) => /^0x[0-9a-f]{64}$/.test(answer.signature)));
  });

  test("a policy that denies everything leaves every height free", async () => {
    const key = await newKey();
    const bindingId = await bind(service, DENY, { keyId: key.id });
    const refused = await batch(key, [item(1n), item(2n)]);
    assert.ok(refused.body.items.every((answer: any) => answer.error.code === "policy.denied"));
    assert.equal((await service.call("DELETE", `/v1/bindings/${bindingId}`)).status, 204);
    const reply = await batch(key, [item(1n, "cd"), item(2n, "cd")]);
    assert.ok(reply.body.items.every((answer: any) => answer.signature !== undefined));
  });

  test("with an Idempotency-Key: the same answer; any other batch under it is refused", async () => {
    const key = await newKey();
    const headers = { "idempotency-key": "eots-batch-1" };
    const path = `/v1/keys/${key.id}/eots/batch`;
    const body = { chainId: "bbn-1", items: [item(1n), item(2n)] };
    const first = await service.call("POST", path, body, headers);
    const size = await auditSize();
    assert.deepEqual((await service.call("POST", path, body, headers)).body, first.body);
    for (const items of [body.items.slice(0, 1), body.items.toReversed(), [...body.items, item(3n)]]) {
      const other = await service.call("POST", path, { ...body, items }, headers);
      assertProblem(other, "request.idempotency_conflict");
    }
    const vote = { type: "babylon.eots", chainId: "bbn-1", ...item(1n) };
    assertProblem(
      await service.call("POST", `/v1/keys/${key.id}/sign`, vote, headers),
      "request.idempotency_conflict",
    );
    assert.equal(await auditSize(), size);
  });
});

describe("public randomness", () => {
  for (const [name, body, field] of [
    ["a count of 0", { startHeight: "1", count: 0 }, "/count"],
    ["a count of 100,001", { startHeight: "1", count: 100_001 }, "/count"],
    ["an interval of 0", { startHeight: "1", count: 1, interval: "0" }, "/interval"],
    ["a last height of 2^64", { startHeight: "18446744073709551615", count: 2 }, "/startHeight"],
    [
      "a last height far above",
      { startHeight: "1", count: 3, interval: "9223372036854775808" },
      "/startHeight",
    ],
    ["an interval of 2^64", { startHeight: "1", count: 1, interval: "18446744073709551616" }, "/interval"],
    ["a chain id that is no text", { startHeight: "1", count: 1, chainId: "\ud800" }, "/chainId"],
  ] as const) {
    test(`${name} is refused`, async () => {
      const reply = await randomness(await newKey(), body);
      assertProblem(reply, "request.malformed");
      assert.equal(reply.body.field, field, reply.text);
    });
  }

  test("a key of another chain is refused", async () => {
    const made = await service.call("POST", `/v1/wallets/${walletId}/keys`, { chain: "solana" });
    assertProblem(await randomness(made.body, { startHeight: "1", count: 1 }), "request.malformed");
  });

  test("root and commitment are what the chain computes from the list, for lists of many lengths", async () => {
    const key = await newKey();
    for (const count of [1, 2, 3, 4, 5, 31, 32, 33, 250]) {
      const reply = await randomness(key, { startHeight: "1000", count });
      assert.equal(reply.status, 200, reply.text);
      assert.equal(reply.headers.get("content-type"), "application/json; charset=utf-8");
      assertDocumented("POST", "/v1/keys/{keyId}/eots/randomness", reply);
      const values: Uint8Array[] = reply.body.publicRandomness.map(hex);
      assert.equal(values.length, count);
      assert.equal(new Set(reply.body.publicRandomness).size, count);
      const root = merkleRoot(values);
      assert.deepEqual(hex(reply.body.root), root);
      const numbers = Buffer.alloc(16);
      numbers.writeBigUInt64BE(1000n);
      numbers.writeBigUInt64BE(BigInt(count), 8);
      assert.deepEqual(hex(reply.body.commitHash), sha256(concat(numbers, root)));
    }
  });

  test("an interval takes every other height; the last one may be 2^64-1", async () => {
    const key = await newKey();
    const all = await randomness(key, { startHeight: "10", count: 5 });
    const some = await randomness(key, { startHeight: "10", count: 3, interval: "2" });
    assert.deepEqual(
      some.body.publicRandomness,
      [0, 2, 4].map((index) => all.body.publicRandomness[index]),
    );
    assert.equal(some.body.interval, "2");
    const last = await randomness(key, { startHeight: "18446744073709551614", count: 2 });
    assert.equal(last.status, 200, last.text);
  });

  test("another chain has other values; text and hex of one id have the same", async () => {
    const key = await newKey();
    const ask = async (chainId: unknown) =>
      (await randomness(key, { startHeight: "1", count: 1, chainId })).body.root;
    assert.notEqual(await ask("bbn-1"), await ask("bbn-2"));
    assert.equal(await ask("bbn-1"), await ask({ hex: "0x62626e2d31" }));
    assert.equal(await ask(""), await ask({ hex: "0x" }));
  });

  test("a list of 3,000 arrives whole, while others are answered", async () => {
    const key = await newKey();
    const [list, ...votes] = await Promise.all([
      randomness(key, { startHeight: "1", count: 3000 }),
      ...[1n, 2n, 3n].map((height) => single(key, item(height))),
    ]);
    assert.equal(list.body.publicRandomness.length, 3000);
    assert.ok(votes.every((reply) => reply.status === 200));
    const root = merkleRoot(list.body.publicRandomness.map(hex));
    assert.deepEqual(hex(list.body.root), root);
  });

  test("the published vectors", { skip: skipWithout("babylon") }, async () => {
    const cases = vectorCases(readVectors("babylon", "eots.json"));
    assert.ok(cases.length >= 100);
    const imported = new Map<string, string>();
    for (const example of cases) {
      // A key and its negative are one provider: only one of them can be here.
      if ((imported.get(example.pk) ?? example.sk) !== example.sk) continue;
      imported.set(example.pk, example.sk);
      const body = { chain: "babylon", privateKey: `0x${example.sk}` };
      const key = (await service.call("POST", "/v1/keys/import", body)).body;
      const place = { startHeight: example.height, count: 1, chainId: { hex: `0x${example.chain_id_hex}` } };
      const reply = await randomness(key, place);
      assert.deepEqual(reply.body.publicRandomness, [`0x${example.pub_rand}`], reply.text);
    }
  });
});

function vectorCases(file: unknown): any[] {
  const named: unknown = typeof file === "object" && file !== null && "vectors" in file ? file.vectors : file;
  assert.ok(Array.isArray(named));
  return named;
}

/** RFC 6962 as its text says, by recursion: another way than the service's. */
function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  if (only === undefined) return sha256(new Uint8Array());
  if (leaves.length === 1) return sha256(concat(Uint8Array.of(0), only));
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(
    concat(Uint8Array.of(1), merkleRoot(leaves.slice(0, split)), merkleRoot(leaves.slice(split))),
  );
}

test(`${ROUNDS} rounds of ${VOTES} different messages for one height: one signature, the rest conflicts`, async () => {
  const key = await newKey();
  for (let round = 0; round < ROUNDS; round += 1) {
    const height = BigInt(round * 7);
    const votes = Array.from({ length: VOTES }, (_, index) =>
      item(height, index.toString(16).padStart(2, "0")),
    );
    // One alone, one in a batch with other heights, in turns.
    const outcomes = await Promise.all(
      votes.map(async (vote, index) => {
        if (index % 2 === 0) {
          const { body } = await single(key, vote);
          return String(body.signature ?? body.code);
        }
        const beside = item(height + 1n + BigInt(index % 5));
        const { body } = await batch(key, index % 4 === 1 ? [vote, beside] : [beside, vote]);
        const mine = body.items.find((answer: any) => answer.height === vote.height);
        return String(mine.signature ?? mine.error.code);
      }),
    );
    const signatures = outcomes.filter((outcome) => outcome.startsWith("0x"));
    assert.equal(signatures.length, 1, outcomes.join("\n"));
    assert.equal(outcomes.filter((outcome) => outcome === "guard.eots_conflict").length, VOTES - 1);
  }
});
