/**
 * The ledger thread's own way through a batch, over as many ledgers as are asked for, at a time that stands still within a batch.
 * Each ledger gets the module of the thread anew.
 * @module
 */
import { rmSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import Database from "better-sqlite3";
import type { Call, Outcome } from "../../src/threads/contract.ts";

export interface BatchesOrder {
  readonly databasePath: string;
  /** Batches three seconds apart. */
  readonly batches: readonly (readonly Call[])[];
  /** False: each call is a batch of one, at the time of its batch. */
  readonly together: boolean;
}

export interface BatchesReport {
  readonly outcomes: readonly Outcome[];
  /** All rows of all tables. */
  readonly tables: Readonly<Record<string, readonly unknown[]>>;
}

type Thread = typeof import("../../src/record/thread.ts");

const BEGAN = Date.parse("2026-01-01T00:00:00Z");
let now = BEGAN;
const Real = Date;
globalThis.Date = class extends Real {
  constructor(...parts: readonly [] | readonly [string | number]) {
    super(parts[0] ?? now);
  }
  static override now(): number {
    return now;
  }
} as DateConstructor;

let ledgers = 0;

async function perform({ databasePath, batches, together }: BatchesOrder): Promise<BatchesReport> {
  now = BEGAN;
  ledgers += 1;
  workerData.databasePath = databasePath;
  const thread = (await import(`../../src/record/thread.ts?ledger=${ledgers}`)) as Thread;
  const performOne = ({ method, input }: Call): unknown =>
    Reflect.apply(Reflect.get(thread.methods, method), thread.methods, input);
  const outcomes = batches.flatMap((calls, index) => {
    now = BEGAN + index * 3000;
    const parts = together ? [calls] : calls.map((call) => [call]);
    return parts.flatMap((part) => thread.performAll(part, performOne));
  });
  return { outcomes, tables: dump(databasePath) };
}

function dump(databasePath: string): BatchesReport["tables"] {
  const database = new Database(databasePath, { readonly: true });
  const names = database
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .pluck()
    .all();
  const tables = names.map((name) => [
    name,
    database
      .prepare(`SELECT * FROM "${name}"`)
      .safeIntegers(true)
      .raw()
      .all()
      .map((row) => JSON.stringify(row, plain))
      .toSorted(),
  ]);
  database.close();
  rmSync(databasePath);
  return Object.fromEntries(tables);
}

function plain(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

parentPort?.on("message", (order: BatchesOrder) => {
  perform(order).then(
    (report) => parentPort?.postMessage(report),
    (error: unknown) => {
      throw error;
    },
  );
});
