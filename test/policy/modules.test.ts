/** Modules in memory: what a request asks is loaded before and stays until its end, whatever the bounds are; uploads take nothing of it. */
import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import fc from "fast-check";
import { SignerError } from "../../src/domain/errors.ts";
import type { CompiledPolicy } from "../../src/policy/execute.ts";
import { moduleMemory } from "../../src/policy/limits.ts";
import { ModuleShelf } from "../../src/policy/module-shelf.ts";
import { compilePolicy, inspectPolicy, policyDigest } from "../../src/policy/module.ts";
import { PolicySandbox, type EvaluationResult, type PolicySandboxOptions } from "../../src/policy/sandbox.ts";
import { ALLOW, answering, INPUT } from "./guests.ts";

const FUEL = 10_000_000;

async function started(context: TestContext, options: PolicySandboxOptions): Promise<PolicySandbox> {
  const sandbox = new PolicySandbox({ cpuMs: 30_000, ...options });
  context.after(() => sandbox.close());
  await sandbox.ready();
  return sandbox;
}

function said({ verdict }: EvaluationResult): string {
  if (verdict.decision === "deny") return verdict.reason;
  return verdict.decision === "failed" ? verdict.failure : verdict.decision;
}

/** Stored modules that deny with their own number. */
class Store {
  readonly digests: readonly string[];
  readonly reads: string[] = [];
  /** Reads wait for it. */
  gate: Promise<void> = Promise.resolve();
  readonly #modules: ReadonlyMap<string, Uint8Array>;

  constructor(count: number) {
    const modules = Array.from({ length: count }, (_, index) =>
      answering(`{"decision":"deny","reason":"${index + 10}"}`),
    );
    this.#modules = new Map(modules.map((bytes) => [policyDigest(bytes), bytes]));
    this.digests = [...this.#modules.keys()];
  }

  /** What each of its modules takes of memory. */
  get moduleBytes(): number {
    const [first] = this.#modules.values();
    assert.ok(first);
    return moduleMemory(inspectPolicy(first).prepared.metered.length);
  }

  readonly source = async (digest: string): Promise<Uint8Array | undefined> => {
    this.reads.push(digest);
    await this.gate;
    return this.#modules.get(digest);
  };
}

function questionOf(digest: string) {
  return { digest, fuelMax: FUEL, length: INPUT.length, input: () => INPUT };
}

/** What the store's modules say, in their order. */
function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => String(from + index + 10));
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe("what is refused", () => {
  test("uploads when too many wait; loading has its own places, and the other way round", async (context) => {
    const store = new Store(2);
    const noUploads = await started(context, { uploadsMax: 0, source: store.source });
    await assert.rejects(noUploads.prepare(answering(ALLOW)), { code: "service.overloaded" });
    const results = await noUploads.ask(store.digests.map(questionOf));
    assert.deepEqual(results.map(said), numbers(0, 2));
    const noLoads = await started(context, { loadsMax: 0, source: store.source });
    assert.ok(await noLoads.prepare(answering(ALLOW)));
  });

  test("a request whose module cannot be read now, as a whole and before any of it is asked", async (context) => {
    const store = new Store(1);
    const later = new SignerError("service.overloaded", "the ledger is busy");
    const inputs: string[] = [];
    const sandbox = await started(context, {
      source: (digest) => (digest === "sha256:busy" ? Promise.reject(later) : store.source(digest)),
    });
    const questions = [...store.digests, "sha256:busy"].map((digest) => ({
      ...questionOf(digest),
      input: () => {
        inputs.push(digest);
        return INPUT;
      },
    }));
    await assert.rejects(sandbox.ask(questions), later);
    assert.deepEqual(inputs, []);
    assert.equal(sandbox.depth, 0);
    assert.deepEqual((await sandbox.ask(store.digests.map(questionOf))).map(said), ["10"]);
  });

  test("a module that nobody has fails its own evaluation and no other", async (context) => {
    const store = new Store(1);
    const sandbox = await started(context, { source: store.source });
    const results = await sandbox.ask([...store.digests, "sha256:none"].map(questionOf));
    assert.deepEqual(results.map(said), ["10", "module_unavailable"]);
    assert.match(String(await sandbox.preload("sha256:none")), /not stored here/);
  });
});

