/**
 * Spends by second, and added up by minute, hour and day. A minute is added up when a later one has a spend, so the spends of a
 * busy minute cost one row each. A sum from any second on is exact: it reads seconds to the end of their minute, minutes to the
 * end of their hour, hours to the end of their day, days, and what is not added up yet: some 200 rows, and one for each day.
 * @module
 */
import type { BindingId, NamespaceName } from "../../domain/kinds.ts";
import type { LedgerDatabase } from "../open.ts";

/** A counter of a binding. */
export interface Counter {
  readonly namespace: NamespaceName;
  readonly bindingId: BindingId;
  readonly counter: string;
}

/** Lengths in seconds, ascending; each divides the next. Days are those of UTC. */
export const UNITS = [60, 3600, 86_400] as const;

/** What a second or unit counts is `amount` less `moved`, which a later second counts instead. */
interface SpendRow {
  readonly amount: string;
  readonly moved: string;
}

interface SecondRow extends SpendRow {
  readonly second: number;
}

/** Of a counter: units hold all seconds before `rolled`, and what came last after that is in the minute from `open`. */
interface Edge {
  rolled: number;
  open: number;
}

/** Counters whose edge is kept in memory; beyond it the oldest is read again when needed. */
const EDGES_MAX = 10_000;

export class SpendTable {
  readonly #statements;
  readonly #edges = new Map<string, Edge>();

  constructor(database: LedgerDatabase) {
    this.#statements = prepare(database);
  }

