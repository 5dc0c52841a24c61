/** Pages of lists that are in memory: items in the order of their names, cursor = the last name of the page. */
import { Ordered, type OrderedItems } from "../domain/ordered.ts";

export interface PageRequest {
  /** Undefined: from the beginning. */
  readonly cursor: string | undefined;
  readonly limit: number;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Cursor of the next page; null on the last one. */
  readonly next: string | null;
}

/** At most `limit` items after the one that `cursor` names. */
export function pageOf<Item>(items: OrderedItems<Item>, { cursor, limit }: PageRequest): Page<Item> {
  const found: Item[] = [];
  for (const item of items.after(cursor)) {
    if (found.length === limit) {
      const last = found.at(-1);
      return { items: found, next: last === undefined ? null : items.nameOf(last) };
    }
    found.push(item);
  }
  return { items: found, next: null };
}

/** Of few items in whatever order, made for the page. */
export function byId<Item extends { readonly id: string }>(
  items: Iterable<Item>,
  page: PageRequest,
): Page<Item> {
  return pageOf(new Ordered(({ id }) => id, items), page);
}
