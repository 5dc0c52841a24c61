/**
 * One evaluation without the sandbox around it, the same for a metered and an unmetered module: fresh instance, input
 * in, verdict out. Only so can the meter's own cost be told.
 * @module
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { GUEST_LIMITS } from "../src/policy/limits.ts";
import type { PreparedModule } from "../src/policy/wasm/prepare.ts";

/** A compiled module, and its meter's exports where it has one. */
export interface Guest {
  readonly module: WebAssembly.Module;
  readonly meter: Pick<PreparedModule, "fuelGlobal" | "depthGlobal" | "startExport"> | null;
}

/** The guest's answer as text. */
export function evaluateOnce(guest: Guest, input: Uint8Array): string {
  let memory: WebAssembly.Memory | undefined;
  const bytes = (pointer: number, length: number): Uint8Array =>
    new Uint8Array(memory?.buffer ?? new ArrayBuffer(0), pointer >>> 0, length >>> 0);
  const { exports } = new WebAssembly.Instance(guest.module, {
    claviger: {
      log: () => undefined,
      keccak256: (pointer: number, length: number, out: number) =>
        bytes(out, 32).set(keccak_256(bytes(pointer, length))),
    },
  });
  if (!(exports["memory"] instanceof WebAssembly.Memory)) throw new TypeError("module exports no memory");
  memory = exports["memory"];
  if (guest.meter !== null) {
    globalOf(exports, guest.meter.fuelGlobal).value = BigInt(GUEST_LIMITS.fuelMax);
    globalOf(exports, guest.meter.depthGlobal).value = GUEST_LIMITS.depthMax;
    if (guest.meter.startExport !== null) call(exports, guest.meter.startExport);
  }
  const pointer = Number(call(exports, "policy_alloc", input.length));
  bytes(pointer, input.length).set(input);
  const result = call(exports, "policy_evaluate", pointer, input.length);
  if (typeof result !== "bigint") throw new TypeError("policy_evaluate returns no i64");
  const output = bytes(Number(BigInt.asUintN(32, result >> 32n)), Number(BigInt.asUintN(32, result)));
  return Buffer.from(output).toString("utf8");
}

function call(exports: WebAssembly.Exports, name: string, ...operands: readonly number[]): unknown {
  const callee = exports[name];
  if (typeof callee !== "function") throw new TypeError(`module exports no function ${name}`);
  const result: unknown = Reflect.apply(callee, undefined, operands);
  return result;
}

function globalOf(exports: WebAssembly.Exports, name: string): WebAssembly.Global {
  const found = exports[name];
  if (!(found instanceof WebAssembly.Global)) throw new TypeError(`module exports no global ${name}`);
  return found;
}
