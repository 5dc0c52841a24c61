/** EIP-3076: the 38 official interchange cases, complete and minimal, and each again after a move to an empty store. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { skipWithout } from "../../vectors.ts";
import { officialCases, runOfficial } from "./official.ts";
import { loadImplementation } from "./guard.ts";

const CODE = await loadImplementation();
const WAYS = [
  ["", CODE],
  [", merged in pieces", { ...CODE, pieceRows: 1 }],
] as const;
const cases = officialCases();

test("eip3076: all 38 official cases are there", { skip: skipWithout("eip3076") }, () => {
  assert.equal(cases.length, 38);
});

/**
 * A later import raised this key's watermark above a block that it signed. Where that block is on record it may be signed
 * again; an interchange file can hold no record below a watermark, so after a move it is refused.
 */
const OUT_OF_ORDER = "multiple_interchanges_single_validator_multiple_blocks_out_of_order";
const REPEAT_BELOW = [["eip3076.block", 10n, "same", "refused"]];

for (const [example, [way, code]] of cases.flatMap((found) => WAYS.map((each) => [found, each] as const))) {
  for (const mode of ["complete", "minimal"] as const) {
    test(`eip3076: ${mode}: ${example.name}${way}`, async () => {
      const differences = await runOfficial(code, example, mode);
      const repeats = mode === "complete" && example.name === OUT_OF_ORDER ? REPEAT_BELOW : [];
      assert.deepEqual(
        differences.map(({ claim, here, there }) => [
          claim.kind,
          claim.kind === "eip3076.block" ? claim.slot : 0n,
          here,
          there,
        ]),
        repeats,
      );
    });
  }
}
