/**
 * A batch of n gives what n batches of one give, over every kind of call, on the ledger thread's own way: acts among decisions,
 * imports, pruning and reads; the same outcomes, and the same rows in every table.
 * @module
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { migrate } from "../../src/ledger/migrate.ts";
import { openLedger } from "../../src/ledger/open.ts";
import type { Call, Outcome } from "../../src/threads/contract.ts";
import { rounds } from "../extent.ts";
import { temporaryDirectory } from "../ledger/memory.ts";
import type { BatchesOrder, BatchesReport } from "./batch-thread.ts";
import { ACT_NAMES, anyBatches, everyCall, FIRST, named } from "./every-call.ts";

test("a batch of n is n batches of one: acts, decisions, imports, pruning and the clock", async (t) => {
  const directory = temporaryDirectory(t);
  const empty = join(directory, "empty.sqlite");
  const database = openLedger(empty, { readonly: false });
  migrate(database);
  database.close();
  const worker = new Worker(new URL("./batch-thread.ts", import.meta.url), { workerData: {}, stderr: true });
  t.after(() => worker.terminate());
  let made = 0;
  const perform = async (batches: BatchesOrder["batches"], together: boolean): Promise<BatchesReport> => {
    const databasePath = join(directory, `${(made += 1)}.sqlite`);
    copyFileSync(empty, databasePath);
    worker.postMessage({ databasePath, batches: [[FIRST], ...batches], together } satisfies BatchesOrder);
    const [report] = await once(worker, "message");
    return report;
  };
  const done = new Set<string>();
  const codes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(anyBatches, async (drafts) => {
      const batches = named(drafts);
      const whole = await perform(batches, true);
      const single = await perform(batches, false);
      const calls: readonly Call[] = [FIRST, ...batches.flat()];
      for (const [index, outcome] of whole.outcomes.entries()) {
        assert.deepEqual(single.outcomes[index], outcome, `call ${index}: ${calls[index]?.method}`);
        if (outcome.ok) done.add(calls[index]?.method ?? "");
        else codes.add(outcome.code);
      }
      for (const [table, rows] of Object.entries(whole.tables)) {
        assert.deepEqual(single.tables[table], rows, `the rows of ${table}`);
      }
    }),
    { numRuns: rounds("BATCH_RUNS"), examples: [[[everyCall()]]] },
  );
  // A property over acts that are all refused would hold of anything.
  assert.deepEqual(
    ACT_NAMES.filter((name) => !done.has(name)),
    [],
  );
  assert.deepEqual(
    CODES.filter((code) => !codes.has(code)),
    [],
  );
});

const CODES: readonly Extract<Outcome, { ok: false }>["code"][] = [
  "auth.forbidden",
  "auth.missing",
  "request.conflict",
  "request.not_found",
  "request.idempotency_conflict",
];
