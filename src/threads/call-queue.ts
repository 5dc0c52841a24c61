/**
 * The calling side of a link: calls of one event-loop tick travel as one message, few batches are under way at once, and the
 * next one fills meanwhile. No timer, so a lone caller waits for nobody. The queue is bounded.
 * @module
 */
import type { Transferable } from "node:worker_threads";
import { SignerError } from "../domain/errors.ts";
import type { Call } from "./contract.ts";
import {
  toWorker,
  type Answers,
  type Link,
  type OpenLink,
  type SentCall,
  type WorkerOptions,
} from "./link.ts";
import { endProcess, OutcomeUnknown } from "./outcome-unknown.ts";
import type { Sender } from "./remote.ts";

export interface QueueOptions {
  /** For messages, e.g. `vault`. */
  readonly name: string;
  /** Calls that may wait; one more is refused with `service.overloaded`. */
  readonly queueMax: number;
  /** Room beyond `queueMax` for calls of rank 0 alone: nothing else that waits can turn them away. Default 0. */
  readonly reserved?: number;
  /** Calls that travel together at most. */
  readonly batchMax: number;
  /**
   * Where the work of a batch is in its calls and not in what they share: only calls of one rank travel together, and of
   * those at most this many. Without it a batch is filled with whatever waits.
   */
  readonly batchMaxOf?: (rank: number) => number;
  /** Batches under way at once; default 1. */
  readonly batchesUnderWay?: number;
  /**
   * The other side puts the calls in order and makes the batches: whatever waits is sent at once, and `queueMax` counts
   * what was sent as well.
   */
  readonly orderedThere?: true;
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
  /** One for each answer that the call gets. */
  readonly callers: readonly PromiseWithResolvers<unknown>[];
  readonly unhurried: boolean;
}

