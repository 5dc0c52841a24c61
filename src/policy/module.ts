/**
 * A policy module from its uploaded bytes: strict reading and metering, then the ABI's exports by name and type. What
 * passes can be called without a further check of its shape.
 * @module
 */
import { createHash } from "node:crypto";
import { SignerError } from "../domain/errors.ts";
import type { CompiledPolicy } from "./execute.ts";
import { moduleMemory } from "./limits.ts";
import { DEFAULT_LIMITS, METER_VERSION, prepareModule, SCHEDULE } from "./wasm/prepare.ts";
import type { MeterLimits, PreparedModule } from "./wasm/prepare.ts";
import type { PolicyDigest } from "../domain/kinds.ts";

/** What the API says of an uploaded module. */
export interface PolicyInfo {
  /** `sha256:` and the hex SHA-256 of the uploaded bytes. */
  readonly digest: PolicyDigest;
  readonly sizeBytes: number;
  readonly abi: "policy_v1";
  /** Under which prices and bounds its fuel counts. */
  readonly meter: { readonly version: string; readonly schedule: string; readonly limits: MeterLimits };
  /** True when the module checks its bindings' settings. */
  readonly validatesSettings: boolean;
  /** WebAssembly features beyond its first version, and "float arithmetic"; sorted. */
  readonly features: readonly string[];
}

/** PolicyInfo with the metered form, which V8 runs. */
export interface InspectedPolicy {
  readonly info: PolicyInfo;
  readonly prepared: PreparedModule;
}

const REQUIRED_EXPORTS: ReadonlyMap<string, string> = new Map([
  ["policy_abi_v1", "() -> ()"],
  ["policy_alloc", "(i32) -> (i32)"],
  ["policy_evaluate", "(i32, i32) -> (i64)"],
]);
const SETTINGS_EXPORT = "policy_validate_settings";
const SETTINGS_TYPE = "(i32, i32) -> (i64)";

/** `sha256:` and the lowercase hex SHA-256 of a module's bytes. */
export function policyDigest(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/**
 * Reads, meters and checks one module. Takes milliseconds to seconds: run it off the main thread (PolicySandbox.prepare).
 * @throws SignerError `policy.rejected` with `feature`, and `offset` where a byte is to blame
 */
export function inspectPolicy(bytes: Uint8Array, limits: MeterLimits = DEFAULT_LIMITS): InspectedPolicy {
  const prepared = prepareModule(bytes, limits);
  requireMemory(prepared);
  for (const [name, type] of REQUIRED_EXPORTS) {
    if (!hasFunction(prepared, name, type))
      throw rejectedExport(name, `function ${name} ${type} is not exported`);
  }
  const info: PolicyInfo = {
    digest: policyDigest(bytes),
    sizeBytes: bytes.length,
    abi: "policy_v1",
    meter: { version: METER_VERSION, schedule: SCHEDULE, limits },
    validatesSettings: hasFunction(prepared, SETTINGS_EXPORT, SETTINGS_TYPE),
    features: prepared.features,
  };
  return { info, prepared };
}

/** As inspectPolicy, and compiles the metered form; `memoryBytes` is what that is taken to hold. */
export function compilePolicy(bytes: Uint8Array): {
  readonly info: PolicyInfo;
  readonly policy: CompiledPolicy;
  readonly memoryBytes: number;
} {
  const { info, prepared } = inspectPolicy(bytes);
  const policy: CompiledPolicy = {
    module: new WebAssembly.Module(prepared.metered),
    fuelGlobal: prepared.fuelGlobal,
    depthGlobal: prepared.depthGlobal,
    startExport: prepared.startExport,
    validatesSettings: info.validatesSettings,
  };
  return { info, policy, memoryBytes: moduleMemory(prepared.metered.length) };
}

function requireMemory(prepared: PreparedModule): void {
  const memory = prepared.exports.find((exported) => exported.name === "memory");
  if (memory?.kind !== "memory") throw rejectedExport("memory", "memory `memory` is not exported");
}

/** False where `name` is absent; a wrong kind or type is refused, since the host would never call it. */
function hasFunction(prepared: PreparedModule, name: string, type: string): boolean {
  const found = prepared.exports.find((exported) => exported.name === name);
  if (found === undefined) return false;
  if (found.kind === "function" && found.type === type) return true;
  throw rejectedExport(name, `${name} is a ${found.kind} ${found.type}, expected a function ${type}`);
}

function rejectedExport(name: string, problem: string): SignerError {
  return new SignerError("policy.rejected", `policy module: ${problem}: export it as ABI policy_v1 says`, {
    feature: `export ${name}`,
  });
}
