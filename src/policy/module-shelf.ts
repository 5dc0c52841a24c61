/**
 * Compiled modules by digest: bounded, least recently used first out, fetched again from their source when needed. The
 * meter's version needs no place in the key, since a process has one meter and compiled modules never leave it.
 * @module
 */
import type { CompiledPolicy } from "./execute.ts";
import type { PolicyDigest } from "../domain/kinds.ts";

export interface ModuleShelfOptions {
  readonly modulesMax: number;
  /** Fetches and prepares a module that is not on the shelf; undefined when nobody has it. */
  readonly fetch: (digest: PolicyDigest) => Promise<CompiledPolicy | undefined>;
  readonly onEvicted?: (digest: PolicyDigest) => void;
}

export class ModuleShelf {
  readonly #options: ModuleShelfOptions;
  readonly #modules = new Map<PolicyDigest, CompiledPolicy>();
  readonly #fetching = new Map<PolicyDigest, Promise<CompiledPolicy | undefined>>();

  constructor(options: ModuleShelfOptions) {
    this.#options = options;
  }

  get(digest: PolicyDigest): CompiledPolicy | undefined {
    const found = this.#modules.get(digest);
    if (found === undefined) return undefined;
    this.#modules.delete(digest);
    this.#modules.set(digest, found);
    return found;
  }

  put(digest: PolicyDigest, policy: CompiledPolicy): void {
    this.#modules.delete(digest);
    this.#modules.set(digest, policy);
    for (const oldest of this.#modules.keys()) {
      if (this.#modules.size <= this.#options.modulesMax) return;
      this.#modules.delete(oldest);
      this.#options.onEvicted?.(oldest);
    }
  }

  /** The module from its source; callers at the same time share one fetch. Rejects as `fetch` does. */
  fetch(digest: PolicyDigest): Promise<CompiledPolicy | undefined> {
    const underway = this.#fetching.get(digest);
    if (underway !== undefined) return underway;
    const fetched = this.#fetch(digest).finally(() => this.#fetching.delete(digest));
    this.#fetching.set(digest, fetched);
    return fetched;
  }

  async #fetch(digest: PolicyDigest): Promise<CompiledPolicy | undefined> {
    const policy = await this.#options.fetch(digest);
    if (policy !== undefined) this.put(digest, policy);
    return policy;
  }
}
