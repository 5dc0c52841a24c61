/**
 * Spend per binding and counter, with running window sums in memory. A window holds its sum and where it begins, never its rows:
 * a year of spends costs as little memory as a minute. The sums are a cache of the rows, and any is added up in a millisecond.
 * Reservations of one group count once: the largest amount, at the second of the newest reservation.
 * @module
 */
import type { LedgerDatabase } from "../open.ts";
import type { BindingId, NamespaceName } from "../../domain/kinds.ts";
import { SpendTable, type Counter } from "./rollups.ts";

interface Window {
  /** Unix second: the sum is over the rows of later seconds. */
  after: number;
  sum: bigint;
}

/** Reservations of one counter that all spend `slot`, so that a chain takes at most one of them. */
export interface Group {
  readonly bindingId: BindingId;
  readonly counter: string;
  readonly slot: string;
  /** Unix seconds of its first and its last reservation. */
  readonly first: number;
  readonly last: number;
  readonly largest: bigint;
}

interface GroupRow {
  readonly slot: string;
  readonly bindingId: BindingId;
  readonly counter: string;
  readonly first: number;
  readonly last: number;
  readonly largest: string;
}

/** Counters kept in memory; beyond it the oldest is dropped and read again when needed. */
const COUNTERS_MAX = 10_000;
/** A policy names one window for a counter; one that names another in each verdict must not fill the memory. */
const WINDOWS_MAX = 16;
/** Seconds that a window slides by looking at each: past them it is added up anew, which is no more rows. */
const STEP_MAX = 300;

export class LimitTable {
  readonly #spends;
  readonly #readGroups;
  readonly #writeGroup;
  /** Windows by their length in seconds, for each binding and counter. */
  readonly #counters = new Map<string, Map<number, Window>>();
  /** Counters that the open call added to. */
  readonly #touched = new Map<string, Counter>();

  constructor(database: LedgerDatabase) {
    this.#spends = new SpendTable(database);
    this.#readGroups = database.prepare<[string], GroupRow>(
      `SELECT slot, binding_id AS bindingId, counter, first, last, largest
       FROM json_each(?) AS named CROSS JOIN limit_group ON slot = named.value ORDER BY named.key`,
    );
    this.#writeGroup = database.prepare<[string, string, string, string, number, number, string]>(
      `INSERT INTO limit_group (namespace, binding_id, counter, slot, first, last, largest) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (slot, binding_id, counter) DO UPDATE SET
         first = excluded.first, last = excluded.last, largest = excluded.largest`,
    );
  }

  /**
   * Sum of the spends of the `window` seconds that end at `now` (Unix seconds). Spends later than `now` count as well:
   * a clock that was set back forgets nothing.
   */
  spent(bindingId: BindingId, counter: string, window: number, now: number): bigint {
    const windows = this.#windows(counterKey(bindingId, counter));
    const after = now - window;
    let found = windows.get(window);
    // Behind the cached beginning are rows that were taken off its sum already.
    if (found === undefined || after < found.after) {
      found = { after, sum: this.#spends.sumAfter(bindingId, counter, after) };
      keepBelow(windows, WINDOWS_MAX);
      windows.set(window, found);
    } else if (after - found.after > STEP_MAX) {
      found.sum = this.#spends.sumAfter(bindingId, counter, after);
      found.after = after;
    } else if (after > found.after) {
      found.sum -= this.#spends.sumBetween(bindingId, counter, found.after, after);
      found.after = after;
    }
    return found.sum;
  }

  /** The newest group of each of `slots` on every counter that has one, however old, in the order of `slots`. */
  groups(slots: readonly string[]): readonly Group[] {
    return this.#readGroups
      .all(JSON.stringify(slots))
      .map((row) => ({ ...row, largest: BigInt(row.largest) }));
  }

  /** Adds `amount` (positive) at second `now`, in no group. Follow with `keep` or `reload`. */
  add(counter: Counter, now: number, amount: bigint): void {
    this.#count(counter, now, amount, 0n);
  }

  /**
   * A group begins (`before` is null), or becomes another. Its largest amount counts at the second of its last reservation, and
   * no longer where it counted `before`, which is as `groups()` gave it. Follow with `keep` or `reload`.
   */
  regroup(namespace: NamespaceName, before: Group | null, group: Group): void {
    const counter = { namespace, bindingId: group.bindingId, counter: group.counter };
    if (before !== null) this.#count(counter, before.last, 0n, before.largest);
    this.#count(counter, group.last, group.largest, 0n);
    this.#keepGroup(namespace, group);
  }

  /** The call's rows stay. */
  keep(): void {
    this.#touched.clear();
  }

  /** The call was rolled back: forgets the sums of the counters that it added to. */
  reload(): void {
    for (const [key, { bindingId, counter }] of this.#touched) {
      this.#counters.delete(key);
      this.#spends.forget(bindingId, counter);
    }
    this.#touched.clear();
  }

  /** Raises what a second has and what moved on from it. */
  #count(counter: Counter, second: number, amount: bigint, moved: bigint): void {
    const key = counterKey(counter.bindingId, counter.counter);
    // First, so that a write that fails half-way is forgotten with the rest.
    this.#touched.set(key, counter);
    this.#spends.raise(counter, second, amount, moved);
    for (const window of this.#counters.get(key)?.values() ?? []) {
      if (second > window.after) window.sum += amount - moved;
    }
  }

  #keepGroup(namespace: NamespaceName, { bindingId, counter, slot, first, last, largest }: Group): void {
    this.#writeGroup.run(namespace, bindingId, counter, slot, first, last, largest.toString());
  }

  #windows(key: string): Map<number, Window> {
    const found = this.#counters.get(key);
    if (found !== undefined) return found;
    keepBelow(this.#counters, COUNTERS_MAX);
    const made = new Map<number, Window>();
    this.#counters.set(key, made);
    return made;
  }
}

function counterKey(bindingId: BindingId, counter: string): string {
  return `${bindingId}\n${counter}`;
}

/** Makes room for one more: the entry that was put in first goes. */
function keepBelow<Key>(map: Map<Key, unknown>, max: number): void {
  if (map.size < max) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
