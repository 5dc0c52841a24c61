/**
 * Lodestar's own signing and Keymanager clients and their configuration, from this folder's packages. They are an extra that only
 * `npm ci --prefix test/lodestar` installs, hence names that the compiler does not resolve.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";

/** False, or why a test must be skipped. */
export const LODESTAR_MISSING = existsSync(join(import.meta.dirname, "node_modules/@lodestar/validator"))
  ? false
  : "needs Lodestar's client: npm ci --prefix test/lodestar";

/** A module of this folder's packages. */
export function lodestar(name: string): Promise<any> {
  return import(`@lodestar/${name}`);
}

/** A file of this folder's packages that its package does not export, as `validator/lib/…`. */
export function lodestarFile(path: string): Promise<any> {
  return import(join(import.meta.dirname, "node_modules/@lodestar", path));
}
