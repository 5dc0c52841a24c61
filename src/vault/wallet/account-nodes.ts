/** BIP-32 nodes above the keys of recently used accounts: deriving a sibling then costs one level, not five. */
import type { HDKey } from "@scure/bip32";

export class AccountNodes {
  readonly #capacity: number;
  /** In order of last use, oldest first. */
  readonly #nodes = new Map<string, HDKey>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#nodes.size;
  }

  /** The node called `name`, from `make` when it is not kept. It stays the cache's: an evicted node is wiped. */
  get(name: string, make: () => HDKey): HDKey {
    const node = this.#nodes.get(name) ?? make();
    this.#nodes.delete(name);
    this.#nodes.set(name, node);
    if (this.#nodes.size > this.#capacity) {
      for (const [oldest, evicted] of this.#nodes) {
        this.#nodes.delete(oldest);
        evicted.wipePrivateData();
        break;
      }
    }
    return node;
  }

  /** Wipes and forgets every node. */
  wipe(): void {
    for (const node of this.#nodes.values()) node.wipePrivateData();
    this.#nodes.clear();
  }
}
