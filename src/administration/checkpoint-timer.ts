/**
 * Signs a checkpoint of the log again and again while the service runs, so that no entry waits much longer than the interval for
 * one. One is under way at a time; a log that did not grow costs one look at its head.
 * @module
 */
import { SignerError } from "../domain/errors.ts";

export class CheckpointTimer {
  readonly #checkpoint: () => Promise<unknown>;
  readonly #intervalMs: number;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> = Promise.resolve();
  #stopped = false;
  /** What failed is said once, until it works again. */
  #failing = false;

  /**
   * @param checkpoint signs the head as it is, or finds that it is signed
   * @param intervalMs from the beginning of one checkpoint to that of the next, unless one takes longer
   */
  constructor(checkpoint: () => Promise<unknown>, intervalMs: number) {
    this.#checkpoint = checkpoint;
    this.#intervalMs = intervalMs;
  }

  /** @param onFailure hears of the first failure of several; a sealed service is none */
  start(onFailure: (error: unknown) => void): void {
    this.#schedule(this.#intervalMs, onFailure);
  }

  /** No checkpoint begins any more; resolves when the one under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#underWay;
  }

  #schedule(pause: number, onFailure: (error: unknown) => void): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      const began = performance.now();
      this.#underWay = this.#sign(onFailure).then(() =>
        this.#schedule(Math.max(0, this.#intervalMs - (performance.now() - began)), onFailure),
      );
    }, pause).unref();
  }

  async #sign(onFailure: (error: unknown) => void): Promise<void> {
    try {
      await this.#checkpoint();
      this.#failing = false;
    } catch (error) {
      if (error instanceof SignerError && error.code === "service.sealed") return;
      if (!this.#failing) onFailure(error);
      this.#failing = true;
    }
  }
}
