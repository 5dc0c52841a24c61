/**
 * Reads, meters and compiles modules, one at a time, on a thread that evaluates nothing: an upload that takes seconds must
 * delay no evaluation, and an upload that kills the thread costs only itself. Stored modules have another such thread.
 * @module
 */
import { SignerError } from "../domain/errors.ts";
import type { PolicyThread, PreparedPolicy } from "./evaluation-thread.ts";
import { CallBatch, KillableThread } from "./killable-thread.ts";
import { WORKER_RESOURCES } from "./limits.ts";

export interface PreparationOptions {
  /** Of its thread, e.g. `policy-upload`. */
  readonly name: string;
  /** CPU time for one module. */
  readonly timeoutMs: number;
  /** Modules that may wait or be under way. */
  readonly waitingMax: number;
}

export class Preparation {
  readonly #options: PreparationOptions;
  #thread: KillableThread | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #closed = false;

  constructor(options: PreparationOptions) {
    this.#options = options;
  }

  /**
   * Prepares one module.
   * @throws SignerError `policy.rejected` (strict reader, ABI, memory), `service.overloaded` (also for time), `service.stopping`
   */
  prepare(bytes: Uint8Array): Promise<PreparedPolicy> {
    if (this.#closed) return Promise.reject(stopping());
    if (this.#waiting >= this.#options.waitingMax) {
      const message = `${this.#waiting} policy modules are waiting to be prepared; retry later`;
      return Promise.reject(new SignerError("service.overloaded", message));
    }
    this.#waiting += 1;
    // A copy, because cloning a view would clone the whole buffer behind it.
    const own = bytes.slice();
    const prepared = this.#last.then(() => this.#prepare(own)).finally(() => (this.#waiting -= 1));
    this.#last = prepared.catch(() => undefined);
    return prepared;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
    await this.#thread?.close();
  }

  async #prepare(bytes: Uint8Array): Promise<PreparedPolicy> {
    this.#thread ??= new KillableThread({
      url: new URL("./evaluation-thread.ts", import.meta.url),
      name: this.#options.name,
      callMs: this.#options.timeoutMs,
      resourceLimits: WORKER_RESOURCES,
    });
    const batch = new CallBatch<PolicyThread>();
    const prepared = batch.thread.prepare(bytes);
    const { end } = await this.#thread.run(batch);
    if (end === "done") return prepared;
    void this.#thread.close();
    this.#thread = undefined;
    throw end === "timeout" ? tooSlow(this.#options.timeoutMs) : exhausted();
  }
}

/** Says nothing of the module: on a busy machine any module takes long. */
function tooSlow(timeoutMs: number): SignerError {
  return new SignerError(
    "service.overloaded",
    `policy module: was not prepared within ${timeoutMs} ms; nothing was stored, retry when the machine is less busy`,
  );
}

function exhausted(): SignerError {
  const message = "policy module: preparing it exhausted its thread: make it smaller";
  return new SignerError("policy.rejected", message, { feature: "preparation" });
}

function stopping(): SignerError {
  return new SignerError("service.stopping", "the policy sandbox has stopped; retry later");
}
