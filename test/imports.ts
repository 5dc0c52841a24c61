/** What each file of src/ imports, read from its text: for the table of who may import whom, and for the picture of it. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

export const SRC = join(import.meta.dirname, "../src");
export const FILES: readonly string[] = globSync("**/*.ts", { cwd: SRC }).toSorted();

const STATEMENT = /^(?:import|export)\s+(?:[\w$\s,*{}]*?\bfrom\s+)?"([^"]+)"/gm;
const CALL = /\bimport\(\s*"([^"]+)"\s*\)|\brequire\(\s*"([^"]+)"|\bcreateRequire\([^)]*\)\(\s*"([^"]+)"/g;
const THREAD = /\bnew URL\(\s*"(\.[^"]+\.ts)",\s*import\.meta\.url\s*\)/g;

export function read(file: string): string {
  return readFileSync(join(SRC, file), "utf8");
}

/** What `file` imports, and the threads that it starts, as written. */
export function specifiersOf(file: string): string[] {
  return specifiersIn(read(file));
}

export function specifiersIn(source: string): string[] {
  const found = [STATEMENT, CALL, THREAD].flatMap((pattern) => [...source.matchAll(pattern)]);
  return found.flatMap((match) => match.slice(1)).filter((specifier) => specifier !== undefined);
}

/** The threads that `file` starts, as written. To start one is a message, and no import. */
export function threadsOf(file: string): ReadonlySet<string | undefined> {
  return new Set([...read(file).matchAll(THREAD)].map((match) => match[1]));
}

/** Path under src/ of a relative specifier. */
export function resolve(file: string, specifier: string): string {
  return relative(SRC, join(SRC, dirname(file), specifier));
}

/** `chains/ethereum` for a file in a chain's folder, the file's name for one in src/ itself, else its first folder. */
export function layerOf(file: string): string {
  const [first = "", second = "", third] = file.split("/");
  return first === "chains" && third !== undefined ? `${first}/${second}` : first;
}
