/** Things of one kind, found by id, and listed by namespace in the order of their ids. */
import { Ordered, type OrderedItems } from "../domain/ordered.ts";
import type { NamespaceName } from "../domain/kinds.ts";

interface Owned {
  readonly namespace: NamespaceName;
}

export class ByNamespace<Item extends Owned> {
  readonly #idOf: (item: Item) => string;
  readonly #lists = new Map<NamespaceName, Ordered<Item>>();

  /** @param idOf by which a namespace has each of them once */
  constructor(idOf: (item: Item) => string) {
    this.#idOf = idOf;
  }

  /** In place of the namespace's one with this id, where there is one. */
  set(item: Item): void {
    const list = this.#lists.get(item.namespace) ?? new Ordered(this.#idOf);
    this.#lists.set(item.namespace, list);
    list.set(item);
  }

  delete({ namespace }: Owned, id: string): void {
    this.#lists.get(namespace)?.delete(id);
  }

  get(namespace: NamespaceName, id: string): Item | undefined {
    return this.#lists.get(namespace)?.get(id);
  }

  list(namespace: NamespaceName): OrderedItems<Item> {
    return this.#lists.get(namespace) ?? new Ordered(this.#idOf);
  }
}
