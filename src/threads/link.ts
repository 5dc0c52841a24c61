/**
 * The way between the two sides of a contract: batches of calls go there, one outcome for each call comes back. A worker
 * thread is one kind of link; another process is the same small interface.
 * @module
 */
import { Worker, type ResourceLimits, type Transferable } from "node:worker_threads";
import type { Call, Outcome } from "./contract.ts";

/** A call with its number, by which it is answered. */
export interface SentCall extends Call {
  readonly id: number;
  /** Lower goes first, where the other side puts calls in order. */
  readonly rank: number;
  /** Of a call that is several in one: how many answers it gets, numbered from `id` on. */
  readonly answers?: number;
  /** Nobody waits for the answer: it may come with the next one that somebody waits for. */
  readonly unhurried?: true;
}

export interface Batch {
  readonly calls: readonly SentCall[];
}

/** How a call ended, beside its number. Undefined: the other side left it without an outcome, which is a bug. */
export type Answer = readonly [id: number, outcome: Outcome | undefined];

/** Answers to some of the calls that were sent. Each call is answered once, by the other side or by whom it handed it on to. */
export interface Answers {
  readonly outcomes: readonly Answer[];
  /** Where the other side makes the batches: sizes of those that it ended since its last message. */
  readonly batches?: readonly number[];
}

/** What the other side posts: first that it has loaded, then answers. */
export type Message = "ready" | Answers;

/** What a link tells its caller. */
export interface LinkEvents {
  /** The other side has loaded and takes calls. */
  ready(): void;
  answered(answers: Answers): void;
  /** The other side is gone, or said what cannot be read. It can come more than once; the first one says why. */
  ended(error: Error): void;
}

/** The caller's end. */
export interface Link {
  /** @throws DataCloneError when a call cannot be cloned; nothing was sent then */
  post(batch: Batch, moved: readonly Transferable[]): void;
  /** Ends the other side at once. */
  end(): Promise<void>;
}

/** Starts the other side, and tells `events` of it from then on. */
export type OpenLink<Opened extends Link = Link> = (events: LinkEvents) => Opened;

/** The caller's end of a link to a thread. */
export interface WorkerLink extends Link {
  /** CPU time that the thread has used since it began, in microseconds; undefined when it has ended. */
  cpuMicros(): Promise<number | undefined>;
}

export interface WorkerOptions {
  readonly url: URL;
  /** For messages and process listings, e.g. `vault`. */
  readonly name: string;
  readonly workerData?: unknown;
  readonly resourceLimits?: ResourceLimits;
}

/** A link to a worker thread of this process. */
export function toWorker({ url, name, workerData, resourceLimits }: WorkerOptions): OpenLink<WorkerLink> {
  return (events) => {
    const worker = new Worker(url, { name, workerData, ...(resourceLimits ? { resourceLimits } : {}) });
    worker.on("message", (message: Message) => {
      if (message === "ready") events.ready();
      else events.answered(message);
    });
    // A reply that cannot be read is a call whose outcome is unknown.
    worker.on("messageerror", (error) => events.ended(error));
    worker.on("error", (error) => events.ended(error instanceof Error ? error : new Error(String(error))));
    worker.on("exit", (code) => events.ended(new Error(`thread ${name} ended with code ${code}`)));
    return {
      post: (batch, moved) => worker.postMessage(batch, [...moved]),
      end: async () => void (await worker.terminate()),
      cpuMicros: () =>
        worker.cpuUsage().then(
          ({ user, system }) => user + system,
          () => undefined,
        ),
    };
  };
}
