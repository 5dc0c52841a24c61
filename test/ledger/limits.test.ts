/** Sliding spend windows: what counts, what slides out, and that the sums in memory are those of the rows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { LedgerDatabase } from "../../src/ledger/open.ts";
import { migrate, migrations } from "../../src/ledger/migrate.ts";
import { LimitTable } from "../../src/ledger/tables/limits.ts";
import { ledgerOf, memoryLedger } from "./memory.ts";

const DAY = 86_400;

const on = (bindingId: string, counter: string) => ({ namespace: "root", bindingId, counter });

function table(): { database: LedgerDatabase; limits: LimitTable } {
  const database = memoryLedger();
  return { database, limits: new LimitTable(database) };
}

test("limits: a spend counts in its own second and until the window has passed it", () => {
  const { limits } = table();
  limits.add(on("bnd_1", "daily"), 1000, 5n);
  for (const [now, sum] of [
    [1000, 5n],
    [1000 + DAY - 1, 5n],
    [1000 + DAY, 0n],
  ] as const) {
    assert.equal(limits.spent("bnd_1", "daily", DAY, now), sum, `at ${now}`);
  }
});

test("limits: each window of a counter slides by itself", () => {
  const { limits } = table();
  for (const second of [10, 20, 30]) limits.add(on("bnd_1", "all"), second, 1n);
  assert.equal(limits.spent("bnd_1", "all", 15, 30), 2n);
  assert.equal(limits.spent("bnd_1", "all", 100, 30), 3n);
  assert.equal(limits.spent("bnd_1", "all", 15, 36), 1n);
  assert.equal(limits.spent("bnd_1", "all", 100, 36), 3n);
});

test("limits: bindings and counters do not see each other's spend", () => {
  const { limits } = table();
  limits.add(on("bnd_1", "daily"), 10, 7n);
  assert.equal(limits.spent("bnd_2", "daily", DAY, 10), 0n);
  assert.equal(limits.spent("bnd_1", "weekly", DAY, 10), 0n);
});

test("limits: sums past 2^64 and 2^256 are exact", () => {
  const { limits } = table();
  const huge = 2n ** 256n - 1n;
  for (const second of [1, 1, 2]) limits.add(on("bnd_1", "all"), second, huge);
  assert.equal(limits.spent("bnd_1", "all", 10, 2), 3n * huge);
  assert.equal(limits.spent("bnd_1", "all", 10, 11), huge);
  limits.add(on("bnd_1", "all"), 11, 2n ** 64n + 1n);
  assert.equal(limits.spent("bnd_1", "all", 10, 11), huge + 2n ** 64n + 1n);
});

test("limits: a clock that is set back reopens no window", () => {
  const { limits } = table();
  limits.add(on("bnd_1", "daily"), 100_000, 5n);
  assert.equal(limits.spent("bnd_1", "daily", 10, 100_005), 5n);
  assert.equal(limits.spent("bnd_1", "daily", 10, 100_020), 0n);
  assert.equal(limits.spent("bnd_1", "daily", 10, 100_005), 5n, "back inside the window");
  assert.equal(limits.spent("bnd_1", "daily", 10, 50_000), 5n, "before the spend");
});

test("limits: a row that another table instance wrote is found again at start", () => {
  const { database, limits } = table();
  limits.add(on("bnd_1", "daily"), 10, 5n);
  assert.equal(new LimitTable(database).spent("bnd_1", "daily", DAY, 11), 5n);
});

test("limits: more counters and windows than are kept in memory give the same sums", () => {
  const { limits } = table();
  const COUNTERS = 10_050;
  for (let index = 0; index < COUNTERS; index += 1) {
    limits.add(on("bnd_1", `counter ${index}`), 10, BigInt(index));
    limits.spent("bnd_1", `counter ${index}`, DAY, 10);
  }
  for (const index of [0, 1, COUNTERS - 1]) {
    assert.equal(limits.spent("bnd_1", `counter ${index}`, DAY, 10), BigInt(index));
  }
  for (let window = 1; window <= 40; window += 1) {
    assert.equal(limits.spent("bnd_1", "counter 7", window, 10 + window - 1), 7n);
    assert.equal(limits.spent("bnd_1", "counter 7", window, 10 + window), 0n);
  }
});

test("limits: a group counts its largest amount, until its last reservation has left the window", () => {
  const { limits } = table();
  limits.begin(on("bnd_1", "all"), 10, 5n, "slot");
  limits.spent("bnd_1", "all", 100, 12);
  for (const [second, amount] of [
    [14, 9n],
    [14, 7n],
    [16, 2n],
  ] as const) {
    const [group] = limits.groups(["slot"]);
    assert.ok(group !== undefined);
    limits.join("root", second, amount, group);
  }
  const group = { bindingId: "bnd_1", counter: "all", slot: "slot", first: 10, last: 16, largest: 9n };
  assert.deepEqual(limits.groups(["other", "slot"]), [group]);
  for (const [window, now, sum] of [
    [100, 16, 9n],
    [100, 115, 9n],
    [100, 116, 0n],
    [1, 16, 9n],
    [1, 17, 0n],
  ] as const) {
    assert.equal(limits.spent("bnd_1", "all", window, now), sum, `${window} s before ${now}`);
  }
});

test("limits: a file of before keeps its windows, and its spends are in no group", () => {
  const number = migrations().findIndex(({ name }) => name.endsWith("-replacements.sql"));
  const database = ledgerOf(number);
  database.exec(`INSERT INTO limit_spend (namespace, binding_id, counter, second, amount) VALUES
    ('root', 'bnd_1', 'daily', 10, '5'), ('root', 'bnd_1', 'daily', 12, '0')`);
  migrate(database);
  const limits = new LimitTable(database);
  assert.equal(limits.spent("bnd_1", "daily", DAY, 12), 5n);
  limits.add(on("bnd_1", "daily"), 10, 1n);
  limits.begin(on("bnd_1", "daily"), 12, 3n, "slot");
  assert.equal(new LimitTable(database).spent("bnd_1", "daily", DAY, 12), 9n);
  assert.equal(limits.spent("bnd_1", "daily", 1, 12), 3n);
});

interface Spend {
  readonly counter: string;
  second: number;
  amount: bigint;
  /** Null: in no group. */
  readonly slot: string | null;
}

