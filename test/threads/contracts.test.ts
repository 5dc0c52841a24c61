/** Every thread has one contract, which the page of src/threads names: a stranger finds there what any thread can be asked. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";

const SRC = join(import.meta.dirname, "../../src");
const STARTED = /\bnew URL\(\s*"(\.[^"]+\.ts)",\s*import\.meta\.url\s*\)/g;
const SERVED = /\bserve(?:Together|InOrder)?<(\w+)/g;

const sources = new Map(
  globSync("**/*.ts", { cwd: SRC }).map((file) => [file, readFileSync(join(SRC, file), "utf8")] as const),
);
const page = readFileSync(join(SRC, "threads/README.md"), "utf8");

const threads = new Set(
  [...sources].flatMap(([file, text]) =>
    [...text.matchAll(STARTED)].map(([, target = ""]) => relative(SRC, join(SRC, dirname(file), target))),
  ),
);

test("threads: the worker threads are found", () => {
  assert.ok(threads.size >= 9, [...threads].join());
});

for (const thread of threads) {
  test(`threads: src/${thread} serves a contract that the page of src/threads names`, () => {
    const contracts = [...(sources.get(thread) ?? "").matchAll(SERVED)].map(([, name = ""]) => name);
    assert.notDeepEqual(contracts, [], "it serves no contract");
    for (const contract of contracts) {
      const homes = [...sources].filter(([, text]) => text.includes(`export interface ${contract} `));
      assert.equal(homes.length, 1, `${contract} is declared once`);
      assert.ok(page.includes(`\`${homes[0]?.[0]}\``), `${contract} is in ${homes[0]?.[0]}`);
    }
  });
}

test("threads: one unsafe cast ties a remote to its contract, and there is no other", () => {
  const casts = [...sources].filter(
    ([file, text]) => file.startsWith("threads/") && /no-unsafe-type-assertion/.test(text),
  );
  assert.deepEqual(
    casts.map(([file, text]) => [file, text.split("no-unsafe-type-assertion").length - 1]),
    [["threads/remote.ts", 1]],
  );
});
