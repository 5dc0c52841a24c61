/**
 * The door to customers' WebAssembly. Every evaluation ends in a verdict or a named failure, which denies: fuel, depth
 * and memory are limits of the ABI, the CPU time of its thread is the backstop behind them.
 * @module
 */
import { isOf, SignerError } from "../domain/errors.ts";
import type { PolicyVerdict } from "../domain/verdict.ts";
import { endProcess } from "../threads/outcome-unknown.ts";
import { EvaluationPool, type Ask } from "./evaluation-pool.ts";
import type { GuestFailure, GuestReply } from "./evaluation-thread.ts";
import type { CompiledPolicy } from "./execute.ts";
import { GUEST_LIMITS, SANDBOX_LIMITS } from "./limits.ts";
import { ModuleShelf } from "./module-shelf.ts";
import type { PolicyInfo } from "./module.ts";
import type { SettingsVerdict } from "./output.ts";
import { Preparation } from "./preparation.ts";
import type { PolicyDigest } from "../domain/kinds.ts";

export interface EvaluationRequest {
  /** `sha256:` and hex of the module as it was uploaded. */
  readonly digest: PolicyDigest;
  /** Canonical JSON (RFC 8785), at most 256 KiB: the text, which travels faster, or its UTF-8. */
  readonly input: Uint8Array | string;
  /** A positive safe integer. */
  readonly fuelMax: number;
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
  readonly queueMax?: number;
  readonly batchMax?: number;
  readonly modulesMax?: number;
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

export class PolicySandbox {
  readonly #pool: EvaluationPool;
  readonly #shelf: ModuleShelf;
  readonly #preparation: Preparation;

  constructor(options: PolicySandboxOptions = {}) {
    const modulesMax = options.modulesMax ?? SANDBOX_LIMITS.modulesMax;
    this.#preparation = new Preparation(
      options.preparationMs ?? SANDBOX_LIMITS.preparationMs,
      SANDBOX_LIMITS.preparationsMax,
    );
    this.#shelf = new ModuleShelf({
      modulesMax,
      fetch: (digest) => this.#fetch(digest, options.source),
      ...(options.onEvicted ? { onEvicted: options.onEvicted } : {}),
    });
    this.#pool = new EvaluationPool({
      activeWorkers: options.activeWorkers ?? SANDBOX_LIMITS.activeWorkers,
      queueMax: options.queueMax ?? SANDBOX_LIMITS.queueMax,
      queueBytesMax: SANDBOX_LIMITS.queueBytesMax,
      batchMax: options.batchMax ?? SANDBOX_LIMITS.batchMax,
      modulesMax,
      cpuMs: options.cpuMs ?? GUEST_LIMITS.cpuMs,
      onFailure: options.onFailure ?? endForWantOfThreads,
      ...(options.onThreadLost ? { onThreadLost: options.onThreadLost } : {}),
    });
  }

  /** Resolves when the active workers and the spare can take calls. */
  ready(): Promise<void> {
    return this.#pool.ready();
  }

  /** Evaluations that wait or are under way. */
  get depth(): number {
    return this.#pool.depth;
  }

  /**
   * Checks, meters and compiles uploaded bytes, off the main thread, and keeps the module for evaluations.
   * @throws SignerError `policy.rejected` with `feature` and `offset`; `service.overloaded`
   */
  async prepare(bytes: Uint8Array): Promise<PolicyInfo> {
    const { info, policy } = await this.#preparation.prepare(bytes);
    this.#shelf.put(info.digest, policy);
    return info;
  }

  /**
   * Prepares stored bytes again, e.g. at start. They go through the strict reader and the meter like an upload: no
   * metered code is ever stored, so none can be forged or go stale.
   * @throws SignerError `policy.rejected`, also when `bytes` are not those of `digest`
   */
  async load(digest: PolicyDigest, bytes: Uint8Array): Promise<void> {
    this.#shelf.put(digest, await this.#prepared(digest, bytes));
  }

  /**
   * Runs `policy_evaluate`. Whatever the guest does is a verdict or a failure, never an exception.
   * @throws SignerError `service.overloaded`, `service.stopping`; RangeError for a `fuelMax` that is not a positive integer
   */
  evaluate(request: EvaluationRequest): Promise<EvaluationResult> {
    return this.#run<PolicyVerdict>(request, (thread, call) => thread.evaluate(call));
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
    const policy = this.#shelf.get(digest) ?? (await this.#fetched(digest));
    if (policy instanceof Error) return { ok: false, reason: policy.message };
    if (!policy.validatesSettings) return { ok: true };
    const request = { digest, input: settingsJson, fuelMax };
    const { verdict } = await this.#run<SettingsVerdict>(request, (thread, call) =>
      thread.validateSettings(call),
    );
    return "ok" in verdict ? verdict : { ok: false, reason: `${verdict.failure}: ${verdict.message}` };
  }

  /** Finishes what is queued, then ends every thread. */
  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#preparation.close()]);
  }

  async #run<Verdict>(request: EvaluationRequest, ask: Ask<Verdict>): Promise<GuestReply<Verdict>> {
    const { digest, input, fuelMax } = request;
    if (!Number.isSafeInteger(fuelMax) || fuelMax < 1)
      throw new RangeError(`fuelMax ${fuelMax} must be a positive integer`);
    const length = typeof input === "string" ? Buffer.byteLength(input, "utf8") : input.length;
    if (length > GUEST_LIMITS.inputBytesMax) {
      const message = `input has ${length} bytes, more than ${GUEST_LIMITS.inputBytesMax}`;
      return failedReply({ decision: "failed", failure: "input_too_large", message });
    }
    const policy = this.#shelf.get(digest) ?? (await this.#fetched(digest));
    if (policy instanceof Error) {
      return failedReply({
        decision: "failed",
        failure: "module_unavailable",
        message: policy.message,
      });
    }
    return this.#pool.run({ digest, input: ownInput(input), fuelMax }, policy, ask);
  }

  async #fetched(digest: PolicyDigest): Promise<CompiledPolicy | Error> {
    try {
      return (await this.#shelf.fetch(digest)) ?? new Error(`policy ${digest} is not stored here`);
    } catch (error) {
      // What may pass later must not become a recorded denial.
      if (isOf(error, "service")) throw error;
      return new Error(
        `policy ${digest} cannot be loaded: ${error instanceof Error ? error.message : "unknown error"}`,
      );
    }
  }

  async #fetch(
    digest: PolicyDigest,
    source: PolicySandboxOptions["source"],
  ): Promise<CompiledPolicy | undefined> {
    const bytes = await source?.(digest);
    return bytes === undefined ? undefined : this.#prepared(digest, bytes);
  }

  async #prepared(digest: PolicyDigest, bytes: Uint8Array): Promise<CompiledPolicy> {
    const { info, policy } = await this.#preparation.prepare(bytes);
    if (info.digest === digest) return policy;
    throw new SignerError(
      "policy.rejected",
      `policy module: its digest is ${info.digest}, not ${digest}; upload it again`,
      {
        feature: "digest",
      },
    );
  }
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
