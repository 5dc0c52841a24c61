/**
 * The queue before the evaluation threads, and the threads: some active, one warm spare. A thread that had to be killed
 * is replaced by the spare at once; the calls that shared its batch run again, which is safe because they are pure.
 * @module
 */
import { SignerError } from "../domain/errors.ts";
import type { Outcome } from "../threads/contract.ts";
import type { GuestCall, GuestReply, PolicyCall, PolicyReply } from "./evaluation-thread.ts";
import type { CompiledPolicy } from "./execute.ts";
import { KillableThread, type BatchEnd } from "./killable-thread.ts";
import { WORKER_RESOURCES } from "./limits.ts";

export interface EvaluationPoolOptions {
  readonly activeWorkers: number;
  readonly queueMax: number;
  /** Bytes of the inputs that may wait. */
  readonly queueBytesMax: number;
  readonly batchMax: number;
  /** Compiled modules that one thread holds. */
  readonly modulesMax: number;
  readonly wallClockMs: number;
  /** Called when a thread cannot start: the pool is closed then, and every call is refused. */
  readonly onFailure: (error: Error) => void;
  /** Called for each thread that was killed or died, for the metrics. */
  readonly onThreadLost?: (cause: "timeout" | "died") => void;
}

type Thread = KillableThread<PolicyCall, PolicyReply>;

interface Job {
  readonly call: GuestCall;
  readonly policy: CompiledPolicy;
  readonly resolve: (reply: GuestReply) => void;
  readonly reject: (error: Error) => void;
}

/** One message of a batch and the job it is for. */
interface Message {
  readonly call: PolicyCall;
  readonly job: Job;
}

interface Slot {
  thread: Thread;
  busy: boolean;
  /** Digests that the thread holds, least recently used first. */
  held: Set<string>;
}

export class EvaluationPool {
  readonly #options: EvaluationPoolOptions;
  readonly #slots: Slot[];
  #spare: Thread;
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
  run(call: GuestCall, policy: CompiledPolicy): Promise<GuestReply> {
    if (this.#stopped !== undefined) return Promise.reject(this.#stopped);
    const { queueMax, queueBytesMax } = this.#options;
    if (this.#queue.length >= queueMax || this.#queuedBytes + call.input.length > queueBytesMax) {
      const message = `${this.#queue.length} policy evaluations are waiting; retry later`;
      return Promise.reject(new SignerError("service.overloaded", message));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ call, policy, resolve, reject });
      this.#queuedBytes += call.input.length;
      this.#schedule();
    });
  }

  /** Waits for what is queued and under way, then ends the threads. */
  async close(): Promise<void> {
    while (this.depth > 0) await new Promise((resolve) => setImmediate(resolve));
    await this.#stop(new SignerError("service.stopping", "the policy sandbox has stopped; retry later"));
  }

  #start(): Thread {
    const thread: Thread = new KillableThread({
      url: new URL("./evaluation-thread.ts", import.meta.url),
      name: "policy",
      callMs: this.#options.wallClockMs,
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
    const messages = withModules(slot.held, jobs, this.#options.modulesMax);
    const batch = await slot.thread.run(messages.map((message) => message.call));
    this.#running -= jobs.length;
    slot.busy = false;
    if (batch.end === "done") settle(batch.outcomes, messages);
    else if (this.#stopped !== undefined) for (const job of jobs) job.reject(this.#stopped);
    else this.#replace(slot, messages, batch);
    this.#schedule();
  }

  /** The culprit is answered; the others of its batch go back to the head of the queue. */
  #replace(
    slot: Slot,
    messages: readonly Message[],
    batch: Exclude<BatchEnd<PolicyReply>, { end: "done" }>,
  ): void {
    const lost = slot.thread;
    slot.thread = this.#spare;
    slot.held = new Set();
    this.#spare = this.#start();
    void lost.close();
    this.#options.onThreadLost?.(batch.end);
    const culprit = batch.culprit === undefined ? undefined : messages[batch.culprit]?.job;
    const again: Job[] = [];
    for (const { call, job } of messages) {
      if (call !== job.call) continue;
      // Without a culprit each of them could be it: running them again might go on for ever.
      if (culprit === undefined || job === culprit) job.resolve(killed(job.call, batch.end));
      else again.push(job);
    }
    this.#queue.unshift(...again);
    for (const { call } of again) this.#queuedBytes += call.input.length;
  }
}

function slotOf(thread: Thread): Slot {
  return { thread, busy: false, held: new Set() };
}

/** The messages of a batch: each job's call, and before it the module that the thread does not hold yet. */
function withModules(held: Set<string>, jobs: readonly Job[], modulesMax: number): Message[] {
  const messages: Message[] = [];
  for (const job of jobs) {
    const { digest } = job.call;
    if (!held.delete(digest)) {
      for (const oldest of held) {
        if (held.size < modulesMax) break;
        held.delete(oldest);
        messages.push({ call: { kind: "forget", digest: oldest }, job });
      }
      messages.push({ call: { kind: "hold", digest, policy: job.policy }, job });
    }
    held.add(digest);
    messages.push({ call: job.call, job });
  }
  return messages;
}

function settle(outcomes: readonly Outcome<PolicyReply>[], messages: readonly Message[]): void {
  for (const [index, { call, job }] of messages.entries()) {
    if (call !== job.call) continue;
    const outcome = outcomes[index];
    if (outcome === undefined) job.reject(new Error("the policy thread gave no outcome"));
    else if (!outcome.ok) job.reject(new SignerError(outcome.code, outcome.message, outcome.members));
    else if (outcome.reply.kind === "evaluated" || outcome.reply.kind === "settings")
      job.resolve(outcome.reply);
    else job.reject(new Error("the policy thread answered another call"));
  }
}

/** The answer for a guest whose thread had to go. Its fuel is unknown, so all of it counts as used. */
function killed(call: GuestCall, end: "timeout" | "died"): GuestReply {
  const verdict =
    end === "timeout"
      ? ({
          decision: "failed",
          failure: "timeout",
          message: "the policy ran longer than its wall clock allows",
        } as const)
      : ({
          decision: "failed",
          failure: "trap",
          message: "the policy exhausted its thread's resources",
        } as const);
  return {
    kind: call.kind === "evaluate" ? "evaluated" : "settings",
    verdict,
    fuelUsed: call.fuelMax,
    logs: [],
  };
}
