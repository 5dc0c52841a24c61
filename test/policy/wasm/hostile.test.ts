/** Modules that attack the meter: each must be refused or stopped by fuel, depth or a cap. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { SignerError } from "../../../src/domain/errors.ts";
import { WORKER_RESOURCES } from "../../../src/policy/limits.ts";
import { prepareModule } from "../../../src/policy/wasm/prepare.ts";
import { Metered } from "./metered.ts";
import { leb, module, name, section, signedLeb, vector, withCode } from "./raw.ts";
import { wat, watWithEverything } from "./wat.ts";

describe("hostile modules", () => {
  test("self-refuelling: writing the global that the meter will append is refused before it exists", () => {
    for (const globals of ["", "(global (mut i64) (i64.const 0))"]) {
      const index = globals === "" ? 0 : 1;
      const text = `(module ${globals} (func (export "f") loop i64.const 1000000000 global.set ${index} br 0 end))`;
      const bytes = watWithEverything(text);
      assert.equal(WebAssembly.validate(bytes), false);
      assert.throws(() => prepareModule(bytes), { code: "policy.rejected" });
    }
  });

  test("calling, exporting or referring to a function that the meter will append is refused", () => {
    for (const text of [
      `(module (memory 1) (func (export "f") i32.const -1 call 1 drop))`,
      `(module (memory 1) (func) (export "bulk" (func 1)))`,
      `(module (memory 1) (func) (elem declare func 1))`,
      `(module (memory 1) (func) (start 1))`,
      `(module (export "fuel" (global 0)))`,
    ]) {
      assert.throws(() => prepareModule(watWithEverything(text)), { code: "policy.rejected" });
    }
  });

  test("endless start function: instantiation does not run it, fuel ends it", () => {
    const metered = new Metered(wat(`(module (start $f) (func $f (export "f") loop br 0 end))`));
    assert.deepEqual(metered.run("f", [], 100_000n), { trap: "fuel" });
  });

  test("endless loops and recursion with no other instruction", () => {
    const loop = new Metered(wat(`(module (func (export "f") loop br 0 end))`));
    assert.deepEqual(loop.run("f", [], 1_000_000n), { trap: "fuel" });
    const endless = new Metered(wat(`(module (func $f (export "f") call $f))`));
    assert.deepEqual(endless.run("f", [], 100n), { trap: "fuel" });
    assert.deepEqual(endless.run("f"), { trap: "depth" });
  });

  test("4 GiB memory.fill and copy are paid before they run", () => {
    for (const operation of ["memory.fill", "memory.copy"]) {
      const bytes = wat(
        `(module (memory 1) (func (export "f") i32.const 0 i32.const 0 i32.const -1 ${operation}))`,
      );
      assert.deepEqual(new Metered(bytes).run("f", [], 4_294_967_295n), { trap: "fuel" });
      assert.deepEqual(new Metered(bytes).run("f", [], 4_294_967_300n), { trap: "guest" });
    }
  });

  test("a loop of fills of one whole memory spends its bytes", () => {
    const bytes = wat(`(module (memory 256) (func (export "f")
      loop i32.const 0 i32.const 1 i32.const 16777216 memory.fill br 0 end))`);
    assert.deepEqual(new Metered(bytes).run("f", [], 10_000_000n), { trap: "fuel" });
  });

  test("growing stops at the cap and costs what it grew", () => {
    const table = new Metered(
      wat(`(module (table 0 externref) (func (export "f") (param i32) (result i32)
      (table.grow 0 (ref.null extern) (local.get 0))))`),
    );
    assert.deepEqual(table.run("f", [10_000]), { result: 0, used: 10_004n });
    assert.deepEqual(table.run("f", [10_001]), { result: -1, used: 4n });
    assert.deepEqual(table.run("f", [-1]), { result: -1, used: 4n });
    assert.deepEqual(table.run("f", [10_000], 10_003n), { trap: "fuel" });
    const memory = new Metered(
      wat(`(module (memory 0) (func (export "f") (param i32) (result i32)
      (memory.grow (local.get 0))))`),
    );
    assert.deepEqual(memory.run("f", [256]), { result: 0, used: 259n });
    assert.deepEqual(memory.run("f", [257]), { result: -1, used: 3n });
  });

  test("br_tables of 4,096 targets, out of 1,000 nested blocks", () => {
    const depths = Array.from({ length: 4096 }, (_, index) => index % 1000);
    for (const selector of [0, 63, 999, 4095, 8000]) {
      const code = [
        ...depths.slice(0, 1000).flatMap(() => [0x02, 0x40]),
        0x41,
        ...signedLeb(selector),
        0x0e,
        ...vector(depths.map(leb)),
        0,
        ...depths.slice(0, 1000).map(() => 0x0b),
      ];
      assert.deepEqual(new Metered(withCode(code)).run("f"), { result: undefined, used: 3n });
    }
  });

  test("many functions of many segments are metered in seconds, not minutes", (t) => {
    const body = [0, ...Array.from({ length: 24 }, () => [0x41, 0, 0x0d, 0]).flat(), 0x0b];
    const functions = Array.from({ length: 9_999 }, () => [...leb(body.length), ...body]);
    const bytes = module(
      section(1, vector([[0x60, 0, 0]])),
      section(3, vector(functions.map(() => [0]))),
      section(7, vector([[...name("f"), 0, 0]])),
      section(10, vector(functions)),
    );
    const started = process.cpuUsage();
    const { counts } = prepareModule(bytes);
    const elapsed = process.cpuUsage(started).user / 1000;
    t.diagnostic(`${counts.bytes} bytes to ${counts.meteredBytes} in ${elapsed.toFixed(0)} ms of CPU`);
    assert.ok(elapsed < 5000);
  });

  test("custom sections, names and branch hints do not reach V8", () => {
    const custom = section(0, [...name("metadata.code.branch_hint"), 1, 2, 3]);
    const bytes = module(custom, section(1, vector([[0x60, 0, 0]])), custom);
    const { metered } = prepareModule(bytes);
    const compiled = new WebAssembly.Module(metered);
    assert.deepEqual(WebAssembly.Module.customSections(compiled, "metadata.code.branch_hint"), []);
  });

  test("fuel is below zero after running out, whatever was asked", () => {
    const instance = new Metered(
      wat(`(module (memory 1)
      (func (export "f") (param i32) i32.const 0 i32.const 0 local.get 0 memory.fill))`),
    ).instantiate();
    for (const length of [1, 0x7fff_ffff, -1]) {
      instance.fuel = 0n;
      assert.deepEqual(instance.call("f", [length]), { trap: "fuel" });
      assert.ok(instance.fuel < 0n);
    }
    instance.fuel = (1n << 63n) - 1n;
    assert.ok("used" in instance.call("f", [9]));
  });

  test("the answer depends on the bytes only", () => {
    const bytes = wat(`(module (memory 1) (func (export "f") (param i32) local.get 0 memory.grow drop))`);
    const copy = new Uint8Array(bytes.length + 7);
    copy.set(bytes, 7);
    assert.deepEqual(prepareModule(copy.subarray(7)), prepareModule(bytes));
  });

  test("a refusal carries the feature and the offset, nothing else", () => {
    assert.throws(
      () => prepareModule(new Uint8Array([1, 2, 3])),
      (thrown) => {
        return (
          thrown instanceof SignerError && Object.keys(thrown.members).toSorted().join() === "feature,offset"
        );
      },
    );
  });
});

/** f calls itself `depth` times with `locals` i64 locals and `operands` i64 operands alive across the call. */
function recursion(locals: number, operands: number): Uint8Array {
  const indexes = Array.from({ length: locals }, (_, index) => index + 1);
  const held = indexes.slice(0, operands);
  return wat(`(module (func $f (export "f") (param i32) (result i64) (local ${indexes.map(() => "i64").join(" ")})
    local.get 0 i32.eqz if i64.const 0 return end
    ${indexes.map((index) => `local.get 0 i64.extend_i32_u i64.const ${index} i64.mul local.set ${index}`).join(" ")}
    ${held.map((index) => `local.get ${index}`).join(" ")}
    local.get 0 i32.const 1 i32.sub call $f
    ${held.map(() => "i64.add").join(" ")} ${indexes.map((index) => `local.get ${index} i64.add`).join(" ")}))`);
}

