/**
 * The worker that runs customers' WebAssembly: no keys, no network, no clock. It holds compiled modules by digest and
 * may be killed at any call; a call's result depends on its own fields and the module alone.
 * @module
 */
import { parentPort, workerData } from "node:worker_threads";
import type { PolicyFailure, PolicyVerdict } from "../domain/verdict.ts";
import type { Outcome } from "../threads/contract.ts";
import { failed, serve, succeeded } from "../threads/server.ts";
import { runGuest, type CompiledPolicy, type GuestFunction, type GuestRun } from "./execute.ts";
import { Progress } from "./killable-thread.ts";
import { compilePolicy, type PolicyInfo } from "./module.ts";
import { parseSettingsVerdict, parseVerdict, type SettingsVerdict } from "./output.ts";

/** What the main thread may ask. Modules stay by digest from `hold` until `forget`. */
export type PolicyCall =
  | { readonly kind: "prepare"; readonly bytes: Uint8Array }
  | { readonly kind: "hold"; readonly digest: string; readonly policy: CompiledPolicy }
  | { readonly kind: "forget"; readonly digest: string }
  | GuestCall;

export interface GuestCall {
  readonly kind: "evaluate" | "validateSettings";
  readonly digest: string;
  /** Canonical JSON: its text or its UTF-8. */
  readonly input: Uint8Array | string;
  readonly fuelMax: number;
}

export interface GuestFailure {
  readonly decision: "failed";
  readonly failure: PolicyFailure;
  readonly message: string;
}

export type PolicyReply =
  | { readonly kind: "prepared"; readonly info: PolicyInfo; readonly policy: CompiledPolicy }
  | { readonly kind: "held" }
  | GuestReply;

export type GuestReply =
  | {
      readonly kind: "evaluated";
      readonly verdict: PolicyVerdict | GuestFailure;
      readonly fuelUsed: number;
      readonly logs: readonly string[];
    }
  | {
      readonly kind: "settings";
      readonly verdict: SettingsVerdict | GuestFailure;
      readonly fuelUsed: number;
      readonly logs: readonly string[];
    };

const modules = new Map<string, CompiledPolicy>();

function answer(call: PolicyCall): PolicyReply {
  switch (call.kind) {
    case "prepare":
      return { kind: "prepared", ...compilePolicy(call.bytes) };
    case "hold":
      modules.set(call.digest, call.policy);
      return { kind: "held" };
    case "forget":
      modules.delete(call.digest);
      return { kind: "held" };
    case "evaluate": {
      const run = execute(call, "policy_evaluate");
      const verdict = run.ok ? readVerdict(run.output) : failure(run.failure, run.message);
      return { kind: "evaluated", verdict, fuelUsed: run.fuelUsed, logs: run.logs };
    }
    case "validateSettings": {
      const run = execute(call, "policy_validate_settings");
      const verdict = run.ok ? readSettingsVerdict(run.output) : failure(run.failure, run.message);
      return { kind: "settings", verdict, fuelUsed: run.fuelUsed, logs: run.logs };
    }
  }
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
  serve<PolicyCall, PolicyReply>((calls) => {
    const outcomes = calls.map((call, index): Outcome<PolicyReply> => {
      progress.begin(index);
      try {
        return succeeded(answer(call));
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
