/**
 * The evaluation threads, some active, one warm spare, and the calls of the requests that have their turn. A thread that had
 * to be killed is replaced by the spare at once; the calls that shared its batch run again, which is safe because they are pure.
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
  readonly batchMax: number;
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
  /** Digests that the thread holds: of the code that all threads share, so that each must let go what memory is to give back. */
  held: Set<string>;
  /** What it is to let go, before its next calls. */
  forgotten: string[];
}

export class EvaluationPool {
  readonly #options: EvaluationPoolOptions;
  readonly #slots: Slot[];
  #spare: KillableThread;
  #queue: Job[] = [];
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
   * Refuses none for their number: turns.ts lets in what there is room for.
   * @throws SignerError `service.stopping` after close
   */
  run<Verdict>(call: GuestCall, policy: CompiledPolicy, ask: Ask<Verdict>): Promise<GuestReply<Verdict>> {
    if (this.#stopped !== undefined) return Promise.reject(this.#stopped);
    return new Promise((resolve, reject) => {
      this.#queue.push({
        call,
        policy,
        ask: (thread) => void ask(thread, call).then(resolve, reject),
        resolve,
        reject,
      });
      this.#schedule();
    });
  }

  /** No thread holds this module from its next batch on, which comes at once. */
  forget(digest: string): void {
    for (const slot of this.#slots) if (slot.held.delete(digest)) slot.forgotten.push(digest);
    this.#schedule();
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
    await Promise.all([...this.#slots.map((slot) => slot.thread.close()), this.#spare.close()]);
  }

  #schedule(): void {
    if (this.#scheduled || this.#stopped !== undefined) return;
    if (this.#queue.length === 0 && !this.#slots.some(({ forgotten }) => forgotten.length > 0)) return;
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
      if (jobs.length > 0 || slot.forgotten.length > 0) void this.#runBatch(slot, jobs);
    }
  }

  async #runBatch(slot: Slot, jobs: readonly Job[]): Promise<void> {
    slot.busy = true;
    this.#running += jobs.length;
    const batch = new CallBatch<PolicyThread>();
    const owners = fill(batch, slot, jobs);
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
    owners: ReadonlyMap<number, Job>,
    { end, culprit: index }: Exclude<BatchEnd, { end: "done" }>,
  ): void {
    const lost = slot.thread;
    slot.thread = this.#spare;
    slot.held = new Set();
    slot.forgotten = [];
    this.#spare = this.#start();
    void lost.close();
    this.#options.onThreadLost?.(end);
    const culprit = index === undefined ? undefined : owners.get(index);
    const again: Job[] = [];
    for (const job of jobs) {
      // Without a culprit each of them could be it: running them again might go on for ever.
      if (culprit === undefined || job === culprit) job.resolve(killed(job.call, end));
      else again.push(job);
    }
    this.#queue.unshift(...again);
  }
}

function slotOf(thread: KillableThread): Slot {
  return { thread, busy: false, held: new Set(), forgotten: [] };
}

/**
 * Puts into `batch` what the thread is to let go, and what each job asks, before it the module that the thread does not hold yet.
 * @returns the job of each call that belongs to one
 */
function fill(batch: CallBatch<PolicyThread>, slot: Slot, jobs: readonly Job[]): ReadonlyMap<number, Job> {
  const { thread } = batch;
  for (const digest of slot.forgotten.splice(0)) thread.forget(digest).catch(ignored);
  const owners = new Map<number, Job>();
  for (const job of jobs) {
    const { digest } = job.call;
    const first = batch.calls.length;
    if (!slot.held.has(digest)) {
      slot.held.add(digest);
      thread.hold(digest, job.policy).catch(ignored);
    }
    job.ask(thread);
    for (let index = first; index < batch.calls.length; index += 1) owners.set(index, job);
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
