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

export class Inbox<Item extends { readonly rank: number }> {
  readonly #options: InboxOptions;
  readonly #take: (items: readonly Item[]) => void;
  /** By rank, ascending; none is empty. */
  readonly #lanes: { readonly rank: number; items: Item[] }[] = [];
  #size = 0;
  #scheduled = false;

  /** @param take does a batch's work; what it throws ends the thread */
  constructor(options: InboxOptions, take: (items: readonly Item[]) => void) {
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
    const { batchMax, batchMaxOf } = this.#options;
    const batch: Item[] = [];
    for (let lane = this.#lanes[0]; lane !== undefined && batch.length < batchMax; lane = this.#lanes[0]) {
      const room = Math.min(batchMax - batch.length, batchMaxOf?.(lane.rank) ?? batchMax);
      batch.push(...lane.items.splice(0, room));
      if (lane.items.length === 0) this.#lanes.shift();
      if (batchMaxOf !== undefined) break;
    }
    this.#size -= batch.length;
    return batch;
  }
}
