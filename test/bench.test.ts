/** The bench's arithmetic, and how scripts refuse words. What it measures is not tested: no test depends on a time. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import { format } from "prettier";
import { postBytes } from "../bench/load.ts";
import { median, percentile, spread } from "../bench/statistics.ts";
import { figure, headed, markdownTable, ratio } from "../bench/table.ts";

const samples = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1 });

describe("statistics", () => {
  test("percentile: nearest rank", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    assert.equal(percentile(hundred, 50), 50);
    assert.equal(percentile(hundred, 99), 99);
    assert.equal(percentile(hundred, 100), 100);
    assert.equal(percentile([7], 1), 7);
    assert.equal(percentile([30, 15, 50, 40, 20], 40), 20);
    assert.ok(Number.isNaN(percentile([], 50)));
  });

  test("percentile: is a sample with enough samples at or below it", () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 100 }), (values, percent) => {
        const found = percentile(values, percent);
        assert.ok(values.includes(found));
        const below = values.filter((value) => value <= found).length;
        assert.ok(below >= (percent / 100) * values.length);
      }),
    );
  });

  test("median: the middle, or the mean of the two in the middle; its argument stays as it is", () => {
    const values = [3, 1, 2];
    assert.equal(median(values), 2);
    assert.deepEqual(values, [3, 1, 2]);
    assert.equal(median([4, 1, 2, 3]), 2.5);
    assert.ok(Number.isNaN(median([])));
  });

  test("spread: largest ÷ smallest", () => {
    assert.equal(spread([5, 10, 8]), 2);
    assert.equal(spread([5]), 1);
    assert.ok(Number.isNaN(spread([])));
  });
});

describe("table", () => {
  test("is already as the formatter would write it", async () => {
    const text = markdownTable(headed("Names ÷", "µs", "a longer title"), [
      ["first", "1", "2"],
      ["≥ the second", "1,234,567", "–"],
    ]);
    assert.equal(await format(text, { parser: "markdown" }), `${text}\n`);
  });

  test("refuses a row of another length", () => {
    assert.throws(() => markdownTable(headed("a", "b"), [["1"]]), /needs 2 cells/);
  });

  test("figures: three digits, whole above a hundred", () => {
    assert.deepEqual([0.0123456, 1.239, 99.94, 100, 1234567.8, Number.NaN].map(figure), [
      "0.0123",
      "1.24",
      "99.9",
      "100",
      "1,234,568",
      "–",
    ]);
    assert.deepEqual([0.1234, 0.01234, 1.5, Number.NaN].map(ratio), ["0.12", "0.012", "1.50", "–"]);
  });
});

test("load: a request is one whole HTTP/1.1 message", () => {
  const text = Buffer.from(postBytes("/path", { name: "é" }, "token")).toString("utf8");
  assert.equal(
    text,
    "POST /path HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n" +
      'authorization: Bearer token\r\ncontent-length: 13\r\n\r\n{"name":"é"}',
  );
  assert.ok(!Buffer.from(postBytes("/", {}, null)).includes("authorization"));
});

/** A script's exit code and what it printed, by line. */
function ended(script: string, word: string) {
  const options = { cwd: join(import.meta.dirname, ".."), encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, word], options);
  return { status, lines: `${stdout}${stderr}`.trim().split("\n") };
}

for (const script of ["bench/run.ts", "bench/beside.ts", "test/proofs.ts"]) {
  test(`${script}: refuses an option that it does not know, and says its usage`, () => {
    const { status, lines } = ended(script, "--no-such-option");
    assert.equal(status, 2);
    assert.match(lines[0] ?? "", /--no-such-option/);
    assert.match(lines[2] ?? "", /^usage: npm run /);
  });
}

test("scripts: say their usage when they are asked", () => {
  const { status, lines } = ended("test/proofs.ts", "--help");
  assert.equal(status, 0);
  assert.match(lines[0] ?? "", /^usage: npm run proofs /);
});
