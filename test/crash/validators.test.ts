/**
 * SIGKILL under a load of validator duties, most of which contradict another, one by one and in batches. After each
 * kill: every released signature has its guard row, no two of a validator's are slashable together, and the exported
 * history holds all of them and nothing that was never asked for.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { PublicKey, Signature, verifyMultipleAggregateSignatures } from "@chainsafe/blst";
import type { Reply } from "../running/service.ts";
import { rounds } from "../extent.ts";
import { anyDuty, contradicting, GENESIS_EPOCH, slashable, vote, type Duty, type Message } from "./duties.ts";
import { guardRows, validatorKeys, type ValidatorKey } from "./guard-rows.ts";
import { decisionById, Installation } from "./installation.ts";

const ROUNDS = rounds("CRASH_ROUNDS");
/** A start keeps one core busy for most of its time. */
const LANES = Math.min(availableParallelism(), 4);
const CLIENTS = 8;
const VALIDATORS = 6;
/** Asks before the head moves to the next epoch. */
const ASKS_PER_EPOCH = 12;
/** Asks before a vote of every key that spans epochs which nobody has voted for yet: what follows is surrounded by it. */
const ASKS_PER_SPAN = 4 * ASKS_PER_EPOCH;
const WHOLE_EVERY = 10;
/** Signatures of a round that are verified. */
const VERIFIED = 16;
const REPEATED = 6;

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const run = promisify(execFile);

interface Ask {
  readonly route: "single" | "batch" | "path";
  readonly keys: readonly ValidatorKey[];
  readonly duty: Duty;
}

interface Released {
  readonly publicKey: string;
  readonly message: Message;
  readonly signature: string;
  readonly requestId: string | undefined;
}

interface Lane {
  readonly installation: Installation;
  readonly keys: readonly ValidatorKey[];
  asks: number;
  /** By public key, over all rounds. */
  readonly released: Map<string, Map<string, Message>>;
  /** Public key and root of what got no answer. */
  readonly lost: Set<string>;
}

interface Round {
  readonly released: Released[];
  readonly refused: { readonly publicKey: string; readonly message: Message }[];
  readonly unanswered: Ask[];
}

const total = {
  rounds: 0,
  midFlight: 0,
  votes: 0,
  blocks: 0,
  inBatches: 0,
  verified: 0,
  refused: {} as Record<string, number>,
  unanswered: 0,
  recordedUnreleased: 0,
  repeated: 0,
  contradicted: 0,
  pairs: 0,
  exports: 0,
};
const lanes: Lane[] = [];
after(async () => {
  for (const { installation } of lanes) {
    await installation.service.stop();
    installation.remove();
  }
});

test(`${ROUNDS} kills: no signature without its guard row, no two that are slashable`, async (t) => {
  const started = performance.now();
  await Promise.all(Array.from({ length: LANES }, runLane));
  t.diagnostic(`${LANES} installations, ${((performance.now() - started) / 1000).toFixed(0)} s`);
  t.diagnostic(JSON.stringify(total));
  assert.equal(total.rounds, ROUNDS);
  assert.ok(
    total.midFlight >= Math.min(ROUNDS * 0.9, ROUNDS - 1),
    "kills hit work under way in nine of ten rounds",
  );
  assert.ok(total.votes > ROUNDS && total.blocks > ROUNDS && total.inBatches > ROUNDS);
  // A few rounds need not come upon each.
  for (const code of ROUNDS < 24 ? [] : ["double_proposal", "double_vote", "surrounds", "surrounded"]) {
    assert.ok((total.refused[`guard.${code}`] ?? 0) > 0, `${code} was under way`);
  }
  assert.ok(total.contradicted > ROUNDS / 2, "what the crash kept was contradicted afterwards");
});

let begun = 0;

async function runLane(): Promise<void> {
  const installation = await Installation.create();
  const keys = await validatorKeys(installation, VALIDATORS);
  const released = new Map(keys.map(({ publicKey }) => [publicKey, new Map<string, Message>()]));
  const lane: Lane = { installation, keys, asks: 0, released, lost: new Set() };
  lanes.push(lane);
  while (begun < ROUNDS) {
    begun += 1;
    const round: Round = { released: [], refused: [], unanswered: [] };
    await loadAndKill(lane, round);
    total.rounds += 1;
    const whole = total.rounds % WHOLE_EVERY === 0;
    if (whole) await checkExport(lane);
    await installation.restart();
    checkReleased(lane, round);
    checkRows(lane);
    await askAgain(lane, round);
    if (whole) await installation.verifyAudit();
  }
  await installation.service.stop();
  await checkExport(lane);
  await installation.verifyAudit();
}

