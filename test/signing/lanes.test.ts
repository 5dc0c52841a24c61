/**
 * Lanes: registrations that come by the ten thousand leave blocks, votes and aggregates their places. Nothing here
 * depends on time: what is under way is held, and what has begun is counted.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DUTY_TYPES } from "../../src/chains/ethereum-validator/duty.ts";
import { URGENCIES, type Urgency } from "../../src/domain/urgency.ts";
import type { Core } from "../../src/core.ts";
import type { BatchCall } from "../../src/signing/batch.ts";
import type { SignCall } from "../../src/signing/submission.ts";
import { IN_PROCESS } from "../../src/signing/departures.ts";
import { coreOf, fakeParts } from "./parts.ts";
import { DECODED, KEY, PRINCIPAL } from "./sample.ts";

/** One duty of each lane, and what is no duty. */
const EXAMPLES: Readonly<Record<Urgency, string>> = {
  block: "BLOCK_V2",
  vote: "ATTESTATION",
  aggregate: "AGGREGATE_AND_PROOF",
  request: "",
  registration: "VALIDATOR_REGISTRATION",
};

/** Requests whose duty was asked to be decoded, in order; each is held until it is let go. */
class HeldCore {
  readonly core: Core;
  readonly begun: string[] = [];
  #open = false;
  readonly #held: (() => void)[] = [];

