/** The sandbox with hostile guests: each failure denies, and the next request is served. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { SignerError } from "../../src/domain/errors.ts";
import { KECCAK_LIMITS } from "../../src/policy/limits.ts";
import { policyDigest } from "../../src/policy/module.ts";
import { PolicySandbox, type EvaluationResult } from "../../src/policy/sandbox.ts";
import { ALLOW, answering, assemble, constant, guest, INPUT, packed } from "./guests.ts";

const FUEL = 10_000_000;
const ENDLESS = "(loop $again (br $again))";
const LOG = '(import "claviger" "log" (func $log (param i32 i32)))';
const KECCAK = '(import "claviger" "keccak256" (func $keccak256 (param i32 i32 i32)))';

let sandbox: PolicySandbox;
before(async () => {
  // Nothing here is about the backstop, and a loaded machine may need longer for an answer than it allows.
  sandbox = new PolicySandbox({ cpuMs: 30_000 });
  await sandbox.ready();
});
after(() => sandbox.close());

async function evaluate(
  module: Uint8Array,
  input: Uint8Array = INPUT,
  fuelMax = FUEL,
): Promise<EvaluationResult> {
  const { digest } = await sandbox.prepare(module);
  return sandbox.evaluate({ digest, input, fuelMax });
}

async function failureOf(module: Uint8Array, input?: Uint8Array, fuelMax?: number): Promise<string> {
  const { verdict } = await evaluate(module, input, fuelMax);
  return verdict.decision === "failed"
    ? `${verdict.failure}: ${verdict.message}`
    : `no failure: ${verdict.decision}`;
}

describe("upload: what policy_v1 must export", () => {
  const abi = `(func (export "policy_abi_v1"))`;
  const alloc = `(func (export "policy_alloc") (param i32) (result i32) (i32.const 0))`;
  const run = `(func (export "policy_evaluate") (param i32 i32) (result i64) (i64.const 0))`;
  const memory = `(memory (export "memory") 1)`;
  const cases: readonly (readonly [string, string, string])[] = [
    ["memory", `${abi}${alloc}${run}`, "export memory"],
    ["a memory that is one", `(memory 1)(func (export "memory"))${abi}${alloc}${run}`, "export memory"],
    ["policy_abi_v1", `${memory}${alloc}${run}`, "export policy_abi_v1"],
    ["policy_alloc", `${memory}${abi}${run}`, "export policy_alloc"],
    ["policy_evaluate", `${memory}${abi}${alloc}`, "export policy_evaluate"],
    [
      "policy_evaluate that returns i64",
      `${memory}${abi}${alloc}${run.replaceAll("i64", "i32")}`,
      "export policy_evaluate",
    ],
    [
      "policy_validate_settings of the right type",
      `${memory}${abi}${alloc}${run}(func (export "policy_validate_settings"))`,
      "export policy_validate_settings",
    ],
    [
      "a marker that is a function",
      `${memory}(global (export "policy_abi_v1") i32 (i32.const 1))${alloc}${run}`,
      "export policy_abi_v1",
    ],
  ];
  for (const [name, fields, feature] of cases) {
    test(`refuses a module without ${name}`, async () => {
      await assert.rejects(sandbox.prepare(assemble(`(module ${fields})`)), (error) => {
        assert(error instanceof SignerError);
        assert.equal(error.code, "policy.rejected");
        assert.equal(error.members["feature"], feature);
        return true;
      });
    });
  }

  test("refuses other imports, garbage and nothing", async () => {
    const imports = `(import "env" "now" (func (result i64)))${memory}${abi}${alloc}${run}`;
    for (const bytes of [assemble(`(module ${imports})`), new Uint8Array(100), new Uint8Array()]) {
      await assert.rejects(sandbox.prepare(bytes), { code: "policy.rejected" });
    }
  });

  test("says digest, size, ABI and meter", async () => {
    const bytes = answering(ALLOW);
    const info = await sandbox.prepare(bytes);
    assert.deepEqual(
      { digest: info.digest, sizeBytes: info.sizeBytes, abi: info.abi, schedule: info.meter.schedule },
      { digest: policyDigest(bytes), sizeBytes: bytes.length, abi: "policy_v1", schedule: "wasmtime-49.0.0" },
    );
  });
});

describe("failures, each a denial", () => {
  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ["a trap", guest({ evaluate: "unreachable" }), /^trap: /],
    ["a division by zero", guest({ evaluate: "(i64.div_u (i64.const 1) (i64.const 0))" }), /^trap: /],
    ["a load outside of memory", guest({ evaluate: "(i64.load (i32.const -8))" }), /^trap: /],
    ["a trap in policy_alloc", guest({ alloc: "unreachable", evaluate: "(i64.const 0)" }), /^trap: /],
    [
      "a trap in the start function",
      answering(ALLOW, { fields: "(func $s unreachable) (start $s)" }),
      /^trap: /,
    ],
    [
      "a data segment outside of memory",
      answering(ALLOW, { fields: '(data (i32.const 131072) "x")' }),
      /^trap: .*instantiated/,
    ],
    ["an endless loop", guest({ evaluate: `${ENDLESS} (i64.const 0)` }), /^out_of_fuel: /],
    [
      "an endless loop in the start function",
      answering(ALLOW, { fields: `(func $s ${ENDLESS}) (start $s)` }),
      /^out_of_fuel: /,
    ],
    [
      "an endless loop in policy_alloc",
      answering(ALLOW, { alloc: `${ENDLESS} (i32.const 0)` }),
      /^out_of_fuel: /,
    ],
    [
      "a filled memory in a loop",
      answering(ALLOW, {
        before: "(loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br $l))",
      }),
      /^out_of_fuel: /,
    ],
    [
      "endless recursion",
      guest({ fields: "(func $f (call $f))", evaluate: "(call $f) (i64.const 0)" }),
      /^out_of_depth: /,
    ],
    [
      "endless mutual recursion through a table",
      guest({
        fields:
          "(type $t (func)) (table 1 funcref) (elem (i32.const 0) $f) (func $f (call_indirect (type $t) (i32.const 0)))",
        evaluate: "(call $f) (i64.const 0)",
      }),
      /^out_of_depth: /,
    ],
    [
      "policy_alloc past the memory",
      answering(ALLOW, { alloc: "(i32.const 131070)" }),
      /^trap: policy_alloc returned 131070/,
    ],
    [
      "policy_alloc negative",
      answering(ALLOW, { alloc: "(i32.const -1)" }),
      /^trap: policy_alloc returned 4294967295/,
    ],
    [
      "a result outside of memory",
      guest({ evaluate: packed(131_072, 1) }),
      /^output_malformed: .*outside of memory/,
    ],
    [
      "a result at the end of the address space",
      guest({ evaluate: packed(0xffff_ffff, 16) }),
      /^output_malformed: .*outside/,
    ],
    [
      "a result of 16 KiB and one byte",
      guest({ evaluate: packed(0, 16 * 1024 + 1) }),
      /^output_malformed: .*more than/,
    ],
    ["a result of 4 GiB", guest({ evaluate: packed(0, 0xffff_ffff) }), /^output_malformed: .*more than/],
    ["an empty result", guest({ evaluate: packed(0, 0) }), /^output_malformed: /],
    ["a result that is no JSON", answering("yes"), /^output_malformed: /],
    [
      "a log outside of memory",
      answering(ALLOW, { imports: LOG, before: "(call $log (i32.const 131071) (i32.const 2))" }),
      /^trap: claviger\.log/,
    ],
    [
      "a log of 4 GiB",
      answering(ALLOW, { imports: LOG, before: "(call $log (i32.const 0) (i32.const -1))" }),
      /^out_of_fuel: /,
    ],
    [
      "a hash written outside of memory",
      answering(ALLOW, {
        imports: KECCAK,
        before: "(call $keccak256 (i32.const 0) (i32.const 1) (i32.const 131041))",
      }),
      /^trap: claviger\.keccak256: out/,
    ],
  ];
  for (const [name, module, expected] of cases) {
    test(name, async () => assert.match(await failureOf(module), expected));
  }

  test("an input past 64 KiB never reaches the guest", async () => {
    assert.match(await failureOf(answering(ALLOW), new Uint8Array(256 * 1024 + 1)), /^input_too_large: /);
  });

  test("a module that nobody has", async () => {
    const { verdict, fuelUsed } = await sandbox.evaluate({
      digest: `sha256:${"0".repeat(64)}`,
      input: INPUT,
      fuelMax: FUEL,
    });
    assert.equal(verdict.decision === "failed" && verdict.failure, "module_unavailable");
    assert.equal(fuelUsed, 0);
  });

  test("fuel that is no positive integer is a bug of the caller", async () => {
    for (const fuelMax of [0, -1, 1.5, Number.NaN, 2 ** 60]) {
      await assert.rejects(evaluate(answering(ALLOW), INPUT, fuelMax), RangeError);
    }
  });

  test("deep frames end at the depth counter, not at the machine's stack", async () => {
    const locals = `(local ${"i64 ".repeat(1000)})`;
    const uses = Array.from(
      { length: 1000 },
      (_, i) => `(local.set ${i} (i64.load (i32.const ${i * 8})))`,
    ).join("");
    const sums = Array.from(
      { length: 1000 },
      (_, i) => `(i64.store (i32.const ${i * 8}) (local.get ${i}))`,
    ).join("");
    const module = guest({
      fields: `(func $f ${locals} ${uses} (call $f) ${sums})`,
      evaluate: "(call $f) (i64.const 0)",
    });
    assert.match(await failureOf(module), /^out_of_depth: /);
  });
});

describe("evaluation", () => {
  test("the guest gets the input, and its answer comes back", async () => {
    const { data, result } = constant('{"decision":"deny","reason":"?"}');
    const reasonAt = 1024 + '{"decision":"deny","reason":"'.length;
    const module = guest({
      fields: data,
      evaluate: `(i32.store8 (i32.const ${reasonAt}) (i32.load8_u (i32.add (local.get $ptr) (i32.sub (local.get $len) (i32.const 2))))) ${result}`,
    });
    const { verdict } = await evaluate(module, new TextEncoder().encode('{"letter":"Q"}').subarray(0, 13));
    assert.deepEqual(verdict, { decision: "deny", reason: "Q" });
  });

  test("an input that is a view of a larger buffer", async () => {
    const buffer = new Uint8Array(100_000);
    const { verdict } = await evaluate(answering(ALLOW), buffer.subarray(10, 20));
    assert.equal(verdict.decision, "allow");
  });

  test("the start function runs once, before policy_alloc", async () => {
    const fields = `(global $n (mut i32) (i32.const 0)) (func $s (global.set $n (i32.add (global.get $n) (i32.const 65536)))) (start $s)`;
    const started = answering(ALLOW, {
      fields,
      alloc: "(global.get $n)",
      before: "(if (i32.ne (local.get $ptr) (i32.const 65536)) (then unreachable))",
    });
    assert.equal((await evaluate(started)).verdict.decision, "allow");
  });

  test("nothing is left from one evaluation to the next", async () => {
    const module = answering(ALLOW, {
      fields: "(global $g (mut i32) (i32.const 0))",
      before: `(if (i32.or (global.get $g) (i32.load (i32.const 0))) (then unreachable))
        (global.set $g (i32.const 1)) (i32.store (i32.const 0) (i32.const 1)) (drop (memory.grow (i32.const 1)))
        (if (i32.ne (memory.size) (i32.const 3)) (then unreachable))`,
    });
    for (let run = 0; run < 5; run++) assert.equal((await evaluate(module)).verdict.decision, "allow");
  });

  test("keccak256 of nothing", async () => {
    const first = "(i64.load (i32.const 0))";
    const module = answering(ALLOW, {
      imports: KECCAK,
      before: `(call $keccak256 (i32.const 0) (i32.const 0) (i32.const 0))
        (if (i64.ne ${first} (i64.const 0x3c23f7860146d2c5)) (then unreachable))`,
    });
    assert.equal((await evaluate(module)).verdict.decision, "allow");
  });

  test("keccak256 of as many blocks as one evaluation may hash, and of one more: a trap", async () => {
    const { blockBytes, blocksMax } = KECCAK_LIMITS;
    const hashing = (length: number, times: number): Uint8Array =>
      answering(ALLOW, {
        imports: KECCAK,
        pages: 40,
        fields: "(global $n (mut i32) (i32.const 0))",
        before: `(loop $again (call $keccak256 (i32.const 131072) (i32.const ${length}) (i32.const 65536))
          (global.set $n (i32.add (global.get $n) (i32.const 1)))
          (br_if $again (i32.lt_u (global.get $n) (i32.const ${times}))))`,
      });
    const fuel = 100_000_000;
    for (const [length, times] of [
      [blocksMax * blockBytes - 1, 1],
      [1, blocksMax],
    ] as const) {
      assert.equal((await evaluate(hashing(length, times), INPUT, fuel)).verdict.decision, "allow");
    }
    for (const [length, times] of [
      [blocksMax * blockBytes, 1],
      [1, blocksMax + 1],
    ] as const) {
      const said = await failureOf(hashing(length, times), INPUT, fuel);
      assert.match(said, /^trap: claviger\.keccak256: more than 8192 blocks/);
    }
  });

  test("log lines come back, cut at 4 KiB, and stay with a failed evaluation", async () => {
    const { data } = constant("first\u{1f511}", 2048);
    const line = "(call $log (i32.const 2048) (i32.const 9))";
    const long = "(call $log (i32.const 8192) (i32.const 5000))";
    const fine = await evaluate(answering(ALLOW, { imports: LOG, fields: data, before: line + long + line }));
    assert.deepEqual(fine.logs, ["first\u{1f511}", "\0".repeat(4096 - 9), ""]);
    const trapped = await evaluate(guest({ imports: LOG, fields: data, evaluate: `${line} unreachable` }));
    assert.deepEqual(trapped.logs, ["first\u{1f511}"]);
  });

  test("memory cannot grow past 16 MiB", async () => {
    const grow = "(memory.grow (i32.const 254))";
    const module = answering(ALLOW, {
      before: `(if (i32.eq ${grow} (i32.const -1)) (then unreachable)) (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))`,
    });
    assert.equal((await evaluate(module)).verdict.decision, "allow");
  });
});

describe("fuel", () => {
  // Entry 1 + call 1 for the two i32 operands and one call each, by the schedule in reference to Wasmtime 49.0.0.
  const start = "(func $s (drop (i32.const 1))) (start $s)";
  const module = answering(ALLOW, {
    imports: LOG + KECCAK,
    fields: start,
    before: `(call $log (i32.const 0) (i32.const 7)) (call $keccak256 (i32.const 0) (i32.const 5) (i32.const 64))`,
  });
  const exact = 2 + 2 + (1 + 3 + 4 + 1) + (1000 + 7) + (1000 + 5);

  test("start, policy_alloc, policy_evaluate and host functions together", async () => {
    assert.equal((await evaluate(module)).fuelUsed, exact);
  });

  test("that much passes, one less does not", async () => {
    const enough = await evaluate(module, INPUT, exact);
    assert.deepEqual([enough.verdict.decision, enough.fuelUsed], ["allow", exact]);
    for (const fuelMax of [1, 2, 3, 4, 12, 13, 1000, 1020, 1021, exact - 1]) {
      const short = await evaluate(module, INPUT, fuelMax);
      assert.equal(
        short.verdict.decision === "failed" && short.verdict.failure,
        "out_of_fuel",
        `fuel ${fuelMax}`,
      );
      assert.equal(short.fuelUsed, fuelMax);
    }
  });

  test("a trap reports the fuel of what ran", async () => {
    const { fuelUsed } = await evaluate(guest({ evaluate: "unreachable" }));
    assert.equal(fuelUsed, 2 + 1);
  });
});

async function settingsVerdict(module: Uint8Array, fuelMax = FUEL): Promise<unknown> {
  return sandbox.validateSettings((await sandbox.prepare(module)).digest, '{"a":1}', fuelMax);
}

function settingsGuest(text: string): Uint8Array {
  const { data, result } = constant(text);
  return guest({ fields: data, settings: result, evaluate: "unreachable" });
}

describe("policy_validate_settings", () => {
  test("a module without it takes any settings", async () => {
    assert.deepEqual(await settingsVerdict(answering(ALLOW)), { ok: true });
  });

  test("valid, invalid, malformed, trapped, out of fuel, unknown", async () => {
    assert.deepEqual(await settingsVerdict(settingsGuest('{"valid":true}')), { ok: true });
    assert.deepEqual(await settingsVerdict(settingsGuest('{"valid":false,"reason":"no"}')), {
      ok: false,
      reason: "no",
    });
    assert.match(JSON.stringify(await settingsVerdict(settingsGuest(ALLOW))), /"ok":false.*output_malformed/);
    assert.match(
      JSON.stringify(await settingsVerdict(guest({ settings: "unreachable", evaluate: "unreachable" }))),
      /"ok":false.*trap/,
    );
    assert.match(
      JSON.stringify(await settingsVerdict(settingsGuest('{"valid":true}'), 1)),
      /"ok":false.*out_of_fuel/,
    );
    assert.match(
      JSON.stringify(await sandbox.validateSettings("sha256:00", "{}", FUEL)),
      /"ok":false.*not stored/,
    );
  });
});
