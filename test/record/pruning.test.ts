/** The pruner, step by step over a real ledger: how much it deletes at once, when it waits, and that watermarks hold. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { importInterchange } from "../../src/guard/eip3076/import.ts";
import { LEDGER_FILE } from "../../src/ledger/open.ts";
import { Pruner, type PruningState } from "../../src/record/pruning.ts";
import { startLedger, type Ledger } from "../../src/record/ledger.ts";
import { ledgerImportTarget } from "../../src/record/slashing-import.ts";
import { temporaryDirectory } from "../ledger/memory.ts";
import { documentOf, entryOf, ROOT } from "../running/interchange.ts";

const ACTOR = { namespace: "default", principal: "claviger test", tokenVersion: null } as const;
const OPTIONS = { keepEpochs: 100n, slotsPerEpoch: 32n };

const keyOf = (index: number): string => `0x${index.toString(16).padStart(96, "0")}`;

/** What a pruner has said. */
class Counted {
  rows: number[] = [];
  passes = 0;

  pruned(rows: number): void {
    this.rows.push(rows);
  }

  pruningEnded(): void {
    this.passes += 1;
  }

  get total(): number {
    return this.rows.reduce((sum, rows) => sum + rows, 0);
  }
}

/** A ledger with `keys` keys that have `epochs` votes each and as many blocks, one in each epoch. */
async function ledgerWith(t: TestContext, keys: number, epochs: number): Promise<Ledger> {
  const ledger = await startLedger({ databasePath: join(temporaryDirectory(t), LEDGER_FILE) });
  t.after(() => ledger.close());
  const numbers = Array.from({ length: epochs }, (_, index) => index);
  const entries = Array.from({ length: keys }, (_, index) =>
    entryOf(
      keyOf(index + 1),
      numbers.map((epoch) => epoch * 32),
      numbers.map((epoch) => [epoch, epoch + 1]),
    ),
  );
  const source = [new TextEncoder().encode(documentOf(entries.join()))];
  const expectedRoot = new Uint8Array(Buffer.from(ROOT.slice(2), "hex"));
  await importInterchange(source, ledgerImportTarget(ledger, ACTOR), {
    expectedRoot,
    reach: { of: "everyKey" },
  });
  return ledger;
}

async function pass(pruner: Pruner): Promise<PruningState[]> {
  const states: PruningState[] = [];
  do states.push(await pruner.step());
  while (states.at(-1) === "more");
  return states;
}

test("pruning: small steps down to what is kept, then nothing more; the watermark stands for what went", async (t) => {
  const ledger = await ledgerWith(t, 3, 1000);
  const seen = new Counted();
  const pruner = new Pruner(ledger, OPTIONS, seen);
  const states = await pass(pruner);
  assert.equal(states.at(-1), "done");
  assert.ok(states.length > 5 && seen.rows.every((rows) => rows <= 500), seen.rows.join());
  // Each key keeps the votes and blocks of its newest 100 epochs, and the one that is the watermark.
  assert.equal(seen.total, 3 * 2 * (1000 - 101));
  assert.equal(seen.passes, 1);
  const [state] = await ledger.readSlashingKeys({ publicKeys: null });
  assert.deepEqual([state?.lowSlot, state?.lowSourceEpoch, state?.lowTargetEpoch], [899n * 32n, 899n, 900n]);
  assert.deepEqual(await pass(pruner), ["done"]);
  assert.equal(seen.total, 3 * 2 * (1000 - 101));
});

test("pruning: nothing happens while something waits for the ledger", async (t) => {
  const ledger = await ledgerWith(t, 1, 300);
  const seen = new Counted();
  const pruner = new Pruner(ledger, OPTIONS, seen);
  const waiting = ledger.readSlashingChain();
  assert.equal(await pruner.step(), "busy");
  await waiting;
  assert.deepEqual(seen.rows, []);
  await pass(pruner);
  assert.ok(seen.total > 0);
});

test("pruning: what the watermark does not cover stays; a short history is left alone", async (t) => {
  const ledger = await ledgerWith(t, 2, 90);
  const seen = new Counted();
  const before = await ledger.readSlashingExport({ publicKeys: null, minimal: false });
  assert.deepEqual(await pass(new Pruner(ledger, OPTIONS, seen)), ["done"]);
  assert.equal(seen.total, 0);
  assert.equal(await ledger.readSlashingExport({ publicKeys: null, minimal: false }), before);
});

test("pruning: a step that is under way ends before stop does, and none begins after it", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const ledger = await ledgerWith(t, 1, 1000);
  const seen = new Counted();
  const pruner = new Pruner(ledger, OPTIONS, seen);
  pruner.start((error) => assert.fail(String(error)));
  assert.deepEqual(seen.rows, []);
  t.mock.timers.tick(600_000);
  await pruner.stop();
  assert.equal(seen.rows.length, 1, "the step that had begun");
  t.mock.timers.tick(10 * 3_600_000);
  await ledger.readSlashingChain();
  assert.equal(seen.rows.length, 1);
});

test("pruning: a step that fails is told, and the next one comes all the same", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const failures: unknown[] = [];
  const failed = Promise.withResolvers<void>();
  const again = Promise.withResolvers<void>();
  let calls = 0;
  const broken: Pick<Ledger, "pruneSlashingHistory" | "depth"> = {
    depth: 0,
    pruneSlashingHistory: () => {
      calls += 1;
      if (calls === 2) again.resolve();
      return Promise.reject(new Error("no disk"));
    },
  };
  const pruner = new Pruner(broken, OPTIONS, new Counted());
  pruner.start((error) => {
    failures.push(error);
    failed.resolve();
  });
  t.mock.timers.tick(600_000);
  await failed.promise;
  await new Promise((resolve) => setImmediate(resolve));
  t.mock.timers.tick(1000);
  await again.promise;
  await pruner.stop();
  assert.equal(calls, 2);
});
