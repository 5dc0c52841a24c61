/**
 * Our fuel against Wasmtime itself: every call that returns must consume the same. Needs python3 with the package
 * wasmtime 49.0.0 (PYTHONPATH counts); skipped where it is absent. After a trap Wasmtime's figure can be stale: not compared.
 *
 * One difference is known and kept. Wasmtime charges memory.grow and table.grow by a small delta in advance where its compiler
 * can tell that the delta is a constant, so that a failed grow costs it too. Which values it can tell is a matter of its
 * optimiser, not of the module, so the meter holds to the rule: a failed grow costs 1.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import { SCHEDULE } from "../../../src/policy/wasm/prepare.ts";
import { skipWithout, vectorsFolder } from "../../vectors.ts";
import { Metered } from "./metered.ts";
import { PRICES, priced } from "./prices.ts";
import { textOf } from "./program-text.ts";
import { program } from "./programs.ts";
import { SPEC_LIMITS, spectest } from "./spec-run.ts";
import { specCommands } from "./spec-run.ts";
import { argument, onBits } from "./spec-values.ts";
import type { SpecValue } from "./spec-values.ts";
import { wat } from "./wat.ts";

interface Call {
  readonly field: string;
  readonly args: readonly SpecValue[];
}

interface Job {
  readonly label: string;
  readonly bytes: Uint8Array;
  readonly calls: Call[];
}

interface WasmtimeCall {
  readonly used?: number;
  readonly trap?: string;
}

interface WasmtimeAnswer {
  readonly version: string;
  readonly modules: readonly { readonly error?: string; readonly calls?: readonly WasmtimeCall[] }[];
}

interface Comparison {
  same: number;
  trapped: number;
  different: string[];
}

const VERSION_QUERY = "import wasmtime, importlib.metadata as m; print('wasmtime-' + m.version('wasmtime'))";
const found = spawnSync("python3", ["-c", VERSION_QUERY], { encoding: "utf8" }).stdout?.trim();
const skip = found === SCHEDULE ? false : `needs python3 with ${SCHEDULE}; found ${found || "none"}`;

function askWasmtime(jobs: readonly Job[]): WasmtimeAnswer {
  const input = jobs.map(({ bytes, calls }) => ({ wasm: Buffer.from(bytes).toString("base64"), calls }));
  const script = join(import.meta.dirname, "wasmtime_fuel.py");
  const child = spawnSync("python3", [script], {
    input: JSON.stringify(input),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  assert.equal(child.status, 0, child.stderr);
  const answer: WasmtimeAnswer = JSON.parse(child.stdout);
  return answer;
}

/** Fuel of each call on one metered instance, or undefined where it traps. */
function ours(job: Job): (number | undefined)[] {
  const metered = new Metered(job.bytes, SPEC_LIMITS, () => true);
  const instance = metered.instantiate({ spectest: spectest() });
  const types = new Map(metered.prepared.exports.map((entity) => [entity.name, entity.type]));
  const before = 1_000_000_000_000n;
  instance.fuel = before;
  if (metered.prepared.startExport !== null) instance.call(metered.prepared.startExport);
  return job.calls.map(({ field, args }) => {
    const callable = onBits(instance.instance.exports[field], types.get(field) ?? "");
    instance.fuel = before;
    instance.depth = SPEC_LIMITS.callDepth;
    if (typeof callable !== "function") throw new Error(`${field} is no function`);
    try {
      Reflect.apply(callable, undefined, args.map(argument));
      return Number(before - instance.fuel);
    } catch {
      return undefined;
    }
  });
}

