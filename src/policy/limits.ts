/** Every bound on a policy module and on its evaluation, with unit and reason. docs/policies.md states the same figures. */
import { DEFAULT_LIMITS } from "./wasm/limits.ts";

const KIB = 1024;

/** What one guest may use. All of these are part of the ABI: authors rely on them. */
export const GUEST_LIMITS = {
  /** Fuel of one evaluation, unless its binding says otherwise. About 2 to 9 ms of V8. */
  fuelMax: 10_000_000,
  /** Nested calls. V8's own stack limit depends on tier-up, so calls are counted instead. */
  depthMax: DEFAULT_LIMITS.callDepth,
  inputBytesMax: 256 * KIB,
  outputBytesMax: 16 * KIB,
  /** CPU time of its thread, in milliseconds: a backstop for what fuel does not see (a bug in the meter or the engine). */
  cpuMs: 250,
  /** All log lines of one evaluation together; what is past it is dropped. */
  logBytesMax: 4 * KIB,
  logLinesMax: 64,
} as const;

/**
 * How an input's bytes are shared out: together `inputBytesMax`, so that what fits each share always fits the guest. An intent
 * is refused at decode and settings when they are bound; the rest (request, signer, key, environment) is bounded at its source.
 */
export const INPUT_SHARES = {
  intentBytesMax: 184 * KIB,
  settingsBytesMax: 64 * KIB,
  restBytesMax: 8 * KIB,
} as const;

/**
 * Fuel of compiled code that a thread surely gets through in a millisecond of its CPU time. The slowest loops that were found,
 * one `memory.fill` of a byte or one `f64.sqrt` after the other, get through 650,000.
 */
export const COMPILED_FUEL_PER_MS = 500_000;

/**
 * Blocks of 136 bytes that one evaluation may hash. A byte costs one unit of fuel and takes up to forty times as long as one of
 * compiled code. `blockMicros` is what a block takes at most; the test of all bounds adds it up with fuel.
 */
export const KECCAK_LIMITS = { blockBytes: 136, blocksMax: 8192, blockMicros: 6 } as const;

/** Fuel of one host call, plus `byte` for each byte it reads. */
export const HOST_CALL_FUEL = { call: 1000, byte: 1 } as const;

/**
 * The sandbox around the guests. A request has its turn when all of its evaluations find room, or when it is alone: a bound
 * here makes a request wait, and refuses none that has begun.
 */
export const SANDBOX_LIMITS = {
  activeWorkers: 1,
  /** Requests that may wait for their turn; one more is refused with `service.overloaded`. More than all lanes hold. */
  requestsMax: 8192,
  /** Evaluations of the requests that have their turn, and so also of one request. */
  evaluationsMax: 1024,
  /** Characters of their inputs together, and so also of one request's. */
  inputBytesMax: 32 * KIB * KIB,
  /** Evaluations that travel to a worker together. */
  batchMax: 32,
  /** Memory of the compiled modules that this process holds, by `moduleMemory`. Those that are asked are never let go. */
  moduleBytesMax: 512 * KIB * KIB,
  /** Uploads that may wait for their preparation thread. Each holds its module's bytes. */
  uploadsMax: 16,
  /** Stored modules that may wait to be loaded, by digest alone: as many as all turns can ask for. */
  loadsMax: 1024,
  /** Of those, read from the ledger and prepared at once: one is prepared while the next is read. */
  loadsAtOnce: 2,
  /** Strict reading, metering and compiling one module. */
  preparationMs: 10_000,
} as const;

/**
 * Bytes that a compiled module is taken to hold, from the length of its metered form. Measured on V8 13.6: ready policies hold
 * 50 KiB and 1.6 times their metered form, the densest that were found 6 times (of `br_if` alone, all of it run). Code that runs
 * often enough to be optimised can take more for a while. All threads share what is compiled.
 */
export function moduleMemory(meteredBytes: number): number {
  return 64 * KIB + 6 * meteredBytes;
}

/**
 * V8 limits of each worker. Guest memory is outside of them (the meter caps it). The stack holds 1,024 frames of the
 * largest function that the strict reader accepts, so that the depth counter always ends first.
 */
export const WORKER_RESOURCES = {
  maxOldGenerationSizeMb: 256,
  maxYoungGenerationSizeMb: 32,
  codeRangeSizeMb: 64,
  stackSizeMb: 32,
} as const;
