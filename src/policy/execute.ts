/**
 * One run of one guest, on whatever thread calls it: a fresh instance, fuel set, allocation, call, result. It is a pure
 * function of module, input and fuel (no clock, no random, no state), so that a receipt can be executed again anywhere.
 * @module
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import type { PolicyFailure } from "../domain/verdict.ts";
import { GUEST_LIMITS, HOST_CALL_FUEL, KECCAK_LIMITS } from "./limits.ts";

/** A metered module, compiled, and how to reach its counters. Structured-cloneable. */
export interface CompiledPolicy {
  readonly module: WebAssembly.Module;
  /** Export name of the i64 fuel global. */
  readonly fuelGlobal: string;
  /** Export name of the i32 depth global. */
  readonly depthGlobal: string;
  /** Export name of the former start function, or null. */
  readonly startExport: string | null;
  /** True when the guest exports `policy_validate_settings`. */
  readonly validatesSettings: boolean;
}

export type GuestFunction = "policy_evaluate" | "policy_validate_settings";

export type GuestRun = {
  /** Fuel of start function, `policy_alloc`, the call and its host functions: min(limit, limit − F). */
  readonly fuelUsed: number;
  readonly logs: readonly string[];
} & (
  | { readonly ok: true; readonly output: Uint8Array }
  | { readonly ok: false; readonly failure: PolicyFailure; readonly message: string }
);

/** A denial that the host raised: a bad pointer, or a host function out of fuel. */
class HostTrap extends Error {
  override readonly name = "HostTrap";
}

/** What the guest answered cannot be read. */
class OutputTrap extends Error {
  override readonly name = "OutputTrap";
}

/**
 * Runs `name` over `input` (UTF-8 JSON, at most 64 KiB) with `fuelMax` units of fuel (a positive safe integer).
 * Never throws for what a guest does: trap, exhaustion and a bad result are returned as failures.
 */
export function runGuest(
  policy: CompiledPolicy,
  name: GuestFunction,
  input: Uint8Array,
  fuelMax: number,
): GuestRun {
  const logs = new LogLines();
  if (input.length > GUEST_LIMITS.inputBytesMax) {
    const message = `input has ${input.length} bytes, more than ${GUEST_LIMITS.inputBytesMax}`;
    return { ok: false, failure: "input_too_large", message, fuelUsed: 0, logs: [] };
  }
  const guest = instantiate(policy, logs);
  if (guest instanceof Error) {
    const message = `the policy cannot be instantiated: ${guest.message}`;
    return { ok: false, failure: "trap", message, fuelUsed: 0, logs: [] };
  }
  try {
    const output = guest.run(policy, name, input, fuelMax);
    return { ok: true, output, fuelUsed: guest.fuelUsed(fuelMax), logs: logs.lines() };
  } catch (error) {
    return { ok: false, ...guest.explain(error), fuelUsed: guest.fuelUsed(fuelMax), logs: logs.lines() };
  }
}

/** Active data and element segments can trap here, before any guest code runs. */
function instantiate(policy: CompiledPolicy, logs: LogLines): Guest | Error {
  try {
    return new Guest(policy, logs);
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) return error;
    throw error;
  }
}

class Guest {
  readonly #logs: LogLines;
  readonly #exports: WebAssembly.Exports;
  readonly #fuel: WebAssembly.Global;
  readonly #depth: WebAssembly.Global;
  readonly #memory: WebAssembly.Memory;
  /** Blocks that `keccak256` has hashed, the last and shorter one of each call too. */
  #hashedBlocks = 0;

  constructor(policy: CompiledPolicy, logs: LogLines) {
    this.#logs = logs;
    const instance = new WebAssembly.Instance(policy.module, {
      claviger: {
        log: (pointer: number, length: number) => this.#log(pointer, length),
        keccak256: (pointer: number, length: number, out: number) => this.#keccak256(pointer, length, out),
      },
    });
    this.#exports = instance.exports;
    this.#fuel = globalNamed(instance.exports, policy.fuelGlobal);
    this.#depth = globalNamed(instance.exports, policy.depthGlobal);
    const memory = instance.exports["memory"];
    if (!(memory instanceof WebAssembly.Memory)) throw new TypeError("module exports no memory");
    this.#memory = memory;
  }