/** What was sent together: its answers that are still to come. */
interface UnderWay {
  left: number;
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
  /** Answers that the calls in `#queue` get. */
  #queued = 0;
  readonly #underWay = new Map<
    number,
    { readonly caller: PromiseWithResolvers<unknown>; readonly batch: UnderWay }
  >();
  #batches = 0;
  #nextId = 0;
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
      answered: (answers) => this.answered(answers),
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
    return this.#queued + this.#underWay.size;
  }

  /**
   * Sends `call` and resolves with its reply. What `moved` names is moved, not copied.
   * @param rank lower goes first, equal ones in their order: nothing overtakes a call of rank 0
   * @param unhurried nobody waits for the reply, which may come later than it could
   * @throws SignerError with the other side's code; `service.overloaded` when the queue is full; `service.stopping`.
   * DataCloneError, for this call alone, when it cannot be cloned
   */
  send(call: Call, rank: number, moved: readonly Transferable[], unhurried = false): Promise<unknown> {
    const [reply] = this.#accept(call, rank, moved, 1, unhurried);
    return reply ?? Promise.reject(new Error("a call has one reply"));
  }

  /**
   * As `send`, of a call that is several in one: it has so many replies, each by itself, and room for all of them or none.
   * @throws RangeError for no reply: its number would be that of the next call, which would get what comes back
   */
  sendTogether(call: Call, rank: number, replies: number): readonly Promise<unknown>[] {
    if (replies < 1) throw new RangeError("a call has at least one reply");
    return this.#accept(call, rank, [], replies, false);
  }

  #accept(
    call: Call,
    rank: number,
    moved: readonly Transferable[],
    replies: number,
    unhurried: boolean,
  ): readonly Promise<unknown>[] {
    const callers = Array.from({ length: replies }, () => Promise.withResolvers<unknown>());
    const refusal = this.#refusal(replies, rank);
    if (refusal === undefined) {
      this.#enqueue({ call, rank, moved, callers, unhurried });
      this.#schedule();
    } else for (const { reject } of callers) reject(refusal);
    return callers.map(({ promise }) => promise);
  }

  #refusal(replies: number, rank: number): SignerError | undefined {
    const { name, queueMax, reserved = 0, orderedThere } = this.#options;
    if (this.#state === "draining" || this.#state === "over")
      return new SignerError("service.stopping", `${name} has stopped; retry later`);
    const waiting = orderedThere === true ? this.depth : this.#queued;
    return waiting + replies > queueMax + (rank === 0 ? reserved : 0)
      ? new SignerError("service.overloaded", `${name} has ${waiting} calls waiting; retry later`)
      : undefined;
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
    this.#queued += waiting.callers.length;
    const before = this.#queue.findLastIndex(({ rank }) => rank <= waiting.rank);
    if (before === this.#queue.length - 1) this.#queue.push(waiting);
    else this.#queue.splice(before + 1, 0, waiting);
  }

  #schedule(): void {
    if (this.#scheduled || this.#queue.length === 0 || this.#state === "over") return;
    const { batchesUnderWay = 1, orderedThere } = this.#options;
    if (orderedThere !== true && this.#batches >= batchesUnderWay) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#state === "over") return;
      const next = this.#queue.splice(0, this.#nextSize());
      for (const { callers } of next) this.#queued -= callers.length;
      this.#send(next);
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
    try {
      this.#post(waiting);
    } catch (error) {
      // DataCloneError, a bug in one caller; nothing was sent, and the others of the batch are not to blame.
      const others = waiting.filter(({ call }) => isCloneable(call));
      const culprits = waiting.filter(
        (caller) => others.length === waiting.length || !others.includes(caller),
      );
      for (const { reject } of culprits.flatMap(({ callers }) => callers))
        reject(error instanceof Error ? error : new Error(String(error)));
      if (others.length < waiting.length) this.#send(others);
      return;
    }
    if (this.#options.orderedThere !== true) this.#options.onBatch?.(waiting.length);
  }

  #post(waiting: readonly Waiting[]): void {
    let id = this.#nextId;
    const numbered = waiting.map((sent) => {
      const first = id;
      id += sent.callers.length;
      return { sent, first };
    });
    this.#link.post(
      { calls: numbered.map(({ sent, first }) => sentCall(sent, first)) },
      waiting.flatMap(({ moved }) => moved),
    );
    const batch: UnderWay = { left: id - this.#nextId };
    for (const { sent, first } of numbered)
      for (const [index, caller] of sent.callers.entries())
        this.#underWay.set(first + index, { caller, batch });
    this.#nextId = id;
    this.#batches += 1;
  }

  /** Settles the calls that `answers` names: from the other side, or from whom it handed them on to. */
  answered({ outcomes, batches = [] }: Answers): void {
    for (const [id, outcome] of outcomes) {
      const found = this.#underWay.get(id);
      if (found === undefined) continue;
      this.#underWay.delete(id);
      found.batch.left -= 1;
      if (found.batch.left === 0) this.#batches -= 1;
      const { resolve, reject } = found.caller;
      if (outcome === undefined) reject(new Error(`${this.#options.name} gave no outcome`));
      else if (outcome.ok) resolve(outcome.reply);
      else reject(new SignerError(outcome.code, outcome.message, outcome.members));
    }
    for (const size of batches) this.#options.onBatch?.(size);
    this.#schedule();
  }

  #die(error: Error): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#started.reject(error);
    const queued = this.#queue.flatMap(({ callers }) => callers);
    const callers = [...queued, ...[...this.#underWay.values()].map(({ caller }) => caller)];
    this.#queue = [];
    this.#queued = 0;
    this.#underWay.clear();
    const { name, onDeath } = this.#options;
    for (const { reject } of callers) {
      reject(
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

function sentCall({ call, rank, callers, unhurried }: Waiting, id: number): SentCall {
  return {
    ...call,
    id,
    rank,
    ...(callers.length === 1 ? {} : { answers: callers.length }),
    ...(unhurried ? { unhurried } : {}),
  };
}

function isCloneable(call: Call): boolean {
  try {
    structuredClone(call);
    return true;
  } catch {
    return false;
  }
}
