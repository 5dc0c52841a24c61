/**
 * Takes one statement of effect out of a decoder at a time and runs the tests of its area: `npm run mutants -- ethereum`.
 * Prints each mutant that no test notices, and fails if there is one. What was noticed is kept in node_modules/.cache, so
 * that a run that was stopped goes on where it was, until a source or a test changes.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AREAS, mutants, ROOT, type Mutant } from "./find.ts";

const AT_ONCE = Number(process.env["MUTANTS_AT_ONCE"] ?? 2);
const PATIENCE_MS = 300_000;
const CACHE = join(ROOT, "node_modules/.cache");
const STATE = join(CACHE, "claviger-mutants.json");

/** True where a test of the area fails without the statement, or never ends. With nothing taken out, all must pass. */
export async function noticed(mutant: Mutant): Promise<boolean> {
  const area = AREAS.find(({ name }) => name === mutant.area);
  const tests = globSync([...(area?.tests ?? [])], { cwd: ROOT });
  const flags = ["--import", "./test/property-seed.ts", "--import", "./test/mutants/mutate-preload.ts"];
  const child = spawn(process.execPath, [...flags, "--test", "--test-isolation=none", ...tests], {
    cwd: ROOT,
    stdio: "ignore",
    timeout: PATIENCE_MS,
    env: { ...process.env, MUTANT: JSON.stringify(mutant), NODE_TEST_CONTEXT: undefined },
  });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  return code !== 0;
}

/** Changes with anything that a verdict depends on. */
function fingerprint(): string {
  const hash = createHash("sha256");
  for (const file of globSync(["src/**/*.ts", "test/chains/**/*.ts"], { cwd: ROOT }).toSorted())
    hash.update(file).update(readFileSync(join(ROOT, file)));
  return hash.digest("hex");
}

/** What changes nothing, to see that the tests pass then. */
export function unchanged(area: string): Mutant {
  return { area, file: "nothing", line: 0, start: 0, end: 0, instead: "", text: "" };
}

const idOf = ({ file, start, end }: Mutant): string => `${file}:${start}-${end}`;

async function main(names: readonly string[]): Promise<void> {
  const state = { of: fingerprint(), killed: [] as string[] };
  if (existsSync(STATE)) {
    const before = JSON.parse(readFileSync(STATE, "utf8")) as typeof state;
    if (before.of === state.of) state.killed = before.killed;
  }
  mkdirSync(CACHE, { recursive: true });
  const all = mutants().filter(({ area }) => names.length === 0 || names.includes(area));
  const queue = all.filter((mutant) => !state.killed.includes(idOf(mutant)));
  const survivors: Mutant[] = [];
  console.log(`${all.length} mutants, ${queue.length} to try`);
  for (const name of new Set(queue.map(({ area }) => area))) {
    if (await noticed(unchanged(name)))
      throw new Error(`the tests of ${name} fail without a mutant: repair them first`);
  }
  let done = 0;
  const work = async (): Promise<void> => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      if (await noticed(mutant)) state.killed.push(idOf(mutant));
      else {
        survivors.push(mutant);
        console.log(`NOT NOTICED ${mutant.file}:${mutant.line} ${mutant.text.replace(/\s+/g, " ")}`);
      }
      writeFileSync(STATE, JSON.stringify(state));
      if (++done % 10 === 0) console.log(`${done} tried, ${queue.length} left`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  console.log(`${survivors.length} of ${all.length} mutants were not noticed`);
  if (survivors.length > 0) process.exitCode = 1;
}

if (import.meta.main) await main(process.argv.slice(2));
