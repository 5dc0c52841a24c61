/** An instruction without stated effects does not compile; where it runs nevertheless, it is opaque. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { address } from "@solana/kit";
import { nothing } from "../../../src/chains/solana/effects.ts";
import { known, programReader } from "../../../src/chains/solana/program-reader.ts";

const discriminator = new Uint8Array([7]);
const instruction = {
  programAddress: address("11111111111111111111111111111111"),
  accounts: [],
  data: discriminator,
};
const parse = () => ({ data: {} });

test("a layout without effects does not compile", () => {
  // @ts-expect-error The effects are left out.
  known("silent", discriminator, parse);
  // @ts-expect-error Nothing is stated.
  known("silent", discriminator, parse, () => ({}));
  // @ts-expect-error An argument is no effect.
  known("silent", discriminator, parse, () => ({ args: {} }));
  // @ts-expect-error Rent is no effect: that nothing else happens must be said.
  known("silent", discriminator, parse, () => ({ rent: { payer: "us", lamports: 1n } }));
  // @ts-expect-error An empty list states nothing.
  known("silent", discriminator, parse, () => ({ transfers: [], allowances: [], control: [] }));
  // @ts-expect-error A reason must be given.
  known("silent", discriminator, parse, () => nothing());
  known("harmless", discriminator, parse, () => nothing("because it is a test"));
});

test("a layout that states nothing at run time is opaque", () => {
  for (const silent of [{}, { transfers: [] }, { harmless: "" }, { args: { amount: "1" } }]) {
    // @ts-expect-error As above: it states nothing.
    const reader = programReader("test", [known("silent", discriminator, parse, () => silent)], () => 1);
    const reading = reader.read(instruction, "us");
    assert.deepEqual(reading?.opacity, { cause: "unstated", reason: "test.silent states no effect" });
  }
});

test("a layout that gives a reason is not", () => {
  const because = "because it is a test";
  const layout = known("harmless", discriminator, parse, () => nothing(because));
  const reading = programReader("test", [layout], () => 1).read(instruction, "us");
  assert.deepEqual([reading?.opacity, reading?.harmless], [undefined, because]);
});
