/**
 * Spend per binding and counter, one row a second, with running window sums in memory. A window holds its sum and where
 * it begins, never its rows: a year of spends costs as little memory as a minute. The sums are a cache of the rows.
 * @module
 */
import type { LedgerDatabase } from "../open.ts";

interface Window {
  /** Unix second: the sum is over the rows of later seconds. */
  after: number;
  sum: bigint;
}

/** Counters kept in memory; beyond it the oldest is dropped and read again when needed. */
const COUNTERS_MAX = 10_000;
/** A policy names one window for a counter; one that names another in each verdict must not fill the memory. */
const WINDOWS_MAX = 16;

export class LimitTable {
  readonly #select;
  readonly #read;
  readonly #write;
  /** Windows by their length in seconds, for each binding and counter. */
  readonly #counters = new Map<string, Map<number, Window>>();
  /** Counters that the open operation added to. */
  readonly #touched = new Set<string>();

  constructor(database: LedgerDatabase) {
    this.#select = database.prepare<[string, string, number, number], { amount: string }>(
      "SELECT amount FROM limit_spend WHERE binding_id = ? AND counter = ? AND second > ? AND second <= ?",
    );
    this.#read = database.prepare<[string, string, number], { amount: string }>(
      "SELECT amount FROM limit_spend WHERE binding_id = ? AND counter = ? AND second = ?",
    );
    this.#write = database.prepare<[string, string, string, number, string]>(
      `INSERT INTO limit_spend (namespace, binding_id, counter, second, amount) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (binding_id, counter, second) DO UPDATE SET amount = excluded.amount`,
    );
  }

  /**
   * Sum of the spends of the `window` seconds that end at `now` (Unix seconds). Spends later than `now` count as well:
   * a clock that was set back forgets nothing.
   */
  spent(bindingId: string, counter: string, window: number, now: number): bigint {
    const windows = this.#windows(counterKey(bindingId, counter));
    const after = now - window;
    let found = windows.get(window);
    // Behind the cached beginning lie rows that were taken off its sum already.
    if (found === undefined || after < found.after) {
      found = { after, sum: this.#sum(bindingId, counter, after, Number.MAX_SAFE_INTEGER) };
      keepBelow(windows, WINDOWS_MAX);
      windows.set(window, found);
    } else if (after > found.after) {
      found.sum -= this.#sum(bindingId, counter, found.after, after);
      found.after = after;
    }
    return found.sum;
  }

  /** Adds `amount` at second `now`. Follow with `keep` or `reload`. */
  add(namespace: string, bindingId: string, counter: string, now: number, amount: bigint): void {
    const key = counterKey(bindingId, counter);
    // First, so that a write that fails half-way is forgotten with the rest.
    this.#touched.add(key);
    const stored = this.#read.get(bindingId, counter, now);
    const total = (stored === undefined ? 0n : BigInt(stored.amount)) + amount;
    this.#write.run(namespace, bindingId, counter, now, total.toString());
    for (const window of this.#counters.get(key)?.values() ?? []) {
      if (now > window.after) window.sum += amount;
    }
  }

  /** The operation's rows stay. */
  keep(): void {
    this.#touched.clear();
  }

  /** The operation was rolled back: forgets the sums of the counters that it added to. */
  reload(): void {
    for (const key of this.#touched) this.#counters.delete(key);
    this.#touched.clear();
  }

  /** Sum of the rows with `after` < second ≤ `until`. */
  #sum(bindingId: string, counter: string, after: number, until: number): bigint {
    let sum = 0n;
    for (const { amount } of this.#select.iterate(bindingId, counter, after, until)) sum += BigInt(amount);
    return sum;
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

function counterKey(bindingId: string, counter: string): string {
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
