/** Where the published test vectors are: CLAVIGER_VECTORS, or ../shared/vectors beside the project. Never copied in. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { VECTOR_MEMBERS, type FileMembers } from "./vector-members.ts";

// Tests are no part of src/, where only config.ts may read the environment.
const ROOT = resolve(
  // oxlint-disable-next-line node/no-process-env
  process.env["CLAVIGER_VECTORS"] ?? join(import.meta.dirname, "../../shared/vectors"),
);

/** Absolute folder of one vector set, e.g. `bip32`. */
export function vectorsFolder(name: string): string {
  return join(ROOT, name);
}

/** For node:test's `skip` option: false when the set is there, else a message that names the folder that was tried. */
export function skipWithout(name: string): string | false {
  return existsSync(vectorsFolder(name))
    ? false
    : `no test vectors in ${vectorsFolder(name)}: set CLAVIGER_VECTORS`;
}

/**
 * Parsed JSON of one vector file, or undefined where the set is absent (its tests then skip). `test/vector-members.ts` says which members
 * it may have.
 */
export function readVectors(name: string, file: string): unknown {
  const path = join(vectorsFolder(name), file);
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  return withoutIgnored(JSON.parse(text), `${name}/${file}`);
}

/** The rows of a published table, without its header, which must have these columns and no other. */
function readTable(name: string, file: string, columns: readonly string[]): readonly string[][] {
  const path = join(vectorsFolder(name), file);
  if (!existsSync(path)) return [];
  const [header = [], ...rows] = readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.trim().split(","));
  assert.deepEqual(header, columns, `${name}/${file}: columns`);
  return rows;
}

export function bip340Rows(): readonly string[][] {
  const keys = ["index", "secret key", "public key", "aux_rand"];
  const rest = ["message", "signature", "verification result", "comment"];
  return readTable("bip340", "test-vectors.csv", [...keys, ...rest]);
}

/** `value` as its tests see it. @throws for a member that `test/vector-members.ts` does not have in a list */
export function withoutIgnored(value: unknown, file: string): unknown {
  const { read, ignored = {} } = membersOf(file);
  const see = (part: unknown, at: string): unknown => {
    if (Array.isArray(part)) return part.map((element) => see(element, `${at}[]`));
    if (typeof part !== "object" || part === null) return part;
    const seen = Object.entries(part).flatMap(([member, content]): [string, unknown][] => {
      const path = at === "" ? member : `${at}.${member}`;
      if (names(ignored, at).includes(member)) return [];
      const known = names(read, at);
      if (known.includes(`${member}.**`) || known.includes("*")) return [[member, content]];
      const leads = [...Object.keys(read), ...Object.keys(ignored)].some((object) => leadsTo(path, object));
      if (known.includes(member) || leads) return [[member, see(content, path)]];
      const todo = "read it in a test, or ignore it, in test/vector-members.ts";
      throw new Error(`${file}: no test reads the member ${path}: ${todo}`);
    });
    return Object.fromEntries(seen);
  };
  return see(value, "");
}

/** Whether an object with listed members is at `path` or below it. */
function leadsTo(path: string, object: string): boolean {
  return object === path || object.startsWith(`${path}.`) || object.startsWith(`${path}[]`);
}

function names(lists: Readonly<Record<string, string>>, at: string): readonly string[] {
  return lists[at]?.split(", ") ?? [];
}

function membersOf(file: string): FileMembers {
  let folder = file;
  let found = VECTOR_MEMBERS[file];
  while (found === undefined && folder.includes("/")) {
    folder = folder.slice(0, folder.lastIndexOf("/"));
    found = VECTOR_MEMBERS[`${folder}/*`];
  }
  assert.ok(found !== undefined, `${file}: list its members in test/vector-members.ts`);
  return found;
}

/** File names of one folder of small inputs that were once got wrong, in ../shared/cases beside the vectors; none where it is absent. */
export function caseFiles(name: string): readonly string[] {
  const folder = join(ROOT, "../cases", name);
  return existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".json")) : [];
}

/** Parsed JSON of one case. */
export function readCase(name: string, file: string): any {
  return JSON.parse(readFileSync(join(ROOT, "../cases", name, file), "utf8"));
}

/** For node:test's `skip` option. */
export function skipWithoutCases(name: string): string | false {
  return caseFiles(name).length > 0
    ? false
    : `no cases in ${join(ROOT, "../cases", name)}: set CLAVIGER_VECTORS to the folder beside them`;
}
