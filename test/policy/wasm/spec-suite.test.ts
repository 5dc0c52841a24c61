/**
 * The WebAssembly specification's own tests: metering changes no result, no trap, and accepts nothing that is malformed.
 * One test per file; its counts are printed as a diagnostic.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { skipWithout, vectorsFolder } from "../../vectors.ts";
import { specCommands, SpecRun } from "./spec-run.ts";

const FOLDER = vectorsFolder("wasm");
const FILES = existsSync(FOLDER)
  ? readdirSync(FOLDER, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .toSorted()
  : [];

describe("WebAssembly test suite", { skip: skipWithout("wasm") }, () => {
  const totals = new Map<string, number>();

  for (const name of FILES) {
    test(name, (t) => {
      const folder = join(FOLDER, name);
      const run = new SpecRun(folder);
      for (const command of specCommands(name)) run.command(command);
      const { failures, ...counts } = run.report;
      for (const [key, count] of Object.entries(counts)) totals.set(key, (totals.get(key) ?? 0) + count);
      const parts = Object.entries(counts).filter(([, count]) => count > 0);
      t.diagnostic(`${name}: ${parts.map(([key, count]) => `${count} ${key}`).join(", ")}`);
      assert.deepEqual(failures.slice(0, 20), []);
    });
  }

  test("every command of the suite was run", (t) => {
    t.diagnostic(`all: ${[...totals].map(([key, count]) => `${count} ${key}`).join(", ")}`);
    assert.equal(FILES.length, 32);
    const { returns, traps, refusals, exhaustions } = Object.fromEntries(totals);
    assert.deepEqual(
      { returns, traps, refusals, exhaustions },
      { returns: 7872, traps: 1532, refusals: 418 + 375, exhaustions: 3 },
    );
  });
});
