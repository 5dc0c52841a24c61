/** Numbers of keys, kept as keys come and change: whoever asks for one counts nothing. */
import type { KeyRecord } from "../domain/keys.ts";
import type { NamespaceName } from "../domain/kinds.ts";

export class KeyCounts {
  /** Of all namespaces: keys that were not deleted, those of them on Babylon, and validator keys that are active. */
  live = 0;
  finalityProviders = 0;
  activeValidators = 0;
  readonly #live = new Map<NamespaceName, number>();

  /** @param before the key in whose place this one is; undefined for a new one */
  change(before: KeyRecord | undefined, key: KeyRecord): void {
    if (before !== undefined) this.#count(before, -1);
    this.#count(key, 1);
  }

  /** Keys of the namespace that were not deleted. */
  liveIn(namespace: NamespaceName): number {
    return this.#live.get(namespace) ?? 0;
  }

  #count({ chain, namespace, state }: KeyRecord, by: 1 | -1): void {
    if (state === "deleted") return;
    this.live += by;
    this.#live.set(namespace, this.liveIn(namespace) + by);
    if (chain === "babylon") this.finalityProviders += by;
    if (chain === "ethereum-validator" && state === "active") this.activeValidators += by;
  }
}
