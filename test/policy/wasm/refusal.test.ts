/** What the strict reader refuses: each feature and each limit by name and byte offset. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { SignerError } from "../../../src/domain/errors.ts";
import { DEFAULT_LIMITS, prepareModule } from "../../../src/policy/wasm/prepare.ts";
import { priced } from "./prices.ts";
import { leb, module, name, section, vector, withCode } from "./raw.ts";
import { wat, watWithEverything } from "./wat.ts";

/** Members and message of the refusal. */
function refusal(bytes: Uint8Array): { feature: unknown; offset: unknown; message: string } {
  try {
    prepareModule(bytes);
  } catch (error) {
    assert.ok(error instanceof SignerError, String(error));
    assert.equal(error.code, "policy.rejected");
    const { feature, offset } = error.members;
    assert.match(error.message, new RegExp(`^policy module, byte ${String(offset)}: .+: .+`));
    assert.equal(typeof feature, "string");
    return { feature, offset, message: error.message };
  }
  return assert.fail("was accepted");
}

const FEATURES: readonly (readonly [string, string, string])[] = [
  ["SIMD", "v128 instruction", "(module (func v128.const i64x2 0 0 drop))"],
  ["SIMD", "v128 parameter", "(module (func (param v128)))"],
  ["SIMD", "v128 global", "(module (global v128 (v128.const i64x2 0 0)))"],
  ["threads", "atomic load", "(module (memory 1) (func i32.const 0 i32.atomic.load drop))"],
  ["threads", "shared memory", "(module (memory 1 1 shared))"],
  ["tail calls", "return_call", "(module (func $f return_call $f))"],
  [
    "tail calls",
    "return_call_indirect",
    "(module (table 1 funcref) (func i32.const 0 return_call_indirect))",
  ],
  ["exceptions", "tag", "(module (tag (param i32)))"],
  ["exceptions", "throw", "(module (tag $t) (func throw $t))"],
  ["exceptions", "imported tag", `(module (import "claviger" "t" (tag)))`],
  ["multiple memories", "two memories", "(module (memory 1) (memory 1))"],
  ["64-bit memory", "memory64", "(module (memory i64 1))"],
  [
    "extended constant expressions",
    "i32.add in a global",
    "(module (global i32 (i32.add (i32.const 1) (i32.const 2))))",
  ],
];

describe("refused features", () => {
  for (const [feature, what, text] of FEATURES) {
    test(`${feature}: ${what}`, () => assert.equal(refusal(watWithEverything(text)).feature, feature));
  }

  const CODES: readonly (readonly [string, readonly number[]])[] = [
    ["threads", [0xfe, 0x03, 0x00]],
    ["SIMD", [0xfd, 0x8f, 0x01]],
    ["garbage collection", [0xfb, 0x00, 0x00]],
    ["garbage collection", [0xd3]],
    ["typed function references", [0x14, 0x00]],
    ["typed function references", [0xd0, 0x63]],
    ["garbage collection", [0xd0, 0x6e]],
    ["tail calls", [0x15, 0x00]],
    ["exceptions", [0x06, 0x40]],
    ["exceptions", [0x1f, 0x40, 0x00]],
    ["stack switching", [0xe0, 0x00]],
    ["wide arithmetic", [0xfc, 0x13]],
    ["unknown instruction", [0xfc, 0x40]],
    ["unknown instruction", [0x27]],
    ["unknown instruction", [0xff]],
    ["multiple memories", [0x41, 0, 0x28, 0x42, 0x01, 0x00]],
    ["multiple memories", [0x3f, 0x01]],
    ["SIMD", [0x02, 0x7b]],
    ["exceptions", [0x02, 0x69]],
  ];
  for (const [feature, code] of CODES) {
    const hex = Buffer.from(code).toString("hex");
    test(`${feature}: code ${hex}`, () => {
      const bytes = withCode(code);
      const found = refusal(bytes);
      assert.equal(found.feature, feature);
      const at = Buffer.from(bytes).indexOf(Buffer.from(code));
      assert.ok(Number(found.offset) >= at && Number(found.offset) < at + code.length, found.message);
    });
  }

  test("table64, shared tables, custom page sizes, tables with an initialiser", () => {
    assert.equal(refusal(module(section(4, [1, 0x70, 0x04, 1]))).feature, "64-bit table");
    assert.equal(refusal(module(section(4, [1, 0x70, 0x03, 1, 1]))).feature, "threads");
    assert.equal(refusal(module(section(5, [1, 0x08, 1, 0]))).feature, "custom page sizes");
    assert.equal(
      refusal(module(section(4, [1, 0x40, 0, 0x70, 0, 1, 0xd0, 0x70, 0x0b]))).feature,
      "typed function references",
    );
  });

  test("GC types, sections from other versions, components", () => {
    assert.equal(refusal(module(section(1, vector([[0x5f, 0]])))).feature, "garbage collection");
    assert.equal(refusal(module(section(1, vector([[0x4e, 0]])))).feature, "garbage collection");
    assert.equal(refusal(module(section(13, vector([[0, 0]])))).feature, "exceptions");
    assert.deepEqual(refusal(module([15, 0])).feature, "unknown section");
    assert.equal(refusal(new Uint8Array([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0])).feature, "component model");
  });

  test("every import outside the policy ABI, and the ABI's with another type", () => {
    const imports = [
      `(import "env" "log" (func (param i32 i32)))`,
      `(import "claviger" "now" (func (result i64)))`,
      `(import "claviger" "log" (func (param i32)))`,
      `(import "claviger" "log" (func (param i32 i32) (result i32)))`,
      `(import "claviger" "log" (memory 1))`,
      `(import "env" "memory" (memory 1))`,
      `(import "env" "fuel" (global (mut i64)))`,
      `(import "env" "table" (table 1 funcref))`,
    ];
    for (const text of imports) {
      assert.deepEqual(refusal(wat(`(module ${text})`)).feature, "import");
    }
  });

  test("exports that would stand in for the meter's", () => {
    for (const exported of ["$fuel", "$depth", "$start", "$"]) {
      const bytes = wat(`(module (func (export "${exported}")))`);
      assert.equal(refusal(bytes).feature, "reserved export name");
    }
    const twice = module(
      section(1, vector([[0x60, 0, 0]])),
      section(3, vector([[0]])),
      section(
        7,
        vector([
          [...name("f"), 0, 0],
          [...name("f"), 0, 0],
        ]),
      ),
      section(10, vector([[2, 0, 0x0b]])),
    );
    assert.equal(refusal(twice).feature, "invalid module");
  });
});

