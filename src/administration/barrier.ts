/**
 * Every act is answered here. What a verb has committed holds for every request from then on: the memory of this process knows
 * it before the verb does. Its answer waits until the signatures that were decided before have left. No verb waits by itself,
 * so none forgets.
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { AnsweredBefore } from "../domain/requests.ts";
import type { Ledger } from "../record/ledger.ts";
import type { Departures } from "../signing/departures.ts";

/** A verb that runs. */
interface Running {
  /** Something of it is on disk. */
  wrote: boolean;
}

export class Barrier {
  readonly #departures: Pick<Departures, "settled">;
  readonly #running = new AsyncLocalStorage<Running>();

  constructor(departures: Pick<Departures, "settled">) {
    this.#departures = departures;
  }

  /** The ledger as verbs have it: it knows which of them wrote. A write that no verb makes waits for itself. */
  ledger(ledger: Ledger): Ledger {
    return new Proxy(ledger, {
      get: (target, name) => {
        // What has another rank, or follows, is no act.
        if (name === "at" || name === "following") throw new TypeError(`an act has no ${name}`);
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function" || typeof name === "symbol" || name === "close") return member;
        if (name.startsWith("read")) return member;
        return (...input: unknown[]) => this.#note(Reflect.apply(member, target, input));
      },
    });
  }

  /** The same verbs. One that wrote resolves, or fails, when nothing that was decided before leaves any more. */
  answering<Verbs extends object>(verbs: Verbs): Verbs {
    return new Proxy(verbs, {
      get: (target, name) => {
        // With the target as receiver: its private members are not the proxy's.
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (...input: unknown[]) => this.#answer((): unknown => Reflect.apply(member, target, input));
      },
    });
  }

  #answer(verb: () => unknown): unknown {
    const running: Running = { wrote: false };
    const result = this.#running.run(running, verb);
    // What is there at once cannot have written: a write is known by its reply.
    return result instanceof Promise ? this.#after(result, running) : result;
  }

  async #after(result: Promise<unknown>, running: Running): Promise<unknown> {
    try {
      return await result;
    } finally {
      // Also where a later step failed: what is on disk has ended rights.
      if (running.wrote) await this.#departures.settled();
    }
  }

  async #note(reply: Promise<unknown>): Promise<unknown> {
    const running = this.#running.getStore();
    const value = await reply.catch((error: unknown) => {
      // The first answer may be waiting still; a repeat does not come before it.
      if (error instanceof AnsweredBefore && running !== undefined) running.wrote = true;
      throw error;
    });
    if (running === undefined) await this.#departures.settled();
    else running.wrote = true;
    return value;
  }
}
