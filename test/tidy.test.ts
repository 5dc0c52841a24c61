/** What a reader may rely on in every file, checked: a header, no banned text, and documents that keep up with the code. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ERRORS } from "../src/domain/errors.ts";

const ROOT = join(import.meta.dirname, "..");
const SELF = "test/tidy.test.ts";
/** Of the packages of test/evm only bytecode is read: none of their code runs. */
const ONLY_READ = "test/evm/package-lock.json";
/** Characters of one line of src/; prettier holds code to less, this holds comments. */
const LINE_MAX = 130;
/** Test values and regular expressions are not broken into pieces. */
const LONG_TEXT = /"[^"\s]{60,}"|\/\^?[^/\s]{60,}\//;

/** Banned text, and what to write instead. */
const BANNED: readonly [text: RegExp, instead: string][] = [
  [/\bMath\.random\b/, "node:crypto: randomBytes, randomInt"],
  [/\b(?:TODO|FIXME|XXX)\b/, "the finished thing, or an issue"],
  [/\.only\(/, "the whole suite: remove the filter"],
  [
    /\b(?:test|it|describe|suite)\.(?:skip|todo)\(/,
    "the skip option with a reason that names what is missing",
  ],
  [/\bas any(?! [a-z])/, "a type guard, or unknown"],
  [/@ts-ignore|@ts-nocheck/, "@ts-expect-error with its reason, or a type guard"],
  [/\beslint-disable\b/, "oxlint-disable-next-line with the rule and its reason"],
  [
    /(?:from|import|require\()\s*"secp256k1"/,
    "secp256k1/bindings.js: the plain entry falls back to JavaScript in silence",
  ],
  [
    /"(?:secp256k1\/)?elliptic(?:\.js)?"/,
    "libsecp256k1, native or as WebAssembly: elliptic signs wrongly for some inputs",
  ],
  [/(?<![\w.:~-])\/(?:tmp|root|home|work|farm|Users)\//, "a path relative to the project, or os.tmpdir()"],
  [/\beval\(|\bnew Function\(/, "code that is written down"],
  [/\bdebugger;/, "nothing: remove it"],
  [/<<<<<<< |>>>>>>> /, "the merged text"],
];

const TEXT_FILES = globSync("{*,{src,test,bench,openapi,policies,docs,.ci}/**/*}", {
  cwd: ROOT,
  exclude: (name) => name === "node_modules" || name === ".git",
})
  .filter(
    (file) =>
      /\.(?:ts|rs|md|sql|json|ya?ml|toml|wat)$|^\.ci\/run$/.test(file) && !file.includes("node_modules"),
  )
  .filter((file) => !["package-lock.json", ONLY_READ, SELF].includes(file))
  .toSorted();
const SOURCES = TEXT_FILES.filter((file) => /\.(?:ts|rs|sql|wat)$|^\.ci\/run$/.test(file));
const DOCUMENTS = TEXT_FILES.filter((file) => file.endsWith(".md"));
const DECISIONS = DOCUMENTS.filter((file) => file.startsWith("docs/decisions/"));

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

function linesOf(file: string): [number: number, line: string][] {
  return read(file)
    .split("\n")
    .map((line, index) => [index + 1, line]);
}

test("no file has banned text", () => {
  const found = TEXT_FILES.flatMap((file) =>
    linesOf(file).flatMap(([number, line]) =>
      BANNED.filter(([text]) => text.test(line)).map(([text, instead]) => {
        return `${file}:${number}: ${text.exec(line)?.[0]}: use ${instead}`;
      }),
    ),
  );
  assert.deepEqual(found, []);
});

test("every source file starts with a comment that says what it is", () => {
  const bare = SOURCES.filter((file) => {
    const [first = "", second = ""] = read(file).split("\n");
    return !/^(?:\/\*\*|\/\/|--|;;|#)/.test(first.startsWith("#!") ? second : first);
  });
  assert.deepEqual(bare, []);
});

test(`no line of src is longer than ${LINE_MAX} characters`, () => {
  const long = SOURCES.filter((file) => file.startsWith("src/")).flatMap((file) =>
    linesOf(file)
      .filter(([, line]) => line.replace(LONG_TEXT, "").length > LINE_MAX)
      .map(([number, line]) => `${file}:${number}: ${line.length} characters`),
  );
  assert.deepEqual(long, []);
});

test("every document has one title, in its first line", () => {
  assert.ok(DOCUMENTS.length > 0);
  for (const file of DOCUMENTS) {
    const [first = "", ...rest] = read(file)
      .replaceAll(/^```.*?^```/gms, "")
      .split("\n");
    assert.match(first, /^# \S/, `${file} must start with its title`);
    assert.equal(rest.filter((line) => line.startsWith("# ")).length, 0, `${file} has more than one title`);
  }
});

test("links between documents lead to files that exist", () => {
  for (const file of DOCUMENTS) {
    for (const [, target = ""] of read(file).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const path = join(file, "..", target);
      assert.equal(globSync(path, { cwd: ROOT }).length, 1, `${file} links to ${target}`);
    }
  }
});

test("docs/errors.md has exactly one row for each code, with its status", () => {
  const rows = [
    ...read("docs/errors.md").matchAll(/^\| `([a-z_.]+)` +\| (\d{3}) +\| ([^|]+) \| ([^|]+) \|$/gm),
  ];
  const documented = rows.map(([, code = "", status = ""]) => `${code} ${status}`).toSorted();
  const thrown = Object.entries(ERRORS)
    .map(([code, { status }]) => `${code} ${status}`)
    .toSorted();
  assert.deepEqual(documented, thrown);
});

test("decisions are numbered without a gap and say context, decision and cost", () => {
  assert.ok(DECISIONS.length > 0);
  for (const [index, file] of DECISIONS.entries()) {
    assert.match(file, new RegExp(`/${String(index + 1).padStart(4, "0")}-[a-z0-9-]+\\.md$`));
    const headings = read(file)
      .split("\n")
      .filter((line) => line.startsWith("## "));
    assert.deepEqual(headings, ["## Context", "## Decision", "## Cost"], file);
  }
});
