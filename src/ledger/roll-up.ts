/** Adds up the spends of an earlier release by minute, hour and day: once, in the transaction of its migration. */
import type { LedgerDatabase } from "./open.ts";
import { UNITS, type Counter } from "./tables/rollups.ts";

type Row = readonly [second: number, amount: string, moved: string];

/** What a unit of a counter has so far. */
interface Unit {
  readonly start: number;
  amount: bigint;
  moved: bigint;
}

/** Rows between two reports: about a second. */
const ROWS_BETWEEN_REPORTS = 500_000;
/** Rows that are read at once: no connection can write while it reads on. */
const PIECE = 20_000;

/** @param report is called now and then with the number of rows that were read */
export function rollUp(database: LedgerDatabase, report: (rows: number) => void): void {
  let read = 0;
  const count = (rows: number): void => {
    const reports =
      Math.floor((read + rows) / ROWS_BETWEEN_REPORTS) - Math.floor(read / ROWS_BETWEEN_REPORTS);
    read += rows;
    if (reports > 0) report(read);
  };
  const next = database.prepare<[string, string], Counter>(
    `SELECT namespace, binding_id AS bindingId, counter FROM limit_spend
     WHERE (binding_id, counter) > (?, ?) ORDER BY binding_id, counter LIMIT 1`,
  );
  let counter = next.get("", "");
  while (counter !== undefined) {
    rollUpCounter(database, counter, count);
    counter = next.get(counter.bindingId, counter.counter);
  }
}

function rollUpCounter(database: LedgerDatabase, counter: Counter, count: (rows: number) => void): void {
  const { namespace, bindingId, counter: name } = counter;
  const select = database
    .prepare<[string, string, number], Row>(
      `SELECT second, amount, moved FROM limit_spend
       WHERE binding_id = ? AND counter = ? AND second > ? ORDER BY second LIMIT ${PIECE}`,
    )
    .raw();
  const insert = database.prepare<[string, string, string, number, number, string, string]>(
    "INSERT INTO limit_rollup (namespace, binding_id, counter, unit, start, amount, moved) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const open = new Map<number, Unit>();
  // Each unit that ends goes into the next longer one, so that a second is added once.
  const add = (level: number, at: number, amount: bigint, moved: bigint): void => {
    const unit = UNITS[level];
    if (unit === undefined) return;
    const current = open.get(level);
    const start = at - (at % unit);
    if (current?.start === start) {
      current.amount += amount;
      current.moved += moved;
      return;
    }
    if (current !== undefined) close(level, unit, current);
    open.set(level, { start, amount, moved });
  };
  const close = (level: number, unit: number, { start, amount, moved }: Unit): void => {
    insert.run(namespace, bindingId, name, unit, start, amount.toString(), moved.toString());
    add(level + 1, start, amount, moved);
  };
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const rows = select.all(bindingId, name, after);
    for (const [second, amount, moved] of rows) {
      add(0, second, BigInt(amount), moved === "0" ? 0n : BigInt(moved));
      after = second;
    }
    count(rows.length);
    if (rows.length < PIECE) break;
  }
  for (const [level, unit] of UNITS.entries()) {
    const current = open.get(level);
    if (current !== undefined) close(level, unit, current);
  }
}
