/** Finished lists by name, those that were used last; public data, bounded in bytes. */
export class RandomnessCache {
  readonly #bytesMax: number;
  /** In order of last use, oldest first. */
  readonly #lists = new Map<string, Uint8Array>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The list itself: copy it before anybody else gets it. */
  get(name: string): Uint8Array | undefined {
    const list = this.#lists.get(name);
    if (list === undefined) return undefined;
    this.#lists.delete(name);
    this.#lists.set(name, list);
    return list;
  }

  /** Keeps `list`, and forgets the oldest ones for it; one that is larger than the whole cache is not kept. */
  put(name: string, list: Uint8Array): void {
    this.#forget(name);
    if (list.length > this.#bytesMax) return;
    for (const oldest of this.#lists.keys()) {
      if (this.#bytes + list.length <= this.#bytesMax) break;
      this.#forget(oldest);
    }
    this.#lists.set(name, list);
    this.#bytes += list.length;
  }

  #forget(name: string): void {
    this.#bytes -= this.#lists.get(name)?.length ?? 0;
    this.#lists.delete(name);
  }
}
