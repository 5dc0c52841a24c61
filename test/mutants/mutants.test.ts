/** A sample of the mutation test, which `npm run mutants` runs whole: taking any one effect out of a decoder is noticed. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inProofs } from "../extent.ts";
import { AREAS, mutants } from "./find.ts";
import { noticed, unchanged } from "./run.ts";

describe("mutants: an effect taken out of a decoder is noticed", () => {
  const all = mutants();

  for (const { name } of AREAS) {
    const some = all.filter(({ area }) => area === name);

    test(`${name}: statements of effect are found`, () => {
      assert.ok(some.length >= 15, `${some.length} found`);
    });

    // The quickest area stands for all: the command tries every mutant of each.
    if (name !== "solana") continue;
    inProofs(`${name}: the tests pass as it is, and notice one of them missing`, async () => {
      const middle = some[Math.floor(some.length / 2)];
      assert.ok(middle !== undefined);
      assert.equal(await noticed(unchanged(name)), false);
      assert.ok(await noticed(middle), `${middle.file}:${middle.line} ${middle.text}`);
    });
  }
});
