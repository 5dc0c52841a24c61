/** The published price list, example by example, and the exact edge: cost F runs with F and traps with F - 1. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Metered, fuelOf } from "./metered.ts";
import { PRICES, priced } from "./prices.ts";
import { wat } from "./wat.ts";

describe("wasmtime 49.0.0 schedule", () => {
  for (const [name, body, argument, cost] of PRICES) {
    test(`${name}: ${cost}`, () => {
      const metered = new Metered(priced(body));
      const outcome = metered.run("f", [argument]);
      assert.deepEqual(outcome, { result: undefined, used: BigInt(cost) });
      assert.deepEqual(metered.run("f", [argument], BigInt(cost) - 1n), { trap: "fuel" });
      assert.ok("used" in metered.run("f", [argument], BigInt(cost)));
    });
  }

  test("the start function is charged, and only when the host calls it", () => {
    const bytes = wat(`(module (global $g (mut i32) (i32.const 0))
      (func $begin (global.set $g (i32.const 7))) (start $begin)
      (func (export "f") (result i32) global.get $g))`);
    assert.deepEqual(new Metered(bytes).run("f"), { result: 7, used: 5n });
    assert.deepEqual(new Metered(bytes).run("f", [], 2n), { trap: "fuel" });
    const untouched = new Metered(bytes).instantiate();
    untouched.fuel = 10n;
    assert.deepEqual(untouched.call("f"), { result: 0, used: 2n });
  });

  test("an instance without fuel cannot run", () => {
    assert.deepEqual(new Metered(priced("")).instantiate().call("f", [0]), { trap: "fuel" });
  });

  test("host imports have no entry cost", () => {
    const bytes = wat(`(module (import "claviger" "log" (func $log (param i32 i32)))
      (func (export "f") i32.const 0 i32.const 0 call $log))`);
    const instance = new Metered(bytes).instantiate({ claviger: { log: () => undefined } });
    instance.fuel = 100n;
    assert.deepEqual(instance.call("f"), { result: undefined, used: 4n });
  });

  test("multi-value blocks, loops with parameters and several results", () => {
    const bytes = wat(`(module
      (func $two (result i32 i64) (return (i32.const 1) (i64.const 2)))
      (func (export "f") (param i32) (result i32 i64)
        (block (result i32 i64) (br_if 0 (i32.const 7) (i64.const 8) (local.get 0)))
        (drop) (loop (param i32) (result i32 i64) (drop) (call $two))))`);
    assert.deepEqual(new Metered(bytes).run("f", [0]), { result: [1, 2n], used: 9n });
    assert.equal(fuelOf(bytes, "f", [1]), 9n);
  });
});
