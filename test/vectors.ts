/** Where the published test vectors are: CLAVIGER_VECTORS, or ../shared/vectors beside the project. Never copied in. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

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

/** Parsed JSON of one vector file, or undefined where the set is absent (its tests then skip). */
export function readVectors(name: string, file: string): unknown {
  const path = join(vectorsFolder(name), file);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
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