function compare(jobs: readonly Job[]): Comparison {
  const answer = askWasmtime(jobs);
  assert.equal(`wasmtime-${answer.version}`, SCHEDULE);
  const comparison: Comparison = { same: 0, trapped: 0, different: [] };
  for (const [index, job] of jobs.entries()) {
    const theirs = answer.modules[index];
    if (theirs?.calls === undefined) {
      comparison.different.push(`${job.label}: ${theirs?.error ?? "no answer"}`);
      continue;
    }
    for (const [position, fuel] of ours(job).entries()) {
      const their = theirs.calls[position];
      if (fuel === undefined && their?.trap !== undefined) comparison.trapped += 1;
      else if (fuel === their?.used) comparison.same += 1;
      else
        comparison.different.push(
          `${job.label} ${job.calls[position]?.field}: ${fuel}, ${JSON.stringify(their)}`,
        );
    }
  }
  return comparison;
}

const i32 = (value: number): SpecValue => ({ type: "i32", value: String(value >>> 0) });

/** Modules of one file of the suite with the calls made on them; those that another module must supply are left out. */
function suiteJobs(folder: string, name: string): Job[] {
  const jobs: Job[] = [];
  const named = new Map<string, Job>();
  let current: Job | undefined;
  for (const command of specCommands(name)) {
    if (command.type === "module") {
      const bytes = new Uint8Array(readFileSync(join(folder, name, command.filename ?? "")));
      current = { label: `${name}:${command.line}`, bytes, calls: [] };
      if (command.name !== undefined) named.set(command.name, current);
      jobs.push(current);
    }
    const { action } = command;
    if (action?.type !== "invoke" || command.type === "assert_exhaustion") continue;
    const args = action.args ?? [];
    if (args.some(({ type }) => type === "externref" || type === "funcref")) continue;
    const job = action.module === undefined ? current : named.get(action.module);
    job?.calls.push({ field: action.field, args });
  }
  return jobs.filter(({ bytes, calls }) => calls.length > 0 && importsOnlySpectest(bytes));
}

function importsOnlySpectest(bytes: Uint8Array): boolean {
  return WebAssembly.Module.imports(new WebAssembly.Module(bytes)).every(
    ({ module }) => module === "spectest",
  );
}

function report(comparison: Comparison): string {
  return `${comparison.same} calls consume the same, ${comparison.trapped} trap in both`;
}

describe(`fuel of ${SCHEDULE}`, { skip }, () => {
  test("price list", (t) => {
    const jobs = PRICES.map(([label, body, argumentOf]) => {
      return { label, bytes: priced(body), calls: [{ field: "f", args: [i32(argumentOf)] }] };
    });
    const comparison = compare(jobs);
    t.diagnostic(report(comparison));
    assert.deepEqual(comparison.different, []);
    assert.equal(comparison.same, PRICES.length);
  });

  test("random programs", (t) => {
    const jobs = fc.sample(program, { numRuns: 400, seed: 49 }).map((source, index) => {
      const calls = [0, 1, 300].map((left) => ({ field: "f", args: [i32(left), i32(-left)] }));
      return { label: `program ${index}`, bytes: wat(textOf(source)), calls };
    });
    const comparison = compare(jobs);
    t.diagnostic(report(comparison));
    assert.deepEqual(comparison.different, []);
    assert.ok(comparison.same > 1000);
  });

  test("WebAssembly test suite", { skip: skipWithout("wasm") }, (t) => {
    const folder = vectorsFolder("wasm");
    const names = existsSync(folder) ? readdirSync(folder).filter((name) => name !== "SOURCE.md") : [];
    const comparison = compare(names.flatMap((name) => suiteJobs(folder, name)));
    t.diagnostic(report(comparison));
    assert.deepEqual(comparison.different.slice(0, 20), []);
    assert.ok(comparison.same > 7000);
  });

  test("known difference: Wasmtime also charges a failed grow by a small constant", () => {
    const job = (body: string): Job => ({
      label: body,
      bytes: priced(body),
      calls: [{ field: "f", args: [i32(99)] }],
    });
    const jobs = ["i32.const 99 memory.grow drop", "local.get 0 memory.grow drop"].map(job);
    const theirs = askWasmtime(jobs).modules.map(({ calls }) => calls?.[0]?.used);
    assert.deepEqual(theirs, [102, 3]);
    assert.deepEqual(jobs.flatMap(ours), [3, 3]);
  });
});
