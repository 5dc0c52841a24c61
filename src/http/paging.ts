/** Pages of lists that are in memory: items in the order of their ids, cursor = the last id of the page. */
import type { Json } from "../domain/canonical.ts";

export interface PageAnswer {
  readonly items: readonly Json[];
  readonly next: string | null;
}

/**
 * At most `limit` items after the one with id `cursor`. Items come in the order of their storing, which is not that of
 * their ids: an id is made before its thing is stored, and within a millisecond ids have no order.
 */
export function pageAfter<Item extends { readonly id: string }>(
  items: readonly Item[],
  cursor: string | undefined,
  limit: number,
  show: (item: Item) => Json,
): PageAnswer {
  const rest = items
    .filter((item) => cursor === undefined || item.id > cursor)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const page = rest.slice(0, limit);
  return { items: page.map(show), next: rest.length > limit ? (page.at(-1)?.id ?? null) : null };
}