describe("malformed binaries", () => {
  test("LEB128 with too many bytes or bits beyond the type", () => {
    for (const count of [
      [0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
      [0x80, 0x80, 0x80, 0x80, 0x10],
      [0xff, 0xff, 0xff, 0xff, 0x7f],
    ]) {
      assert.equal(refusal(module([1, ...count])).feature, "malformed binary");
    }
    for (const constant of [
      [0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
      [0xff, 0xff, 0xff, 0xff, 0x0f],
      [0x80, 0x80, 0x80, 0x80, 0x70],
    ]) {
      assert.equal(refusal(withCode([0x41, ...constant, 0x1a])).feature, "malformed binary");
    }
  });

  test("padded LEB128 within the type is what linkers write", () => {
    const padded = withCode([
      0x41, 0x81, 0x80, 0x80, 0x80, 0x00, 0x1a, 0x41, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x1a,
    ]);
    assert.ok(WebAssembly.validate(prepareModule(padded).metered));
  });

  test("every truncation of a valid module", () => {
    const bytes = priced("local.get 0 memory.grow drop f64.const 1 drop");
    for (let length = 0; length < bytes.length; length += 1) {
      const truncated = bytes.subarray(0, length);
      if (WebAssembly.validate(truncated)) assert.ok(prepareModule(truncated));
      else assert.ok(refusal(truncated).feature);
    }
  });

  test("sections repeated, out of order, or not filled", () => {
    const types = section(1, vector([[0x60, 0, 0]]));
    assert.match(refusal(module(types, types)).message, /repeated or out of order/);
    assert.match(refusal(module(section(3, [0]), types)).message, /repeated or out of order/);
    assert.match(refusal(module(section(1, [0, 0]))).message, /bytes after the end of section type/);
    assert.match(refusal(module(types, section(3, vector([[0]])))).message, /1 functions but 0 bodies/);
    assert.match(refusal(withCode([0x0b])).message, /instructions after a function's end/);
    assert.match(refusal(withCode([0x05])).message, /else without if/);
  });

  test("invalid modules carry V8's reason and offset", () => {
    const found = refusal(wat("(module (func (result i32) i64.const 0))"));
    assert.equal(found.feature, "invalid module");
    assert.ok(Number(found.offset) > 8);
    assert.match(found.message, /type error|expected type i32/);
  });
});

describe("limits", () => {
  const LIMITED: readonly (readonly [string, () => Uint8Array])[] = [
    ["moduleBytesMax", () => new Uint8Array(DEFAULT_LIMITS.moduleBytesMax + 1)],
    ["typesMax", () => module(section(1, vector(Array.from({ length: 1001 }, () => [0x60, 0, 0]))))],
    [
      "parametersMax",
      () => module(section(1, vector([[0x60, ...vector(Array.from({ length: 129 }, () => [0x7f])), 0]]))),
    ],
    [
      "resultsMax",
      () => module(section(1, vector([[0x60, 0, ...vector(Array.from({ length: 17 }, () => [0x7f]))]]))),
    ],
    [
      "functionsMax",
      () =>
        module(
          section(1, vector([[0x60, 0, 0]])),
          section(3, vector(Array.from({ length: 10_001 }, () => [0]))),
        ),
    ],
    ["functionBytesMax", () => withCode(Array.from({ length: 262_145 }, () => 0x01))],
    ["localsMax", () => withCode([], [[...leb(50_000), 0x7e]])],
    [
      "localsMax",
      () =>
        withCode(
          [],
          [
            [...leb(0xffff_ffff), 0x7e],
            [...leb(0xffff_ffff), 0x7e],
          ],
        ),
    ],
    ["operandsMax", () => withCode(Array.from({ length: 1025 }, () => [0x41, 0]).flat())],
    [
      "nestingMax",
      () =>
        withCode([
          ...Array.from({ length: 1025 }, () => [0x02, 0x40]).flat(),
          ...Array.from({ length: 1025 }, () => 0x0b),
        ]),
    ],
    ["brTableMax", () => withCode([0x41, 0, 0x0e, ...leb(4097), ...Array.from({ length: 4098 }, () => 0)])],
    [
      "globalsMax",
      () => module(section(6, vector(Array.from({ length: 4097 }, () => [0x7f, 0, 0x41, 0, 0x0b])))),
    ],
    ["segmentsMax", () => module(section(11, vector(Array.from({ length: 4097 }, () => [1, 0]))))],
    ["tablesMax", () => module(section(4, vector(Array.from({ length: 17 }, () => [0x70, 0, 0]))))],
    ["tableEntriesMax", () => wat("(module (table 10001 funcref))")],
    ["tableEntriesMax", () => wat("(module (table 4294967295 funcref))")],
    ["memoryPagesMax", () => wat("(module (memory 257))")],
    ["memoryPagesMax", () => wat("(module (memory 65536))")],
  ];
  for (const [limit, bytes] of LIMITED) {
    test(limit, () => assert.equal(refusal(bytes()).feature, limit));
  }

  test("maxima are lowered to the caps, smaller ones stay", () => {
    const huge = prepareModule(
      wat(`(module (memory (export "memory") 1 65536) (table (export "t") 1 funcref))`),
    );
    assert.equal(huge.memoryMaxPages, 256);
    const { memory, t } = new WebAssembly.Instance(new WebAssembly.Module(huge.metered)).exports;
    assert.ok(memory instanceof WebAssembly.Memory && t instanceof WebAssembly.Table);
    assert.equal(memory.grow(255), 1);
    assert.throws(() => memory.grow(1), RangeError);
    assert.equal(t.grow(9_999), 1);
    assert.throws(() => t.grow(1), RangeError);
    assert.equal(prepareModule(wat("(module (memory 1 7))")).memoryMaxPages, 7);
    assert.equal(prepareModule(wat("(module)")).memoryMaxPages, 0);
  });
});

describe("arbitrary bytes", () => {
  /** Prepared and valid, or refused by policy.rejected: never anything else. */
  function judge(bytes: Uint8Array): "prepared" | "refused" {
    try {
      const { metered } = prepareModule(bytes);
      assert.ok(WebAssembly.validate(metered) && WebAssembly.validate(bytes));
      return "prepared";
    } catch (error) {
      assert.ok(error instanceof SignerError && error.code === "policy.rejected", String(error));
      return "refused";
    }
  }

  test("random bytes, with and without a header", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, header) => {
        judge(header ? module([...bytes]) : bytes);
      }),
      { numRuns: 2000 },
    );
  });

  test("a valid module with bytes changed", (t) => {
    const seeds = [
      priced("local.get 0 memory.grow drop block local.get 0 br_table 0 0 end"),
      wat(`(module (func $g (result i32 i64) (return (i32.const 1) (i64.const 2))) (start $h) (func $h)
        (global (mut i32) (i32.const 3)) (func (export "f") (param f64) (result f64) local.get 0 f64.sqrt))`),
    ];
    const counts = { prepared: 0, refused: 0 };
    const change = fc.record({ at: fc.nat(), value: fc.nat(255) });
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        (seed, changes) => {
          const bytes = seed.slice();
          for (const { at, value } of changes) bytes[at % bytes.length] = value;
          counts[judge(bytes)] += 1;
        },
      ),
      { numRuns: 5000 },
    );
    t.diagnostic(`${counts.prepared} prepared, ${counts.refused} refused`);
    assert.ok(counts.prepared > 10 && counts.refused > 100);
  });
});
