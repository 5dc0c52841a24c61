/**
 * Calls that the other side puts in order: bounded where they are sent, the more urgent first where they wait, and answered
 * by whom they were handed on to.
 */
import assert from "node:assert/strict";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { test, type TestContext } from "node:test";
import { startThread, type CallQueue, type QueueOptions } from "../../src/threads/call-queue.ts";
import { Inbox } from "../../src/threads/inbox.ts";
import { remote } from "../../src/threads/remote.ts";
import { succeeded } from "../../src/threads/serve.ts";
import type { OrderedThread } from "./ordered-thread.ts";

async function start(t: TestContext, options: Partial<QueueOptions> = {}): Promise<CallQueue> {
  const queue = startThread({
    url: new URL("./ordered-thread.ts", import.meta.url),
    name: "ordered",
    queueMax: 20_000,
    batchMax: 64,
    orderedThere: true,
    onDeath: () => assert.fail("the thread died"),
    ...options,
  });
  t.after(() => queue.close());
  await queue.ready();
  return queue;
}

/** Hears the numbers of the calls that were handed on. */
async function connected(t: TestContext, queue: CallQueue): Promise<MessagePort> {
  const { port1, port2 } = new MessageChannel();
  t.after(() => port1.close());
  await remote<OrderedThread>(queue, { moves: { connect: (port) => [port] } }).connect(port2);
  return port1;
}

