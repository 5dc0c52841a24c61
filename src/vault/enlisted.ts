/**
 * Threads of one kind that have the key-encryption keys too, while the vault is unsealed. Those that run stay on this list
 * whatever becomes of the others: sealing and forgetting must reach them.
 * @module
 */
import type { KeyId } from "../domain/kinds.ts";
import type { Beside } from "./beside.ts";
import type { AdoptedKeysThread } from "./sign/adopted-keys.ts";

export class Enlisted<Contract extends AdoptedKeysThread> {
  readonly #wanted: number;
  readonly #startOne: () => Promise<Beside<Contract>>;
  readonly #running: Beside<Contract>[] = [];
  #starting: Promise<void> | undefined;

  /**
   * @param wanted how many should run; at least one does
   * @param startOne where it fails it leaves no thread behind
   */
  constructor(wanted: number, startOne: () => Promise<Beside<Contract>>) {
    this.#wanted = Math.max(1, wanted);
    this.#startOne = startOne;
  }

  /** Starts those that do not run yet: one that failed is started anew by the next call. @throws Error where one fails */
  start(): Promise<void> {
    this.#starting ??= this.#startMissing().finally(() => (this.#starting = undefined));
    return this.#starting;
  }

  /** Private keys held ready by all of them. */
  async cachedKeys(): Promise<number> {
    const counts = await this.#each((calls) => calls.cachedKeys());
    return counts.reduce((sum, keys) => sum + keys, 0);
  }

  /** Wipes these keys in every thread. */
  async forget(keyIds: readonly KeyId[]): Promise<void> {
    await this.#each((calls) => calls.forget(keyIds));
  }

  /** Wipes every key in every thread. Call it after the vault's thread was sealed. */
  async seal(): Promise<void> {
    await this.#started();
    await this.#each((calls) => calls.seal());
  }

  async close(): Promise<void> {
    await this.#started();
    await Promise.all(this.#running.map(({ queue }) => queue.close()));
  }

  #each<Reply>(ask: (calls: Beside<AdoptedKeysThread>["calls"]) => Promise<Reply>): Promise<Reply[]> {
    return Promise.all(this.#running.map(({ calls }) => ask(calls)));
  }

  /** What is starting runs, or has failed. */
  async #started(): Promise<void> {
    await this.#starting?.catch(() => undefined);
  }

  async #startMissing(): Promise<void> {
    const missing = Array.from({ length: this.#wanted - this.#running.length }, async () => {
      this.#running.push(await this.#startOne());
    });
    for (const outcome of await Promise.allSettled(missing))
      if (outcome.status === "rejected") throw outcome.reason;
  }
}
