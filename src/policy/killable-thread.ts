/**
 * A worker thread that may be killed at any moment: it runs one batch of calls at a time and writes into shared memory
 * which call it is at, so that the main thread can end it for a call that hangs, and knows which call that was.
 * @module
 */
import { Worker, type ResourceLimits } from "node:worker_threads";
import type { Outcome } from "../threads/contract.ts";

/** How a batch ended. After anything but `done` the thread is gone. */
export type BatchEnd<Reply> =
  | { readonly end: "done"; readonly outcomes: readonly Outcome<Reply>[] }
  /** The call at index `culprit` ran longer than `callMs`. */
  | { readonly end: "timeout"; readonly culprit: number }
  /** The thread died by itself, e.g. out of memory, during call `culprit` (undefined: between calls). */
  | { readonly end: "died"; readonly culprit: number | undefined; readonly error: Error };

export interface KillableThreadOptions {
  readonly url: URL;
  readonly name: string;
  /** Wall clock of one call, milliseconds. */
  readonly callMs: number;
  readonly resourceLimits: ResourceLimits;
}

/** Slots of the shared progress array: index of the call under way or IDLE, and when it began (hrtime nanoseconds). */
const INDEX = 0;
const BEGAN = 1;
const IDLE = -1n;

/** The worker's side: says which call of its batch is under way. */
export class Progress {
  readonly #slots: BigInt64Array;

  constructor(slots: BigInt64Array) {
    this.#slots = slots;
  }

  begin(index: number): void {
    // Time first: a reader between the two stores then sees the old call with a young age, never a new one with an old.
    Atomics.store(this.#slots, BEGAN, process.hrtime.bigint());
    Atomics.store(this.#slots, INDEX, BigInt(index));
  }

  idle(): void {
    Atomics.store(this.#slots, INDEX, IDLE);
  }
}

export class KillableThread<Call, Reply> {
  readonly #options: KillableThreadOptions;
  readonly #worker: Worker;
  readonly #slots = new BigInt64Array(new SharedArrayBuffer(16));
  readonly #ready: Promise<void>;
  #settle: ((end: BatchEnd<Reply>) => void) | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: KillableThreadOptions) {
    this.#options = options;
    Atomics.store(this.#slots, INDEX, IDLE);
    this.#worker = new Worker(options.url, {
      name: options.name,
      workerData: { progress: this.#slots },
      resourceLimits: options.resourceLimits,
    });
    this.#ready = new Promise((resolve, reject) => {
      this.#worker.once("message", () => {
        this.#worker.on("message", (message: { outcomes: Outcome<Reply>[] }) => {
          this.#finish({ end: "done", outcomes: message.outcomes });
        });
        resolve();
      });
      this.#worker.on("error", (error) => {
        const failure = error instanceof Error ? error : new Error(String(error));
        reject(failure);
        this.#died(failure);
      });
      this.#worker.on("exit", (code) => {
        const failure = new Error(`thread ${options.name} ended with code ${code}`);
        reject(failure);
        this.#died(failure);
      });
    });
    this.#ready.catch(() => undefined);
  }

  /** Resolves when the thread can take a batch; rejects with its start-up failure. */
  ready(): Promise<void> {
    return this.#ready;
  }

  /** Runs `calls` in order, one batch at a time. Resolves however the batch ends. */
  run(calls: readonly Call[]): Promise<BatchEnd<Reply>> {
    if (this.#settle !== undefined) throw new Error(`${this.#options.name} already runs a batch`);
    if (this.#closed) {
      return Promise.resolve({ end: "died", culprit: undefined, error: new Error("the thread has ended") });
    }
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#watch(this.#options.callMs);
      this.#worker.postMessage({ batch: 0, calls });
    });
  }

  /** Ends the thread now; a batch under way ends as `died`. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#finish({ end: "died", culprit: undefined, error: new Error("the thread was closed") });
    await this.#worker.terminate();
  }

  #watch(milliseconds: number): void {
    this.#watchdog = setTimeout(() => {
      const index = Atomics.load(this.#slots, INDEX);
      const ageMs = Number(process.hrtime.bigint() - Atomics.load(this.#slots, BEGAN)) / 1e6;
      // Idle while a batch is under way: it was not read yet, or its outcomes wait in our own event queue.
      if (index === IDLE) this.#watch(this.#options.callMs);
      else if (ageMs < this.#options.callMs) this.#watch(Math.ceil(this.#options.callMs - ageMs));
      else this.#kill(Number(index));
    }, milliseconds);
  }

  #kill(culprit: number): void {
    this.#closed = true;
    void this.#worker.terminate();
    this.#finish({ end: "timeout", culprit });
  }

  #died(error: Error): void {
    this.#closed = true;
    const index = Atomics.load(this.#slots, INDEX);
    this.#finish({ end: "died", culprit: index === IDLE ? undefined : Number(index), error });
  }

  #finish(end: BatchEnd<Reply>): void {
    clearTimeout(this.#watchdog);
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(end);
  }
}
