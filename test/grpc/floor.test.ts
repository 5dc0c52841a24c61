/** What the daemon meets at a key's floor, where no floor is known, and after a restart: what it may skip, and what it must not. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { schnorr } from "@noble/curves/secp256k1.js";
import { claviger, refused, succeeded, temporary } from "../commands/claviger.ts";
import { RunningService } from "../running/service.ts";
import { EotsClient } from "./client.ts";

const CHAIN = Buffer.from("bbn-1");
const OTHER_CHAIN = Buffer.from("bbn-2");
const FLOOR = 500n;
const BEFORE = vote(10n, 1);
/** Longer than any message that is signed anew. */
const LONG = Buffer.alloc(9000, 4);

const directory = temporary("floor");
let service: RunningService;
let client: EotsClient;
let uid: Buffer;
/** Of BEFORE at height 10, from before the floor and the restart. */
let first: Buffer;

async function start(): Promise<void> {
  service = await RunningService.start({
    dataDirectory: directory,
    environment: { CLAVIGER_EOTS__ENABLED: "true", CLAVIGER_EOTS__PORT: "0" },
  });
  client = new EotsClient(service.eots);
}

before(async () => {
  await start();
  const wallet = await service.call("POST", "/v1/wallets", { name: "floor" });
  const key = await service.call("POST", `/v1/wallets/${wallet.body.id}/keys`, { chain: "babylon" });
  uid = Buffer.from(key.body.address, "hex");
  first = await client.signEots(uid, CHAIN, 10n, BEFORE);
  client.close();
  await service.stop();
  const variables = { CLAVIGER_STORAGE__DATA_DIR: directory };
  const publicKey = ["--public-key", key.body.address];
  const floor = [
    "eots",
    "floor",
    ...publicKey,
    "--chain-id",
    "bbn-1",
    "--height",
    String(FLOOR),
    "-o",
    "json",
  ];
  succeeded(await claviger(floor, variables));
  succeeded(await claviger(["eots", "require-floor", ...publicKey, "-o", "json"], variables));
  const history = join(directory, "long.jsonl");
  const record = { publicKey: key.body.address, chainId: "long", height: "7", at: "2026-01-01T00:00:00Z" };
  const message = `0x${LONG.toString("hex")}`;
  writeFileSync(
    history,
    `{"format":"claviger.eots-history","version":1}\n${JSON.stringify({ ...record, message })}\n`,
  );
  const imported = ["eots", "import", history, "-o", "json"];
  const place = new RegExp(`key ${key.body.address}, chain long, height 7: the message has 9000 bytes`);
  refused(await claviger(imported, variables), 1, "request.malformed", place);
  succeeded(await claviger([...imported, "--long-messages", "hash"], variables));
  await start();
});
after(async () => {
  client.close();
  await service.stop();
  rmSync(directory, { recursive: true });
});

function vote(height: bigint, fill: number): Buffer {
  const message = Buffer.alloc(40, fill);
  message.writeBigUInt64BE(height);
  return message;
}

test("a message that an import brought as its hash: it alone is signed, again and again", async () => {
  const chainId = Buffer.from("long");
  const [randomness = Buffer.alloc(0)] = await client.randomness(uid, chainId, 7n, 1);
  const signature = await client.signEots(uid, chainId, 7n, LONG);
  const digest = createHash("sha256").update(LONG).digest();
  assert.ok(schnorr.verify(Buffer.concat([randomness, signature]), digest, uid));
  assert.deepEqual(await client.signEots(uid, chainId, 7n, LONG), signature);
  for (const other of [vote(7n, 1), Buffer.alloc(9000, 5), Buffer.alloc(0)]) {
    await assert.rejects(client.signEots(uid, chainId, 7n, other), /FAILED_PRECONDITION: double sign$/);
  }
  await assert.rejects(client.signEots(uid, chainId, 8n, LONG), /UNKNOWN: request\.malformed: .*8192 bytes/);
});

test("at and below the floor nothing new is signed: FAILED_PRECONDITION, which the daemon skips", async () => {
  for (const height of [0n, 11n, FLOOR]) {
    await assert.rejects(
      client.signEots(uid, CHAIN, height, vote(height, 1)),
      /FAILED_PRECONDITION: guard\.eots_below_floor: /,
    );
  }
});

test("what was signed below the floor has the same signature after the restart, another message none", async () => {
  assert.deepEqual(await client.signEots(uid, CHAIN, 10n, BEFORE), first);
  await assert.rejects(client.signEots(uid, CHAIN, 10n, vote(10n, 2)), /FAILED_PRECONDITION: double sign$/);
});

test("a batch that catches up past the floor is answered from there on", async () => {
  const heights = [10n, 499n, 500n, 501n, 502n];
  const answer = await client.signBatch(
    uid,
    CHAIN,
    heights.map((height) => ({ height, message: vote(height, 1) })),
  );
  assert.deepEqual(
    answer.map(({ height }) => height),
    [10n, 501n, 502n],
  );
});

test("a chain without a known history is no reason to skip: UNKNOWN, alone and in a batch", async () => {
  const message = vote(1000n, 1);
  const unknown = /UNKNOWN: guard\.unknown_history: /;
  await assert.rejects(client.signEots(uid, OTHER_CHAIN, 1000n, message), unknown);
  await assert.rejects(client.signBatch(uid, OTHER_CHAIN, [{ height: 1000n, message }]), unknown);
});
