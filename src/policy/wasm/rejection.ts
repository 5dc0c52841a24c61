/**
 * Why a module is refused: `policy.rejected` with the members `feature` and `offset`. The offset counts bytes from the
 * start of the uploaded module, as wasm-objdump prints them.
 */
import { SignerError } from "../../domain/errors.ts";
import type { LimitName, MeterLimits } from "./limits.ts";

/** Every feature that is refused by name, and what its author can do. */
const REMEDIES = {
  "malformed binary": "upload the bytes exactly as the compiler wrote them",
  "invalid module": "check the module with wasm-validate",
  SIMD: "build without it (Rust: -C target-feature=-simd128,-relaxed-simd)",
  threads: "build without atomics and shared memory (Rust: -C target-feature=-atomics)",
  "tail calls": "build without them (Rust: -C target-feature=-tail-call)",
  exceptions: "build without them (Rust: -C panic=abort; C++: -fno-exceptions)",
  "garbage collection": "compile to linear memory instead of GC objects",
  "typed function references": "use plain funcref and call_indirect",
  "stack switching": "build without it",
  "multiple memories": "keep all data in memory 0",
  "64-bit memory": "compile for wasm32",
  "64-bit table": "compile for wasm32",
  "custom page sizes": "use pages of 64 KiB",
  "extended constant expressions": "initialise with one constant, or in the start function",
  "wide arithmetic": "build without it (Rust: -C target-feature=-wide-arithmetic)",
  "unknown instruction": "compile for WebAssembly 2.0 without SIMD",
  "unknown section": "compile for WebAssembly 2.0",
  "component model": "upload the core module inside the component",
  import: "a policy may import only claviger.log (i32, i32) and claviger.keccak256 (i32, i32, i32)",
  "reserved export name": "rename the export: names that start with $ belong to the meter",
} as const;

export type RefusedFeature = keyof typeof REMEDIES;

/** The error for a refused feature; `detail` says what is at `offset`. */
export function rejected(feature: RefusedFeature, offset: number, detail: string): SignerError {
  const message = `policy module, byte ${offset}: ${feature} (${detail}): ${REMEDIES[feature]}`;
  return new SignerError("policy.rejected", message, { feature, offset });
}

/** Throws when `actual` is above the limit; `what` names the counted thing in the plural. */
export function requireWithin(
  limits: MeterLimits,
  name: LimitName,
  actual: number,
  what: string,
  offset: number,
): void {
  const limit = limits[name];
  if (actual <= limit) return;
  const message = `policy module, byte ${offset}: ${actual} ${what} where ${limit} are allowed (${name}): make it smaller`;
  throw new SignerError("policy.rejected", message, { feature: name, offset, limit, actual });
}