/** Clients ask without pause; the process is killed at a random moment after the first signature. */
async function loadAndKill(lane: Lane, round: Round): Promise<void> {
  const kill = new AbortController();
  const first = Promise.withResolvers<void>();
  const client = async (): Promise<void> => {
    while (!kill.signal.aborted) {
      const ask = nextAsk(lane);
      try {
        note(lane, round, ask, await send(lane, ask));
        if (round.released.length > 0) first.resolve();
      } catch (error) {
        if (!kill.signal.aborted || error instanceof assert.AssertionError) throw error;
        round.unanswered.push(ask);
        for (const { publicKey } of ask.keys) lane.lost.add(publicKey + ask.duty.message.signingRoot);
      }
    }
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, client));
  await Promise.race([first.promise, clients]);
  await new Promise((resolve) => setTimeout(resolve, randomInt(5, 200)));
  kill.abort();
  await lane.installation.service.kill();
  await clients;
  if (round.unanswered.length > 0) total.midFlight += 1;
  total.unanswered += round.unanswered.length;
}

function nextAsk(lane: Lane): Ask {
  lane.asks += 1;
  const head = GENESIS_EPOCH + Math.floor(lane.asks / ASKS_PER_EPOCH);
  if (lane.asks % ASKS_PER_SPAN === 0)
    return { route: "batch", keys: lane.keys, duty: vote(head + 2, head + 6) };
  const duty = anyDuty(head);
  const from = randomInt(VALIDATORS);
  const die = randomInt(5);
  const keys = die < 2 ? lane.keys.slice(from) : lane.keys.slice(from, from + 1);
  return { route: die < 2 ? "batch" : die < 4 ? "single" : "path", keys, duty };
}

function send({ installation }: Lane, { route, keys, duty }: Ask): Promise<Reply> {
  const json = { accept: "application/json" };
  const [key] = keys;
  assert.ok(key !== undefined);
  switch (route) {
    case "single":
      return installation.service.call("POST", `/api/v1/eth2/sign/${key.publicKey}`, duty.body, json);
    case "path":
      return installation.sign({
        keyId: key.id,
        body: { type: "ethereum-validator.duty", duty: duty.body },
      });
    case "batch": {
      const identifiers = keys.map(({ publicKey }) => publicKey);
      const body = { identifiers, signing_request: duty.body };
      return installation.service.call("POST", "/api/v1/eth2/sign", body, json);
    }
  }
}

/** Sorts an answer into released and refused; anything but a signature or a 412 of the guard fails the test. */
function note(lane: Lane, round: Round, { route, keys, duty }: Ask, reply: Reply): void {
  const { message } = duty;
  if (route === "batch") assert.equal(reply.status, 200, reply.text);
  const results =
    route === "batch"
      ? reply.body
      : [
          reply.status === 200
            ? { signature: reply.body.signature, requestId: reply.headers.get("x-request-id") }
            : { error: { code: reply.status, reason: reply.body?.code } },
        ];
  assert.equal(results.length, keys.length, reply.text);
  for (const [index, { publicKey }] of keys.entries()) {
    const { signature, requestId, error } = results[index];
    if (signature === undefined) {
      assert.equal(error.code, 412, reply.text);
      assert.match(error.reason, /^guard\./);
      total.refused[error.reason] = (total.refused[error.reason] ?? 0) + 1;
      round.refused.push({ publicKey, message });
      continue;
    }
    round.released.push({ publicKey, message, signature, requestId: requestId ?? undefined });
    if (message.kind === "vote") total.votes += 1;
    else total.blocks += 1;
    if (route === "batch") total.inBatches += 1;
    addReleased(lane, publicKey, message);
  }
}

