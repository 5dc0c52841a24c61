/** Published vectors are read whole: a member that no test reads is an error, unless it is listed as ignored. */
import assert from "node:assert/strict";
import { existsSync, globSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { readVectors, vectorsFolder, withoutIgnored } from "./vectors.ts";

const CASE = { seed: "00", chains: [{ path: "m", xpub: "xpub", xprv: "xprv" }] };
const UNKNOWN: readonly [where: string, file: object, path: string][] = [
  ["the file", { valid: [CASE], invalid: [], comment: "" }, "comment"],
  ["a case", { valid: [{ ...CASE, network: "main" }], invalid: [] }, "valid\\[\\]\\.network"],
  ["a part of a case", { valid: [{ ...CASE, chains: [{ zpub: "" }] }], invalid: [] }, "chains\\[\\]\\.zpub"],
];
for (const [where, file, path] of UNKNOWN) {
  test(`an unknown member of ${where} is an error that names it`, () => {
    assert.throws(() => withoutIgnored(file, "bip32/bip32.json"), new RegExp(`reads the member .*${path}:`));
  });
}

test("an ignored member is not there for a test to read", () => {
  assert.deepEqual(withoutIgnored({ source: "", valid: [CASE], invalid: [] }, "bip32/bip32.json"), {
    valid: [CASE],
    invalid: [],
  });
});

test("a file without a list is an error", () => {
  assert.throws(() => withoutIgnored({}, "bip999/new.json"), /list its members in test\/vector-members/);
});

const FOLDER = dirname(vectorsFolder("all"));
const FILES = existsSync(FOLDER) ? globSync("**/*.{json,json.gz}", { cwd: FOLDER }).toSorted() : [];
test(
  "all members of all published files are listed",
  { skip: FILES.length === 0 && `none in ${FOLDER}` },
  () => {
    for (const file of FILES) {
      const [set = "", ...path] = file.split("/");
      assert.ok(readVectors(set, join(...path)) !== undefined, file);
    }
  },
);
