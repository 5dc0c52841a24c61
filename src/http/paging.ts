/** Pages of lists, as routes take them and answer with them. */
import type { Json } from "../domain/canonical.ts";
import type { Page, PageRequest } from "../administration/pages.ts";

/** Items on a page unless a request says otherwise, and at most. */
const ITEMS_DEFAULT = 100;
const ITEMS_MAX = 500;

/** The page that a query asks for. */
export function pageIn(query: { readonly cursor?: string; readonly limit?: string }): PageRequest {
  const { cursor, limit = String(ITEMS_DEFAULT) } = query;
  return { cursor, limit: Math.min(Number(limit), ITEMS_MAX) };
}

export interface PageAnswer {
  readonly items: readonly Json[];
  readonly next: string | null;
}

export function pageJson<Item>({ items, next }: Page<Item>, view: (item: Item) => Json): PageAnswer {
  return { items: items.map(view), next };
}
