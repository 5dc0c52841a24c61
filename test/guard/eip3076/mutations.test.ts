/**
 * Deliberate mistakes, one at a time in a copy of the sources: each is caught by the same checks. Rules that the rule book names are
 * altered behind the guard's interface instead: see rule-book.test.ts.
 * @module
 */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { skipWithout } from "../../vectors.ts";
import { few, inProofs } from "../../extent.ts";
import { lostPins } from "../pinned-texts.ts";
import { checkExamples } from "./examples.ts";
import { checkHistories } from "./histories.ts";
import { officialCases, runOfficial } from "./official.ts";
import { loadImplementation, SOURCE, type Implementation } from "./guard.ts";

const RULES = "guard/eip3076/rules.ts";
const ROOT = "domain/signing-root.ts";
const JUDGE = "guard/eip3076/judge.ts";
const NEWCOMER = "guard/eip3076/newcomer.ts";
const HISTORY = "guard/eip3076/working-history.ts";
const WELL_FORMED = "guard/eip3076/well-formed.ts";
const TABLE = "ledger/tables/slashing.ts";
const IMPORT_TABLE = "ledger/tables/slashing-import.ts";
const MERGE = "guard/eip3076/merge.ts";
const FINDINGS = "guard/eip3076/findings.ts";
const EXPORT = "guard/eip3076/export.ts";
const PRUNE = "guard/eip3076/prune.ts";

const MISTAKES: readonly [mistake: string, file: string, right: string, wrong: string][] = [
  ["a block is not stored", JUDGE, "if (!minimal) history.addBlock(", "if (minimal) history.addBlock("],
  ["a vote is not stored", JUDGE, "if (!minimal) history.addVote(", "if (minimal) history.addVote("],
  ["source equal to target is refused", RULES, "if (source > target) {", "if (source >= target) {"],
  [
    "a low watermark that the first block does not set",
    JUDGE,
    "minimal || validator.lowSlot === null",
    "minimal",
  ],
  [
    "a low watermark that the first vote does not set",
    JUDGE,
    "minimal || validator.lowTarget === null",
    "minimal",
  ],
  ["a low watermark that follows each block", JUDGE, "minimal || validator.lowSlot === null", "true"],
  ["minimal: the watermark stands still", JUDGE, "minimal || validator.lowSlot", "validator.lowSlot"],
  ["slot < for ≤ the watermark", RULES, "slot <= history.lowSlot", "slot < history.lowSlot"],
  ["minimal: slot < for ≤ the watermark", RULES, "slot <= lowSlot ?", "slot < lowSlot ?"],
  [
    "a repeat from below the source watermark",
    RULES,
    "return belowSource(source, target, history) ?? SAME;",
    "return SAME;",
  ],
  [
    "unknown roots equal everything",
    ROOT,
    "return this.isKnown && equalBytes(",
    "return !this.isKnown || equalBytes(",
  ],
  [
    "roots are not compared",
    ROOT,
    "return this.isKnown && equalBytes(this.bytes, other.bytes);",
    "return true;",
  ],
  [
    "equal sources count as a surround",
    HISTORY,
    "vote.source < source && vote.target > target",
    "vote.source <= source && vote.target > target",
  ],
  [
    "equal targets count as no surround's end",
    TABLE,
    "AND source > +? AND target < +?",
    "AND source > +? AND target < +? - 1",
  ],
  [
    "surround: only the source is looked at",
    HISTORY,
    "vote.source > source && vote.target < target",
    "vote.source > source && vote.target !== target",
  ],
  [
    "history of all validators in one heap",
    TABLE,
    "WHERE validator = ? AND slot = ? ORDER BY signing_root",
    "WHERE validator > 0 * ? AND slot = ? ORDER BY signing_root",
  ],
  [
    "the floor is not kept",
    HISTORY,
    "higher(row.lowSlot, lowSlot ?? null)",
    "higher(this.#row?.lowSlot ?? null, lowSlot ?? null)",
  ],
  ["a bound counts as history", NEWCOMER, "row?.known === true ||", "row !== undefined ||"],
  ["what was signed is no history", HISTORY, "known: true,", "known: row.known,"],
  ["import: an empty history is none", MERGE, "slashing.markKnown(row.id);", "void 0;"],
  [
    "import: a surround by one epoch is overlooked",
    IMPORT_TABLE,
    "WHERE source < previous) AS found",
    "WHERE source < previous - 1) AS found",
  ],
  ["slots of 2^63 pass", WELL_FORMED, "value < SLOT_LIMIT", "value <= SLOT_LIMIT"],
  [
    "import: the watermark is not raised",
    FINDINGS,
    "lowSlot: highest([range.minSlot, ",
    "lowSlot: highest([",
  ],
  [
    "import: the watermark goes to the top",
    FINDINGS,
    "lowTarget: highest([range.minTarget, ",
    "lowTarget: highest([range.maxTarget, ",
  ],
  ["import: conflicts raise nothing", FINDINGS, "return count > 0 ? {", "return count < 0 ? {"],
  [
    "import: blocks are not merged",
    MERGE,
    "const blocks = this.#staged.mergeBlocks(id, key, lowSlot);",
    "const blocks = 0;",
  ],
  [
    "import: a record from below the watermark passes for a repeat",
    IMPORT_TABLE,
    "`(slot > @low OR",
    "`(slot > -1 OR",
  ],
  [
    "import: a source from below the watermark is forgotten",
    FINDINGS,
    "staged.latestSourceUpTo(key, lowTarget),",
    "",
  ],
  [
    "import, minimal: the lowest instead of the highest",
    FINDINGS,
    "lowSlot: range.maxSlot",
    "lowSlot: range.minSlot",
  ],
  [
    "export: the watermark is left out",
    EXPORT,
    "  yield recordText({ slot: low, signingRoot: root });\n",
    "",
  ],
  [
    "export: what lies below the watermark is in it",
    EXPORT,
    "tables.blocksFrom(id, low + 1n)",
    "tables.blocksFrom(id, 0n)",
  ],
  [
    "export, minimal: the watermark is not looked at",
    EXPORT,
    "return a > b ? a : b;",
    "return a > b ? b : a;",
  ],
  [
    "prune: the watermark is not raised",
    PRUNE,
    "tables.raise(id, { lowSource: source, lowTarget: target });",
    "",
  ],
  [
    "prune: one of two records of a slot is left",
    TABLE,
    "slot IN\n         (SELECT slot FROM",
    "(slot, signing_root) IN\n         (SELECT slot, signing_root FROM",
  ],
  [
    "prune: one of two votes for a target is left",
    TABLE,
    "target IN\n         (SELECT target FROM",
    "(target, signing_root) IN\n         (SELECT target, signing_root FROM",
  ],
  [
    "prune: goes past what is to be kept",
    PRUNE,
    "tables.firstSlotFrom(id, slot)",
    "tables.firstSlotFrom(id, slot + 2n)",
  ],
];