describe("call depth", () => {
  test("1,024 calls inside each other succeed and the next traps, cold and hot", () => {
    const metered = new Metered(recursion(0, 0));
    for (let round = 0; round < 3000; round += 1) {
      assert.ok("used" in metered.run("f", [1023]));
      assert.deepEqual(metered.run("f", [1024]), { trap: "depth" });
    }
  });

  test("depth is given back by every way out of a function", () => {
    const bytes = wat(`(module
      (func $g (param i32) (result i32)
        (block (br_if 0 (local.get 0)) (return (i32.const 1)))
        (br_table 0 0 (i32.const 2) (local.get 0)))
      (func (export "f") (param i32) (result i32) (drop (call $g (i32.const 0))) (call $g (local.get 0))))`);
    const instance = new Metered(bytes).instantiate();
    instance.fuel = 1_000_000n;
    for (const argument of [0, 1, 2]) {
      assert.ok("used" in instance.call("f", [argument]));
      assert.equal(instance.depth, 1024);
    }
  });

  test("the largest frames that the limits admit meet the depth limit, not the native stack", async () => {
    const cases = [recursion(1022, 1000), recursion(100, 90)].map((bytes) => prepareModule(bytes).metered);
    const worker = new Worker(new URL("depth-worker.ts", import.meta.url), {
      workerData: cases,
      resourceLimits: WORKER_RESOURCES,
    });
    const [outcomes]: unknown[] = await once(worker, "message");
    await worker.terminate();
    assert.deepEqual(outcomes, [
      ["returned", "RuntimeError, depth -1"],
      ["returned", "RuntimeError, depth -1"],
    ]);
  });
});
