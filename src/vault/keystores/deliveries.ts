/** Private keys that keystore threads opened, on the vault's thread, until they are sealed. */
import { receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import type { Delivery } from "./keystore-thread.ts";
import { wipe } from "../wipe.ts";

export class Deliveries {
  readonly #ports = new Set<MessagePort>();
  readonly #secrets = new Map<number, Uint8Array>();

  connect(port: MessagePort): void {
    this.#ports.add(port);
    // Nothing is read from a port that has closed: receiveMessageOnPort then ends the whole process (Node 24).
    port.once("close", () => this.#ports.delete(port));
  }

  /** The 32-byte secret of a ticket, the caller's to wipe. It was posted before the ticket's reply, so it is here. */
  take(ticket: number): Uint8Array | undefined {
    for (const port of this.#ports) this.#drain(port);
    const secret = this.#secrets.get(ticket);
    this.#secrets.delete(ticket);
    return secret;
  }

  /** Wipes what nobody took. */
  wipe(): void {
    for (const port of this.#ports) this.#drain(port);
    for (const secret of this.#secrets.values()) wipe(secret);
    this.#secrets.clear();
  }

  #drain(port: MessagePort): void {
    for (;;) {
      const received: { message: Delivery } | undefined = receiveMessageOnPort(port);
      if (received === undefined) return;
      this.#secrets.set(received.message.ticket, received.message.secret);
    }
  }
}