/** Compares a released message with every earlier one of its validator. */
function addReleased(lane: Lane, publicKey: string, message: Message): void {
  const earlier = lane.released.get(publicKey);
  assert.ok(earlier !== undefined);
  for (const other of earlier.values()) {
    total.pairs += 1;
    const both = `${JSON.stringify(message)} and ${JSON.stringify(other)}`;
    assert.ok(!slashable(message, other), `${publicKey} signed ${both}`);
  }
  earlier.set(message.signingRoot, message);
}

/** Each has its guard row and its decision; a sample of them is verified as signatures. */
function checkReleased({ installation }: Lane, { released }: Round): void {
  const rows = installation.read(guardRows);
  installation.read((database) => {
    for (const { publicKey, message, requestId } of released) {
      assert.deepEqual(rows.get(publicKey)?.get(message.signingRoot), message, "its guard row");
      if (requestId !== undefined) assert.equal(decisionById(database, requestId)?.decision, "allow");
    }
  });
  const sample = released.slice(-VERIFIED);
  assert.ok(
    verifyMultipleAggregateSignatures(
      sample.map(({ publicKey, message, signature }) => ({
        msg: bytes(message.signingRoot),
        pk: PublicKey.fromBytes(bytes(publicKey)),
        sig: Signature.fromBytes(bytes(signature)),
      })),
    ),
  );
  total.verified += sample.length;
}

/** No two rows of a validator are slashable, released or not. */
function checkRows({ installation }: Lane): void {
  for (const [publicKey, rows] of installation.read(guardRows)) {
    const messages = [...rows.values()];
    for (const [index, message] of messages.entries()) {
      const clash = messages.slice(index + 1).find((other) => slashable(message, other));
      assert.equal(clash, undefined, `${publicKey}: ${JSON.stringify(message)}`);
    }
  }
}

/** What got no answer: where its row is on disk, it is signed again and what contradicts it is refused. */
async function askAgain(lane: Lane, round: Round): Promise<void> {
  const rows = lane.installation.read(guardRows);
  for (const { keys, duty } of round.unanswered.slice(0, REPEATED)) {
    for (const key of keys) {
      const { message } = duty;
      const again: Ask = { route: "single", keys: [key], duty };
      const recorded = rows.get(key.publicKey)?.has(message.signingRoot) === true;
      const released = lane.released.get(key.publicKey)?.has(message.signingRoot) === true;
      const reply = await send(lane, again);
      note(lane, round, again, reply);
      total.repeated += 1;
      if (recorded && !released) total.recordedUnreleased += 1;
      if (!recorded) continue;
      assert.equal(reply.status, 200, "what was recorded before the crash is signed");
      const refused = await send(lane, { ...again, duty: contradicting(duty) });
      assert.equal(refused.status, 412, refused.text);
      total.contradicted += 1;
    }
  }
}

/** The export has exactly the guard's rows; what was never released in it got no answer when it was asked for. */
async function checkExport(lane: Lane): Promise<void> {
  const { directory } = lane.installation;
  const file = join(directory, "export.json");
  await run(process.execPath, [MAIN, "slashing", "export", file, "-o", "json"], {
    env: { ...process.env, CLAVIGER_STORAGE__DATA_DIR: directory },
  });
  const { data } = JSON.parse(readFileSync(file, "utf8"));
  rmSync(file);
  const exported = new Map<string, Set<string>>();
  for (const { pubkey, signed_blocks, signed_attestations } of data) {
    const texts = [
      ...signed_blocks.map((signedBlock: any) => `${signedBlock.slot} ${signedBlock.signing_root}`),
      ...signed_attestations.map(
        (signedAttestation: any) =>
          `${signedAttestation.source_epoch} ${signedAttestation.target_epoch} ${signedAttestation.signing_root}`,
      ),
    ];
    assert.equal(exported.has(pubkey), false);
    exported.set(pubkey, new Set(texts));
  }
  for (const [publicKey, messages] of lane.released) {
    const there = exported.get(publicKey) ?? new Set();
    for (const message of messages.values()) assert.ok(there.delete(textOf(message)), textOf(message));
    for (const text of there) {
      assert.ok(lane.lost.has(publicKey + (text.split(" ").at(-1) ?? "")), `${text} was asked for`);
    }
  }
  total.exports += 1;
}

function textOf(message: Message): string {
  return message.kind === "block"
    ? `${message.slot} ${message.signingRoot}`
    : `${message.source} ${message.target} ${message.signingRoot}`;
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.slice(2), "hex"));
}