  run(policy: CompiledPolicy, name: GuestFunction, input: Uint8Array, fuelMax: number): Uint8Array {
    this.#fuel.value = BigInt(fuelMax);
    this.#depth.value = GUEST_LIMITS.depthMax;
    if (policy.startExport !== null) this.#call(policy.startExport);
    const pointer = Number(this.#call("policy_alloc", input.length)) >>> 0;
    if (pointer + input.length > this.#memory.buffer.byteLength) {
      throw new HostTrap(`policy_alloc returned ${pointer}, where ${input.length} bytes do not fit`);
    }
    new Uint8Array(this.#memory.buffer, pointer, input.length).set(input);
    return this.#read(this.#call(name, pointer, input.length));
  }

  fuelUsed(fuelMax: number): number {
    const left = Number(this.#fuelLeft());
    return Math.min(fuelMax, fuelMax - left);
  }

  explain(error: unknown): { failure: PolicyFailure; message: string } {
    // Both counters trap as `unreachable`, as the guest's own traps do; only their sign tells.
    if (this.#fuelLeft() < 0n) return { failure: "out_of_fuel", message: "the policy used all of its fuel" };
    if (Number(this.#depth.value) < 0) {
      return {
        failure: "out_of_depth",
        message: `the policy nested more than ${GUEST_LIMITS.depthMax} calls`,
      };
    }
    if (error instanceof OutputTrap) return { failure: "output_malformed", message: error.message };
    if (error instanceof HostTrap) return { failure: "trap", message: error.message };
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
      return { failure: "trap", message: `the policy trapped: ${error.message}` };
    }
    throw error;
  }

  #fuelLeft(): bigint {
    const left = this.#fuel.value;
    if (typeof left !== "bigint") throw new TypeError("the fuel global is not an i64");
    return left;
  }

  #call(name: string, ...operands: readonly number[]): unknown {
    const callee = this.#exports[name];
    if (typeof callee !== "function") throw new TypeError(`module exports no function ${name}`);
    const result: unknown = Reflect.apply(callee, undefined, operands);
    return result;
  }

  #read(result: unknown): Uint8Array {
    if (typeof result !== "bigint") throw new TypeError("the policy function does not return an i64");
    const pointer = Number(BigInt.asUintN(32, result >> 32n));
    const length = Number(BigInt.asUintN(32, result));
    if (length > GUEST_LIMITS.outputBytesMax) {
      throw new OutputTrap(`output has ${length} bytes, more than ${GUEST_LIMITS.outputBytesMax}`);
    }
    if (pointer + length > this.#memory.buffer.byteLength) {
      throw new OutputTrap(`output at ${pointer} with ${length} bytes lies outside of memory`);
    }
    return new Uint8Array(this.#memory.buffer, pointer, length).slice();
  }

  #log(pointer: number, length: number): void {
    this.#logs.add(this.#charged(pointer, length, "log"));
  }

  #keccak256(pointer: number, length: number, out: number): void {
    const bytes = this.#charged(pointer, length, "keccak256");
    const { blockBytes, blocksMax } = KECCAK_LIMITS;
    this.#hashedBlocks += Math.floor(bytes.length / blockBytes) + 1;
    if (this.#hashedBlocks > blocksMax) {
      throw new HostTrap(
        `claviger.keccak256: more than ${blocksMax} blocks of ${blockBytes} bytes were hashed`,
      );
    }
    const digest = keccak_256(bytes);
    const target = out >>> 0;
    if (target + digest.length > this.#memory.buffer.byteLength) {
      throw new HostTrap(`claviger.keccak256: out pointer ${target} lies outside of memory`);
    }
    new Uint8Array(this.#memory.buffer, target, digest.length).set(digest);
  }

  /** Lowers the fuel, then gives the guest's bytes: nothing is read that was not paid for. */
  #charged(pointer: number, length: number, name: string): Uint8Array {
    const start = pointer >>> 0;
    const size = length >>> 0;
    const left = this.#fuelLeft() - BigInt(HOST_CALL_FUEL.call + HOST_CALL_FUEL.byte * size);
    this.#fuel.value = left;
    if (left < 0n) throw new HostTrap(`claviger.${name}: out of fuel`);
    if (start + size > this.#memory.buffer.byteLength) {
      throw new HostTrap(`claviger.${name}: ${size} bytes at ${start} lie outside of memory`);
    }
    return new Uint8Array(this.#memory.buffer, start, size);
  }
}

function globalNamed(exports: WebAssembly.Exports, name: string): WebAssembly.Global {
  const found = exports[name];
  if (!(found instanceof WebAssembly.Global)) throw new TypeError(`module exports no global ${name}`);
  return found;
}

/** Lines of `claviger.log`, cut at the limits. What is not UTF-8 shows as U+FFFD. */
class LogLines {
  readonly #lines: string[] = [];
  #bytesLeft: number = GUEST_LIMITS.logBytesMax;

  add(bytes: Uint8Array): void {
    if (this.#lines.length >= GUEST_LIMITS.logLinesMax) return;
    const kept = bytes.subarray(0, this.#bytesLeft);
    this.#bytesLeft -= kept.length;
    this.#lines.push(new TextDecoder().decode(kept));
  }

  lines(): readonly string[] {
    return this.#lines;
  }
}
