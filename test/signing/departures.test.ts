/** When an act may be answered: nothing that was decided before it leaves any more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Departures, IN_PROCESS, type Outlet } from "../../src/signing/departures.ts";
import { coreOf, fakeParts } from "./parts.ts";
import { DECODED, KEY, PRINCIPAL } from "./sample.ts";

/** All that is ready has run. */
async function turn(): Promise<void> {
  for (let left = 0; left < 5; left += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function hasEnded(promise: Promise<unknown>): Promise<boolean> {
  let ended = false;
  void promise.then(() => (ended = true));
  await turn();
  return ended;
}

/** A connection whose peer reads when the test says so. */
class Connection implements Outlet {
  destroyed = false;
  readonly #lefts: (() => void)[] = [];

  whenLeft(left: () => void): void {
    this.#lefts.push(left);
  }

  read(): void {
    for (const left of this.#lefts.splice(0)) left();
  }

  destroy(): void {
    this.destroyed = true;
  }
}

/** A call that records, then signs when the test says so. */
function calling(departures: Departures, outlet: Outlet = IN_PROCESS) {
  const recorded = Promise.withResolvers<string>();
  const signed = Promise.withResolvers<string>();
  const call = departures.run(outlet, async (departure) => {
    await departure.entering(
      () => recorded.promise,
      (reply) => reply !== "stale",
    );
    return signed.promise;
  });
  return { recorded, signed, call };
}

/** Patience that ends when the test says so. */
function patience() {
  const waiting = new Set<() => void>();
  return {
    begin: (late: () => void) => {
      waiting.add(late);
      return () => void waiting.delete(late);
    },
    end: () => {
      for (const late of waiting) late();
    },
    get begun() {
      return waiting.size;
    },
  };
}

test("departures: what has sent no decision is not waited for", async () => {
  const departures = new Departures();
  const gate = Promise.withResolvers<void>();
  const call = departures.run(IN_PROCESS, () => gate.promise);
  assert.equal(await hasEnded(departures.settled()), true);
  gate.resolve();
  await call;
});

test("departures: a decision is waited for from before it is sent until its answer is read", async () => {
  const departures = new Departures();
  const connection = new Connection();
  const { recorded, signed, call } = calling(departures, connection);
  const settled = departures.settled();
  assert.equal(await hasEnded(settled), false);
  recorded.resolve("recorded");
  assert.equal(await hasEnded(settled), false);
  signed.resolve("signature");
  await call;
  assert.equal(await hasEnded(settled), false);
  connection.read();
  assert.equal(await hasEnded(settled), true);
});

test("departures: nobody waits for a refusal, a fault, or what must be judged again", async () => {
  const departures = new Departures();
  const failing = calling(departures);
  failing.recorded.reject(new Error("refused"));
  await assert.rejects(failing.call);
  assert.equal(await hasEnded(departures.settled()), true);
  const late = calling(departures, new Connection());
  late.recorded.resolve("recorded");
  late.signed.reject(new Error("no signature"));
  await assert.rejects(late.call);
  assert.equal(await hasEnded(departures.settled()), true);
  const stale = calling(departures, new Connection());
  stale.recorded.resolve("stale");
  assert.equal(await hasEnded(departures.settled()), true);
  stale.signed.resolve("");
  await stale.call;
});

test("departures: who enters later is not waited for, and who entered earlier is waited for by all", async () => {
  const departures = new Departures();
  const [first, second] = [calling(departures), calling(departures)];
  const both = departures.settled();
  const third = calling(departures);
  const all = departures.settled();
  const later = departures.settled();
  for (const { recorded, signed } of [first, third]) {
    recorded.resolve("recorded");
    signed.resolve("signature");
  }
  assert.deepEqual(await Promise.all([both, all, later].map(hasEnded)), [false, false, false]);
  second.recorded.resolve("recorded");
  second.signed.resolve("signature");
  assert.deepEqual(await Promise.all([both, all, later].map(hasEnded)), [true, true, true]);
  const fourth = calling(departures);
  fourth.recorded.resolve("recorded");
  fourth.signed.resolve("signature");
  await Promise.all([fourth.call, departures.settled()]);
});

test("departures: a batch is one answer, whose first decision is waited for until the last has left", async () => {
  const departures = new Departures();
  const connection = new Connection();
  const gates = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const call = departures.run(connection, (departure) =>
    Promise.all(
      gates.map(({ promise }) =>
        departure.entering(
          () => promise,
          (reply) => reply === "recorded",
        ),
      ),
    ),
  );
  const settled = departures.settled();
  gates[0]?.resolve("recorded");
  assert.equal(await hasEnded(settled), false);
  gates[1]?.resolve("stale");
  await call;
  assert.equal(await hasEnded(settled), false);
  connection.read();
  assert.equal(await hasEnded(settled), true);
});

test("departures: a peer that does not read loses its connection, and the act is answered", async () => {
  const { begin, end } = patience();
  const departures = new Departures(begin);
  const connection = new Connection();
  const { recorded, signed, call } = calling(departures, connection);
  recorded.resolve("recorded");
  signed.resolve("signature");
  await call;
  const settled = departures.settled();
  assert.equal(await hasEnded(settled), false);
  end();
  assert.equal(connection.destroyed, true);
  assert.equal(await hasEnded(settled), true);
});

test("departures: a peer's time begins when its answer is there, and not while we make it", async () => {
  const patient = patience();
  const departures = new Departures(patient.begin);
  const connection = new Connection();
  const { recorded, signed, call } = calling(departures, connection);
  const settled = departures.settled();
  recorded.resolve("recorded");
  await turn();
  patient.end();
  assert.equal(connection.destroyed, false);
  signed.resolve("signature");
  await call;
  assert.equal(await hasEnded(settled), false);
  patient.end();
  assert.equal(connection.destroyed, true);
  assert.equal(await hasEnded(settled), true);
});

test("departures: without an act no peer is hurried, and patience ends with the wait", async () => {
  const patient = patience();
  const departures = new Departures(patient.begin);
  const connection = new Connection();
  const slow = calling(departures, connection);
  slow.recorded.resolve("recorded");
  slow.signed.resolve("signature");
  await slow.call;
  assert.equal(patient.begun, 0);
  const settled = departures.settled();
  assert.equal(patient.begun, 1);
  connection.read();
  await settled;
  assert.equal(patient.begun, 0);
  assert.equal(connection.destroyed, false);
});

test("departures: each way to sign is waited for until its answer has left", async () => {
  const gate = Promise.withResolvers<void>();
  const { parts } = fakeParts({ outcome: (call) => gate.promise.then(() => ({ result: call.result })) });
  const core = coreOf(parts);
  const request = { type: "ethereum.message" };
  const connections = Array.from({ length: 3 }, () => new Connection());
  const [first = IN_PROCESS, second = IN_PROCESS, third = IN_PROCESS] = connections;
  const call = { principal: PRINCIPAL, idempotencyKey: "k", request };
  const calls = [
    core.sign({ ...call, requestId: "req_1", asked: { keyId: KEY.id }, outlet: first }),
    core.signMany({ ...call, keyIds: [KEY.id], outlet: second }),
    core.signTogether({ ...call, keyId: KEY.id, requests: [request], outlet: third }),
  ];
  await turn();
  for (const connection of connections) {
    const settled = parts.departures.settled();
    assert.equal(await hasEnded(settled), false);
    gate.resolve();
    await Promise.all(calls);
    assert.equal(await hasEnded(settled), false);
    connection.read();
  }
  assert.equal(await hasEnded(parts.departures.settled()), true);
});

test("departures: an act does not wait for a batch that has not gathered, nor for a simulation", async () => {
  const gate = Promise.withResolvers<void>();
  const { fake, parts } = fakeParts({
    decode: ({ height }) => (height === 2 ? gate.promise : Promise.resolve()).then(() => DECODED),
  });
  const core = coreOf(parts);
  const requests = [1, 2].map((height) => ({ type: "babylon.eots", height }));
  const call = { principal: PRINCIPAL, idempotencyKey: null };
  const outlet = new Connection();
  const batch = core.signTogether({ ...call, keyId: KEY.id, requests, outlet });
  const [, second] = requests;
  assert.ok(second !== undefined);
  const evaluating = core.evaluate({ ...call, requestId: "r", asked: { keyId: KEY.id }, request: second });
  await turn();
  assert.equal(await hasEnded(parts.departures.settled()), true);
  gate.resolve();
  await batch;
  assert.ok(fake.events.includes("decideTogether"));
  await evaluating;
  assert.equal(await hasEnded(parts.departures.settled()), false);
  outlet.read();
  assert.equal(await hasEnded(parts.departures.settled()), true);
});
