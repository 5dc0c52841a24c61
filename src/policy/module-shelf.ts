/**
 * Compiled modules by digest, within a bound of memory. What is pinned stays; of the rest the least recently used goes first. The
 * meter's version needs no place in the key, since a process has one meter and compiled modules never leave it.
 * @module
 */
import type { PolicyDigest } from "../domain/kinds.ts";
import type { CompiledPolicy } from "./execute.ts";

export interface ModuleShelfOptions {
  /** Memory of all modules here, and of those that are pinned and not loaded yet. */
  readonly bytesMax: number;
  readonly onEvicted: (digest: PolicyDigest) => void;
}

export class ModuleShelf {
  readonly #options: ModuleShelfOptions;
  /** Least recently used first. */
  readonly #modules = new Map<PolicyDigest, CompiledPolicy>();
  /** How often each module is pinned. */
  readonly #pins = new Map<PolicyDigest, number>();
  /** What each module takes that was ever here: stays when the module goes, so that its room is known before it comes back. */
  readonly #bytes = new Map<PolicyDigest, number>();
  /** Bytes of what is here or pinned. */
  #taken = 0;
  /** Bytes of what is pinned, loaded or not. */
  #pinned = 0;

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

  /**
   * Keeps a module that takes `bytes` of memory: a pinned one always, since its room is reserved, any other one only where
   * there is room. So uploads push nothing out.
   */
  put(digest: PolicyDigest, policy: CompiledPolicy, bytes: number): void {
    this.#learn(digest, Math.min(bytes, this.#options.bytesMax));
    if (this.#modules.has(digest)) return;
    if (!this.#pins.has(digest)) {
      if (this.#taken + this.#bytesOf(digest) > this.#options.bytesMax) return;
      this.#taken += this.#bytesOf(digest);
    }
    this.#modules.set(digest, policy);
    // Only a stored module that was damaged, and is not any more, takes more than was reserved.
    this.#makeRoom();
  }

  /** True when it is known what this module takes: it was here once, or nobody has it. */
  knows(digest: PolicyDigest): boolean {
    return this.#bytes.has(digest);
  }

  /** Says of a module that nobody has, or that cannot be loaded, that it takes no room. */
  missing(digest: PolicyDigest): void {
    this.#learn(digest, 0);
  }

  /** True when `digests` can be pinned beside those that are. */
  fits(digests: Iterable<PolicyDigest>): boolean {
    let bytes = this.#pinned;
    for (const digest of digests) if (!this.#pins.has(digest)) bytes += this.#bytesOf(digest);
    return bytes <= this.#options.bytesMax;
  }

  /** In parts that each fit when nothing else is pinned: a single part but for what exceeds all memory. */
  parts(digests: Iterable<PolicyDigest>): PolicyDigest[][] {
    const parts: PolicyDigest[][] = [];
    let last: PolicyDigest[] = [];
    let bytes = 0;
    for (const digest of digests) {
      bytes += this.#bytesOf(digest);
      if (last.length === 0 || bytes > this.#options.bytesMax) {
        parts.push((last = []));
        bytes = this.#bytesOf(digest);
      }
      last.push(digest);
    }
    return parts;
  }

  /** Keeps these, and their room, until `unpin`. Only what `fits`, or one of the `parts` when nothing else is pinned. */
  pin(digests: Iterable<PolicyDigest>): void {
    for (const digest of digests) {
      const pins = this.#pins.get(digest) ?? 0;
      this.#pins.set(digest, pins + 1);
      if (pins > 0) continue;
      this.#pinned += this.#bytesOf(digest);
      if (!this.#modules.has(digest)) this.#taken += this.#bytesOf(digest);
    }
    this.#makeRoom();
  }

  unpin(digests: Iterable<PolicyDigest>): void {
    for (const digest of digests) {
      const pins = (this.#pins.get(digest) ?? 0) - 1;
      if (pins > 0) {
        this.#pins.set(digest, pins);
        continue;
      }
      this.#pins.delete(digest);
      this.#pinned -= this.#bytesOf(digest);
      if (!this.#modules.has(digest)) this.#taken -= this.#bytesOf(digest);
    }
  }

  #makeRoom(): void {
    for (const digest of this.#modules.keys()) {
      if (this.#taken <= this.#options.bytesMax) return;
      if (this.#pins.has(digest)) continue;
      this.#modules.delete(digest);
      this.#taken -= this.#bytesOf(digest);
      this.#options.onEvicted(digest);
    }
  }

  #learn(digest: PolicyDigest, bytes: number): void {
    const more = bytes - this.#bytesOf(digest);
    this.#bytes.set(digest, bytes);
    if (this.#pins.has(digest)) this.#pinned += more;
    if (this.#pins.has(digest) || this.#modules.has(digest)) this.#taken += more;
  }

  /** Of a module that was never here: all of the memory, so that it comes alone. */
  #bytesOf(digest: PolicyDigest): number {
    return this.#bytes.get(digest) ?? this.#options.bytesMax;
  }
}
