/** The main thread's side of the ledger: its calls as methods, one bounded queue, and a reply only after the COMMIT. */
import { SignerError } from "../domain/errors.ts";
import { rankOf } from "../domain/urgency.ts";
import type { Transferable } from "node:worker_threads";
import { startThread, type CallQueue } from "../threads/call-queue.ts";
import type { Call, Remote } from "../threads/contract.ts";
import type { Answers } from "../threads/link.ts";
import { remote, remoteBeside, type Sender } from "../threads/remote.ts";
import { ActReplies, type ChangeFollower } from "./acts/reply.ts";
import { BATCH_MAX, OUTCOMES_MAX, STOPS_MAX } from "./bounds.ts";
import type { LedgerThread } from "./contract.ts";
import { rankOfCall, roomOfCall } from "./ranks.ts";

/** How long a line that nobody waits for may stay behind, in milliseconds, when no other call takes it along. */
const FOLLOW_MS = 10;

/** What is beside the calls. */
interface LedgerAccess {
  /** The file, for threads that only read. */
  readonly databasePath: string;
  /** Calls that wait or are under way. */
  readonly depth: number;
  /** The same calls at another rank; by default they have the rank of votes. ranks.ts says which go before, and which behind. */
  at(rank: number): Remote<LedgerThread>;
  /**
   * For an outcome line that nobody waits for: it joins the next commit, or gets one for itself after 10 ms. The reply wakes
   * nobody by itself: it comes with the next one, or after 25 ms.
   */
  readonly following: Remote<LedgerThread>;
  /** What acts change of the directory, told before their replies and whatever comes after them; in place of who followed. */
  followChanges(follower: ChangeFollower): void;
  close(): Promise<void>;
}

/** A write is durable when its method resolves. */
export type Ledger = LedgerAccess & Remote<LedgerThread>;

export interface LedgerOptions {
  readonly databasePath: string;
  readonly onBatch?: (size: number) => void;
  /** Entry of the thread; by default it records, and no thread with keys hears of it. */
  readonly entry?: URL;
}

/** Starts the writer thread on `databasePath`, which it creates and migrates. */
export async function startLedger(options: LedgerOptions): Promise<Ledger> {
  const queue = new LedgerQueue(options);
  await queue.ready();
  return queue.ledger;
}

/** The calls on their way to the ledger thread. */
export class LedgerQueue implements Sender {
  readonly ledger: Ledger;
  readonly #thread: CallQueue;
  readonly #followers: Followers;
  readonly #acts: ActReplies;

  constructor({ databasePath, onBatch, entry }: LedgerOptions) {
    const thread = startThread({
      url: entry ?? new URL("./alone-thread.ts", import.meta.url),
      name: "ledger",
      workerData: { databasePath },
      queueMax: OUTCOMES_MAX,
      reserved: STOPS_MAX,
      batchMax: BATCH_MAX,
      orderedThere: true,
      ...(onBatch ? { onBatch } : {}),
    });
    const acts = new ActReplies();
    const followers = new Followers({
      send: (...sent) => thread.send(...sent).then((reply) => acts.replyOf(reply)),
    });
    this.#thread = thread;
    this.#followers = followers;
    this.#acts = acts;
    const access: LedgerAccess = {
      databasePath,
      get depth() {
        return thread.depth + followers.length;
      },
      at: (rank) => remote<LedgerThread>(this, { rank }),
      following: remote<LedgerThread>(followers, { rank: rankOf("vote") }),
      followChanges: (follower) => acts.follow(follower),
      close() {
        followers.release();
        return thread.close();
      },
    };
    this.ledger = remoteBeside<LedgerThread, LedgerAccess>(access, this, { rank: rankOf("vote") });
  }

  ready(): Promise<void> {
    return this.#thread.ready();
  }

  // Whatever is sent takes the lines along that wait for it.
  send(call: Call, asked: number, moved: readonly Transferable[]): Promise<unknown> {
    this.#followers.release();
    const rank = rankOfCall(call, asked);
    const { depth } = this.#thread;
    if (depth >= roomOfCall(call, rank))
      return Promise.reject(
        new SignerError("service.overloaded", `ledger has ${depth} calls waiting; retry later`),
      );
    return this.#thread.send(call, rank, moved).then((reply) => this.#acts.replyOf(reply));
  }

  /** As `CallQueue.sendTogether`. */
  sendTogether(call: Call, rank: number, replies: number): readonly Promise<unknown>[] {
    this.#followers.release();
    return this.#thread.sendTogether(call, rank, replies);
  }

  /** Answers from whom the thread handed its calls on to. */
  answered(answers: Answers): void {
    this.#thread.answered(answers);
  }
}

/** Lines that wait for the next call. */
class Followers implements Sender {
  readonly #thread: Sender;
  #waiting: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(thread: Sender) {
    this.#thread = thread;
  }

  get length(): number {
    return this.#waiting.length;
  }

  send(call: Call, rank: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => void this.#thread.send(call, rank, [], true).then(resolve, reject));
      this.#timer ??= setTimeout(() => this.release(), FOLLOW_MS);
    });
  }

  release(): void {
    if (this.#waiting.length === 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const send of waiting) send();
  }
}
