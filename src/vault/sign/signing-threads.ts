/** What the vault is told of the threads that sign, which are the keeper's. Without them it signs nothing. */
import type { CallQueue } from "../../threads/call-queue.ts";

export interface SigningThreads {
  /** Entry of the vault's thread. */
  readonly vaultEntry: URL;
  /** Entry of a BLS thread. */
  readonly blsEntry: URL;
  /** Connects a BLS thread, which has its keys, with the steps before and after it. */
  joinBls(thread: CallQueue): Promise<void>;
}
