/** Pages of lists that are in memory: items in the order of their names, cursor = the last name of the page. */

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

/**
 * At most `limit` items after the one that `cursor` names. Items come in the order of their storing, which is not that of
 * their ids: an id is made before its thing is stored, and within a millisecond ids have no order.
 */
export function pageOf<Item>(
  items: readonly Item[],
  { cursor, limit }: PageRequest,
  nameOf: (item: Item) => string,
): Page<Item> {
  const rest = items
    .filter((item) => cursor === undefined || nameOf(item) > cursor)
    .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return { items: page, next: rest.length > limit && last !== undefined ? nameOf(last) : null };
}

export function byId<Item extends { readonly id: string }>(
  items: readonly Item[],
  page: PageRequest,
): Page<Item> {
  return pageOf(items, page, ({ id }) => id);
}
