/**
 * A thread beside the vault's thread: the two share a port over which secrets travel, and the main thread, which makes the
 * port, reads nothing of it.
 * @module
 */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { startThread, type CallQueue, type QueueOptions } from "../threads/call-queue.ts";
import type { Remote } from "../threads/contract.ts";
import type { WorkerOptions } from "../threads/link.ts";
import { remote } from "../threads/remote.ts";

/** What every such thread is asked first. */
interface Connected {
  connect(port: MessagePort): void;
}

/** A started thread: its calls, and the queue that they wait in. */
export interface Beside<Contract> {
  readonly queue: CallQueue;
  readonly calls: Remote<Contract>;
}

/**
 * Starts a thread and connects it with the vault's thread. One that fails leaves nothing behind.
 * @param enlist hands the vault's thread its end of the port; it answers once what it has for the thread is posted there
 */
export async function startBeside<Contract extends Connected>(
  options: WorkerOptions & QueueOptions,
  enlist: (port: MessagePort) => Promise<void>,
): Promise<Beside<Contract>> {
  const queue = startThread(options);
  const { port1, port2 } = new MessageChannel();
  try {
    await enlist(port1);
    await remote<Connected>(queue, { moves: { connect: (port) => [port] } }).connect(port2);
  } catch (error) {
    // With it goes what was posted to it already.
    port2.close();
    await queue.close();
    throw error;
  }
  return { queue, calls: remote<Contract>(queue) };
}
