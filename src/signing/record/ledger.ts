/** The main thread's side of the ledger: typed calls, one bounded queue, and a reply only after the COMMIT. */
import { ThreadClient } from "../../threads/client.ts";
import type { LedgerCall, OperationName, Operations } from "./operations.ts";

/** Calls that may wait before new decisions are refused with `service.overloaded`. */
export const LEDGER_QUEUE_MAX = 4096;
/** Operations in one transaction at most: a few milliseconds of commit. */
const BATCH_MAX = 512;

export class Ledger {
  readonly #thread: ThreadClient<LedgerCall, unknown>;

  private constructor(thread: ThreadClient<LedgerCall, unknown>) {
    this.#thread = thread;
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
    return new Ledger(thread);
  }

  /** Calls that wait or are under way. */
  get depth(): number {
    return this.#thread.depth;
  }

  /** Runs one operation; a write is durable when this resolves. @throws SignerError as the operation says */
  async call<Name extends OperationName>(
    operation: Name,
    input: Operations[Name][0],
  ): Promise<Operations[Name][1]> {
    // The table in operations.ts ties names, inputs and replies together; a message cannot carry that proof.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const call = { operation, input } as unknown as LedgerCall;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return (await this.#thread.call(call)) as Operations[Name][1];
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
