/**
 * The calling side of a worker thread: calls of one event-loop tick travel as one message, at most one batch is under
 * way, and the next one fills meanwhile. No timer, so a lone caller waits for nobody. The queue is bounded.
 * @module
 */
import { Worker, type ResourceLimits } from "node:worker_threads";
import { SignerError, type ErrorCode, type ProblemMembers } from "../domain/errors.ts";

/** How one call ended on the other side: plain data, because Error objects lose their code when they are cloned. */
export type Outcome<Reply> =
  | { readonly ok: true; readonly reply: Reply }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string; readonly members: ProblemMembers };

export interface ThreadOptions {
  readonly url: URL;
  /** For messages and process listings, e.g. `vault`. */
  readonly name: string;
  readonly workerData?: unknown;
  /** Calls that may wait; one more is refused with `service.overloaded`. */
  readonly queueMax: number;
  /** Calls that travel together at most. */
  readonly batchMax: number;
  /** Batches under way at once: 1 where the other side commits per batch. */
  readonly batchesInFlight?: number;
  readonly resourceLimits?: ResourceLimits;
  /** Called once when the thread dies by itself. The default ends the process: what it was doing is unknown. */
  readonly onDeath?: (error: Error) => void;
  readonly onBatch?: (size: number) => void;
}

interface Waiting<Call, Reply> {
  readonly call: Call;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

export class ThreadClient<Call, Reply> {
  readonly #options: ThreadOptions;
  readonly #worker: Worker;
  readonly #ready: Promise<void>;
  #queue: Waiting<Call, Reply>[] = [];
  readonly #inFlight = new Map<number, Waiting<Call, Reply>[]>();
  #nextBatch = 0;
  #scheduled = false;
  #closing = false;
  #dead: Error | undefined;

  constructor(options: ThreadOptions) {
    this.#options = options;
    this.#worker = new Worker(options.url, {
      name: options.name,
      workerData: options.workerData,
      ...(options.resourceLimits ? { resourceLimits: options.resourceLimits } : {}),
    });
    this.#ready = new Promise((resolve, reject) => {
      this.#worker.once("message", () => {
        this.#worker.on("message", (message: { batch: number; outcomes: Outcome<Reply>[] }) => this.#settle(message));
        resolve();
      });
      this.#worker.once("error", reject);
    });
    this.#ready.catch(() => undefined);
    this.#worker.on("error", (error) => this.#die(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on("exit", (code) => {
      if (!this.#closing) this.#die(new Error(`thread ${options.name} ended with code ${code}`));
    });
  }

  /** Resolves when the thread has loaded its module and can take calls; rejects with its start-up failure. */
  ready(): Promise<void> {
    return this.#ready;
  }

  /** Calls that wait or are under way. */
  get depth(): number {
    let depth = this.#queue.length;
    for (const batch of this.#inFlight.values()) depth += batch.length;
    return depth;
  }

  /**
   * Sends `call` (structured-cloneable) and resolves with its reply.
   * @throws SignerError with the other side's code, or `service.overloaded` when the queue is full
   */
  call(call: Call): Promise<Reply> {
    if (this.#dead !== undefined || this.#closing) {
      return Promise.reject(new SignerError("service.stopping", `${this.#options.name} has stopped; retry later`));
    }
    if (this.#queue.length >= this.#options.queueMax) {
      return Promise.reject(
        new SignerError("service.overloaded", `${this.#options.name} has ${this.#queue.length} calls waiting; retry later`),
      );
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ call, resolve, reject });
      this.#schedule();
    });
  }

  /** Waits for what is under way and queued, then ends the thread. */
  async close(): Promise<void> {
    while (this.depth > 0 && this.#dead === undefined) await new Promise((resolve) => setImmediate(resolve));
    this.#closing = true;
    await this.#worker.terminate();
  }

  #schedule(): void {
    if (this.#scheduled || this.#queue.length === 0) return;
    if (this.#inFlight.size >= (this.#options.batchesInFlight ?? 1)) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#send();
    });
  }

  #send(): void {
    if (this.#dead !== undefined || this.#queue.length === 0) return;
    if (this.#inFlight.size >= (this.#options.batchesInFlight ?? 1)) return;
    const waiting = this.#queue.splice(0, this.#options.batchMax);
    const batch = this.#nextBatch++;
    this.#inFlight.set(batch, waiting);
    this.#options.onBatch?.(waiting.length);
    try {
      this.#worker.postMessage({ batch, calls: waiting.map((one) => one.call) });
    } catch (error) {
      // DataCloneError: a bug in a caller; nothing was sent.
      this.#inFlight.delete(batch);
      for (const one of waiting) one.reject(error instanceof Error ? error : new Error(String(error)));
    }
    this.#schedule();
  }

  #settle(message: { batch: number; outcomes: Outcome<Reply>[] }): void {
    const waiting = this.#inFlight.get(message.batch) ?? [];
    this.#inFlight.delete(message.batch);
    for (const [index, one] of waiting.entries()) {
      const outcome = message.outcomes[index];
      if (outcome === undefined) one.reject(new Error(`${this.#options.name} gave no outcome`));
      else if (outcome.ok) one.resolve(outcome.reply);
      else one.reject(new SignerError(outcome.code, outcome.message, outcome.members));
    }
    this.#schedule();
  }

  #die(error: Error): void {
    if (this.#dead !== undefined) return;
    this.#dead = error;
    const waiting = [...this.#queue, ...[...this.#inFlight.values()].flat()];
    this.#queue = [];
    this.#inFlight.clear();
    for (const one of waiting) {
      one.reject(new SignerError("service.stopping", `${this.#options.name} has stopped; the outcome is unknown`));
    }
    if (this.#options.onDeath) this.#options.onDeath(error);
    else {
      process.stderr.write(`claviger: thread ${this.#options.name} failed: ${error.message}\n`);
      process.exit(70);
    }
  }
}
