/** The main thread's side of the ledger: typed calls, one bounded queue, and a reply only after the COMMIT. */
import { rankOf } from "../domain/urgency.ts";
import { ThreadClient } from "../threads/client.ts";
import type { LedgerCall, OperationName, Operations } from "./operations.ts";

/** Calls that may wait before new decisions are refused with `service.overloaded`. */
export const LEDGER_QUEUE_MAX = 8192;
/** Operations in one transaction at most: a few milliseconds of commit. */
const BATCH_MAX = 512;

/** How long a line that nobody waits for may stay behind, in milliseconds, when no other operation takes it along. */
const FOLLOW_MS = 10;

export class Ledger {
  /** Lines that wait for the next operation. */
  #followers: (() => Promise<void>)[] = [];
  #timer: NodeJS.Timeout | undefined;
  readonly #thread: ThreadClient<LedgerCall, unknown>;
  /** The file, for threads that only read. */
  readonly databasePath: string;

  private constructor(thread: ThreadClient<LedgerCall, unknown>, databasePath: string) {
    this.#thread = thread;
    this.databasePath = databasePath;
  }

  /** Starts the writer thread on `databasePath`, which it creates and migrates. */
  static async start(options: {
    readonly databasePath: string;
    readonly onBatch?: (size: number) => void;
  }): Promise<Ledger> {
    const thread = new ThreadClient<LedgerCall, unknown>({
      url: new URL("./thread.ts", import.meta.url),
      name: "ledger",
      workerData: { databasePath: options.databasePath },
      // Outcomes of recorded requests may still enter after new decisions are refused at half of this.
      queueMax: LEDGER_QUEUE_MAX * 2,
      batchMax: BATCH_MAX,
      ...(options.onBatch ? { onBatch: options.onBatch } : {}),
    });
    await thread.ready();
    return new Ledger(thread, options.databasePath);
  }

  /** Calls that wait or are under way. */
  get depth(): number {
    return this.#thread.depth + this.#followers.length;
  }

  /**
   * Runs one operation; a write is durable when this resolves.
   * @param rank where it stands among those that wait: a decision's own, and beside votes for everything else
   * @throws SignerError as the operation says
   */
  call<Name extends OperationName>(
    operation: Name,
    input: Operations[Name][0],
    rank = rankOf("vote"),
  ): Promise<Operations[Name][1]> {
    this.#release();
    return this.#send(operation, input, rank);
  }

  /**
   * As `call`, for a line that nobody waits for: it joins the commit of the next operation, before it, or its own after
   * 10 ms. By itself it would hold up the decisions behind it by one fsync.
   */
  follow<Name extends OperationName>(
    operation: Name,
    input: Operations[Name][0],
  ): Promise<Operations[Name][1]> {
    return new Promise((resolve, reject) => {
      this.#followers.push(() => this.#send(operation, input, 0).then(resolve, reject));
      this.#timer ??= setTimeout(() => this.#release(), FOLLOW_MS);
    });
  }

  close(): Promise<void> {
    this.#release();
    return this.#thread.close();
  }

  #release(): void {
    if (this.#followers.length === 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const followers = this.#followers;
    this.#followers = [];
    for (const send of followers) void send();
  }

  async #send<Name extends OperationName>(
    operation: Name,
    input: Operations[Name][0],
    rank: number,
  ): Promise<Operations[Name][1]> {
    // The table in operations.ts ties names, inputs and replies together; a message cannot carry that proof.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const call = { operation, input } as unknown as LedgerCall;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return (await this.#thread.call(call, [], rank)) as Operations[Name][1];
  }
}