  /** Sum of all seconds later than `after` (Unix seconds, whole or not). */
  sumAfter(bindingId: BindingId, counter: string, after: number): bigint {
    const second = Math.floor(after) + 1;
    const [minute, hour, day] = endsAfter(second);
    const tail = Math.max(minute, this.#edge(bindingId, counter).rolled);
    return sumOf(this.#statements.from.iterate({ bindingId, counter, second, minute, hour, day, tail }));
  }

  /** Sum of the seconds with `after` < second ≤ `until`, row by row: for few of them. */
  sumBetween(bindingId: BindingId, counter: string, after: number, until: number): bigint {
    return sumOf(this.#statements.between.iterate(bindingId, counter, after, until));
  }

  /** Raises what a whole second has, and what moved on from it; neither is ever lowered. */
  raise(counter: Counter, second: number, amount: bigint, moved: bigint): void {
    const { namespace, bindingId, counter: name } = counter;
    const edge = this.#edge(bindingId, name);
    const minute = second - (second % 60);
    // A spend that is dated ahead, from before a clock was set back, must not keep the minutes before it open.
    if (second >= edge.rolled && minute !== edge.open) {
      this.#rollUp(counter, edge, minute);
      edge.open = minute;
    }
    const stored = this.#statements.read.get(bindingId, name, second);
    this.#statements.write.run(namespace, bindingId, name, second, ...raisedBy(stored, amount, moved));
    if (second < edge.rolled) this.#raiseUnits(counter, second, amount, moved);
  }

  /** What was written to the counter was rolled back. */
  forget(bindingId: BindingId, counter: string): void {
    this.#edges.delete(edgeKey(bindingId, counter));
  }

  /** Adds up what is before `minute` and was not added up yet: the seconds of one minute, but where a clock was set back. */
  #rollUp(counter: Counter, edge: Edge, minute: number): void {
    const { bindingId, counter: name } = counter;
    const minutes = new Map<number, { amount: bigint; moved: bigint }>();
    for (const row of this.#statements.unrolled.iterate(bindingId, name, edge.rolled, minute)) {
      const start = row.second - (row.second % 60);
      const { amount, moved } = minutes.get(start) ?? { amount: 0n, moved: 0n };
      minutes.set(start, { amount: amount + BigInt(row.amount), moved: moved + BigInt(row.moved) });
    }
    for (const [start, { amount, moved }] of minutes) {
      this.#raiseUnits(counter, start, amount, moved);
      edge.rolled = start + 60;
    }
  }

  #raiseUnits(
    { namespace, bindingId, counter }: Counter,
    second: number,
    amount: bigint,
    moved: bigint,
  ): void {
    for (const unit of UNITS) {
      const start = second - (second % unit);
      const stored = this.#statements.readUnit.get(bindingId, counter, unit, start);
      const raised = raisedBy(stored, amount, moved);
      this.#statements.writeUnit.run(namespace, bindingId, counter, unit, start, ...raised);
    }
  }

  #edge(bindingId: BindingId, counter: string): Edge {
    const key = edgeKey(bindingId, counter);
    const known = this.#edges.get(key);
    if (known !== undefined) return known;
    const edge = { rolled: this.#statements.rolled.get(bindingId, counter)?.rolled ?? 0, open: 0 };
    if (this.#edges.size >= EDGES_MAX) {
      for (const oldest of this.#edges.keys()) {
        this.#edges.delete(oldest);
        break;
      }
    }
    this.#edges.set(key, edge);
    return edge;
  }
}

function prepare(database: LedgerDatabase) {
  const of = "binding_id = @bindingId AND counter = @counter";
  const units = `UNION ALL SELECT amount, moved FROM limit_rollup WHERE ${of}`;
  return {
    from: database.prepare<Record<string, string | number>, SpendRow>(
      `SELECT amount, moved FROM limit_spend WHERE ${of} AND second >= @second AND second < @minute
       ${units} AND unit = 60 AND start >= @minute AND start < @hour
       ${units} AND unit = 3600 AND start >= @hour AND start < @day
       ${units} AND unit = 86400 AND start >= @day
       UNION ALL SELECT amount, moved FROM limit_spend WHERE ${of} AND second >= @tail`,
    ),
    between: database.prepare<[string, string, number, number], SpendRow>(
      "SELECT amount, moved FROM limit_spend WHERE binding_id = ? AND counter = ? AND second > ? AND second <= ?",
    ),
    unrolled: database.prepare<[string, string, number, number], SecondRow>(
      `SELECT second, amount, moved FROM limit_spend
       WHERE binding_id = ? AND counter = ? AND second >= ? AND second < ? ORDER BY second`,
    ),
    read: database.prepare<[string, string, number], SpendRow>(
      "SELECT amount, moved FROM limit_spend WHERE binding_id = ? AND counter = ? AND second = ?",
    ),
    write: database.prepare<[string, string, string, number, string, string]>(
      `INSERT INTO limit_spend (namespace, binding_id, counter, second, amount, moved) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (binding_id, counter, second) DO UPDATE SET amount = excluded.amount, moved = excluded.moved`,
    ),
    readUnit: database.prepare<[string, string, number, number], SpendRow>(
      "SELECT amount, moved FROM limit_rollup WHERE binding_id = ? AND counter = ? AND unit = ? AND start = ?",
    ),
    writeUnit: database.prepare<[string, string, string, number, number, string, string]>(
      `INSERT INTO limit_rollup (namespace, binding_id, counter, unit, start, amount, moved) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (binding_id, counter, unit, start) DO UPDATE SET amount = excluded.amount, moved = excluded.moved`,
    ),
    rolled: database.prepare<[string, string], Pick<Edge, "rolled">>(
      `SELECT start + 60 AS rolled FROM limit_rollup
       WHERE binding_id = ? AND counter = ? AND unit = 60 ORDER BY start DESC LIMIT 1`,
    ),
  };
}

/** A counter with spends that are dated ahead of the clock. */
export interface SpendAhead {
  readonly bindingId: BindingId;
  readonly counter: string;
  /** RFC 3339 in UTC, of the latest of them. */
  readonly last: string;
}

/** Counters with spends later than `second` (Unix time). It reads all spends: for a command. */
export function spendsAhead(database: LedgerDatabase, second: number): readonly SpendAhead[] {
  return database
    .prepare<[number], SpendAhead>(
      `SELECT binding_id AS bindingId, counter, strftime('%Y-%m-%dT%H:%M:%SZ', max(second), 'unixepoch') AS last
       FROM limit_spend WHERE second > ? GROUP BY binding_id, counter ORDER BY binding_id, counter`,
    )
    .all(second);
}

/** The first minute, hour and day that begin at `second` or after it, each not before the one of the shorter unit. */
function endsAfter(second: number): readonly [minute: number, hour: number, day: number] {
  const minute = Math.ceil(second / 60) * 60;
  const hour = Math.ceil(minute / 3600) * 3600;
  return [minute, hour, Math.ceil(hour / 86_400) * 86_400];
}

function raisedBy(row: SpendRow | undefined, amount: bigint, moved: bigint): readonly [string, string] {
  const total = BigInt(row?.amount ?? 0) + amount;
  const gone = BigInt(row?.moved ?? 0) + moved;
  return [total.toString(), gone.toString()];
}

function sumOf(rows: Iterable<SpendRow>): bigint {
  let sum = 0n;
  for (const { amount, moved } of rows) sum += BigInt(amount) - BigInt(moved);
  return sum;
}

function edgeKey(bindingId: BindingId, counter: string): string {
  return `${bindingId}\n${counter}`;
}
