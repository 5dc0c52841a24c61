/**
 * The calling side of a worker thread: calls of one event-loop tick travel as one message, at most one batch is under
 * way, and the next one fills meanwhile. No timer, so a lone caller waits for nobody. The queue is bounded.
 * @module
 */
import { Worker, type ResourceLimits, type Transferable } from "node:worker_threads";
import { SignerError } from "../domain/errors.ts";
import type { Outcome } from "./contract.ts";

export interface ThreadOptions {
  readonly url: URL;
  /** For messages and process listings, e.g. `vault`. */
  readonly name: string;
  readonly workerData?: unknown;
  /** Calls that may wait; one more is refused with `service.overloaded`. */
  readonly queueMax: number;
  /** Calls that travel together at most. */
  readonly batchMax: number;
  /**
   * Where the work of a batch is in its calls and not in what they share: only calls of one rank travel together, and of
   * those at most this many. Without it a batch is filled with whatever waits.
   */
  readonly batchMaxOf?: (rank: number) => number;
  /** Batches under way at once: 1 where the other side commits per batch. */
  readonly batchesInFlight?: number;
  readonly resourceLimits?: ResourceLimits;
  /**
   * Called once when the thread dies by itself after it was ready. The default ends the process with code 70: what the
   * thread was doing is unknown. A failure to start only rejects `ready` and the calls that wait.
   */
  readonly onDeath?: (error: Error) => void;
  readonly onBatch?: (size: number) => void;
}

interface Waiting<Asked, Reply> {
  readonly call: Asked;
  readonly rank: number;
  readonly transfer: readonly Transferable[];
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

/** What the thread posts: first that it has loaded, then the outcomes of each batch. */
type Message<Reply> = "ready" | { readonly batch: number; readonly outcomes: readonly Outcome<Reply>[] };

/** `draining`: `close` was called, no new calls. `over`: the thread is gone, or about to be. */
type State = "open" | "draining" | "over";

export class ThreadClient<Asked, Reply> {
  readonly #options: ThreadOptions;
  readonly #worker: Worker;
  readonly #started = Promise.withResolvers<void>();
  #queue: Waiting<Asked, Reply>[] = [];
  readonly #inFlight = new Map<number, readonly Waiting<Asked, Reply>[]>();
  #nextBatch = 0;
  #scheduled = false;
  #state: State = "open";
  #loaded = false;
  #closed: Promise<void> | undefined;

