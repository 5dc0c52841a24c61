/** Random programs: an independent interpreter and the meter agree on result and fuel, to the unit and in every tier. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { edgeFailures } from "./edges.ts";
import type { EdgeCase } from "./edges.ts";
import { Metered } from "./metered.ts";
import { Interpreter, TooLong } from "./program-interpreter.ts";
import { textOf } from "./program-text.ts";
import { program } from "./programs.ts";
import type { Program } from "./programs.ts";
import { wat } from "./wat.ts";

const COST_MAX = 50_000;
const argument = fc.integer({ min: -3, max: 300 });

/** Result and fuel of f, or undefined for a program beyond COST_MAX. */
function interpret(
  source: Program,
  left: number,
  right: number,
): { result: number; used: bigint } | undefined {
  const interpreter = new Interpreter(source, COST_MAX);
  try {
    const result = interpreter.call(0, left, right);
    return { result, used: BigInt(interpreter.cost) };
  } catch (error) {
    if (error instanceof TooLong) return undefined;
    throw error;
  }
}

/** The most expensive of many random programs, all below COST_MAX. */
function corpus(size: number): EdgeCase[] {
  return fc
    .sample(program, { numRuns: 400, seed: 20_260_617 })
    .flatMap((source) => {
      const expected = interpret(source, 5, 17);
      return expected && expected.used < 5000n ? [{ source, ...expected }] : [];
    })
    .toSorted((a, b) => Number(b.used - a.used))
    .slice(0, size)
    .map(({ source, result, used }) => {
      const { metered } = new Metered(wat(textOf(source))).prepared;
      return { metered, args: [5, 17], result, fuel: used };
    });
}

describe("random programs", () => {
  test("result and fuel are the interpreter's; F runs, F - 1 traps", (t) => {
    let most = 0n;
    fc.assert(
      fc.property(program, argument, argument, (source, left, right) => {
        const expected = interpret(source, left, right);
        fc.pre(expected !== undefined);
        const metered = new Metered(wat(textOf(source)));
        assert.deepEqual(metered.run("f", [left, right]), expected);
        assert.deepEqual(metered.run("f", [left, right], expected.used), expected);
        assert.deepEqual(metered.run("f", [left, right], expected.used - 1n), { trap: "fuel" });
        if (expected.used > most) most = expected.used;
      }),
      { numRuns: 600 },
    );
    t.diagnostic(`600 programs, the longest costs ${most}`);
  });

  test("the edge stays exact when functions tier up", () => {
    const cases = corpus(4);
    assert.equal(cases.length, 4);
    assert.deepEqual(
      cases.flatMap((edge) => edgeFailures(edge, 2000)),
      [],
    );
  });

  test("the edge is the same in a worker thread, cold and hot", async () => {
    const url = new URL("fuel-worker.ts", import.meta.url);
    for (const [size, rounds] of [
      [12, 1],
      [2, 2000],
    ] as const) {
      const worker = new Worker(url, { workerData: { cases: corpus(size), rounds } });
      const [failures]: unknown[] = await once(worker, "message");
      assert.deepEqual(failures, []);
      await worker.terminate();
    }
  });

  test("20,000 calls of one instance cost the same", () => {
    const bytes = wat(`(module
      (func $fib (export "f") (param i32) (result i32)
        (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
          (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                         (call $fib (i32.sub (local.get 0) (i32.const 2))))))))`);
    const instance = new Metered(bytes).instantiate();
    const costs = new Set<unknown>();
    for (let round = 0; round < 20_000; round += 1) {
      instance.fuel = 10_000n;
      const outcome = instance.call("f", [8]);
      costs.add("used" in outcome ? outcome.used : outcome.trap);
      assert.equal(instance.depth, 1024);
    }
    assert.equal(costs.size, 1);
  });
});
