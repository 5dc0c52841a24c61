/** Keys that their clients call by public key: found by namespace, and over all namespaces, in the order of their names. */
import { Ordered, type OrderedItems } from "../domain/ordered.ts";
import type { KeyRecord } from "../domain/keys.ts";
import type { NamespaceName, PublicKeyText } from "../domain/kinds.ts";

/** The keys with one name: of a namespace one, or of Babylon one of each parity; of all namespaces those of each. */
export interface NamedKey {
  readonly name: PublicKeyText;
  readonly keys: readonly KeyRecord[];
}

type Names = Ordered<NamedKey>;

export class NamedKeys {
  readonly all: Names = noNames();
  readonly #byNamespace = new Map<NamespaceName, Names>();
  /** What `active` answered since the namespace's last change. */
  readonly #active = new Map<NamespaceName, readonly PublicKeyText[]>();

  /** In place of the one with this id, where there is one. */
  add(key: KeyRecord): void {
    const own = this.#byNamespace.get(key.namespace) ?? noNames();
    this.#byNamespace.set(key.namespace, own);
    this.#active.delete(key.namespace);
    // Most names have one key: then both lists hold the same thing.
    const alone: NamedKey = { name: key.address, keys: [key] };
    for (const names of [own, this.all]) {
      names.put(key.address, (before) => {
        const others = before?.keys.filter(({ id }) => id !== key.id) ?? [];
        return others.length === 0 ? alone : { name: key.address, keys: [...others, key] };
      });
    }
  }

  ofNamespace(namespace: NamespaceName): OrderedItems<NamedKey> {
    return this.#byNamespace.get(namespace) ?? noNames();
  }

  /** The namespace's keys with this name; the one that was stored or changed last comes last. */
  find(namespace: NamespaceName, name: PublicKeyText): readonly KeyRecord[] {
    return keysOf(this.ofNamespace(namespace), name);
  }

  /** Names in the namespace of which the last key is active, in order; the same array until one of its keys changes. */
  active(namespace: NamespaceName): readonly PublicKeyText[] {
    const made = this.#active.get(namespace);
    if (made !== undefined) return made;
    const active: PublicKeyText[] = [];
    for (const { name, keys } of this.ofNamespace(namespace)) {
      if (keys.at(-1)?.state === "active") active.push(name);
    }
    this.#active.set(namespace, active);
    return active;
  }

  /** Keys of all namespaces with this name. */
  holders(name: PublicKeyText): readonly KeyRecord[] {
    return keysOf(this.all, name);
  }
}

function noNames(): Names {
  return new Ordered(({ name }) => name);
}

function keysOf(names: OrderedItems<NamedKey>, name: PublicKeyText): readonly KeyRecord[] {
  return names.get(name)?.keys ?? [];
}
