/** NaN bits: float arithmetic yields one NaN, whatever went in and wherever it is looked at; everything else moves bits. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { prepareModule } from "../../../src/policy/wasm/prepare.ts";
import { Metered } from "./metered.ts";
import { wat } from "./wat.ts";

const CANONICAL_32 = 0x7fc0_0000;
const CANONICAL_64 = 0x7ff8_0000_0000_0000n;
/** A signalling NaN, a quiet one with payload, the negative canonical one. */
const NANS_32 = [0x7f80_0001, 0x7fc1_2345, 0xffc0_0000];
const NANS_64 = [0x7ff0_0000_0000_0001n, 0x7ff8_1234_5678_9abcn, 0xfff8_0000_0000_0000n];

const UNARY = ["ceil", "floor", "trunc", "nearest", "sqrt"];
const BINARY = ["add", "sub", "mul", "div", "min", "max"];

/** Result of f, unsigned. */
function bits(metered: Metered, args: readonly unknown[]): unknown {
  const outcome = metered.run("f", args);
  assert.ok("result" in outcome);
  const { result } = outcome;
  return typeof result === "bigint" ? BigInt.asUintN(64, result) : Number(result) >>> 0;
}

function on32(code: string): Metered {
  return new Metered(
    wat(`(module (memory 1) (func (export "f") (param i32) (result i32) (local f32)
    (local.set 1 (f32.reinterpret_i32 (local.get 0))) ${code}))`),
  );
}

function on64(code: string): Metered {
  return new Metered(
    wat(`(module (memory 1) (func (export "f") (param i64) (result i64) (local f64)
    (local.set 1 (f64.reinterpret_i64 (local.get 0))) ${code}))`),
  );
}

describe("NaN", () => {
  for (const operation of [...UNARY, ...BINARY]) {
    const operands = BINARY.includes(operation)
      ? ["(local.get 1) (f32.const 1)", "(f32.const 1) (local.get 1)"]
      : ["(local.get 1)"];
    test(`${operation} makes the canonical NaN of any NaN`, () => {
      for (const operand of operands) {
        const narrow = on32(`(i32.reinterpret_f32 (f32.${operation} ${operand}))`);
        const wide = on64(`(i64.reinterpret_f64 (f64.${operation} ${operand.replace("f32", "f64")}))`);
        for (const nan of NANS_32) assert.equal(bits(narrow, [nan]), CANONICAL_32);
        for (const nan of NANS_64) assert.equal(bits(wide, [nan]), CANONICAL_64);
      }
    });
  }

  test("promotion and demotion make the canonical NaN", () => {
    const demoted = new Metered(
      wat(`(module (func (export "f") (param i64) (result i32)
      (i32.reinterpret_f32 (f32.demote_f64 (f64.reinterpret_i64 (local.get 0))))))`),
    );
    const promoted = new Metered(
      wat(`(module (func (export "f") (param i32) (result i64)
      (i64.reinterpret_f64 (f64.promote_f32 (f32.reinterpret_i32 (local.get 0))))))`),
    );
    for (const nan of NANS_64) assert.equal(bits(demoted, [nan]), CANONICAL_32);
    for (const nan of NANS_32) assert.equal(bits(promoted, [nan]), CANONICAL_64);
  });

  const LAUNDERING: readonly (readonly [string, string])[] = [
    ["reinterpretation", "(i64.reinterpret_f64 (f64.div (f64.const 0) (f64.const 0)))"],
    ["memory", "(f64.store (i32.const 0) (f64.div (f64.const 0) (f64.const 0))) (i64.load (i32.const 0))"],
    [
      "a sign through copysign",
      "(i64.or (i64.const 0x7ff8000000000000) (i64.reinterpret_f64 (f64.copysign (f64.const 0) (f64.sub (f64.const inf) (f64.const inf)))))",
    ],
    ["negation and absolute value", "(i64.reinterpret_f64 (f64.abs (f64.neg (f64.sqrt (f64.const -1)))))"],
    ["a local", "(local.set 1 (f64.mul (f64.const 0) (f64.const inf))) (i64.reinterpret_f64 (local.get 1))"],
    [
      "select",
      "(i64.reinterpret_f64 (select (f64.add (f64.const inf) (f64.const -inf)) (f64.const 1) (i32.const 1)))",
    ],
    [
      "a chain of arithmetic",
      "(i64.reinterpret_f64 (f64.add (f64.mul (f64.sqrt (f64.const -1)) (f64.const 2)) (local.get 1)))",
    ],
    ["a block", "(i64.reinterpret_f64 (block (result f64) (f64.div (f64.const 0) (f64.const 0))))"],
  ];
  for (const [way, code] of LAUNDERING) {
    test(`cannot be laundered through ${way}, cold or hot`, () => {
      const metered = on64(code);
      for (let round = 0; round < 300; round += 1) {
        assert.equal(bits(metered, [NANS_64[round % 3]]), CANONICAL_64);
      }
    });
  }

  test("a global and a result carry the canonical NaN", () => {
    const bytes = wat(`(module (global $g (mut f32) (f32.const 0))
      (func $make (result f32) (f32.sub (f32.const inf) (f32.const inf)))
      (func (export "f") (result i32) (global.set $g (call $make)) (i32.reinterpret_f32 (global.get $g))))`);
    assert.equal(bits(new Metered(bytes), []), CANONICAL_32);
  });

  test("bits that the guest wrote are moved unchanged", () => {
    for (const code of [
      "(i32.reinterpret_f32 (local.get 1))",
      "(f32.store (i32.const 4) (local.get 1)) (i32.load (i32.const 4))",
      "(i32.store (i32.const 4) (local.get 0)) (i32.reinterpret_f32 (f32.load (i32.const 4)))",
      "(i32.reinterpret_f32 (f32.neg (f32.neg (local.get 1))))",
      "(i32.reinterpret_f32 (f32.copysign (local.get 1) (local.get 1)))",
    ]) {
      const metered = on32(code);
      for (const nan of NANS_32) assert.equal(bits(metered, [nan]), nan);
    }
  });

  test("a result that the next instruction swallows is not rewritten", () => {
    const sum = (terms: number): number => {
      const adds = Array.from({ length: terms }, () => "f64.const 1 f64.add");
      return prepareModule(
        wat(`(module (func (export "f") (param f64) (result f64) local.get 0 ${adds.join(" ")}))`),
      ).metered.length;
    };
    const compared = (operation: string): number => {
      const text = `(module (func (export "f") (param f64) (result i32) local.get 0 local.get 0 f64.add f64.sqrt ${operation}))`;
      return prepareModule(wat(text)).metered.length;
    };
    assert.ok(sum(2) > sum(1));
    assert.ok(compared("i32.trunc_sat_f64_s") > compared("i32.trunc_f64_s"));
  });
});
