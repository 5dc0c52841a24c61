/**
 * The queue before the evaluation threads, and the threads: some active, one warm spare. A thread that had to be killed
 * is replaced by the spare at once; the calls that shared its batch run again, which is safe because they are pure.
 * @module
 */
import { SignerError } from "../domain/errors.ts";
import type { Remote } from "../threads/contract.ts";
import type { GuestCall, GuestFailure, GuestReply, PolicyThread } from "./evaluation-thread.ts";
import type { CompiledPolicy } from "./execute.ts";
import { CallBatch, KillableThread, type BatchEnd } from "./killable-thread.ts";
import { WORKER_RESOURCES } from "./limits.ts";

export interface EvaluationPoolOptions {
  readonly activeWorkers: number;
  readonly queueMax: number;
  /** Bytes of the inputs that may wait. */
  readonly queueBytesMax: number;
  readonly batchMax: number;
  /** Compiled modules that one thread holds. */
  readonly modulesMax: number;
  readonly cpuMs: number;
  /** Called when a thread cannot start: the pool is closed then, and every call is refused. */
  readonly onFailure: (error: Error) => void;
  /** Called for each thread that was killed or died, for the metrics. */
  readonly onThreadLost?: (cause: "timeout" | "died") => void;
}

/** One of the two questions to a guest. */
export type Ask<Verdict> = (thread: Remote<PolicyThread>, call: GuestCall) => Promise<GuestReply<Verdict>>;

interface Job {
  readonly call: GuestCall;
  readonly policy: CompiledPolicy;
  /** Asks a thread, and settles what the job's caller waits for. A job whose batch was lost can ask again. */
  readonly ask: (thread: Remote<PolicyThread>) => void;
  readonly resolve: (reply: GuestReply<never>) => void;
  readonly reject: (error: Error) => void;
}

interface Slot {
  thread: KillableThread;
  busy: boolean;
  /** Digests that the thread holds, least recently used first. */
  held: Set<string>;
}

export class EvaluationPool {
  readonly #options: EvaluationPoolOptions;
  readonly #slots: Slot[];
  #spare: KillableThread;
  #queue: Job[] = [];
  #queuedBytes = 0;
  #running = 0;
  #scheduled = false;
  #stopped: SignerError | undefined;

  constructor(options: EvaluationPoolOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.activeWorkers }, () => slotOf(this.#start()));
    this.#spare = this.#start();
  }

