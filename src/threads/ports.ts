/** Ports between two threads: what one posts the other hears, and the main thread, which made the port, is not woken. */
import type { MessagePort } from "node:worker_threads";

/**
 * Hears every message of `port` from now on. One that cannot be read, like anything that `heard` throws, ends this thread: nobody
 * knows then what was under way.
 */
export function hear<Message>(port: MessagePort, heard: (message: Message) => void): void {
  port.on("message", heard);
  port.on("messageerror", (error) => {
    throw error;
  });
}

/** What was sent to a thread and is not done: both sides of a port count in the same memory. */
export class Load {
  readonly #count: Int32Array;

  /** @param count one slot of shared memory; without it a new count begins */
  constructor(count: Int32Array = new Int32Array(new SharedArrayBuffer(4))) {
    this.#count = count;
  }

  /** For the other side. */
  get shared(): Int32Array {
    return this.#count;
  }

  get value(): number {
    return Atomics.load(this.#count, 0);
  }

  /** @param change negative for what is done */
  add(change: number): void {
    Atomics.add(this.#count, 0, change);
  }
}