describe("a request", () => {
  test("asks more modules than memory holds: in parts, and evicted ones come back", async (context) => {
    const store = new Store(5);
    const evicted: string[] = [];
    const sandbox = await started(context, {
      moduleBytesMax: 2 * store.moduleBytes,
      source: store.source,
      onEvicted: (digest) => evicted.push(digest),
    });
    for (let round = 0; round < 2; round += 1) {
      const results = await sandbox.ask([...store.digests, ...store.digests].map(questionOf));
      assert.deepEqual(results.map(said), [...numbers(0, 5), ...numbers(0, 5)]);
    }
    assert.ok(evicted.length >= 3 && evicted.length < 10, String(evicted.length));
    // Those that are still here are not read again.
    const reads = store.reads.length;
    const last = await sandbox.ask([questionOf(store.digests[4] ?? "")]);
    assert.deepEqual(last.map(said), ["14"]);
    assert.equal(store.reads.length, reads);
  });

  test("asks as many modules as wait for loading, and more evaluations than all others may have", async (context) => {
    const store = new Store(40);
    const sandbox = await started(context, {
      evaluationsMax: 8,
      inputBytesMax: INPUT.length,
      loadsMax: 38,
      source: store.source,
    });
    const results = await Promise.all(
      Array.from({ length: 3 }, () => sandbox.ask(store.digests.map(questionOf))),
    );
    for (const request of results) assert.deepEqual(request.map(said), numbers(0, 40));
    assert.equal(store.reads.length, 40, "what several need is loaded once");
  });

  test("waits for its turn and is not refused; the more urgent goes first", async (context) => {
    const store = new Store(3);
    const opened = Promise.withResolvers<void>();
    store.gate = opened.promise;
    const sandbox = await started(context, { evaluationsMax: 1, source: store.source });
    const order: string[] = [];
    const ask = async (at: number, rank: number): Promise<void> => {
      const results = await sandbox.ask([questionOf(store.digests[at] ?? "")], rank);
      order.push(...results.map(said));
    };
    const asking = [ask(0, 4), ask(1, 4), ask(2, 1)];
    await settled();
    assert.deepEqual(store.reads, store.digests.slice(0, 1), "nothing is loaded for those that wait");
    assert.equal(sandbox.depth, 3);
    opened.resolve();
    await Promise.all(asking);
    assert.deepEqual(order, ["12", "10", "11"]);
  });

  test("keeps its modules until its end: another waits where memory has no room for both", async (context) => {
    const store = new Store(4);
    const evicted: string[] = [];
    const sandbox = await started(context, {
      moduleBytesMax: 3 * store.moduleBytes,
      source: store.source,
      onEvicted: (digest) => evicted.push(digest),
    });
    for (const digest of store.digests) await sandbox.preload(digest);
    assert.equal(evicted.length, 0, "what is only loaded ahead pushes nothing out");
    const opened = Promise.withResolvers<void>();
    store.gate = opened.promise;
    // The last was not kept: this one holds its room while it is loaded.
    const first = sandbox.ask([store.digests[3], store.digests[0]].map((digest) => questionOf(digest ?? "")));
    const second = sandbox.ask(store.digests.slice(1, 3).map(questionOf));
    await settled();
    assert.equal(sandbox.depth, 4);
    assert.equal(evicted.length, 1, "one that nobody asks");
    opened.resolve();
    assert.deepEqual((await first).map(said), ["13", "10"]);
    assert.deepEqual((await second).map(said), ["11", "12"]);
  });
});

test("an upload pushes nothing out, and is loaded when it is asked", async (context) => {
  const store = new Store(2);
  const sandbox = await started(context, { moduleBytesMax: 2 * store.moduleBytes, source: store.source });
  await sandbox.ask(store.digests.map(questionOf));
  await sandbox.prepare(answering(ALLOW));
  await sandbox.ask(store.digests.map(questionOf));
  assert.equal(store.reads.length, 2);
});

test("shelf: never more than its memory, never without what is pinned, whatever comes", () => {
  const { policy } = compilePolicy(answering(ALLOW));
  const digest = fc.integer({ min: 0, max: 9 }).map((number) => `sha256:${number}`);
  const step = fc.oneof(
    fc.record({ kind: fc.constant("put" as const), digest }),
    fc.record({ kind: fc.constant("pin" as const), digests: fc.uniqueArray(digest, { maxLength: 6 }) }),
    fc.record({ kind: fc.constant("unpin" as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const here = new Map<string, number>();
      const shelf = new ModuleShelf({ bytesMax: 20, onEvicted: (gone) => here.delete(gone) });
      const weight = (name: string): number => 1 + Number(name.at(-1));
      const pinned: string[][] = [];
      for (const next of steps) {
        if (next.kind === "put") putOn(shelf, next.digest, policy, weight(next.digest), here);
        else if (next.kind === "unpin") shelf.unpin(pinned.shift() ?? []);
        else if (shelf.fits(next.digests)) {
          shelf.pin(next.digests);
          pinned.push(next.digests);
          for (const name of next.digests) putOn(shelf, name, policy, weight(name), here);
          for (const name of next.digests) assert.ok(shelf.get(name), "what is pinned is kept");
        }
        for (const name of pinned.flat()) assert.ok(here.has(name), "what is pinned stays");
        const sum = [...here.values()].reduce((total, bytes) => total + bytes, 0);
        assert.ok(sum <= 20, `${sum} bytes`);
      }
      for (const part of shelf.parts(Array.from({ length: 10 }, (_, index) => `sha256:${index}`))) {
        assert.ok(part.length === 1 || part.reduce((total, name) => total + weight(name), 0) <= 20);
      }
    }),
  );
});

function putOn(
  shelf: ModuleShelf,
  digest: string,
  policy: CompiledPolicy,
  bytes: number,
  here: Map<string, number>,
): void {
  shelf.put(digest, policy, bytes);
  if (shelf.get(digest) !== undefined) here.set(digest, bytes);
}