  /** Resolves when every thread, the spare too, can take calls. */
  async ready(): Promise<void> {
    await Promise.all([...this.#slots.map((slot) => slot.thread.ready()), this.#spare.ready()]);
  }

  /** Calls that wait or are under way. */
  get depth(): number {
    return this.#queue.length + this.#running;
  }

  /**
   * Runs `call` on `policy`. A guest that hangs or kills its thread is answered as a failed verdict, like any other.
   * @throws SignerError `service.overloaded` when the queue is full, `service.stopping` after close
   */
  run<Verdict>(call: GuestCall, policy: CompiledPolicy, ask: Ask<Verdict>): Promise<GuestReply<Verdict>> {
    if (this.#stopped !== undefined) return Promise.reject(this.#stopped);
    const { queueMax, queueBytesMax } = this.#options;
    if (this.#queue.length >= queueMax || this.#queuedBytes + call.input.length > queueBytesMax) {
      const message = `${this.#queue.length} policy evaluations are waiting; retry later`;
      return Promise.reject(new SignerError("service.overloaded", message));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({
        call,
        policy,
        ask: (thread) => void ask(thread, call).then(resolve, reject),
        resolve,
        reject,
      });
      this.#queuedBytes += call.input.length;
      this.#schedule();
    });
  }

  /** Waits for what is queued and under way, then ends the threads. */
  async close(): Promise<void> {
    while (this.depth > 0) await new Promise((resolve) => setImmediate(resolve));
    await this.#stop(new SignerError("service.stopping", "the policy sandbox has stopped; retry later"));
  }

  #start(): KillableThread {
    const thread = new KillableThread({
      url: new URL("./evaluation-thread.ts", import.meta.url),
      name: "policy",
      callMs: this.#options.cpuMs,
      resourceLimits: WORKER_RESOURCES,
    });
    thread.ready().catch((error: unknown) => {
      if (this.#stopped !== undefined) return;
      const failure = error instanceof Error ? error : new Error(String(error));
      void this.#stop(
        new SignerError("service.stopping", "the policy sandbox could not start a thread; restart"),
      );
      this.#options.onFailure(failure);
    });
    return thread;
  }

  async #stop(reason: SignerError): Promise<void> {
    if (this.#stopped !== undefined) return;
    this.#stopped = reason;
    for (const job of this.#queue) job.reject(reason);
    this.#queue = [];
    this.#queuedBytes = 0;
    await Promise.all([...this.#slots.map((slot) => slot.thread.close()), this.#spare.close()]);
  }

  #schedule(): void {
    if (this.#scheduled || this.#queue.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    const idle = this.#slots.filter((slot) => !slot.busy);
    for (const [index, slot] of idle.entries()) {
      const share = Math.ceil(this.#queue.length / (idle.length - index));
      const jobs = this.#queue.splice(0, Math.min(share, this.#options.batchMax));
      for (const { call } of jobs) this.#queuedBytes -= call.input.length;
      if (jobs.length > 0) void this.#runBatch(slot, jobs);
    }
  }

  async #runBatch(slot: Slot, jobs: readonly Job[]): Promise<void> {
    slot.busy = true;
    this.#running += jobs.length;
    const batch = new CallBatch<PolicyThread>();
    const owners = fill(batch, slot.held, jobs, this.#options.modulesMax);
    const ended = await slot.thread.run(batch);
    this.#running -= jobs.length;
    slot.busy = false;
    if (this.#stopped !== undefined && ended.end !== "done")
      for (const job of jobs) job.reject(this.#stopped);
    else if (ended.end !== "done") this.#replace(slot, jobs, owners, ended);
    this.#schedule();
  }

  /** The culprit is answered; the others of its batch go back to the head of the queue. */
  #replace(
    slot: Slot,
    jobs: readonly Job[],
    owners: readonly Job[],
    { end, culprit: index }: Exclude<BatchEnd, { end: "done" }>,
  ): void {
    const lost = slot.thread;
    slot.thread = this.#spare;
    slot.held = new Set();
    this.#spare = this.#start();
    void lost.close();
    this.#options.onThreadLost?.(end);
    const culprit = index === undefined ? undefined : owners[index];
    const again: Job[] = [];
    for (const job of jobs) {
      // Without a culprit each of them could be it: running them again might go on for ever.
      if (culprit === undefined || job === culprit) job.resolve(killed(job.call, end));
      else again.push(job);
    }
    this.#queue.unshift(...again);
    for (const { call } of again) this.#queuedBytes += call.input.length;
  }
}

function slotOf(thread: KillableThread): Slot {
  return { thread, busy: false, held: new Set() };
}

/**
 * Puts into `batch` what each job asks, and before it the module that the thread does not hold yet.
 * @returns the job of each call
 */
function fill(
  batch: CallBatch<PolicyThread>,
  held: Set<string>,
  jobs: readonly Job[],
  modulesMax: number,
): readonly Job[] {
  const { thread } = batch;
  const owners: Job[] = [];
  for (const job of jobs) {
    const { digest } = job.call;
    if (!held.delete(digest)) {
      for (const oldest of held) {
        if (held.size < modulesMax) break;
        held.delete(oldest);
        thread.forget(oldest).catch(ignored);
      }
      thread.hold(digest, job.policy).catch(ignored);
    }
    held.add(digest);
    job.ask(thread);
    while (owners.length < batch.calls.length) owners.push(job);
  }
  return owners;
}

/** A module that is not held after all shows in the job that needs it, as a failed verdict. */
function ignored(): void {}

/** The answer for a guest whose thread had to go. Its fuel is unknown, so all of it counts as used. */
function killed(call: GuestCall, end: "timeout" | "died"): GuestReply<never> {
  const verdict: GuestFailure =
    end === "timeout"
      ? {
          decision: "failed",
          failure: "timeout",
          message: "the policy used more CPU time than an evaluation may",
        }
      : { decision: "failed", failure: "trap", message: "the policy exhausted its thread's resources" };
  return { verdict, fuelUsed: call.fuelMax, logs: [] };
}
