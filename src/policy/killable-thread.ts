/**
 * A worker thread that may be killed at any moment: it runs one batch of calls at a time and writes into shared memory
 * which call it is at, so that the main thread can end it for a call that hangs, and knows which call that was.
 * @module
 */
import type { ResourceLimits } from "node:worker_threads";
import { SignerError } from "../domain/errors.ts";
import type { Call, Outcome, Remote } from "../threads/contract.ts";
import { toWorker, type WorkerLink } from "../threads/link.ts";
import { remote, type Sender } from "../threads/remote.ts";

/** How a batch ended. After anything but `done` the thread is gone. */
export type BatchEnd =
  | { readonly end: "done" }
  /** The call at index `culprit` ran longer than `callMs`. */
  | { readonly end: "timeout"; readonly culprit: number }
  /** The thread died by itself, e.g. out of memory, during call `culprit` (undefined: between calls). */
  | { readonly end: "died"; readonly culprit: number | undefined; readonly error: Error };

/** The calls that a thread is to run together. Their promises settle when the batch is done, and never when it ends otherwise. */
export class CallBatch<Contract extends object> implements Sender {
  readonly #calls: Call[] = [];
  readonly #waiting: PromiseWithResolvers<unknown>[] = [];
  readonly thread: Remote<Contract> = remote<Contract>(this);

  get calls(): readonly Call[] {
    return this.#calls;
  }

  send(call: Call): Promise<unknown> {
    const waiting = Promise.withResolvers<unknown>();
    this.#calls.push(call);
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  settle(outcomes: readonly (Outcome | undefined)[]): void {
    for (const [index, { resolve, reject }] of this.#waiting.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) reject(new Error("the policy thread gave no outcome"));
      else if (outcome.ok) resolve(outcome.reply);
      else reject(new SignerError(outcome.code, outcome.message, outcome.members));
    }
  }
}

export interface KillableThreadOptions {
  readonly url: URL;
  readonly name: string;
  /** CPU time of the thread that one call may use, in milliseconds. A busy machine makes a call slower, and no longer. */
  readonly callMs: number;
  readonly resourceLimits: ResourceLimits;
}

/** Slots of the shared progress array: index of the call under way or IDLE, and the thread's CPU time at its begin (µs). */
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
    const { user, system } = process.threadCpuUsage();
    Atomics.store(this.#slots, BEGAN, BigInt(user + system));
    Atomics.store(this.#slots, INDEX, BigInt(index));
  }

  idle(): void {
    Atomics.store(this.#slots, INDEX, IDLE);
  }
}

/** What a thread needs of a batch, whatever its contract is. */
type SettledBatch = Pick<CallBatch<object>, "calls" | "settle">;

export class KillableThread {
  readonly #options: KillableThreadOptions;
  readonly #link: WorkerLink;
  readonly #slots = new BigInt64Array(new SharedArrayBuffer(16));
  readonly #started = Promise.withResolvers<void>();
  #batch: SettledBatch | undefined;
  #settle: ((end: BatchEnd) => void) | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: KillableThreadOptions) {
    this.#options = options;
    Atomics.store(this.#slots, INDEX, IDLE);
    this.#started.promise.catch(() => undefined);
    const { url, name, resourceLimits } = options;
    const open = toWorker({ url, name, resourceLimits, workerData: { progress: this.#slots } });
    this.#link = open({
      ready: () => this.#started.resolve(),
      answered: ({ outcomes }) => {
        // In the order of the calls: each was numbered by its place.
        this.#batch?.settle(outcomes.map(([, outcome]) => outcome));
        this.#finish({ end: "done" });
      },
      ended: (error) => {
        this.#started.reject(error);
        this.#died(error);
      },
    });
  }

  /** Resolves when the thread can take a batch; rejects with its start-up failure. */
  ready(): Promise<void> {
    return this.#started.promise;
  }

  /** Runs the calls of `batch` in order, one batch at a time. Resolves however it ends. */
  run(batch: SettledBatch): Promise<BatchEnd> {
    if (this.#settle !== undefined) throw new Error(`${this.#options.name} already runs a batch`);
    if (this.#closed) {
      return Promise.resolve({ end: "died", culprit: undefined, error: new Error("the thread has ended") });
    }
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#batch = batch;
      this.#watch(this.#options.callMs);
      this.#link.post({ calls: batch.calls.map((call, id) => ({ ...call, id, rank: 0 })) }, []);
    });
  }

  /** Ends the thread now; a batch under way ends as `died`. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#finish({ end: "died", culprit: undefined, error: new Error("the thread was closed") });
    await this.#link.end();
  }

  /** Looks after so many milliseconds what the call under way has used. A thread uses no more CPU time than passes. */
  #watch(milliseconds: number): void {
    this.#watchdog = setTimeout(() => void this.#look(), milliseconds);
  }

  async #look(): Promise<void> {
    const { callMs } = this.#options;
    const batch = this.#batch;
    const index = Atomics.load(this.#slots, INDEX);
    // Undefined: the thread has ended, and says so by itself.
    const used = await this.#link.cpuMicros();
    if (batch === undefined || this.#batch !== batch || used === undefined) return;
    // Idle while a batch is under way: it was not read yet, or its outcomes wait in our own event queue. In one batch no
    // index comes twice, so that an index that is still there is the same call.
    if (index === IDLE || Atomics.load(this.#slots, INDEX) !== index) return this.#watch(callMs);
    const callUsedMs = (used - Number(Atomics.load(this.#slots, BEGAN))) / 1000;
    if (callUsedMs < callMs) this.#watch(Math.ceil(callMs - callUsedMs));
    else this.#kill(Number(index));
  }

  #kill(culprit: number): void {
    this.#closed = true;
    void this.#link.end();
    this.#finish({ end: "timeout", culprit });
  }

  #died(error: Error): void {
    this.#closed = true;
    const index = Atomics.load(this.#slots, INDEX);
    this.#finish({ end: "died", culprit: index === IDLE ? undefined : Number(index), error });
  }

  #finish(end: BatchEnd): void {
    clearTimeout(this.#watchdog);
    const settle = this.#settle;
    this.#settle = undefined;
    this.#batch = undefined;
    settle?.(end);
  }
}
