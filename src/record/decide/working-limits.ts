/**
 * What counters hold while a batch is decided: what was read of them, and what the decisions before have added. The rules of
 * windows and groups are those of the ledger's table, over one moment.
 * @module
 */
import type { Journal } from "../../domain/journal.ts";
import type { BindingId } from "../../domain/kinds.ts";
import type { Group } from "../../ledger/tables/limits.ts";
import type { Counter } from "../../ledger/tables/rollups.ts";
import { counterName, type Facts, type SpendRow } from "./facts.ts";

export class WorkingLimits {
  /** Unix time. */
  readonly second: number;
  readonly #journal: Journal;
  /** By counter, then by the window's length. */
  readonly #windows = new Map<string, Map<number, bigint>>();
  /** By slot, then by counter. */
  readonly #groups = new Map<string, Map<string, Group>>();
  readonly #rows: SpendRow[] = [];

  constructor({ at, windows, groups }: Pick<Facts, "at" | "windows" | "groups">, journal: Journal) {
    this.second = Math.floor(Date.parse(at) / 1000);
    this.#journal = journal;
    for (const window of windows)
      entryOf(this.#windows, counterName(window)).set(window.window, window.spent);
    for (const group of groups) entryOf(this.#groups, group.slot).set(counterName(group), group);
  }

  /** Sum of the spends of the `window` seconds that end now. */
  spent(bindingId: BindingId, counter: string, window: number): bigint {
    const spent = this.#windows.get(counterName({ bindingId, counter }))?.get(window);
    if (spent === undefined) throw new Error("the facts were read for other claims");
    return spent;
  }

  /** The newest group of each of `slots` on every counter that has one, however old, in the order of `slots`. */
  groups(slots: readonly string[]): readonly Group[] {
    return slots.flatMap((slot) => [...(this.#groups.get(slot)?.values() ?? [])]);
  }

  /** Adds `amount` (positive) now, in no group. */
  add(place: Counter, amount: bigint): void {
    this.#count(place, this.second, amount);
    this.#write({ kind: "add", place, amount });
  }

  /** Adds `amount` (positive) now as the first of a group of `slot`. */
  begin(place: Counter, amount: bigint, slot: string): void {
    const { bindingId, counter } = place;
    const { second } = this;
    this.#change(place, null, { bindingId, counter, slot, first: second, last: second, largest: amount });
  }

  /**
   * Adds `amount` (positive) now to `group`, as `groups()` has just given it. The group's largest amount then counts at this
   * second, and no longer at the second of the reservation before.
   */
  join(place: Counter, amount: bigint, group: Group): void {
    const joined = joinedBy(group, this.second, amount);
    if (joined !== group) this.#change(place, group, joined);
  }

  /** In an order that gives the same; what one counter gets outside of groups is one row. */
  rows(): readonly SpendRow[] {
    const added = new Map<string, Extract<SpendRow, { kind: "add" }>>();
    for (const row of this.#rows) {
      if (row.kind !== "add") continue;
      const name = counterName(row.place);
      added.set(name, { ...row, amount: row.amount + (added.get(name)?.amount ?? 0n) });
    }
    return [...added.values(), ...this.#rows.filter(({ kind }) => kind !== "add")];
  }

  #change(place: Counter, before: Group | null, group: Group): void {
    if (before !== null) this.#count(place, before.last, -before.largest);
    this.#count(place, group.last, group.largest);
    this.#keep(group);
    this.#write({ kind: "group", place, before, group });
  }

  #count(place: Counter, second: number, change: bigint): void {
    const windows = this.#windows.get(counterName(place));
    for (const [window, sum] of windows ?? []) {
      if (second <= this.second - window) continue;
      windows?.set(window, sum + change);
      this.#journal.did(() => windows?.set(window, sum));
    }
  }

  #keep(group: Group): void {
    const groups = entryOf(this.#groups, group.slot);
    const name = counterName(group);
    const before = groups.get(name);
    groups.set(name, group);
    this.#journal.did(() => {
      if (before === undefined) groups.delete(name);
      else groups.set(name, before);
    });
  }

  #write(row: SpendRow): void {
    this.#rows.push(row);
    this.#journal.did(() => this.#rows.pop());
  }
}

/** The group with one reservation more; itself where that changes nothing. */
export function joinedBy(group: Group, second: number, amount: bigint): Group {
  // A clock that was set back takes no group out of a window.
  const last = Math.max(group.last, second);
  const largest = amount > group.largest ? amount : group.largest;
  return last === group.last && largest === group.largest ? group : { ...group, last, largest };
}

/** The map under `key`, made where there is none. */
function entryOf<Inner, Value>(maps: Map<string, Map<Inner, Value>>, key: string): Map<Inner, Value> {
  const found = maps.get(key);
  if (found !== undefined) return found;
  const made = new Map<Inner, Value>();
  maps.set(key, made);
  return made;
}
