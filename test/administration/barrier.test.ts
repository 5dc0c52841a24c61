/** Which verbs wait for signatures that were decided before: those that wrote, however they end, and no others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Barrier } from "../../src/administration/barrier.ts";
import type { Ledger } from "../../src/record/ledger.ts";

const WRITE = "noteAct";
const READ = "readHead";

/** A ledger that replies at once, and departures that settle when the test says so. */
function held() {
  const { promise, resolve } = Promise.withResolvers<void>();
  let asked = 0;
  const barrier = new Barrier({
    settled: () => {
      asked += 1;
      return promise;
    },
  });
  const calls = {
    depth: 3,
    [WRITE]: (input: string) => Promise.resolve(`wrote ${input}`),
    [READ]: () => Promise.resolve("read"),
    setKeyState: () => Promise.reject(new Error("refused")),
    at: () => calls,
    following: {},
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of a ledger only these are asked
  const ledger = barrier.ledger(calls as unknown as Ledger) as unknown as typeof calls;
  return { barrier, ledger, settle: resolve, asked: () => asked };
}

async function hasEnded(promise: Promise<unknown>): Promise<boolean> {
  let ended = false;
  const end = (): void => void (ended = true);
  promise.then(end, end);
  for (let left = 0; left < 5; left += 1) await new Promise((resolve) => setImmediate(resolve));
  return ended;
}

test("a verb that wrote waits, before it resolves and before it fails", async () => {
  const { barrier, ledger, settle } = held();
  const verbs = barrier.answering({
    change: async () => {
      const first = await ledger[WRITE]("a");
      return [first, await ledger[WRITE]("b")];
    },
    fail: async () => {
      await ledger[WRITE]("c");
      throw new Error("a later step failed");
    },
  });
  const [changed, failed] = [verbs.change(), verbs.fail()];
  assert.deepEqual(await Promise.all([changed, failed].map(hasEnded)), [false, false]);
  settle();
  assert.deepEqual(await changed, ["wrote a", "wrote b"]);
  await assert.rejects(failed, /a later step failed/);
});

test("a verb that read, was refused or has its answer at once waits for nothing, also beside one that wrote", async () => {
  const { barrier, ledger, asked } = held();
  class Verbs {
    readonly #answer = "at once";
    get state(): string {
      return this.#answer;
    }
    now(): string {
      return this.#answer;
    }
    read = (): Promise<string> => ledger[READ]();
    refused = (): Promise<string> => ledger.setKeyState();
    write = (): Promise<string> => ledger[WRITE]("a");
  }
  const verbs = barrier.answering(new Verbs());
  const writing = verbs.write();
  assert.equal(await verbs.read(), "read");
  await assert.rejects(verbs.refused(), /refused/);
  assert.deepEqual([verbs.now(), verbs.state, ledger.depth], ["at once", "at once", 3]);
  assert.equal(await hasEnded(writing), false);
  assert.equal(asked(), 1);
});

test("signatures that were decided while the verb still worked are waited for too", async () => {
  const { barrier, ledger, asked } = held();
  const gate = Promise.withResolvers<void>();
  const verbs = barrier.answering({
    seal: async () => {
      await ledger[WRITE]("seal");
      await gate.promise;
    },
  });
  const sealing = verbs.seal();
  assert.equal(await hasEnded(sealing), false);
  assert.equal(asked(), 0);
  gate.resolve();
  assert.equal(await hasEnded(sealing), false);
  assert.equal(asked(), 1);
});

test("a write that no verb makes waits for itself", async () => {
  const { ledger, settle } = held();
  const writing = ledger[WRITE]("alone");
  assert.equal(await hasEnded(writing), false);
  settle();
  assert.equal(await writing, "wrote alone");
});

test("there is no way around it by another rank or behind other calls", () => {
  const { ledger } = held();
  assert.throws(() => ledger.at(), /an act has no at/);
  assert.throws(() => ledger.following, /an act has no following/);
});