function heardOn(port: MessagePort): Promise<readonly number[]> {
  return new Promise((resolve) => port.once("message", resolve));
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Held {
  readonly reply: Promise<unknown>;
  release(): void;
}

/** Resolves when the thread is in a batch, which ends with `release`. */
async function hold(queue: CallQueue): Promise<Held> {
  const flag = new Int32Array(new SharedArrayBuffer(8));
  const reply = remote<OrderedThread>(queue).wait(flag);
  await Atomics.waitAsync(flag, 1, 0).value;
  return {
    reply,
    release() {
      Atomics.store(flag, 0, 1);
      Atomics.notify(flag, 0);
    },
  };
}

test("ordered: what was sent counts too: one call more is service.overloaded, and nothing of it is sent", async (t) => {
  const queue = await start(t, { queueMax: 4 });
  const first = await hold(queue);
  const calls = [1, 2, 3].map((value) => remote<OrderedThread>(queue).echo(value));
  await tick();
  assert.equal(queue.depth, 4);
  await assert.rejects(remote<OrderedThread>(queue).echo(4), { code: "service.overloaded" });
  first.release();
  await Promise.all([first.reply, ...calls]);
  const values = (await remote<OrderedThread>(queue).batches()).flat();
  assert.ok(!values.includes(4), "it was not sent");
});

test("ordered: a call with more replies than there is room for is refused whole", async (t) => {
  const queue = await start(t, { queueMax: 2 });
  const replies = queue.sendTogether({ method: "each", input: [["a", "b", "c"]] }, 1, 3);
  for (const reply of replies) await assert.rejects(reply, { code: "service.overloaded" });
  assert.equal(queue.depth, 0);
});

test("ordered: what nothing overtakes has room of its own, which nothing else fills", async (t) => {
  const queue = await start(t, { queueMax: 2, reserved: 1 });
  const first = await hold(queue);
  const calls = [remote<OrderedThread>(queue, { rank: 2 }).echo("vote")];
  await assert.rejects(remote<OrderedThread>(queue, { rank: 1 }).echo("block"), {
    code: "service.overloaded",
  });
  calls.push(remote<OrderedThread>(queue).echo("stop"));
  await assert.rejects(remote<OrderedThread>(queue).echo("one more"), { code: "service.overloaded" });
  first.release();
  await Promise.all([first.reply, ...calls]);
  assert.deepEqual((await remote<OrderedThread>(queue).batches()).slice(1, 2), [["stop", "vote"]]);
});

test("ordered: behind a batch under way the more urgent is taken first, equal ones in order", async (t) => {
  const queue = await start(t);
  const first = await hold(queue);
  const late = Array.from({ length: 20 }, (_, index) =>
    remote<OrderedThread>(queue, { rank: 5 }).echo(`registration ${index}`),
  );
  await tick();
  await tick();
  const early = [
    remote<OrderedThread>(queue, { rank: 2 }).echo("vote"),
    remote<OrderedThread>(queue, { rank: 1 }).echo("block"),
  ];
  await tick();
  await tick();
  first.release();
  await Promise.all([first.reply, ...late, ...early]);
  const batches = await remote<OrderedThread>(queue).batches();
  const registrations = Array.from({ length: 20 }, (_, index) => `registration ${index}`);
  assert.deepEqual(batches[1], ["block", "vote", ...registrations.slice(0, 6)]);
  assert.deepEqual(batches.slice(1, -1).flat().slice(2), registrations);
});

test("ordered: a call that was handed on is answered by another, and holds no other call up", async (t) => {
  const queue = await start(t);
  const port = await connected(t, queue);
  const handed = heardOn(port);
  let answered = false;
  const reply = remote<OrderedThread>(queue).handOn("x");
  void reply.then(() => (answered = true));
  const ids = await handed;
  assert.equal(await remote<OrderedThread>(queue).echo("meanwhile"), "meanwhile");
  assert.deepEqual([answered, queue.depth], [false, 1]);
  queue.answered({ outcomes: ids.map((id) => [id, succeeded("signed")]) });
  assert.deepEqual([await reply, queue.depth], ["signed", 0]);
});

test("ordered: an answer to a call that nobody made, or that was answered, changes nothing", async (t) => {
  const queue = await start(t);
  const port = await connected(t, queue);
  const handed = heardOn(port);
  const reply = remote<OrderedThread>(queue).handOn("x");
  const [id = -1] = await handed;
  queue.answered({ outcomes: [[id + 1000, succeeded("forged")]] });
  queue.answered({ outcomes: [[id, succeeded("first")]] });
  queue.answered({ outcomes: [[id, succeeded("second")]] });
  assert.deepEqual([await reply, queue.depth], ["first", 0]);
});

test("ordered: of several in one, each has its own answer, from wherever it comes", async (t) => {
  const queue = await start(t);
  const port = await connected(t, queue);
  const handed = heardOn(port);
  const replies = queue.sendTogether({ method: "each", input: [["a", "later", "b"]] }, 1, 3);
  const ids = await handed;
  assert.deepEqual(await Promise.all([replies[0], replies[2]]), ["a", "b"]);
  assert.equal(queue.depth, 1);
  queue.answered({ outcomes: ids.map((id) => [id, succeeded("c")]) });
  assert.equal(await replies[1], "c");
});

test("ordered: a reply that nobody waits for comes with the next one, or by itself", async (t) => {
  const queue = await start(t);
  const order: string[] = [];
  const unhurried = queue.send({ method: "echo", input: ["line"] }, 1, [], true);
  void unhurried.then(() => order.push("line"));
  await tick();
  await tick();
  await remote<OrderedThread>(queue, { rank: 2 }).echo("next");
  assert.deepEqual(order, ["line"], "it came along");
  assert.equal(await queue.send({ method: "echo", input: ["alone"] }, 1, [], true), "alone");
});

test("ordered: its death rejects what was handed on as well, and is reported once", async (t) => {
  const deaths: Error[] = [];
  const queue = await start(t, { onDeath: (error) => deaths.push(error) });
  const port = await connected(t, queue);
  const handed = heardOn(port);
  const reply = remote<OrderedThread>(queue).handOn("x");
  await handed;
  await assert.rejects(remote<OrderedThread>(queue).exit(), { code: "service.stopping" });
  await assert.rejects(reply, { code: "service.stopping", message: /outcome is unknown/ });
  assert.deepEqual([queue.depth, deaths.length], [0, 1]);
});

test("inbox: one item more than it may hold is refused: whoever sent it did not keep to the bound", () => {
  const inbox = new Inbox<{ readonly rank: number }>({ name: "test", max: 2, batchMax: 1 }, () => undefined);
  inbox.push([{ rank: 1 }]);
  assert.throws(() => inbox.push([{ rank: 1 }, { rank: 1 }]), /test was sent more than 2 items/);
  assert.equal(inbox.size, 1);
});

test("inbox: where a batch's work is in its items, only those of one rank are taken together", async () => {
  const taken: number[][] = [];
  const done = Promise.withResolvers<void>();
  const options = {
    name: "test",
    max: 100,
    batchMax: 64,
    batchMaxOf: (rank: number) => (rank === 5 ? 2 : 64),
  };
  const inbox = new Inbox<{ readonly rank: number }>(options, (items) => {
    taken.push(items.map(({ rank }) => rank));
    if (inbox.size === 0) done.resolve();
    // Comes while the first batch is under way.
    if (taken.length === 1) inbox.push([{ rank: 2 }]);
  });
  inbox.push([5, 5, 5, 1, 2].map((rank) => ({ rank })));
  await done.promise;
  assert.deepEqual(taken, [[1], [2, 2], [5, 5], [5]]);
});

test("inbox: what nothing overtakes is a batch of its own, and few heavy items are taken together, in their order", async () => {
  const taken: string[][] = [];
  const done = Promise.withResolvers<void>();
  type Item = { readonly rank: number; readonly name: string };
  const options = {
    name: "test",
    max: 100,
    batchMax: 8,
    weightOf: ({ name }: Item) => (name === "list" ? 4 : name === "huge" ? 20 : 1),
    firstApart: true,
  } as const;
  const inbox = new Inbox<Item>(options, (items) => {
    taken.push(items.map(({ name }) => name));
    if (inbox.size === 0) done.resolve();
  });
  inbox.push(["list", "list", "list", "sign", "huge", "list", "sign"].map((name) => ({ rank: 4, name })));
  inbox.push(["vote", "vote"].map((name) => ({ rank: 2, name })));
  inbox.push(["freeze", "seal"].map((name) => ({ rank: 0, name })));
  await done.promise;
  assert.deepEqual(taken, [
    ["freeze", "seal"],
    ["vote", "vote", "list"],
    ["list", "list"],
    ["sign"],
    ["huge"],
    ["list", "sign"],
  ]);
});