type Step =
  | {
      readonly do: "add";
      readonly counter: string;
      readonly amount: bigint;
      readonly slot: string | null;
      readonly kept: boolean;
    }
  | { readonly do: "ask"; readonly counter: string; readonly window: number }
  | { readonly do: "wait"; readonly seconds: number }
  | { readonly do: "restart" };

const counterName = fc.constantFrom("a", "b");
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("add" as const),
      counter: counterName,
      amount: fc.bigInt({ min: 1n, max: 2n ** 130n }),
      slot: fc.constantFrom(null, "s", "t"),
      kept: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("ask" as const),
      counter: counterName,
      window: fc.constantFrom(1, 2, 5, 60),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("wait" as const), seconds: fc.integer({ min: -3, max: 40 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "restart" as const }) },
);

/** One operation of the ledger thread: a savepoint that is released or rolled back. */
function operate(database: LedgerDatabase, limits: LimitTable, kept: boolean, work: () => void): void {
  database.exec("SAVEPOINT operation");
  work();
  if (!kept) database.exec("ROLLBACK TO operation");
  database.exec("RELEASE operation");
  if (kept) limits.keep();
  else limits.reload();
}

type Adding = Extract<Step, { do: "add" }>;

/** A group is joined as long as it is not over for a window of 20 s. */
function addTo(limits: LimitTable, { counter, amount, slot }: Adding, now: number): void {
  const place = on("bnd", counter);
  if (slot === null) {
    limits.add(place, now, amount);
    return;
  }
  const group = limits.groups([slot]).find((candidate) => candidate.counter === counter);
  if (group !== undefined && group.last > now - 20) limits.join("root", now, amount, group);
  else limits.begin(place, now, amount, slot);
}

function addToModel(model: Spend[], { counter, amount, slot }: Adding, now: number): void {
  const group = model.findLast((spend) => spend.counter === counter && spend.slot === slot);
  if (slot === null || group === undefined || group.second <= now - 20) {
    model.push({ counter, amount, slot, second: now });
    return;
  }
  group.second = Math.max(group.second, now);
  if (amount > group.amount) group.amount = amount;
}

test("limits: any mix of spends, rollbacks, waiting and restarts sums up as the plain definition", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { database, limits: first } = table();
      let limits = first;
      let now = 1000;
      const model: Spend[] = [];
      for (const action of steps) {
        switch (action.do) {
          case "wait":
            now += action.seconds;
            break;
          case "restart":
            limits = new LimitTable(database);
            break;
          case "add":
            operate(database, limits, action.kept, () => {
              // As the record step does: it asks, adds, and may ask again before the rollback.
              limits.spent("bnd", action.counter, 5, now);
              addTo(limits, action, now);
              limits.spent("bnd", action.counter, 60, now);
            });
            if (action.kept) addToModel(model, action, now);
            break;
          case "ask": {
            const expected = model
              .filter((spend) => spend.counter === action.counter && spend.second > now - action.window)
              .reduce((sum, spend) => sum + spend.amount, 0n);
            assert.equal(limits.spent("bnd", action.counter, action.window, now), expected);
          }
        }
      }
      database.close();
    }),
    { numRuns: 200 },
  );
});

test("limits: a failed operation leaves other counters' sums in memory", () => {
  const { database, limits } = table();
  limits.add(on("bnd", "kept"), 10, 1n);
  limits.keep();
  limits.spent("bnd", "kept", 60, 10);
  operate(database, limits, false, () => limits.add(on("bnd", "lost"), 10, 1n));
  database.exec("DROP TABLE limit_spend");
  assert.equal(limits.spent("bnd", "kept", 60, 10), 1n, "no row was read for it");
  assert.throws(() => limits.spent("bnd", "lost", 60, 10), /no such table/);
});
