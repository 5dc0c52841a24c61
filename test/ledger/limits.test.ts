/** Sliding spend windows: what counts, what slides out, and that the sums in memory are those of the rows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { LedgerDatabase } from "../../src/ledger/open.ts";
import { migrate, migrations } from "../../src/ledger/migrate.ts";
import { LimitTable, type Group } from "../../src/ledger/tables/limits.ts";
import type { Counter } from "../../src/ledger/tables/rollups.ts";
import { joinedBy } from "../../src/record/decide/working-limits.ts";
import { ledgerOf, memoryLedger } from "./memory.ts";

const DAY = 86_400;

const on = (bindingId: string, counter: string) => ({ namespace: "root", bindingId, counter });

function table(): { database: LedgerDatabase; limits: LimitTable } {
  const database = memoryLedger();
  return { database, limits: new LimitTable(database) };
}

function begin(limits: LimitTable, place: Counter, now: number, amount: bigint, slot: string): void {
  const { bindingId, counter } = place;
  limits.regroup("root", null, { bindingId, counter, slot, first: now, last: now, largest: amount });
}

/** As decide does it. */
function join(limits: LimitTable, now: number, amount: bigint, group: Group): void {
  const joined = joinedBy(group, now, amount);
  if (joined !== group) limits.regroup("root", group, joined);
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
  begin(limits, on("bnd_1", "all"), 10, 5n, "slot");
  limits.spent("bnd_1", "all", 100, 12);
  for (const [second, amount] of [
    [14, 9n],
    [14, 7n],
    [16, 2n],
  ] as const) {
    const [group] = limits.groups(["slot"]);
    assert.ok(group !== undefined);
    join(limits, second, amount, group);
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
  begin(limits, on("bnd_1", "daily"), 12, 3n, "slot");
  assert.equal(new LimitTable(database).spent("bnd_1", "daily", DAY, 12), 9n);
  assert.equal(limits.spent("bnd_1", "daily", 1, 12), 3n);
});

/** Spends of some years on two counters, in groups and not, in an order that goes back at times. */
const Spends = fc.array(
  fc.record({
    counter: fc.constantFrom("a", "b"),
    second: fc.oneof(
      fc.integer({ min: 1_700_000_000, max: 1_700_000_200 }),
      fc.integer({ min: 1_600_000_000, max: 1_700_000_000 }),
    ),
    amount: fc.bigInt({ min: 1n, max: 2n ** 256n }),
    slot: fc.constantFrom(null, "s", "t"),
  }),
  { maxLength: 60 },
);

const Asked = fc.record({
  counter: fc.constantFrom("a", "b"),
  window: fc.integer({ min: 1, max: 366 * DAY }),
  now: fc.integer({ min: 1_600_000_000, max: 1_700_000_300 }),
});

/** By the rows of seconds alone. */
function plainSum(database: LedgerDatabase, counter: string, after: number): bigint {
  return database
    .prepare<[string, number], { amount: string; moved: string }>(
      "SELECT amount, moved FROM limit_spend WHERE counter = ? AND second > ?",
    )
    .all(counter, after)
    .reduce((sum, { amount, moved }) => sum + BigInt(amount) - BigInt(moved), 0n);
}

/** Every unit of the file has what its seconds have, amount and moved each for itself; and no unit is missing. */
function assertUnits(database: LedgerDatabase): void {
  type Stored = { counter: string; unit: number; start: number; amount: string; moved: string };
  const units = database.prepare<[], Stored>("SELECT * FROM limit_rollup").all();
  const seconds = database.prepare<[], Stored & { second: number }>("SELECT * FROM limit_spend").all();
  const expected = new Map<string, [amount: bigint, moved: bigint]>();
  for (const { counter, second, amount, moved } of seconds) {
    for (const unit of [60, 3600, DAY]) {
      const name = `${counter} ${unit} ${second - (second % unit)}`;
      const [total, gone] = expected.get(name) ?? [0n, 0n];
      expected.set(name, [total + BigInt(amount), gone + BigInt(moved)]);
    }
  }
  const found = units.map(
    ({ counter, unit, start, amount, moved }) =>
      [`${counter} ${unit} ${start}`, [BigInt(amount), BigInt(moved)]] as const,
  );
  assert.deepEqual(new Map(found), expected);
}

