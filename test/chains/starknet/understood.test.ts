/** docs/understood.md has a row for every function and document of StarkNet that is known, and for no other. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { DOCUMENTS } from "../../../src/chains/starknet/documents/registry.ts";
import { FUNCTIONS } from "../../../src/chains/starknet/functions.ts";

const text = readFileSync(join(import.meta.dirname, "../../../docs/understood.md"), "utf8");
const [, section = ""] = text.split("\n## StarkNet\n");
const [starknet = ""] = section.split("\n## ");

/** First cells of the table after a heading. */
function firstCells(heading: string): string[] {
  const [, below = ""] = starknet.split(`### ${heading}\n`);
  const [part = ""] = below.split("\n### ");
  const rows = part.split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(1).map((line) => line.split("|")[1]?.trim() ?? "");
}

test("every known function stands in docs/understood.md, and no other", () => {
  const names = firstCells("Calls").flatMap((cell) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
  );
  assert.deepEqual(names.toSorted(), FUNCTIONS.map(({ name }) => name).toSorted());
});

test("every known document stands in docs/understood.md, and no other", () => {
  const names = firstCells("Documents (SNIP-12)").filter((cell) => !cell.startsWith("-"));
  assert.deepEqual(names.toSorted(), DOCUMENTS.map(({ name }) => name).toSorted());
});
