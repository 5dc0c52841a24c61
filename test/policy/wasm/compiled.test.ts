/** Code from real compilers: libsecp256k1 (C and Rust, with tables, host imports and a megabyte of data) under the meter. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { DEFAULT_LIMITS } from "../../../src/policy/wasm/prepare.ts";
import { Metered } from "./metered.ts";
import type { MeteredInstance } from "./metered.ts";

const entry = createRequire(import.meta.url).resolve("tiny-secp256k1");
const bytes = new Uint8Array(readFileSync(join(dirname(entry), "..", "secp256k1.wasm")));
const LIMITS = { ...DEFAULT_LIMITS, moduleBytesMax: 2_097_152 };

const IMPORTS: WebAssembly.Imports = {
  "./rand.js": { generateInt32: (): number => 4 },
  "./validate_error.js": {
    throwError: (code: number): never => {
      throw new Error(`code ${code}`);
    },
  },
};

/** The compressed point of a one-byte scalar, as hex. */
function point(instance: WebAssembly.Instance, call: (name: string) => unknown, scalar: number): string {
  const { memory, PRIVATE_INPUT: input, PUBLIC_KEY_INPUT: output } = instance.exports;
  assert.ok(memory instanceof WebAssembly.Memory);
  assert.ok(input instanceof WebAssembly.Global && output instanceof WebAssembly.Global);
  const key = new Uint8Array(memory.buffer, Number(input.value), 32).fill(0);
  key[31] = scalar;
  assert.equal(call("pointFromScalar"), 1);
  return Buffer.from(memory.buffer, Number(output.value), 33).toString("hex");
}

function meteredPoint(instance: MeteredInstance, scalar: number): { hex: string; used: bigint } {
  let used = 0n;
  const hex = point(
    instance.instance,
    (name) => {
      const outcome = instance.call(name, [33]);
      if ("trap" in outcome) throw new Error(`trapped: ${outcome.trap}`);
      used = outcome.used;
      return outcome.result;
    },
    scalar,
  );
  return { hex, used };
}

describe("libsecp256k1 under the meter", () => {
  const metered = new Metered(bytes, LIMITS, () => true);
  const fresh = (fuel: bigint): MeteredInstance => {
    const instance = metered.instantiate(IMPORTS);
    instance.fuel = 1_000_000_000n;
    assert.ok("used" in instance.call("initializeContext"));
    instance.fuel = fuel;
    return instance;
  };

  test("gives the points of the original module, at the same cost each time", (t) => {
    const original = new WebAssembly.Instance(new WebAssembly.Module(bytes), IMPORTS);
    const call = (name: string): unknown => {
      const callable = original.exports[name];
      return typeof callable === "function" ? callable(33) : undefined;
    };
    call("initializeContext");
    for (let scalar = 1; scalar <= 20; scalar += 1) {
      const first = meteredPoint(fresh(1_000_000_000n), scalar);
      assert.equal(first.hex, point(original, call, scalar));
      assert.deepEqual(meteredPoint(fresh(1_000_000_000n), scalar), first);
      assert.deepEqual(meteredPoint(fresh(first.used), scalar), first);
      if (scalar === 1) t.diagnostic(`${first.hex} costs ${first.used}`);
    }
  });

  test("one unit less than its cost traps", () => {
    const { used } = meteredPoint(fresh(1_000_000_000n), 7);
    const instance = fresh(used - 1n);
    assert.throws(() => meteredPoint(instance, 7), /trapped: fuel/);
  });
});
