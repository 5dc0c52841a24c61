/** Where the published test vectors are: CLAVIGER_VECTORS, or ../shared/vectors beside the project. Never copied in. */
import { existsSync, readFileSync } from "node:fs";
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
