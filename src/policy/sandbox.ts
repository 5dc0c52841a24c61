/**
 * The door to customers' WebAssembly. Every evaluation ends in a verdict or a named failure, which denies: fuel, depth
 * and memory are limits of the ABI, the CPU time of its thread is the backstop behind them.
 * @module
 */
import { SignerError } from "../domain/errors.ts";
import type { PolicyDigest } from "../domain/kinds.ts";
import { rankOf } from "../domain/urgency.ts";
import type { PolicyVerdict } from "../domain/verdict.ts";
import { endProcess } from "../threads/outcome-unknown.ts";
import { EvaluationPool } from "./evaluation-pool.ts";
import type { GuestCall, GuestFailure, GuestReply } from "./evaluation-thread.ts";
import type { CompiledPolicy } from "./execute.ts";
import { GUEST_LIMITS, SANDBOX_LIMITS } from "./limits.ts";
import type { PolicyInfo } from "./module.ts";
import { Modules } from "./modules.ts";
import type { SettingsVerdict } from "./output.ts";
import { Turns } from "./turns.ts";

export interface EvaluationRequest {
  /** `sha256:` and hex of the module as it was uploaded. */
  readonly digest: PolicyDigest;
  /** Canonical JSON (RFC 8785), at most 256 KiB: the text, which travels faster, or its UTF-8. */
  readonly input: Uint8Array | string;
  /** A positive safe integer. */
  readonly fuelMax: number;
}

/** One question of a request. Its input is written when the request has its turn: what waits takes no memory. */
export interface Question extends Omit<EvaluationRequest, "input"> {
  /** Characters that the input will have, or bytes. */
  readonly length: number;
  readonly input: () => EvaluationRequest["input"];
}

export interface EvaluationResult {
  readonly verdict: PolicyVerdict | GuestFailure;
  /** Start function, `policy_alloc`, `policy_evaluate` and host functions together; all of it after a timeout. */
  readonly fuelUsed: number;
  /** Lines of `claviger.log`, 4 KiB at most. A guest chose them: escape before printing. */
  readonly logs: readonly string[];
}

export interface PolicySandboxOptions {
  readonly activeWorkers?: number;
  readonly requestsMax?: number;
  readonly evaluationsMax?: number;
  readonly inputBytesMax?: number;
  readonly batchMax?: number;
  readonly moduleBytesMax?: number;
  readonly uploadsMax?: number;
  readonly loadsMax?: number;
  readonly cpuMs?: number;
  readonly preparationMs?: number;
  /** The uploaded bytes of a module that is not in memory, e.g. from the ledger; undefined when there is none. */
  readonly source?: (digest: PolicyDigest) => Promise<Uint8Array | undefined>;
  /** A module left memory; with a `source` it comes back on its next use. */
  readonly onEvicted?: (digest: PolicyDigest) => void;
  /** A worker was killed for a hanging guest, or died. */
  readonly onThreadLost?: (cause: "timeout" | "died") => void;
  /** No thread can be started. The default ends the process: a signer without policies serves nobody. */
  readonly onFailure?: (error: Error) => void;
}

/** Asks a guest one of the two questions. */
type Run<Verdict> = (call: GuestCall, policy: CompiledPolicy) => Promise<GuestReply<Verdict>>;

export class PolicySandbox {
  readonly #pool: EvaluationPool;
  readonly #modules: Modules;
  readonly #turns: Turns;
  /** Requests that were taken and are not answered yet. */
  #accepted = 0;
  #closed = false;

