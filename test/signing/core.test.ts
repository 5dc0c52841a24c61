/** Admission: how many requests, and how much of them, may be under way; and that draining waits for them. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Core } from "../../src/core.ts";
import type { BatchCall } from "../../src/signing/batch.ts";
import type { SignCall } from "../../src/signing/submission.ts";
import { IN_PROCESS } from "../../src/signing/departures.ts";
import { coreOf, fakeParts, type FakeParts } from "./parts.ts";
import { DECODED, KEY, PRINCIPAL } from "./sample.ts";

function core(changes: Partial<FakeParts> = {}): { core: Core; fake: FakeParts } {
  const { fake, parts } = fakeParts(changes);
  return { fake, core: coreOf(parts) };
}

function call(text = ""): SignCall {
  return {
    requestId: "req_1",
    principal: PRINCIPAL,
    asked: { keyId: KEY.id },
    request: { type: "ethereum.message", message: { text } },
    idempotencyKey: null,
    outlet: IN_PROCESS,
  };
}

/** A decode step that waits until it is let go. */
function gate(): { decode: FakeParts["decode"]; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<typeof DECODED>();
  return { decode: () => promise, open: () => resolve(DECODED) };
}

test("admission: 2,000 requests under way, one more is service.overloaded", async () => {
  const { decode, open } = gate();
  const { core: door } = core({ decode });
  const waiting = Array.from({ length: 2000 }, (_, index) =>
    index % 2 === 0 ? door.sign(call()) : door.evaluate(call()),
  );
  await assert.rejects(door.sign(call()), { code: "service.overloaded" });
  await assert.rejects(door.evaluate(call()), { code: "service.overloaded" });
  open();
  await Promise.all(waiting);
  await door.sign(call());
});

test("admission: 64 Mi characters of bodies under way, one more is service.overloaded", async () => {
  const { decode, open } = gate();
  const { core: door } = core({ decode });
  const large = "x".repeat(8 * 1024 * 1024);
  const waiting = Array.from({ length: 7 }, () => door.sign(call(large)));
  await assert.rejects(door.sign(call(large)), { code: "service.overloaded" });
  waiting.push(door.sign(call()));
  open();
  await Promise.all(waiting);
  await door.sign(call(large));
});

test("admission: a refusal or a bug gives its place back", async () => {
  const { core: door } = core({ decode: () => Promise.reject(new Error("bug")) });
  for (let index = 0; index < 2100; index += 1) await assert.rejects(door.sign(call()), /bug/);
});

test("admission: draining refuses new requests and waits for those under way", async () => {
  const { decode, open } = gate();
  const { core: door, fake } = core({ decode });
  const signing = door.sign(call());
  let drained = false;
  const draining = door.drain().then(() => (drained = true));
  await assert.rejects(door.sign(call()), { code: "service.stopping" });
  await assert.rejects(door.evaluate(call()), { code: "service.stopping" });
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(drained, false);
  open();
  await signing;
  await draining;
  assert.ok(fake.events.includes("sign"));
});

