/**
 * What has come in for a thread and waits there: the more urgent first, a batch at a time. Between two batches the thread hears
 * what came meanwhile, so that a vote overtakes the registrations that were there before it.
 * @module
 */

export interface InboxOptions {
  /** For messages, e.g. `vault`. */
  readonly name: string;
  /** Items that may wait. Who sends must keep to it: one more is a bug, and ends the thread. */
  readonly max: number;
  /** Items of one batch at most. */
  readonly batchMax: number;
  /** As `QueueOptions.batchMaxOf`: only items of one rank are taken together, and of those at most this many. */
  readonly batchMaxOf?: (rank: number) => number;
}

/** For a thread whose batches share their work, where not every item is as much of it. */
export interface Shares<Item> {
  /** How many of `batchMax` an item takes; default 1. A batch has one item at least. */
  readonly weightOf?: (item: Item) => number;
  /** Items of rank 0 are a batch of their own: their answers wait for no work of others. */
  readonly firstApart?: true;
}

export class Inbox<Item extends { readonly rank: number }> {
  readonly #options: InboxOptions & Shares<Item>;
  readonly #take: (items: readonly Item[]) => void;
  /** By rank, ascending; none is empty. */
  readonly #lanes: { readonly rank: number; items: Item[] }[] = [];
  #size = 0;
  #scheduled = false;

  /** @param take does a batch's work; what it throws ends the thread */
  constructor(options: InboxOptions & Shares<Item>, take: (items: readonly Item[]) => void) {
    this.#options = options;
    this.#take = take;
  }

  /** Items that wait. */
  get size(): number {
    return this.#size;
  }

  /** @throws RangeError when there is no room, which ends the thread */
  push(items: readonly Item[]): void {
    const { name, max } = this.#options;
    if (this.#size + items.length > max) throw new RangeError(`${name} was sent more than ${max} items`);
    for (const item of items) this.#laneOf(item.rank).push(item);
    this.#size += items.length;
    this.#schedule();
  }

  #laneOf(rank: number): Item[] {
    const next = this.#lanes.findIndex((lane) => lane.rank >= rank);
    const found = this.#lanes[next];
    if (found?.rank === rank) return found.items;
    const lane = { rank, items: [] };
    this.#lanes.splice(next === -1 ? this.#lanes.length : next, 0, lane);
    return lane.items;
  }

  #schedule(): void {
    if (this.#scheduled || this.#size === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#take(this.#next());
      this.#schedule();
    });
  }

  #next(): readonly Item[] {
    const { batchMax, batchMaxOf, firstApart } = this.#options;
    const batch: Item[] = [];
    let room = batchMax;
    for (let lane = this.#lanes[0]; lane !== undefined; lane = this.#lanes[0]) {
      const most = Math.min(room, batchMaxOf?.(lane.rank) ?? batchMax);
      const { count, weight } = this.#fitting(lane.items, most, batch.length === 0);
      batch.push(...lane.items.splice(0, count));
      room -= weight;
      if (lane.items.length > 0) break;
      this.#lanes.shift();
      if (batchMaxOf !== undefined || (firstApart === true && lane.rank === 0)) break;
    }
    this.#size -= batch.length;
    return batch;
  }

  /** How many of the items, from the first on, weigh no more than `most` together. */
  #fitting(items: readonly Item[], most: number, isFirst: boolean): { count: number; weight: number } {
    const { weightOf } = this.#options;
    if (weightOf === undefined) {
      const count = Math.min(items.length, most);
      return { count, weight: count };
    }
    let weight = 0;
    let count = 0;
    for (const item of items) {
      const more = weight + weightOf(item);
      if (more > most && !(isFirst && count === 0)) break;
      weight = more;
      count += 1;
    }
    return { count, weight };
  }
}