  constructor() {
    const { parts } = fakeParts({
      decode: (request) => {
        const duty: any = request["duty"];
        this.begun.push(duty?.type ?? "");
        if (this.#open) return Promise.resolve(DECODED);
        return new Promise((resolve) => this.#held.push(() => resolve(DECODED)));
      },
    });
    this.core = coreOf(parts);
  }

  count(urgency: Urgency): number {
    return this.begun.filter((type) => type === EXAMPLES[urgency]).length;
  }

  open(): void {
    this.#open = true;
    for (const release of this.#held) release();
  }
}

function requestOf(urgency: Urgency): SignCall["request"] {
  const type = EXAMPLES[urgency];
  return type === ""
    ? { type: "ethereum.message", message: {} }
    : { type: "ethereum-validator.duty", duty: { type } };
}

function call(urgency: Urgency): SignCall {
  return {
    requestId: "req_1",
    principal: PRINCIPAL,
    asked: { keyId: KEY.id },
    request: requestOf(urgency),
    idempotencyKey: null,
    outlet: IN_PROCESS,
  };
}

function batch(urgency: Urgency, count: number): BatchCall {
  const keyIds = Array.from({ length: count }, () => KEY.id);
  return {
    principal: PRINCIPAL,
    keyIds,
    request: requestOf(urgency),
    idempotencyKey: null,
    outlet: IN_PROCESS,
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 60; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test("lanes: each type of duty waits with those of its kind", () => {
  const { parts } = fakeParts();
  const kinds = new Map(
    DUTY_TYPES.map((type) => [
      type,
      parts.chains.urgencyOf({ type: "ethereum-validator.duty", duty: { type: type.toLowerCase() } }),
    ]),
  );
  const of = (urgency: Urgency) =>
    [...kinds]
      .filter(([, found]) => found === urgency)
      .map(([type]) => type)
      .toSorted();
  assert.deepEqual(of("block"), [
    "BLOCK",
    "BLOCK_V2",
    "EXECUTION_PAYLOAD_BID",
    "EXECUTION_PAYLOAD_ENVELOPE",
    "RANDAO_REVEAL",
  ]);
  assert.deepEqual(of("vote"), [
    "ATTESTATION",
    "INCLUSION_LIST",
    "PAYLOAD_ATTESTATION",
    "PAYLOAD_ATTESTATION_MESSAGE",
    "SYNC_COMMITTEE_MESSAGE",
  ]);
  assert.deepEqual(of("aggregate"), [
    "AGGREGATE_AND_PROOF",
    "AGGREGATE_AND_PROOF_V2",
    "AGGREGATION_SLOT",
    "SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF",
    "SYNC_COMMITTEE_SELECTION_PROOF",
  ]);
  assert.deepEqual(of("registration"), [
    "BLS_TO_EXECUTION_CHANGE",
    "BUILDER_REQUEST_AUTH",
    "DEPOSIT",
    "PROPOSER_PREFERENCES",
    "REQUEST_AUTH",
    "VALIDATOR_REGISTRATION",
    "VOLUNTARY_EXIT",
  ]);
  for (const duty of [undefined, null, 7, [], {}, { type: 7 }, { type: "NOBODY_KNOWS" }]) {
    assert.equal(parts.chains.urgencyOf({ type: "ethereum-validator.duty", duty }), "registration");
  }
  assert.equal(parts.chains.urgencyOf({ type: "ethereum.transaction", duty: { type: "BLOCK" } }), "request");
});

test("lanes: 10,000 lone registrations are held, and whatever else comes begins at once", async () => {
  const held = new HeldCore();
  const registrations = Array.from({ length: 10_000 }, () => held.core.sign(call("registration")));
  await settle();
  assert.equal(held.count("registration"), 320, "no more are under way than the lane has places");
  const others = URGENCIES.filter((urgency) => urgency !== "registration");
  const signing = others.map((other) => held.core.sign(call(other)));
  await settle();
  for (const other of others) assert.equal(held.count(other), 1, other);
  assert.equal(held.count("registration"), 320);
  assert.deepEqual(held.core.depths, {
    block: 1,
    vote: 1,
    aggregate: 1,
    request: 1,
    registration: 10_000,
  });
  held.open();
  await Promise.all([...registrations, ...signing]);
  assert.ok(Object.values(held.core.depths).every((depth) => depth === 0));
  assert.equal(held.count("registration"), 10_000, "none was lost");
});

test("lanes: batches of 10,000 registrations are held, and batches of votes begin at once", async () => {
  const held = new HeldCore();
  const registrations = Array.from({ length: 5 }, () => held.core.signMany(batch("registration", 2000)));
  await settle();
  assert.equal(held.count("registration"), 256);
  assert.equal(held.core.depths["registration"], 10_000);
  const votes = held.core.signMany(batch("vote", 1000));
  const lone = held.core.sign(call("registration"));
  await settle();
  assert.equal(held.count("vote"), 256, "four slices of it");
  assert.equal(held.count("registration"), 257, "batches leave places to lone requests of their kind");
  held.open();
  const outcomes = (await Promise.all([...registrations, votes])).flat();
  await lone;
  assert.equal(outcomes.length, 11_000);
  assert.ok(outcomes.every(({ status }) => status === "fulfilled"));
});

test("lanes: 16,000 registrations wait; one more is service.overloaded, and a vote is not", async () => {
  const held = new HeldCore();
  const waiting = Array.from({ length: 16_320 }, () => held.core.sign(call("registration")));
  await settle();
  await assert.rejects(held.core.sign(call("registration")), {
    code: "service.overloaded",
    message: "320 requests of kind registration are under way and 16000 wait; retry later",
  });
  waiting.push(held.core.sign(call("vote")));
  await settle();
  assert.equal(held.count("vote"), 1);
  held.open();
  await Promise.all(waiting);
});

test("lanes: those that wait are taken in their order", async () => {
  const held = new HeldCore();
  const ended: number[] = [];
  const signing = Array.from({ length: 200 }, (_, index) =>
    held.core.sign(call("block")).then(() => ended.push(index)),
  );
  await settle();
  assert.equal(held.count("block"), 128);
  held.open();
  await Promise.all(signing);
  assert.deepEqual(
    ended,
    signing.map((_, index) => index),
  );
});

test("lanes: draining waits for what has begun, and tells what has not to come again", async () => {
  const held = new HeldCore();
  const settled = Promise.allSettled(Array.from({ length: 200 }, () => held.core.sign(call("block"))));
  await settle();
  let drained = false;
  const draining = held.core.drain().then(() => (drained = true));
  await assert.rejects(held.core.sign(call("block")), { code: "service.stopping" });
  await settle();
  assert.equal(drained, false);
  held.open();
  const outcomes = await settled;
  await draining;
  assert.equal(held.count("block"), 128, "nothing began any more");
  for (const [index, outcome] of outcomes.entries()) {
    assert.equal(outcome.status, index < 128 ? "fulfilled" : "rejected", String(index));
    if (outcome.status === "rejected") assert.equal(outcome.reason.code, "service.stopping");
  }
});

test("lanes: bodies that fill a lane's room turn away other large ones, never a duty's own size", async () => {
  const held = new HeldCore();
  const large = { ...requestOf("vote"), unknown: "x".repeat(17 * 1024 * 1024) };
  const first = held.core.sign({ ...call("vote"), request: large });
  await settle();
  assert.equal(held.begun.length, 1);
  await assert.rejects(held.core.sign({ ...call("vote"), request: { ...large } }), {
    code: "service.overloaded",
  });
  const small = [held.core.sign(call("vote")), held.core.signMany(batch("vote", 64))];
  await settle();
  assert.equal(held.begun.length, 66, "one large body keeps no vote out");
  held.open();
  await Promise.allSettled([first, ...small]);
  assert.equal(held.core.depths["vote"], 0);
});
