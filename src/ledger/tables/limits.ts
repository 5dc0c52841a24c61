/**
 * Spend per binding and counter, one row a second, with running window sums in memory. The sums are a cache: they are
 * dropped whenever a transaction rolls back, and read again from the rows.
 * @module
 */
import type { LedgerDatabase } from "../open.ts";

interface Window {
  /** Ascending by second. */
  readonly spends: { readonly second: number; amount: bigint }[];
  first: number;
  sum: bigint;
}

/** Counters kept in memory; beyond it the oldest is dropped and read again when needed. */
const COUNTERS_MAX = 10_000;

export class LimitTable {
  readonly #select;
  readonly #read;
  readonly #write;
  /** Windows by their length in seconds, for each binding and counter. */
  #counters = new Map<string, Map<number, Window>>();

  constructor(database: LedgerDatabase) {
    this.#select = database.prepare<[string, string, number], { second: number; amount: string }>(
      "SELECT second, amount FROM limit_spend WHERE binding_id = ? AND counter = ? AND second > ? ORDER BY second",
    );
    this.#read = database.prepare<[string, string, number], { amount: string }>(
      "SELECT amount FROM limit_spend WHERE binding_id = ? AND counter = ? AND second = ?",
    );
    this.#write = database.prepare<[string, string, string, number, string]>(
      `INSERT INTO limit_spend (namespace, binding_id, counter, second, amount) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (binding_id, counter, second) DO UPDATE SET amount = excluded.amount`,
    );
  }

  /** Sum of the spends in the `window` seconds that end at `now` (Unix seconds). */
  spent(bindingId: string, counter: string, window: number, now: number): bigint {
    return this.#window(bindingId, counter, window, now).sum;
  }

  /** Adds `amount` at second `now`. */
  add(namespace: string, bindingId: string, counter: string, now: number, amount: bigint): void {
    const stored = this.#read.get(bindingId, counter, now);
    const total = (stored === undefined ? 0n : BigInt(stored.amount)) + amount;
    this.#write.run(namespace, bindingId, counter, now, total.toString());
    for (const window of this.#counters.get(`${bindingId}\n${counter}`)?.values() ?? []) {
      appendSpend(window, now, amount);
    }
  }

  /** Forgets the cached sums; call after any rollback. */
  reload(): void {
    this.#counters = new Map();
  }

  #window(bindingId: string, counter: string, seconds: number, now: number): Window {
    const windows = this.#windows(`${bindingId}\n${counter}`);
    let window = windows.get(seconds);
    if (window === undefined) {
      window = { spends: [], first: 0, sum: 0n };
      for (const row of this.#select.all(bindingId, counter, now - seconds)) {
        appendSpend(window, row.second, BigInt(row.amount));
      }
      windows.set(seconds, window);
    }
    expire(window, now - seconds);
    return window;
  }

  #windows(key: string): Map<number, Window> {
    const found = this.#counters.get(key);
    if (found !== undefined) return found;
    if (this.#counters.size >= COUNTERS_MAX) this.#counters.delete(this.#counters.keys().next().value ?? "");
    const made = new Map<number, Window>();
    this.#counters.set(key, made);
    return made;
  }
}

function appendSpend(window: Window, second: number, amount: bigint): void {
  const last = window.spends.at(-1);
  if (last !== undefined && last.second === second) last.amount += amount;
  else window.spends.push({ second, amount });
  window.sum += amount;
}

function expire(window: Window, until: number): void {
  for (;;) {
    const oldest = window.spends[window.first];
    if (oldest === undefined || oldest.second > until) break;
    window.sum -= oldest.amount;
    window.first += 1;
  }
  if (window.first > 1024 && window.first * 2 > window.spends.length) {
    window.spends.splice(0, window.first);
    window.first = 0;
  }
}
