/** Each room has its head page, and the picture in ARCHITECTURE.md is the one that the imports give. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { levelsOf, PAGE, picture, reduced, withPicture } from "./picture.ts";
import { SRC } from "./imports.ts";

/** A folder with no more files than this may be explained by the page of the folder around it, which then links it. */
const FEW = 3;
/** Lines of a head page at most: it is read before the code, not instead of it. */
const LINES_MAX = 60;

const SMALL = new Map([
  ["domain", new Set<string>()],
  ["ledger", new Set(["domain"])],
  ["record", new Set(["ledger", "domain"])],
]);

test("a line that others imply is left out, and rooms are on the level above what they import", () => {
  assert.deepEqual(reduced(SMALL).get("record"), new Set(["ledger"]));
  assert.equal(levelsOf(SMALL).get("record"), 2);
  assert.match(picture(SMALL), /record --> ledger\n  ledger --> domain$/);
});

test("rooms that import each other are refused", () => {
  const circle = new Map([
    ["a", new Set(["b"])],
    ["b", new Set(["a"])],
  ]);
  assert.throws(() => levelsOf(circle), /a → b → a/);
});

test("ARCHITECTURE.md shows the levels as they are", () => {
  const page = readFileSync(PAGE, "utf8");
  // Prettier aligns the table; what it says counts.
  const said = (text: string): string => text.replaceAll(/ {2,}/g, " ").replaceAll(/-{3,}/g, "---");
  assert.equal(said(page), said(withPicture(page)), "run npm run picture and npm run format");
});

const FOLDERS = [...new Set(globSync("**/*.{ts,sql}", { cwd: SRC }).map((file) => dirname(file)))];
const HOUSES = FOLDERS.map((folder) => dirname(folder)).filter((folder) => folder !== ".");

for (const folder of new Set([...FOLDERS, ...HOUSES])) {
  test(`src/${folder} has a head page`, () => {
    const [page] = globSync("README.md", { cwd: join(SRC, folder) });
    const files = globSync("*", { cwd: join(SRC, folder) });
    // A command's declaration is the head page of its folder.
    if (files.includes("command.ts")) return;
    if (page === undefined && files.length <= FEW) {
      const around = readFileSync(join(SRC, dirname(folder), "README.md"), "utf8");
      assert.ok(
        around.includes(`](${basename(folder)}/`),
        `src/${dirname(folder)}/README.md does not link ${folder}`,
      );
      return;
    }
    assert.ok(page !== undefined, "write README.md: what it promises, what it does not, where to begin");
    const text = readFileSync(join(SRC, folder, page), "utf8");
    assert.match(text, /\bbegin with\b/i);
    assert.ok(text.split("\n").length <= LINES_MAX, `more than ${LINES_MAX} lines`);
  });
}
