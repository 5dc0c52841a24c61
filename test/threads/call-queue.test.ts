/** Calls to a worker thread: bounded, in order, batched; and that no call is left without an answer when it dies. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { SignerError, type ErrorCode } from "../../src/domain/errors.ts";
import { startThread, type CallQueue, type QueueOptions } from "../../src/threads/call-queue.ts";
import type { Remote } from "../../src/threads/contract.ts";
import { remote, remoteBeside } from "../../src/threads/remote.ts";
import type { EchoThread } from "./echo-thread.ts";

interface Client {
  readonly queue: CallQueue;
  readonly calls: Remote<EchoThread>;
}

async function start(t: TestContext, options: Partial<QueueOptions> = {}): Promise<Client> {
  const queue = startThread({
    url: new URL("./echo-thread.ts", import.meta.url),
    name: "echo",
    queueMax: 100,
    batchMax: 4,
    onDeath: () => assert.fail("the thread died"),
    ...options,
  });
  t.after(() => queue.close());
  await queue.ready();
  return { queue, calls: remote<EchoThread>(queue) };
}

function newFlag(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

function raise(flag: Int32Array): void {
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
}

const echo = ({ calls }: Client, value: unknown): Promise<unknown> => calls.echo(value);
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const withCode = (code: ErrorCode) => (error: unknown) => error instanceof SignerError && error.code === code;

test("thread: one call more than the queue holds is service.overloaded, and the others are answered", async (t) => {
  const client = await start(t, { queueMax: 3, batchMax: 1 });
  const flag = newFlag();
  const blocked = client.calls.wait(flag);
  await tick();
  await tick();
  const waiting = [1, 2, 3].map((value) => echo(client, value));
  assert.equal(client.queue.depth, 4);
  await assert.rejects(echo(client, 4), withCode("service.overloaded"));
  raise(flag);
  assert.deepEqual(await Promise.all(waiting), [1, 2, 3]);
  await blocked;
  assert.equal(client.queue.depth, 0);
  assert.equal(await echo(client, 5), 5);
});

test("thread: behind a held batch, 10,000 calls wait; what is more urgent is taken next, equal ones in order", async (t) => {
  const client = await start(t, { queueMax: 20_000, batchMax: 64 });
  const flag = newFlag();
  const held = client.calls.wait(flag);
  await tick();
  await tick();
  const taken: unknown[] = [];
  const ask = (value: string, rank?: number): Promise<unknown> =>
    remote<EchoThread>(client.queue, { rank })
      .echo(value)
      .then((answer) => taken.push(answer));
  const late = Array.from({ length: 10_000 }, (_, index) => ask(`registration ${index}`, 5));
  const early = [ask("vote 1", 2), ask("block", 1), ask("aggregate", 3), ask("vote 2", 2), ask("seal")];
  raise(flag);
  await Promise.all([held, ...late, ...early]);
  assert.deepEqual(taken.slice(0, 6), ["seal", "block", "vote 1", "vote 2", "aggregate", "registration 0"]);
  assert.deepEqual(
    taken.slice(5),
    late.map((_, index) => `registration ${index}`),
  );
});

test("thread: where a batch's work is in its calls, only those of one rank travel together, as many as it may", async (t) => {
  const client = await start(t, { batchMax: 8, batchMaxOf: (rank) => (rank === 5 ? 2 : 64) });
  const flag = newFlag();
  const held = client.calls.wait(flag);
  await tick();
  await tick();
  const ask = (rank: number): Promise<unknown> => remote<EchoThread>(client.queue, { rank }).echo(rank);
  const waiting = [5, 5, 5, 1, 2, 2, 5, 1].map(ask);
  raise(flag);
  await Promise.all([held, ...waiting]);
  assert.deepEqual(await client.calls.sizes(), [1, 2, 2, 2, 2, 1]);
});

test("thread: a call that cannot be cloned fails alone", async (t) => {
  const client = await start(t, { batchMax: 8 });
  const settled = await Promise.allSettled([
    echo(client, 1),
    echo(client, () => 2),
    echo(client, 3),
    echo(client, Symbol("4")),
    echo(client, 5),
  ]);
  assert.deepEqual(
    settled.map((result) => (result.status === "fulfilled" ? result.value : result.reason.name)),
    [1, "DataCloneError", 3, "DataCloneError", 5],
  );
  assert.equal(client.queue.depth, 0);
  await assert.rejects(
    echo(client, () => 0),
    { name: "DataCloneError" },
  );
  assert.equal(await echo(client, 6), 6);
});

test("thread: a refusal keeps code, message and members", async (t) => {
  const client = await start(t);
  await assert.rejects(client.calls.refuse(), {
    name: "SignerError",
    code: "policy.denied",
    message: "never",
    members: { reason: "never" },
  });
});

test("thread: a bug is service.internal without its message", async (t) => {
  const client = await start(t);
  await assert.rejects(client.calls.bug(), {
    code: "service.internal",
    message: "unexpected failure; see the log",
  });
});

for (const method of ["nothing", "toString", "constructor", "__proto__"]) {
  test(`thread: a method that the thread does not have itself (${method}) is refused`, async (t) => {
    const { queue, calls } = await start(t);
    await assert.rejects(queue.send({ method, input: [] }, 0, []), { code: "service.internal" });
    assert.equal(await calls.echo(1), 1);
  });
}

test("thread: a remote is no promise, and keeps what is beside its methods", async (t) => {
  const { queue } = await start(t);
  const own = {
    get depth() {
      return queue.depth;
    },
  };
  const beside = await Promise.resolve(remoteBeside<EchoThread, typeof own>(own, queue));
  const answer = beside.echo("a");
  assert.deepEqual([beside.depth, await answer, beside.depth], [1, "a", 0]);
});

test("thread: a call without an outcome is rejected, not left waiting", async (t) => {
  const client = await start(t);
  await assert.rejects(client.calls.swallow(), /echo gave no outcome/);
});

test("thread: replies are those of their calls, in order, in batches of at most batchMax", async (t) => {
  const sizes: number[] = [];
  const client = await start(t, { queueMax: 1000, batchMax: 7, onBatch: (size) => sizes.push(size) });
  const order: number[] = [];
  const values = Array.from({ length: 200 }, (_, index) => index);
  const replies = await Promise.all(
    values.map(async (value) => {
      const reply = await echo(client, value);
      order.push(value);
      return reply;
    }),
  );
  assert.deepEqual(replies, values);
  assert.deepEqual(order, values);
  assert.deepEqual(sizes.slice(0, 3), [7, 7, 7]);
  assert.equal(Math.max(...sizes), 7);
  const received = await client.calls.sizes();
  assert.deepEqual(received, sizes, "as they were sent");
});

test("thread: the next batch fills while one is under way", async (t) => {
  const client = await start(t, { batchMax: 50 });
  const flag = newFlag();
  const blocked = client.calls.wait(flag);
  await tick();
  await tick();
  const later = Array.from({ length: 20 }, (_, index) => echo(client, index));
  raise(flag);
  await Promise.all([blocked, ...later]);
  assert.deepEqual(await client.calls.sizes(), [1, 20, 1]);
});

for (const end of ["lose", "exit"] as const) {
  test(`thread: its death (${end}) rejects what waits and what is under way, and is reported once`, async (t) => {
    const deaths: Error[] = [];
    const client = await start(t, { batchMax: 2, onDeath: (error) => deaths.push(error) });
    const calls = [echo(client, 1), client.calls[end](), echo(client, 2), echo(client, 3), echo(client, 4)];
    const settled = await Promise.allSettled(calls);
    for (const result of settled) {
      assert.ok(
        result.status === "rejected" && withCode("service.stopping")(result.reason),
        "no call is answered",
      );
    }
    await assert.rejects(echo(client, 5), withCode("service.stopping"));
    assert.equal(client.queue.depth, 0);
    await client.queue.close();
    assert.equal(deaths.length, 1);
    assert.match(String(deaths[0]?.message), end === "lose" ? /commit failed/ : /ended with code 3/);
  });
}

test("thread: by default its death ends the process with code 70 and one line, before any answer", () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, "default-death.ts")],
    { encoding: "utf8" },
  );
  assert.equal(status, 70);
  assert.equal(stdout, "");
  assert.match(stderr, /^claviger: thread echo failed: commit failed$/m);
});

test("thread: a call without a reply is not sent: its number would be the next call's", async (t) => {
  const client = await start(t);
  assert.throws(() => client.queue.sendTogether({ method: "echo", input: [1] }, 1, 0), RangeError);
  assert.equal(client.queue.depth, 0);
});

test("thread: a failed start rejects ready and the calls that wait, and does not end the process", async () => {
  const queue = startThread({
    url: new URL("./broken-thread.ts", import.meta.url),
    name: "broken",
    queueMax: 8,
    batchMax: 8,
    onDeath: () => assert.fail("it never lived"),
  });
  const waiting = remote<EchoThread>(queue).echo(1);
  await assert.rejects(queue.ready(), /self-test failed/);
  await assert.rejects(waiting, withCode("service.stopping"));
  await queue.close();
});

test("thread: close waits for what is queued and under way, and refuses the rest", async (t) => {
  const client = await start(t, { batchMax: 1 });
  const flag = newFlag();
  const blocked = client.calls.wait(flag);
  const queued = [1, 2, 3].map((value) => echo(client, value));
  await tick();
  const closed = client.queue.close();
  assert.equal(client.queue.close(), closed, "a second close waits for the first");
  await assert.rejects(echo(client, 4), withCode("service.stopping"));
  setTimeout(() => raise(flag), 20);
  assert.deepEqual(await Promise.all(queued), [1, 2, 3]);
  await blocked;
  await closed;
  assert.equal(client.queue.depth, 0);
});