const cases = officialCases();
let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "claviger-mutations-"));
  symlinkSync(join(SOURCE, "../node_modules"), join(folder, "node_modules"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Vectors, hand-written examples, random histories: throws at the first that does not hold. */
async function everything(code: Implementation): Promise<void> {
  await checkExamples(code);
  for (const example of cases) {
    for (const mode of ["complete", "minimal"] as const) await runOfficial(code, example, mode);
  }
  await checkHistories(code, { runs: 60, modes: false, seed: 3076, shrink: false });
  await checkHistories(code, { runs: 40, modes: true, seed: 3076, shrink: false });
}

async function withMistake(
  index: number,
  file: string,
  right: string,
  wrong: string,
): Promise<Implementation> {
  const copy = join(folder, String(index), "src");
  for (const layer of ["access", "domain", "ledger", "guard", "audit", "record"]) {
    cpSync(join(SOURCE, layer), join(copy, layer), { recursive: true });
  }
  const source = readFileSync(join(copy, file), "utf8");
  assert.equal(source.split(right).length, 2, `${file} has this once: ${right}`);
  writeFileSync(
    join(copy, file),
    source.replace(right, () => wrong),
  );
  return loadImplementation(copy);
}

test("each mistake is in a text that its file has once", () => {
  assert.deepEqual(lostPins(SOURCE, MISTAKES), []);
});

// In npm test the tests of properties and of the official vectors say so.
inProofs(
  "the sources as they are hold",
  async () => everything(await loadImplementation()),
  skipWithout("eip3076"),
);

for (const [index, [mistake, file, right, wrong]] of few([...MISTAKES.entries()], 3)) {
  test(`caught: ${mistake}`, { skip: skipWithout("eip3076") }, async () => {
    const code = await withMistake(index, file, right, wrong);
    await assert.rejects(everything(code));
  });
}