test("limits: the spends of a file of before are added up as those of now are", () => {
  const number = migrations().findIndex(({ name }) => name.endsWith("-rollups.sql"));
  fc.assert(
    fc.property(Spends, fc.array(Asked, { maxLength: 8 }), (spends, asked) => {
      const { database, limits } = table();
      for (const { counter, second, amount, slot } of spends) {
        const group =
          slot === null ? undefined : limits.groups([slot]).find((found) => found.counter === counter);
        if (slot === null) limits.add(on("bnd", counter), second, amount);
        else if (group === undefined) begin(limits, on("bnd", counter), second, amount, slot);
        else join(limits, second, amount, group);
      }
      const before = ledgerOf(number);
      const insert = before.prepare("INSERT INTO limit_spend VALUES (?, ?, ?, ?, ?, ?)");
      for (const row of database.prepare("SELECT * FROM limit_spend").raw().all()) insert.run(row);
      migrate(before);
      for (const { counter, window, now } of asked) {
        const sum = plainSum(database, counter, now - window);
        assert.equal(limits.spent("bnd", counter, window, now), sum, "added up as they came");
        assert.equal(new LimitTable(before).spent("bnd", counter, window, now), sum, "added up later");
      }
      assertUnits(before);
      before.close();
      database.close();
    }),
    { numRuns: 50 },
  );
});

test("limits: more spends of before than one reading takes are each added up once, and reported", () => {
  const number = migrations().findIndex(({ name }) => name.endsWith("-rollups.sql"));
  const database = ledgerOf(number);
  const insert = database.prepare("INSERT INTO limit_spend VALUES ('root', ?, 'all', ?, '3', '1')");
  const count = 505_000;
  database.transaction(() => {
    for (let index = 0; index < count; index += 1) insert.run(`bnd_${index % 2}`, 1_700_000_000 + index);
  })();
  const reports: number[] = [];
  migrate(database, (rows) => reports.push(rows));
  assert.deepEqual(reports, [count]);
  const limits = new LimitTable(database);
  for (const binding of ["bnd_0", "bnd_1"]) {
    assert.equal(limits.spent(binding, "all", 366 * DAY, 1_700_000_000 + count), BigInt(count));
  }
});

test("limits: a window of a year is added up from some hundred rows, wherever its old edge is", () => {
  const { database, limits } = table();
  const [began, apart] = [1_700_000_000, 601];
  const seconds = Array.from(
    { length: (400 * DAY) / apart },
    (_, index) => began + Math.floor(index * apart),
  );
  database.transaction(() => {
    for (const second of seconds) limits.add(on("bnd", "all"), second, 1n);
    // The minute and the hour in which the window begins are full.
    for (let second = began + 10 * DAY; second < began + 10 * DAY + 7200; second += 1) {
      limits.add(on("bnd", "all"), second, 1n);
    }
  })();
  const { counted, rows } = counting(database);
  const fresh = new LimitTable(counted);
  for (const offset of [0, 1, 59, 3599]) {
    const edge = began + 10 * DAY + offset;
    const before = rows.read;
    const expected = seconds.filter((second) => second > edge).length + 7199 - offset;
    assert.equal(fresh.spent("bnd", "all", 366 * DAY - offset, edge + 366 * DAY - offset), BigInt(expected));
    const read = rows.read - before;
    assert.ok(read >= 366 && read <= 59 + 59 + 23 + 392 + 60, `${read} rows`);
  }
});

test("limits: a spend that is dated a year ahead leaves the minutes before it added up", () => {
  const { database, limits } = table();
  const [began, minutes] = [1_700_000_000, 3000];
  begin(limits, on("bnd", "all"), began + 365 * DAY, 5n, "slot");
  for (let minute = 0; minute < minutes; minute += 1) limits.add(on("bnd", "all"), began + minute * 60, 1n);
  const { counted, rows } = counting(database);
  const sum = new LimitTable(counted).spent("bnd", "all", 366 * DAY, began + minutes * 60);
  assert.equal(sum, BigInt(minutes) + 5n);
  assert.ok(rows.read > 0 && rows.read <= 59 + 59 + 23 + 3 + 2, `${rows.read} rows`);
});

/** The ledger, and how many rows its statements gave one by one. */
function counting(database: LedgerDatabase): { counted: LedgerDatabase; rows: { read: number } } {
  const rows = { read: 0 };
  const counted = new Proxy(database, {
    get: (target, name) => {
      if (name !== "prepare") return Reflect.get(target, name);
      return (sql: string) => {
        const statement = target.prepare(sql);
        const iterate = statement.iterate.bind(statement);
        statement.iterate = function* (...values: unknown[]) {
          for (const row of iterate(...values)) {
            rows.read += 1;
            yield row;
          }
          return undefined;
        };
        return statement;
      };
    },
  });
  return { counted, rows };
}

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
      window: fc.constantFrom(1, 2, 5, 60, 61, 3600, 5000, DAY, 90_061, 366 * DAY),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      // Within a minute, past some minutes, past hours and days; and back.
      seconds: fc.oneof(
        fc.integer({ min: -3, max: 40 }),
        fc.integer({ min: -400, max: 4000 }),
        fc.integer({ min: -90_000, max: 100 * DAY }),
      ),
    }),
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
  if (group !== undefined && group.last > now - 20) join(limits, now, amount, group);
  else begin(limits, place, now, amount, slot);
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
      let now = 1_700_000_000;
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
              limits.spent("bnd", action.counter, 366 * DAY, now);
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