  constructor(options: PolicySandboxOptions = {}) {
    const limits = { ...SANDBOX_LIMITS, cpuMs: GUEST_LIMITS.cpuMs, ...options };
    this.#pool = new EvaluationPool({
      activeWorkers: limits.activeWorkers,
      batchMax: limits.batchMax,
      cpuMs: limits.cpuMs,
      onFailure: options.onFailure ?? endForWantOfThreads,
      ...(options.onThreadLost ? { onThreadLost: options.onThreadLost } : {}),
    });
    this.#modules = new Modules({
      ...limits,
      source: options.source ?? (() => Promise.resolve(undefined)),
      onEvicted: (digest) => {
        this.#pool.forget(digest);
        options.onEvicted?.(digest);
      },
    });
    this.#turns = new Turns(limits, this.#modules.shelf);
  }

  /** Resolves when the active workers and the spare can take calls. */
  ready(): Promise<void> {
    return this.#pool.ready();
  }

  /** Evaluations that wait or are under way. */
  get depth(): number {
    return this.#turns.depth;
  }

  /**
   * Checks, meters and compiles uploaded bytes, off the main thread, and keeps the module for evaluations while there is room.
   * @throws SignerError `policy.rejected` with `feature` and `offset`; `service.overloaded`
   */
  prepare(bytes: Uint8Array): Promise<PolicyInfo> {
    return this.#modules.prepare(bytes);
  }

  /**
   * Has a module in memory from its source, if there is room, so that its first request need not wait for it.
   * @returns why it cannot be; null when it can
   */
  async preload(digest: PolicyDigest): Promise<Error | null> {
    try {
      const policy = await this.#modules.get(digest);
      return policy instanceof Error ? policy : null;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /**
   * Runs `policy_evaluate` once. Whatever the guest does is a verdict or a failure, never an exception.
   * @throws SignerError as `ask`; RangeError for a `fuelMax` that is not a positive integer
   */
  async evaluate({ digest, input, fuelMax }: EvaluationRequest): Promise<EvaluationResult> {
    const question = { digest, fuelMax, length: input.length, input: () => input };
    const [result] = await this.ask([question]);
    if (result === undefined) throw new Error("the policy sandbox gave no result");
    return result;
  }

  /**
   * Runs `policy_evaluate` for all questions of one request, when there is room for all of them and their modules are loaded.
   * Results in their order. A request is refused before its first evaluation; only one whose modules exceed the memory loads the
   * next ones in between.
   * @param rank lower goes first
   * @throws SignerError `service.overloaded`, `service.stopping`: for the request as a whole
   */
  ask(questions: readonly Question[], rank: number = rankOf()): Promise<readonly EvaluationResult[]> {
    return this.#answer<PolicyVerdict>(questions, rank, (call, policy) =>
      this.#pool.run(call, policy, (thread) => thread.evaluate(call)),
    );
  }

  /**
   * Runs `policy_validate_settings` over the canonical JSON of a binding's settings. A module without that export takes
   * any settings; a trap, exhaustion or malformed answer refuses them.
   * @throws as `evaluate`
   */
  async validateSettings(
    digest: PolicyDigest,
    settingsJson: string,
    fuelMax: number,
  ): Promise<SettingsVerdict> {
    const question = { digest, fuelMax, length: settingsJson.length, input: () => settingsJson };
    const run: Run<SettingsVerdict> = (call, policy) =>
      policy.validatesSettings
        ? this.#pool.run(call, policy, (thread) => thread.validateSettings(call))
        : Promise.resolve({ verdict: { ok: true }, fuelUsed: 0, logs: [] });
    const [reply] = await this.#answer<SettingsVerdict>([question], rankOf(), run);
    if (reply === undefined) throw new Error("the policy sandbox gave no result");
    const { verdict } = reply;
    return "ok" in verdict ? verdict : { ok: false, reason: `${verdict.failure}: ${verdict.message}` };
  }

  /** Finishes what is queued, then ends every thread. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#accepted > 0) await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([this.#pool.close(), this.#modules.close()]);
  }

  async #answer<Verdict>(
    questions: readonly Question[],
    rank: number,
    run: Run<Verdict>,
  ): Promise<readonly GuestReply<Verdict>[]> {
    for (const { fuelMax } of questions) assertFuel(fuelMax);
    if (this.#closed)
      throw new SignerError("service.stopping", "the policy sandbox has stopped; retry later");
    this.#accepted += 1;
    try {
      return await this.#answerInTurn(questions, rank, run);
    } finally {
      this.#accepted -= 1;
    }
  }

  async #answerInTurn<Verdict>(
    questions: readonly Question[],
    rank: number,
    run: Run<Verdict>,
  ): Promise<readonly GuestReply<Verdict>[]> {
    const need = {
      evaluations: questions.length,
      inputBytes: questions.reduce((sum, { length }) => sum + length, 0),
      modules: new Set(questions.map(({ digest }) => digest)),
    };
    const unknown = [...need.modules].filter((digest) => !this.#modules.shelf.knows(digest));
    if (unknown.length > 0) await this.#weigh(unknown, rank);
    return this.#turns.take(need, rank, async (parts) => {
      const [only, ...others] = parts;
      if (only !== undefined && others.length === 0) return this.#answerPart(only, questions, run);
      const replies = new Map<Question, GuestReply<Verdict>>();
      for (const part of parts) {
        const digests = new Set(part);
        const asked = questions.filter(({ digest }) => digests.has(digest));
        for (const [index, reply] of (await this.#answerPart(part, asked, run)).entries()) {
          const question = asked[index];
          if (question !== undefined) replies.set(question, reply);
        }
      }
      return questions.flatMap((question) => replies.get(question) ?? []);
    });
  }

  /** Loads what was never here, in a turn of its own: only then is it known how much room a request's modules take. */
  async #weigh(unknown: readonly PolicyDigest[], rank: number): Promise<void> {
    const need = { evaluations: unknown.length, inputBytes: 0, modules: new Set<PolicyDigest>() };
    await this.#turns.take(need, rank, () => all(unknown.map((digest) => this.#modules.get(digest))));
  }

  /** All modules first: what keeps one from being loaded must come before the first evaluation. */
  async #answerPart<Verdict>(
    part: readonly PolicyDigest[],
    questions: readonly Question[],
    run: Run<Verdict>,
  ): Promise<readonly GuestReply<Verdict>[]> {
    this.#modules.shelf.pin(part);
    try {
      const { shelf } = this.#modules;
      const policies = new Map<PolicyDigest, CompiledPolicy | Error | undefined>(
        part.map((digest) => [digest, shelf.get(digest)]),
      );
      const missing = part.filter((digest) => policies.get(digest) === undefined);
      if (missing.length > 0) {
        const load = async (digest: PolicyDigest) => policies.set(digest, await this.#modules.get(digest));
        await all(missing.map(load));
      }
      return await all(questions.map((question) => runOne(question, policies.get(question.digest), run)));
    } finally {
      this.#modules.shelf.unpin(part);
    }
  }
}

