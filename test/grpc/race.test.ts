/** Rounds of different messages for one height, all at once over REST and gRPC, alone and in batches: one signature each. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { status as Status } from "@grpc/grpc-js";
import { schnorr } from "@noble/curves/secp256k1.js";
import { RunningService } from "../running/service.ts";
import { rounds } from "../extent.ts";
import { EotsClient } from "./client.ts";

/** Rounds that run at once; batches reach over all of them. */
const TOGETHER = 8;
// Heights are raced in groups, and none is left half-way.
const ROUNDS = Math.ceil(rounds("RACE_ROUNDS") / TOGETHER) * TOGETHER;
/** Messages for each height. */
const MESSAGES = 50;
const CHAIN_ID = "bbn-1";
const CHAIN = Buffer.from(CHAIN_ID);

let service: RunningService;
let client: EotsClient;
let uid: Buffer;
let path: string;
before(async () => {
  service = await RunningService.start({
    environment: { CLAVIGER_EOTS__ENABLED: "true", CLAVIGER_EOTS__PORT: "0" },
  });
  client = new EotsClient(service.eots);
  const wallet = await service.call("POST", "/v1/wallets", { name: "race" });
  const key = await service.call("POST", `/v1/wallets/${wallet.body.id}/keys`, { chain: "babylon" });
  uid = Buffer.from(key.body.address, "hex");
  path = `/v1/keys/${key.body.id}`;
});
after(async () => {
  client.close();
  await service.stop();
});

/** Signatures in hex by height and message: what came out of the service. */
class World {
  readonly #signed = new Map<bigint, Map<number, Set<string>>>();
  refused = 0;

  signed(height: bigint, message: number, signature: string): void {
    const messages = this.#signed.get(height) ?? new Map<number, Set<string>>();
    const signatures = messages.get(message) ?? new Set();
    this.#signed.set(height, messages.set(message, signatures.add(signature.replace(/^0x/, ""))));
  }

  /** The one message and the one signature of a height. */
  oneOf(height: bigint): { readonly message: number; readonly signature: string } {
    const messages = this.#signed.get(height) ?? new Map<number, Set<string>>();
    assert.equal(messages.size, 1, `height ${height}: ${messages.size} messages were signed`);
    for (const [message, signatures] of messages) {
      const [signature, ...others] = signatures;
      assert.ok(signature !== undefined && others.length === 0, `height ${height}: two signatures`);
      return { message, signature };
    }
    throw new Error("unreachable");
  }
}

type Way = (world: World, heights: readonly bigint[], message: number) => Promise<void>[];

const oneByOne =
  (ask: typeof overGrpc): Way =>
  (world, heights, message) =>
    heights.map((height) => ask(world, height, message));
const atOnce =
  (ask: typeof batchOverGrpc): Way =>
  (world, heights, message) => [ask(world, heights, message)];

/** The ways to ask: each message takes one of them. */
const WAYS: readonly Way[] = [
  oneByOne(overGrpc),
  atOnce(batchOverRest),
  atOnce(batchOverGrpc),
  oneByOne(overRest),
  atOnce(batchOverGrpc),
  atOnce(batchOverRest),
];

async function overGrpc(world: World, height: bigint, message: number): Promise<void> {
  try {
    const signature = await client.signEots(uid, CHAIN, height, bytesOf(height, message));
    world.signed(height, message, signature.toString("hex"));
  } catch (error) {
    assert.ok(error instanceof Error && "code" in error && "details" in error);
    assert.deepEqual([error.code, error.details], [Status.FAILED_PRECONDITION, "double sign"]);
    world.refused += 1;
  }
}

async function overRest(world: World, height: bigint, message: number): Promise<void> {
  const { status, body, text } = await service.call("POST", `${path}/sign`, {
    type: "babylon.eots",
    chainId: CHAIN_ID,
    ...itemOf(height, message),
  });
  if (status === 200) return world.signed(height, message, body.signature);
  assert.deepEqual([status, body.code], [412, "guard.eots_conflict"], text);
  world.refused += 1;
}

async function batchOverGrpc(world: World, heights: readonly bigint[], message: number): Promise<void> {
  const items = heights.map((height) => ({ height, message: bytesOf(height, message) }));
  const answer = await client.signBatch(uid, CHAIN, items);
  for (const { height, signature } of answer) world.signed(height, message, signature.toString("hex"));
  world.refused += items.length - answer.length;
}

async function batchOverRest(world: World, heights: readonly bigint[], message: number): Promise<void> {
  const items = heights.map((height) => itemOf(height, message));
  const { status, body, text } = await service.call("POST", `${path}/eots/batch`, {
    chainId: CHAIN_ID,
    items,
  });
  assert.equal(status, 200, text);
  for (const [index, height] of heights.entries()) {
    const { signature, error } = body.items[index];
    if (signature !== undefined) world.signed(height, message, signature);
    else assert.equal(error.code, "guard.eots_conflict", text);
    if (error !== undefined) world.refused += 1;
  }
}

function bytesOf(height: bigint, message: number): Buffer {
  const vote = Buffer.alloc(40, message);
  vote.writeBigUInt64BE(height);
  return vote;
}

function itemOf(height: bigint, message: number): { readonly height: string; readonly message: string } {
  return { height: String(height), message: `0x${bytesOf(height, message).toString("hex")}` };
}

function assertVote(randomness: Uint8Array | undefined, signature: string, message: Uint8Array): void {
  const full = Buffer.concat([randomness ?? Buffer.alloc(0), Buffer.from(signature, "hex")]);
  assert.ok(
    schnorr.verify(full, createHash("sha256").update(message).digest(), uid),
    "a vote does not verify",
  );
}

test(`${ROUNDS} rounds of ${MESSAGES} messages for one height: one signature in the world, the rest refused`, async () => {
  const world = new World();
  for (let round = 0; round < ROUNDS; round += TOGETHER) {
    const heights = Array.from({ length: TOGETHER }, (_, index) => BigInt(round + index + 1));
    // Another way first in each group, so that each of them wins somewhere.
    const asked = Array.from({ length: MESSAGES }, (_, message) => message).flatMap(
      (message) => WAYS[(message + round / TOGETHER) % WAYS.length]?.(world, heights, message) ?? [],
    );
    await Promise.all(asked);
  }
  const winners = new Set<number>();
  const randomness = await client.randomness(uid, CHAIN, 1n, ROUNDS);
  for (let height = 1n; height <= ROUNDS; height += 1n) {
    const { message, signature } = world.oneOf(height);
    winners.add(message);
    // Each was verified before it was released; a second implementation takes milliseconds for one.
    if (height % 10n === 0n) assertVote(randomness[Number(height) - 1], signature, bytesOf(height, message));
  }
  assert.equal(world.refused, ROUNDS * (MESSAGES - 1));
  assert.ok(winners.size > 1, "always the same message won: nothing raced");
});
