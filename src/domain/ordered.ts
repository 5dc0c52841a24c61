/**
 * Items in the order of their names, kept so while they come and go: a page costs its own length, however long the list is.
 * Names compare by UTF-16 code units, as `<` does.
 * @module
 */

/** Whoever reads an order: it must not change while an iterator of it is under way. */
export interface OrderedItems<Item> extends Iterable<Item> {
  readonly size: number;
  nameOf(item: Item): string;
  get(name: string): Item | undefined;
  /** Items whose names come after `name`, in order; without one, all. */
  after(name?: string): Iterable<Item>;
}

/** Items of one array at most: what an insertion moves. */
const CHUNK_MAX = 512;

/** A sorted list of short sorted arrays, none of them empty: found by halving, and changed by moving one array's rest. */
export class Ordered<Item> implements OrderedItems<Item> {
  readonly nameOf: (item: Item) => string;
  readonly #chunks: Item[][] = [];
  #size = 0;

  constructor(nameOf: (item: Item) => string, items: Iterable<Item> = []) {
    this.nameOf = nameOf;
    for (const item of items) this.set(item);
  }

  get size(): number {
    return this.#size;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  get(name: string): Item | undefined {
    const { chunk, index, found } = this.#place(name);
    return found ? this.#chunks[chunk]?.[index] : undefined;
  }

  /** In place of the item with this name, where there is one. */
  set(item: Item): void {
    this.put(this.nameOf(item), () => item);
  }

  /** As `set` of what `made` gives; it is told what has the name by now, and gives the same name. */
  put(name: string, made: (before: Item | undefined) => Item): void {
    const { chunk, index, found } = this.#place(name);
    const items = this.#chunks[chunk];
    if (found && items !== undefined) {
      items[index] = made(items[index]);
      return;
    }
    const item = made(undefined);
    this.#size += 1;
    if (items === undefined) this.#chunks.push([item]);
    else this.#insert(items, chunk, index, item);
  }

  /** False when there was none. */
  delete(name: string): boolean {
    const { chunk, index, found } = this.#place(name);
    const items = this.#chunks[chunk];
    if (!found || items === undefined) return false;
    this.#size -= 1;
    items.splice(index, 1);
    if (items.length === 0) this.#chunks.splice(chunk, 1);
    return true;
  }

  *after(name?: string): Generator<Item, undefined> {
    const { chunk, index, found } = name === undefined ? BEGINNING : this.#place(name);
    let from = found ? index + 1 : index;
    for (let number = chunk; number < this.#chunks.length; number += 1) {
      const items = this.#chunks[number] ?? [];
      for (; from < items.length; from += 1) {
        const item = items[from];
        if (item !== undefined) yield item;
      }
      from = 0;
    }
  }

  [Symbol.iterator](): Generator<Item, undefined> {
    return this.after();
  }

  #insert(items: Item[], chunk: number, index: number, item: Item): void {
    if (items.length < CHUNK_MAX) {
      items.splice(index, 0, item);
      return;
    }
    // Names mostly grow. An array that is full at its end stays full, and the next one begins.
    const middle = index === items.length ? items.length : CHUNK_MAX / 2;
    const rest = items.splice(middle);
    if (index < middle) items.splice(index, 0, item);
    else rest.splice(index - middle, 0, item);
    this.#chunks.splice(chunk + 1, 0, rest);
  }

  /** Where the item of this name is, or belongs: in the last array that does not begin after it. */
  #place(name: string): Place {
    const last = this.#chunks.at(-1);
    // Names mostly grow: then nothing is searched.
    if (last !== undefined && this.#nameAt(last, last.length - 1) < name)
      return { chunk: this.#chunks.length - 1, index: last.length, found: false };
    const first = (items: readonly Item[]): string => this.#nameAt(items, 0);
    const chunk = Math.max(0, countUpTo(this.#chunks, first, name) - 1);
    const items = this.#chunks[chunk] ?? [];
    const count = countUpTo(items, this.nameOf, name);
    const found = count > 0 && this.#nameAt(items, count - 1) === name;
    return { chunk, index: found ? count - 1 : count, found };
  }

  #nameAt(items: readonly Item[], index: number): string {
    const item = items[index];
    return item === undefined ? "" : this.nameOf(item);
  }
}

interface Place {
  readonly chunk: number;
  readonly index: number;
  readonly found: boolean;
}

const BEGINNING: Place = { chunk: 0, index: 0, found: false };

/** How many of the sorted `items` have a name up to and including `name`. */
function countUpTo<Item>(items: readonly Item[], nameOf: (item: Item) => string, name: string): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && nameOf(item) <= name) low = middle + 1;
    else high = middle;
  }
  return low;
}
