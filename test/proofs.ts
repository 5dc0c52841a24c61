/**
 * `npm run proofs`: the long tests in full, that is every `*.proof.ts`, and every test file that takes less in `npm test`.
 * Words after `--` keep the files whose path has one of them: `npm run proofs -- crash guard`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { wordsOf, refuse } from "./running/words.ts";

const ROOT = join(import.meta.dirname, "..");
const USAGE = `usage: npm run proofs -- [--share] [WORD …]

  WORD     runs the long tests that have it, or another WORD, in their path; without any all of them
  --share  as much of each as npm test runs of such tests`;
const { positionals: words, values } = wordsOf(USAGE, {
  allowPositionals: true,
  options: { share: { type: "boolean", default: false } },
});

/** It asks `test/extent.ts` how much of it runs. */
function takesLess(file: string): boolean {
  return /from "[./]+\/extent\.ts"/.test(readFileSync(join(ROOT, file), "utf8"));
}

const all = globSync("test/**/*.{proof,test}.ts", { cwd: ROOT, exclude: ["**/node_modules"] });
const files = all
  .filter((file) => file.endsWith(".proof.ts") || takesLess(file))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .toSorted();
if (files.length === 0) refuse(USAGE, `no long test has ${words.join(" or ")} in its path`);

const flags = [
  "--import",
  "./test/property-seed.ts",
  "--test",
  "--test-concurrency=2",
  "--test-reporter=spec",
];
const child = spawn(process.execPath, [...flags, ...files], {
  cwd: ROOT,
  stdio: "inherit",
  env: { ...process.env, ...(values.share ? {} : { PROOFS: "whole" }) },
});
const [code] = await once(child, "exit");
process.exitCode = typeof code === "number" ? code : 1;
