/**
 * A customer's WebAssembly module becomes one that V8 runs under a meter. The order is the safety: WebAssembly.validate on
 * the original comes before anything is inserted, because a module that writes a global that does not exist yet would
 * become valid with the meter's globals, and refuel itself.
 */
import { METER_EXPORTS, assemble, memoryMaximum } from "./assemble.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import type { MeterLimits } from "./limits.ts";
import type { ModuleExport, ModuleImport, ParsedModule } from "./module.ts";
import { rejected } from "./rejection.ts";
import { readModule } from "./sections.ts";
import type { ImportRule } from "./sections.ts";

export { DEFAULT_LIMITS } from "./limits.ts";
export type { MeterLimits } from "./limits.ts";
export type { ModuleExport, ModuleImport } from "./module.ts";
export type { ImportRule } from "./sections.ts";

/** Changes with every change of the metered bytes; part of the key under which compiled modules are cached. */
export const METER_VERSION = "1";

/** The published price list that the fuel follows: another engine can recompute it. */
export const SCHEDULE = "wasmtime-49.0.0";

export interface PreparedModule {
  /** What V8 runs. The original is what is stored, hashed and shown. */
  readonly metered: Uint8Array;
  /** Export of the mutable i64 fuel global: 0 until the host sets it, negative after running out. */
  readonly fuelGlobal: string;
  /** Export of the mutable i32 depth global: negative after a call too deep. */
  readonly depthGlobal: string;
  /** Export of the start function, which the host calls after setting the fuel; null where there is none. */
  readonly startExport: string | null;
  /** Pages of 64 KiB that the memory can reach; 0 without memory. */
  readonly memoryMaxPages: number;
  /** The module's own exports, without the meter's. */
  readonly exports: readonly ModuleExport[];
  readonly imports: readonly ModuleImport[];
  /** What the module uses beyond the first version of WebAssembly, and "float arithmetic"; sorted. */
  readonly features: readonly string[];
  readonly counts: ModuleCounts;
}

/** Sizes for `inspect`: what the module has, before metering. */
export interface ModuleCounts {
  readonly bytes: number;
  readonly meteredBytes: number;
  readonly types: number;
  readonly functions: number;
  readonly globals: number;
  readonly tables: number;
  /** Most parameters and locals of one function. */
  readonly localsMax: number;
}

const POLICY_IMPORTS: ReadonlyMap<string, string> = new Map([
  ["log", "(i32, i32) -> ()"],
  ["keccak256", "(i32, i32, i32) -> ()"],
]);

/** The two imports of the policy ABI, with exactly their types. */
function isPolicyImport(imported: ModuleImport): boolean {
  return (
    imported.module === "claviger" &&
    imported.kind === "function" &&
    POLICY_IMPORTS.get(imported.name) === imported.type
  );
}

/**
 * Reads strictly, validates, meters and validates again. Throws `policy.rejected` with the members `feature` and `offset`.
 * The answer depends on `bytes`, `limits` and METER_VERSION only.
 */
export function prepareModule(
  bytes: Uint8Array,
  limits: MeterLimits = DEFAULT_LIMITS,
  allowed: ImportRule = isPolicyImport,
): PreparedModule {
  const module = readModule(bytes, limits, allowed);
  requireValid(bytes);
  const metered = assemble(module, limits);
  if (!WebAssembly.validate(metered)) {
    throw rejected("invalid module", 0, "the metered form does not validate");
  }
  return describe(module, metered, limits);
}

function requireValid(bytes: Uint8Array): void {
  if (WebAssembly.validate(bytes)) return;
  const { detail, offset } = validationFailure(bytes);
  throw rejected("invalid module", offset, detail);
}

/** V8 says why only when it compiles; its message ends in `@+offset`. */
function validationFailure(bytes: Uint8Array): { detail: string; offset: number } {
  try {
    const compiled = new WebAssembly.Module(bytes);
    return {
      detail: `does not validate but compiles with ${WebAssembly.Module.exports(compiled).length} exports`,
      offset: 0,
    };
  } catch (error) {
    const text = error instanceof Error ? error.message : "does not validate";
    const detail = text.replace(/^WebAssembly\.Module\(\): /, "");
    return { detail, offset: Number(/@\+(\d+)/.exec(text)?.[1] ?? 0) };
  }
}

function describe(module: ParsedModule, metered: Uint8Array, limits: MeterLimits): PreparedModule {
  return {
    metered,
    fuelGlobal: METER_EXPORTS.fuel,
    depthGlobal: METER_EXPORTS.depth,
    startExport: module.start === undefined ? null : METER_EXPORTS.start,
    memoryMaxPages: memoryMaximum(module, limits),
    exports: module.exports,
    imports: module.imports,
    features: [...module.features].toSorted(),
    counts: {
      bytes: module.bytes.length,
      meteredBytes: metered.length,
      types: module.types.length,
      functions: module.bodies.length,
      globals: module.globals.length,
      tables: module.tables.length,
      localsMax: module.bodies.reduce((most, body) => Math.max(most, body.locals), 0),
    },
  };
}
