/**
 * Deliberate mistakes in rules, store and tables, one at a time in a copy of the sources: each is caught by the same
 * checks. The triggers are taken out of the copy, so that the rules must hold by themselves. Rules that the rule book names are
 * altered behind the guard's interface instead: see rule-book.test.ts.
 */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { few } from "../../extent.ts";
import { lostPins } from "../pinned-texts.ts";
import { checkExamples } from "./examples.ts";
import { HEIGHT_MAX, loadImplementation, SOURCE, type Implementation } from "./guard.ts";
import { checkHistories } from "./histories.ts";

const RULES = "guard/eots/rules.ts";
const JUDGE = "guard/eots/judge.ts";
const WELL_FORMED = "guard/eots/well-formed.ts";
const STORE = "record/guard-tables.ts";
const NAMES = "guard/eots/names.ts";
const MERGE = "guard/eots/merge.ts";
const IMPORT = "record/acts/eots-import.ts";
const HISTORY = "guard/eots/history.ts";
const TABLE = "ledger/tables/eots.ts";
const IMPORT_TABLE = "ledger/tables/eots-import.ts";
const ADMINISTRATION = "record/acts/eots-keys.ts";
const MIGRATION = "ledger/migrations/0007-eots.sql";

const MISTAKES: readonly [mistake: string, file: string, right: string, wrong: string][] = [
  ["nothing is recorded", STORE, "table.insert({ ...row, signature: null, at });", "void row;"],
  [
    "only lengths are compared",
    RULES,
    "sameMessage(known.message, claim)",
    "known.message.message.length === claim.message.length",
  ],
  [
    "an empty message stands for every hash",
    NAMES,
    "a.messageHash === undefined && b.messageHash === undefined",
    "a.messageHash === undefined || b.messageHash === undefined",
  ],
  ["a hash is never the message's", NAMES, "return keptHash(a) === keptHash(b);", "return false;"],
  ["every hash is the message's", NAMES, "return keptHash(a) === keptHash(b);", "return true;"],
  [
    "a message that is too long is new",
    JUDGE,
    'if (judgement.verdict === "new") assertWellFormed(claim);',
    "",
  ],
  ["heights of 2^64 pass", WELL_FORMED, "height >= HEIGHT_LIMIT", "height > HEIGHT_LIMIT"],
  [
    "long chain ids pass",
    WELL_FORMED,
    "chainId.length > CHAIN_ID_BYTES_MAX",
    "chainId.length > CHAIN_ID_BYTES_MAX + 1",
  ],
  ["keys of other lengths pass", WELL_FORMED, "publicKey.length !== 32", "publicKey.length < 32"],
  [
    "all chains in one heap",
    TABLE,
    "`SELECT message, message_hash FROM eots_record WHERE ${AT} AND height = @height`",
    "`SELECT message, message_hash FROM eots_record WHERE public_key = @publicKey AND height = @height`",
  ],
  [
    "all keys in one heap",
    TABLE,
    "`SELECT message, message_hash FROM eots_record WHERE ${AT} AND height = @height`",
    "`SELECT message, message_hash FROM eots_record WHERE chain_id = @chainId AND height = @height`",
  ],
  [
    "the floor of another chain",
    TABLE,
    "`SELECT height FROM eots_floor WHERE ${AT}`",
    "`SELECT height FROM eots_floor WHERE public_key = @publicKey`",
  ],
  ["heights end at 2^63", TABLE, "bigintToBytes(height, 8)", "bigintToBytes(BigInt.asUintN(63, height), 8)"],
  [
    "heights end at 2^53",
    TABLE,
    "bigintToBytes(height, 8)",
    "bigintToBytes(BigInt(Number(height)) % 2n ** 64n, 8)",
  ],
  ["heights are little-endian", TABLE, "bigintToBytes(height, 8)", "bigintToBytes(height, 8).reverse()"],
  [
    "a floor is lowered",
    TABLE,
    "WHERE NOT EXISTS (SELECT 1 FROM eots_floor WHERE ${AT} AND height >= @height)",
    "WHERE true",
  ],
  [
    "a floor never moves",
    TABLE,
    "ON CONFLICT (public_key, chain_id) DO UPDATE SET height = excluded.height",
    "ON CONFLICT DO NOTHING",
  ],
  [
    "a lower floor is taken in silence",
    ADMINISTRATION,
    "before !== null && before > height",
    "before !== null && before > height + 2n ** 64n",
  ],
  [
    "pruning goes above the floor",
    TABLE,
    "AND height <= (SELECT height FROM eots_floor WHERE ${AT})\n",
    "AND height IS NOT (SELECT height FROM eots_floor WHERE ${AT})\n",
  ],
  ["pruning takes the newest", TABLE, "AND +height < (SELECT max(height) FROM eots_record WHERE ${AT})", ""],
  ["import: the floor is not raised", IMPORT, "[track.highest, track.floor].filter", "[track.floor].filter"],
  [
    "import: the floor goes to the lowest",
    IMPORT,
    "[track.highest, track.floor].filter",
    "[track.lowest, track.floor].filter",
  ],
  [
    "import: floors of the file are forgotten",
    IMPORT,
    "[track.highest, track.floor].filter",
    "[track.highest].filter",
  ],
  [
    "import: a contradiction of what is known passes",
    MERGE,
    "if (!sameMessage(found.file, found.known)) return found;",
    "",
  ],
  [
    "import: a contradiction in the file passes",
    MERGE,
    "other !== undefined && !sameMessage(other, record)",
    "other !== undefined && other.message.length > 8192",
  ],
  [
    "import: records are not merged",
    IMPORT,
    'row("eotsRecordsMerged", { publicKey, chainId, above: floorBefore }),',
    "",
  ],
  [
    "import: below the floor a file is believed",
    IMPORT_TABLE,
    "AND (@floor IS NULL OR height > @floor)",
    "AND (@floor IS NULL OR height IS NOT NULL)",
  ],
  [
    "import: at the floor a file is believed",
    IMPORT_TABLE,
    "(@floor IS NULL OR height > @floor)",
    "(@floor IS NULL OR height >= @floor)",
  ],
  ["import: enables keys by itself", IMPORT, "...(enableKeys ?", "...(tracks.length > 0 ?"],
  [
    "import: another chain's contradiction counts",
    IMPORT_TABLE,
    "known.public_key = file.public_key AND known.chain_id = file.chain_id AND",
    "known.public_key = file.public_key AND",
  ],
  ["export: floors are left out", HISTORY, "for (const floor of floors) yield floorLine(floor);", ""],
  [
    "export: one page is all",
    HISTORY,
    "if (rows.length < EXPORT_ROWS) return;",
    "if (rows.length < EXPORT_ROWS || after === null) return;",
  ],
  [
    "export: needed floors are left out",
    HISTORY,
    "requiresFloor !== true) continue;",
    "requiresFloor !== null) continue;",
  ],
  ["listing: pages overlap", TABLE, "`(${columns}) > (${values})`", "`(${columns}) >= (${values})`"],
];

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "claviger-eots-mutations-"));
  symlinkSync(join(SOURCE, "../node_modules"), join(folder, "node_modules"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Hand-written examples and random histories: throws at the first that does not hold. */
async function everything(code: Implementation): Promise<void> {
  await checkExamples(code);
  await checkHistories(code, { runs: 25, seed: 64, from: 2n ** 53n - 20n });
  await checkHistories(code, { runs: 15, seed: 64, from: 0n });
  await checkHistories(code, { runs: 10, seed: 64, from: HEIGHT_MAX - 60n });
}

/** A copy of the sources without the second lock, with one change. */
async function copyWith(
  name: string,
  [file, right, wrong]: readonly [string, string, string],
): Promise<Implementation> {
  const copy = join(folder, name, "src");
  for (const layer of ["access", "domain", "ledger", "guard", "audit", "record", "threads"]) {
    cpSync(join(SOURCE, layer), join(copy, layer), { recursive: true });
  }
  const migration = readFileSync(join(copy, MIGRATION), "utf8");
  writeFileSync(join(copy, MIGRATION), migration.replaceAll(/^CREATE TRIGGER .*?END;$/gms, ""));
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

test("the sources hold without their triggers", async () => {
  await everything(
    await copyWith("right", [RULES, "export function judgeStatement(", "export function judgeStatement("]),
  );
});

for (const [index, [mistake, file, right, wrong]] of few([...MISTAKES.entries()], 3)) {
  test(`caught: ${mistake}`, async () => {
    const code = await copyWith(String(index), [file, right, wrong]);
    await assert.rejects(everything(code));
  });
}