function runOne<Verdict>(
  { digest, fuelMax, input }: Question,
  policy: CompiledPolicy | Error | undefined,
  run: Run<Verdict>,
): Promise<GuestReply<Verdict>> {
  const written = input();
  const length = typeof written === "string" ? Buffer.byteLength(written, "utf8") : written.length;
  if (length > GUEST_LIMITS.inputBytesMax) {
    const message = `input has ${length} bytes, more than ${GUEST_LIMITS.inputBytesMax}`;
    return Promise.resolve(failedReply({ decision: "failed", failure: "input_too_large", message }));
  }
  if (policy === undefined || policy instanceof Error) {
    const message = policy?.message ?? `policy ${digest} is not stored here`;
    return Promise.resolve(failedReply({ decision: "failed", failure: "module_unavailable", message }));
  }
  return run({ digest, input: ownInput(written), fuelMax }, policy);
}

/** As Promise.all, but settles when all of them have: what is under way has its turn, and its modules, until then. */
async function all<Result>(promises: readonly Promise<Result>[]): Promise<readonly Result[]> {
  if (promises.length > 1) await Promise.allSettled(promises);
  return Promise.all(promises);
}

function assertFuel(fuelMax: number): void {
  if (!Number.isSafeInteger(fuelMax) || fuelMax < 1)
    throw new RangeError(`fuelMax ${fuelMax} must be a positive integer`);
}

function failedReply(verdict: GuestFailure): GuestReply<never> {
  return { verdict, fuelUsed: 0, logs: [] };
}

function endForWantOfThreads(error: Error): void {
  endProcess(`policy threads cannot start: ${error.message}`);
}

/** A copy where the view is a part: cloning it would clone the whole buffer behind it. */
function ownInput(input: Uint8Array | string): Uint8Array | string {
  if (typeof input === "string" || input.length === input.buffer.byteLength) return input;
  return input.slice();
}