describe("admission of batches", () => {
  const batch = (count: number, text = ""): BatchCall => ({
    principal: PRINCIPAL,
    keyIds: Array.from({ length: count }, () => KEY.id),
    request: { type: "ethereum.message", message: { text } },
    idempotencyKey: null,
    outlet: IN_PROCESS,
  });
  const signed = (outcomes: readonly PromiseSettledResult<unknown>[]) =>
    outcomes.filter(({ status }) => status === "fulfilled").length;
  /** Long enough for every slice that has room to begin: each waits for one turn of the event loop. */
  const settle = async () => {
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const decoding = (fake: FakeParts) => fake.events.filter((event) => event === "decode").length;

  test("more than 8,000 requests of batches together is service.overloaded for the one too many", async () => {
    const { decode, open } = gate();
    const { core: door } = core({ decode });
    const waiting = Array.from({ length: 4 }, () => door.signMany(batch(2000)));
    await assert.rejects(door.signMany(batch(1)), { code: "service.overloaded" });
    open();
    for (const outcomes of await Promise.all(waiting)) assert.equal(signed(outcomes), 2000);
    assert.equal(signed(await door.signMany(batch(1))), 1);
  });

  test("a body counts once for its whole batch", async () => {
    const { decode, open } = gate();
    const { core: door } = core({ decode });
    const large = "x".repeat(8 * 1024 * 1024);
    const waiting = Array.from({ length: 7 }, () => door.signMany(batch(3, large)));
    await assert.rejects(door.signMany(batch(3, large)), { code: "service.overloaded" });
    open();
    for (const outcomes of await Promise.all(waiting)) assert.equal(signed(outcomes), 3);
  });

  test("a batch of 2,000 beside 50 lone requests: all are signed, whoever came first", async () => {
    for (const batchFirst of [true, false]) {
      const { decode, open } = gate();
      const { core: door } = core({ decode });
      const lone = () => Array.from({ length: 50 }, () => door.sign(call()));
      const before = batchFirst ? [] : lone();
      const many = door.signMany(batch(2000));
      await settle();
      const after = batchFirst ? lone() : [];
      open();
      await Promise.all([...before, ...after]);
      assert.equal(signed(await many), 2000);
    }
  });

  test("batches never take more than 1,024 of the 2,000 places, and lone requests get all others", async () => {
    const { decode, open } = gate();
    const { core: door, fake } = core({ decode });
    const batches = Array.from({ length: 4 }, () => door.signMany(batch(2000)));
    await settle();
    assert.equal(decoding(fake), 1024);
    const lone = Array.from({ length: 976 }, () => door.sign(call()));
    await assert.rejects(door.sign(call()), { code: "service.overloaded" });
    assert.equal(decoding(fake), 2000);
    open();
    await Promise.all(lone);
    for (const outcomes of await Promise.all(batches)) assert.equal(signed(outcomes), 2000);
  });

  test("a batch runs four slices ahead, and leaves the other places of batches to others", async () => {
    const { decode, open } = gate();
    const { core: door, fake } = core({ decode });
    const many = door.signMany(batch(2000));
    await settle();
    assert.equal(decoding(fake), 256);
    open();
    assert.equal(signed(await many), 2000);
  });

  test("lone requests that hold every place let a batch in as they end, before others of their kind", async () => {
    const gates = Array.from({ length: 2000 }, () => Promise.withResolvers<typeof DECODED>());
    let next = 0;
    const { core: door } = core({
      decode: () => gates[next++]?.promise ?? Promise.resolve(DECODED),
    });
    const lone = gates.map(() => door.sign(call()));
    const many = door.signMany(batch(640));
    await settle();
    await assert.rejects(door.sign(call()), { code: "service.overloaded" });
    for (const [index, { resolve }] of gates.entries()) {
      if (index < 32) resolve(DECODED);
    }
    await Promise.all(lone.slice(0, 32));
    // 32 places are free, but a slice of 64 is the next in line.
    await assert.rejects(door.sign(call()), { code: "service.overloaded" });
    for (const [index, { resolve }] of gates.entries()) {
      if (index < 64) resolve(DECODED);
    }
    assert.equal(signed(await many), 640);
    await door.sign(call());
    for (const { resolve } of gates) resolve(DECODED);
    await Promise.all(lone);
  });

  test("batches take turns: a small one does not wait for all of a large one", async () => {
    const ended: string[] = [];
    const { core: door } = core({
      decode: () => new Promise((resolve) => setImmediate(() => resolve(DECODED))),
    });
    const large = door.signMany(batch(2000)).then(() => ended.push("large"));
    const small = door.signMany(batch(64)).then(() => ended.push("small"));
    await Promise.all([large, small]);
    assert.deepEqual(ended, ["small", "large"]);
  });

  test("draining waits for the slices that have not begun", async () => {
    const { decode, open } = gate();
    const { core: door } = core({ decode });
    const many = door.signMany(batch(2000));
    const draining = door.drain();
    await assert.rejects(door.signMany(batch(1)), { code: "service.stopping" });
    open();
    await draining;
    assert.equal(signed(await many), 2000);
  });

  test("a request that fails gives its place back, and the others of its batch are signed", async () => {
    let asked = 0;
    const { core: door } = core({
      decode: () => (asked++ % 2 === 0 ? Promise.reject(new Error("bug")) : Promise.resolve(DECODED)),
    });
    for (let round = 0; round < 5; round += 1) {
      assert.equal(signed(await door.signMany(batch(2000))), 1000);
    }
  });
});