  constructor(options: ThreadOptions) {
    this.#options = options;
    this.#worker = new Worker(options.url, {
      name: options.name,
      workerData: options.workerData,
      ...(options.resourceLimits ? { resourceLimits: options.resourceLimits } : {}),
    });
    // Whoever does not ask `ready` learns of a failed start by the rejection of its calls.
    this.#started.promise.catch(() => undefined);
    this.#worker.on("message", (message: Message<Reply>) => this.#receive(message));
    // A reply that cannot be read is a call whose outcome is unknown.
    this.#worker.on("messageerror", (error) => this.#die(error));
    this.#worker.on("error", (error) => this.#die(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on("exit", (code) => this.#die(new Error(`thread ${options.name} ended with code ${code}`)));
  }

  /** Resolves when the thread has loaded its module and can take calls; rejects with its start-up failure. */
  ready(): Promise<void> {
    return this.#started.promise;
  }

  /** False once the thread has ended, or `close` was called. */
  get alive(): boolean {
    return this.#state === "open";
  }

  /** Calls that wait or are under way. */
  get depth(): number {
    let depth = this.#queue.length;
    for (const batch of this.#inFlight.values()) depth += batch.length;
    return depth;
  }

  /**
   * Sends `call` (structured-cloneable) and resolves with its reply. What `transfer` names is moved, not copied.
   * @param rank lower goes first, equal ones in their order: nothing overtakes a call of rank 0
   * @throws SignerError with the other side's code; `service.overloaded` when the queue is full; `service.stopping`.
   * DataCloneError, for this call alone, when it cannot be cloned
   */
  call(call: Asked, transfer: readonly Transferable[] = [], rank = 0): Promise<Reply> {
    const { name, queueMax } = this.#options;
    if (this.#state === "draining" || this.#state === "over") {
      return Promise.reject(new SignerError("service.stopping", `${name} has stopped; retry later`));
    }
    if (this.#queue.length >= queueMax) {
      return Promise.reject(
        new SignerError("service.overloaded", `${name} has ${this.#queue.length} calls waiting; retry later`),
      );
    }
    return new Promise((resolve, reject) => {
      this.#enqueue({ call, rank, transfer, resolve, reject });
      this.#schedule();
    });
  }

  /** As `call`, in the order of a `Sender`. */
  send(call: Asked, rank: number, moved: readonly Transferable[]): Promise<Reply> {
    return this.call(call, moved, rank);
  }

  /** Refuses new calls, waits for what is under way and queued, then ends the thread. */
  close(): Promise<void> {
    this.#closed ??= this.#drain();
    return this.#closed;
  }

  async #drain(): Promise<void> {
    if (this.#state !== "over") this.#state = "draining";
    while (this.depth > 0) await new Promise((resolve) => setImmediate(resolve));
    this.#state = "over";
    await this.#worker.terminate();
  }

  #enqueue(waiting: Waiting<Asked, Reply>): void {
    const before = this.#queue.findLastIndex(({ rank }) => rank <= waiting.rank);
    if (before === this.#queue.length - 1) this.#queue.push(waiting);
    else this.#queue.splice(before + 1, 0, waiting);
  }

  #schedule(): void {
    if (this.#scheduled || this.#queue.length === 0 || this.#state === "over") return;
    if (this.#inFlight.size >= (this.#options.batchesInFlight ?? 1)) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#state === "over") return;
      this.#send(this.#queue.splice(0, this.#nextSize()));
      this.#schedule();
    });
  }

  #nextSize(): number {
    const { batchMax, batchMaxOf } = this.#options;
    const [first] = this.#queue;
    if (batchMaxOf === undefined || first === undefined) return batchMax;
    const most = Math.min(batchMax, batchMaxOf(first.rank));
    const other = this.#queue.slice(0, most).findIndex(({ rank }) => rank !== first.rank);
    return other === -1 ? most : other;
  }

  #send(waiting: readonly Waiting<Asked, Reply>[]): void {
    if (waiting.length === 0) return;
    const batch = this.#nextBatch++;
    try {
      this.#worker.postMessage(
        { batch, calls: waiting.map((one) => one.call) },
        waiting.flatMap((one) => one.transfer),
      );
    } catch (error) {
      // DataCloneError, a bug in one caller; nothing was sent, and the others of the batch are not to blame.
      const others = waiting.filter((one) => isCloneable(one.call));
      const culprits = waiting.filter((one) => others.length === waiting.length || !others.includes(one));
      for (const culprit of culprits)
        culprit.reject(error instanceof Error ? error : new Error(String(error)));
      if (others.length < waiting.length) this.#send(others);
      return;
    }
    this.#inFlight.set(batch, waiting);
    this.#options.onBatch?.(waiting.length);
  }

  #receive(message: Message<Reply>): void {
    if (message === "ready") {
      this.#loaded = true;
      this.#started.resolve();
      return;
    }
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
    if (this.#state === "over") return;
    this.#state = "over";
    this.#started.reject(error);
    const waiting = [...this.#queue, ...[...this.#inFlight.values()].flat()];
    this.#queue = [];
    this.#inFlight.clear();
    const { name, onDeath } = this.#options;
    for (const one of waiting) {
      one.reject(
        new SignerError(
          "service.stopping",
          `${name} has stopped; the outcome is unknown. Ask again when the service runs, with the ` +
            `same Idempotency-Key if there was one`,
        ),
      );
    }
    if (!this.#loaded) return;
    if (onDeath) onDeath(error);
    else {
      process.stderr.write(`claviger: thread ${name} failed: ${error.message}\n`);
      process.exit(70);
    }
  }
}

function isCloneable(call: unknown): boolean {
  try {
    structuredClone(call);
    return true;
  } catch {
    return false;
  }
}
