/** An act that stops a key is answered after the calls that were let in before it: what it waits for, and what not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { UnderWay } from "../../src/signing/under-way.ts";
import { coreOf, fakeParts } from "./parts.ts";
import { KEY, PRINCIPAL } from "./sample.ts";

/** Some turns of the event loop, more than what can end without anybody's doing needs: no clock, so no load changes it. */
async function turn(): Promise<void> {
  for (let count = 0; count < 8; count += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Whether `promise` has ended by now. */
async function hasEnded(promise: Promise<unknown>): Promise<boolean> {
  let ended = false;
  void promise.finally(() => (ended = true));
  await turn();
  return ended;
}

test("under way: waits for the calls of its names alone, failures included, and not for later ones", async () => {
  const underWay = new UnderWay();
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  const failing = underWay.run(["a", "b"], () => first.promise);
  const settled = underWay.settled(["b"]);
  const other = underWay.run(["b", "c"], () => second.promise);
  assert.equal(await hasEnded(underWay.settled(["x"])), true);
  assert.equal(await hasEnded(settled), false);
  first.reject(new Error("failed"));
  await assert.rejects(failing);
  assert.equal(await hasEnded(settled), true);
  assert.equal(await hasEnded(underWay.settled(["c"])), false);
  second.resolve();
  await other;
  assert.equal(await hasEnded(underWay.settled(["a", "b", "c"])), true);
});

test("under way: what a call finds out that it uses is waited for from then on", async () => {
  const underWay = new UnderWay();
  const gate = Promise.withResolvers<void>();
  const call = underWay.run(["req_1"], () => gate.promise);
  assert.equal(await hasEnded(underWay.settled(["key_1"])), true);
  underWay.alsoUses("req_1", ["key_1", "key_2"]);
  underWay.alsoUses("req_2", ["key_3"]);
  const settled = ["key_1", "key_2", "key_3"].map((key) => underWay.settled([key]));
  assert.deepEqual(await Promise.all(settled.map(hasEnded)), [false, false, true]);
  gate.resolve();
  await call;
  await Promise.all(settled);
});

test("under way: each way to sign is waited for until its answer is there", async () => {
  const gate = Promise.withResolvers<void>();
  const { parts } = fakeParts({ outcome: (call) => gate.promise.then(() => ({ result: call.result })) });
  const core = coreOf(parts);
  const request = { type: "ethereum.message" };
  const call = { principal: PRINCIPAL, idempotencyKey: "k", request };
  const calls = [
    core.sign({ ...call, requestId: "req_1", asked: { keyId: KEY.id } }),
    core.signMany({ ...call, keyIds: [KEY.id] }),
    core.signTogether({ ...call, keyId: KEY.id, requests: [request] }),
  ];
  const answered: string[] = [];
  for (const signing of calls) void signing.then(() => answered.push("signed"));
  const settled = parts.underWay.settled([KEY.id]).then(() => answered.push("stopped"));
  await turn();
  assert.deepEqual(answered, []);
  gate.resolve();
  await settled;
  assert.deepEqual(answered, ["signed", "signed", "signed", "stopped"]);
});
