/**
 * The calling side of a link: calls of one event-loop tick travel as one message, few batches are under way at once, and the
 * next one fills meanwhile. No timer, so a lone caller waits for nobody. The queue is bounded.
 * @module
 */
import type { Transferable } from "node:worker_threads";
import { SignerError } from "../domain/errors.ts";
import type { Call } from "./contract.ts";
import { toWorker, type Answers, type Link, type OpenLink, type WorkerOptions } from "./link.ts";
import { endProcess, OutcomeUnknown } from "./outcome-unknown.ts";
import type { Sender } from "./remote.ts";

export interface QueueOptions {
  /** For messages, e.g. `vault`. */
  readonly name: string;
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
  readonly batchesUnderWay?: number;
  /**
   * Called once when the other side dies by itself after it was ready. The default ends the process with code 70. A failure to
   * start only rejects `ready` and the calls that wait.
   */
  readonly onDeath?: (error: OutcomeUnknown) => void;
  readonly onBatch?: (size: number) => void;
}

interface Waiting {
  readonly call: Call;
  readonly rank: number;
  readonly moved: readonly Transferable[];
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** `draining`: `close` was called, no new calls. `over`: the other side is gone, or about to be. */
type State = "open" | "draining" | "over";

/** A worker thread with a queue before it. */
export function startThread(options: WorkerOptions & QueueOptions): CallQueue {
  return new CallQueue(options, toWorker(options));
}

export class CallQueue implements Sender {
  readonly #options: QueueOptions;
  readonly #link: Link;
  readonly #started = Promise.withResolvers<void>();
  #queue: Waiting[] = [];
  readonly #underWay = new Map<number, readonly Waiting[]>();
  #nextBatch = 0;
  #scheduled = false;
  #state: State = "open";
  #loaded = false;
  #closed: Promise<void> | undefined;

  constructor(options: QueueOptions, open: OpenLink) {
    this.#options = options;
    // Whoever does not ask `ready` learns of a failed start by the rejection of its calls.
    this.#started.promise.catch(() => undefined);
    this.#link = open({
      ready: () => {
        this.#loaded = true;
        this.#started.resolve();
      },
      answered: (answers) => this.#settle(answers),
      ended: (error) => this.#die(error),
    });
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
    for (const batch of this.#underWay.values()) depth += batch.length;
    return depth;
  }

  /**
   * Sends `call` and resolves with its reply. What `moved` names is moved, not copied.
   * @param rank lower goes first, equal ones in their order: nothing overtakes a call of rank 0
   * @throws SignerError with the other side's code; `service.overloaded` when the queue is full; `service.stopping`.
   * DataCloneError, for this call alone, when it cannot be cloned
   */
  send(call: Call, rank: number, moved: readonly Transferable[]): Promise<unknown> {
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
      this.#enqueue({ call, rank, moved, resolve, reject });
      this.#schedule();
    });
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
    await this.#link.end();
  }

  #enqueue(waiting: Waiting): void {
    const before = this.#queue.findLastIndex(({ rank }) => rank <= waiting.rank);
    if (before === this.#queue.length - 1) this.#queue.push(waiting);
    else this.#queue.splice(before + 1, 0, waiting);
  }

  #schedule(): void {
    if (this.#scheduled || this.#queue.length === 0 || this.#state === "over") return;
    if (this.#underWay.size >= (this.#options.batchesUnderWay ?? 1)) return;
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

  #send(waiting: readonly Waiting[]): void {
    if (waiting.length === 0) return;
    const batch = this.#nextBatch++;
    try {
      this.#link.post(
        { batch, calls: waiting.map(({ call }) => call) },
        waiting.flatMap(({ moved }) => moved),
      );
    } catch (error) {
      // DataCloneError, a bug in one caller; nothing was sent, and the others of the batch are not to blame.
      const others = waiting.filter(({ call }) => isCloneable(call));
      const culprits = waiting.filter(
        (caller) => others.length === waiting.length || !others.includes(caller),
      );
      for (const culprit of culprits)
        culprit.reject(error instanceof Error ? error : new Error(String(error)));
      if (others.length < waiting.length) this.#send(others);
      return;
    }
    this.#underWay.set(batch, waiting);
    this.#options.onBatch?.(waiting.length);
  }

  #settle({ batch, outcomes }: Answers): void {
    const waiting = this.#underWay.get(batch) ?? [];
    this.#underWay.delete(batch);
    for (const [index, caller] of waiting.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) caller.reject(new Error(`${this.#options.name} gave no outcome`));
      else if (outcome.ok) caller.resolve(outcome.reply);
      else caller.reject(new SignerError(outcome.code, outcome.message, outcome.members));
    }
    this.#schedule();
  }

  #die(error: Error): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#started.reject(error);
    const waiting = [...this.#queue, ...[...this.#underWay.values()].flat()];
    this.#queue = [];
    this.#underWay.clear();
    const { name, onDeath } = this.#options;
    for (const caller of waiting) {
      caller.reject(
        new SignerError(
          "service.stopping",
          `${name} has stopped; the outcome is unknown. Ask again when the service runs, with the ` +
            `same Idempotency-Key if there was one`,
        ),
      );
    }
    if (!this.#loaded) return;
    const unknown = new OutcomeUnknown(error);
    if (onDeath === undefined) endProcess(`thread ${name} failed: ${unknown.message}`);
    onDeath(unknown);
  }
}

function isCloneable(call: Call): boolean {
  try {
    structuredClone(call);
    return true;
  } catch {
    return false;
  }
}
