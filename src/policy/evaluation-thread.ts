/**
 * The worker that runs customers' WebAssembly: no keys, no network, no clock. It holds compiled modules by digest and
 * may be killed at any call; a call's result depends on its own fields and the module alone.
 * @module
 */
import { parentPort, workerData } from "node:worker_threads";
import type { PolicyFailure, PolicyVerdict } from "../domain/verdict.ts";
import type { Outcome } from "../threads/contract.ts";
import { failed, serve, succeeded } from "../threads/serve.ts";
import { runGuest, type CompiledPolicy, type GuestFunction, type GuestRun } from "./execute.ts";
import { Progress } from "./killable-thread.ts";
import { compilePolicy, type PolicyInfo } from "./module.ts";
import { parseSettingsVerdict, parseVerdict, type SettingsVerdict } from "./output.ts";
import type { PolicyDigest } from "../domain/kinds.ts";

/** The contract of a policy thread. Modules are known by digest from `hold` until `forget`. */
export interface PolicyThread {
  /** Reads, meters and compiles uploaded bytes. @throws SignerError `policy.rejected` */
  prepare(bytes: Uint8Array): PreparedPolicy;
  hold(digest: PolicyDigest, policy: CompiledPolicy): void;
  forget(digest: PolicyDigest): void;
  /** Whatever the guest does is a verdict or a failure, never an exception. */
  evaluate(call: GuestCall): GuestReply<PolicyVerdict>;
  validateSettings(call: GuestCall): GuestReply<SettingsVerdict>;
}

export interface PreparedPolicy {
  readonly info: PolicyInfo;
  readonly policy: CompiledPolicy;
  /** What it is taken to hold of memory. */
  readonly memoryBytes: number;
}

export interface GuestCall {
  readonly digest: PolicyDigest;
  /** Canonical JSON: its text or its UTF-8. */
  readonly input: Uint8Array | string;
  readonly fuelMax: number;
}

export interface GuestFailure {
  readonly decision: "failed";
  readonly failure: PolicyFailure;
  readonly message: string;
}

export interface GuestReply<Verdict> {
  readonly verdict: Verdict | GuestFailure;
  readonly fuelUsed: number;
  readonly logs: readonly string[];
}

const modules = new Map<PolicyDigest, CompiledPolicy>();

const policyThread: PolicyThread = {
  prepare: compilePolicy,
  hold: (digest, policy) => void modules.set(digest, policy),
  forget: (digest) => void modules.delete(digest),
  evaluate: (call) => replyOf(execute(call, "policy_evaluate"), readVerdict),
  validateSettings: (call) => replyOf(execute(call, "policy_validate_settings"), readSettingsVerdict),
};

function replyOf<Verdict>(
  run: GuestRun,
  read: (output: Uint8Array) => Verdict | GuestFailure,
): GuestReply<Verdict> {
  const verdict = run.ok ? read(run.output) : failure(run.failure, run.message);
  return { verdict, fuelUsed: run.fuelUsed, logs: run.logs };
}

function execute(call: GuestCall, name: GuestFunction): GuestRun {
  const policy = modules.get(call.digest);
  if (policy !== undefined) return runGuest(policy, name, bytesOf(call.input), call.fuelMax);
  const message = `policy ${call.digest} is not loaded`;
  return { ok: false, failure: "module_unavailable", message, fuelUsed: 0, logs: [] };
}

function bytesOf(input: Uint8Array | string): Uint8Array {
  return typeof input === "string" ? new TextEncoder().encode(input) : input;
}

function readVerdict(output: Uint8Array): PolicyVerdict | GuestFailure {
  const parsed = parseVerdict(output);
  return parsed.ok ? parsed.verdict : failure("output_malformed", parsed.message);
}

function readSettingsVerdict(output: Uint8Array): SettingsVerdict | GuestFailure {
  const parsed = parseSettingsVerdict(output);
  return parsed.ok ? parsed.verdict : failure("output_malformed", parsed.message);
}

function failure(kind: PolicyFailure, message: string): GuestFailure {
  return { decision: "failed", failure: kind, message };
}

function progressOf(data: unknown): Progress {
  if (
    typeof data === "object" &&
    data !== null &&
    "progress" in data &&
    data.progress instanceof BigInt64Array
  ) {
    return new Progress(data.progress);
  }
  throw new Error("the evaluation thread was started without its progress array");
}

function start(): void {
  const progress = progressOf(workerData);
  serve<PolicyThread>(policyThread, (calls, perform) => {
    const outcomes = calls.map((call, index): Outcome => {
      progress.begin(index);
      try {
        return succeeded(perform(call));
      } catch (error) {
        return failed(error);
      }
    });
    progress.idle();
    return outcomes;
  });
}

// Importing this module for its types or in a test must not start a server.
if (parentPort !== null) start();
