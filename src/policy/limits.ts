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

/** Fuel of one host call, plus `byte` for each byte it reads. */
export const HOST_CALL_FUEL = { call: 1000, byte: 1 } as const;

/** The sandbox around the guests. */
export const SANDBOX_LIMITS = {
  activeWorkers: 1,
  /** Evaluations that may wait; one more is refused with `service.overloaded`. */
  queueMax: 1024,
  /** Bytes of their inputs together. */
  queueBytesMax: 32 * KIB * KIB,
  /** Evaluations that travel to a worker together. */
  batchMax: 32,
  /** Compiled modules held by this process, least recently used first out. */
  modulesMax: 64,
  /** Uploads that may wait for the preparation thread. Each holds its module's bytes. */
  preparationsMax: 16,
  /** Strict reading, metering and compiling one module. */
  preparationMs: 10_000,
} as const;

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
