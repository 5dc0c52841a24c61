/** docs/understood.md names every instruction that is read, and no other. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { PROGRAMS } from "../../../src/chains/solana/programs.ts";

const text = readFileSync(join(import.meta.dirname, "../../../docs/understood.md"), "utf8");
const section = /\n## Solana programs\n(.*?)(?=\n## |$)/s.exec(text)?.[1] ?? "";
const rows = [...section.matchAll(/^\| `(\w+\.\w+)` +\|/gm)].map((match) => match[1] ?? "");

/** Named in the text below the table. */
const ONLY_2022 = ["transferCheckedWithFee"];
const ONLY_TOKEN = ["unwrapLamports"];

test("understood.md: every Solana instruction has a row, once", () => {
  const functions = [...PROGRAMS.values()].flatMap((program) => program.functions);
  const expected = new Set(functions.filter((name) => !name.startsWith("token2022.")));
  assert.deepEqual(rows.toSorted(), [...expected].toSorted());
});

test("understood.md: Token-2022 has the instructions of Token, but for those that the text names", () => {
  const named = (prefix: string) =>
    [...PROGRAMS.values()]
      .flatMap((program) => program.functions)
      .filter((name) => name.startsWith(`${prefix}.`))
      .map((name) => name.slice(prefix.length + 1));
  const expected = named("token").filter((name) => !ONLY_TOKEN.includes(name));
  assert.deepEqual(named("token2022").toSorted(), [...expected, ...ONLY_2022].toSorted());
  for (const name of [...ONLY_2022, ...ONLY_TOKEN]) assert.ok(section.includes(name), name);
});
