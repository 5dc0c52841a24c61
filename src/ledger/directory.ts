/** The data directory before anything is opened in it: whoever cannot use it learns why, and what to do. */
import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { LEDGER_FILE } from "./open.ts";

class DirectoryUnusable extends Error {
  override readonly name = "DirectoryUnusable";
  /** What a command prints before the message. */
  readonly code = "storage.unusable";
}

/** Makes the directory, and those above it, for this user alone. @throws DirectoryUnusable */
export function makeDirectory(directory: string): void {
  assertDirectory(directory);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unusable(directory, "cannot be made", error);
  }
}

/** @throws DirectoryUnusable where something else is in its place */
export function assertDirectory(directory: string): void {
  if (!existsSync(directory) || statSync(directory).isDirectory()) return;
  throw new DirectoryUnusable(`data directory ${directory} is a file; set storage.dataDir to a directory`);
}

/** @throws DirectoryUnusable where this user cannot write the directory, or the ledger in it */
export function assertWritable(directory: string): void {
  assertDirectory(directory);
  const { R_OK, W_OK, X_OK } = constants;
  const ledger = join(directory, LEDGER_FILE);
  for (const [path, mode] of [
    [directory, R_OK | W_OK | X_OK],
    [ledger, R_OK | W_OK],
  ] as const) {
    if (path === ledger && !existsSync(ledger)) continue;
    try {
      accessSync(path, mode);
    } catch (error) {
      throw unusable(path, "cannot be written", error);
    }
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: "run as the user whose it is, or give it to this user with chown",
  EPERM: "run as the user whose it is, or give it to this user with chown",
  EROFS: "its file system is read-only; mount it writable, or set storage.dataDir to another place",
  ENOENT: "it does not exist; make one with claviger init, or set storage.dataDir",
  ENOTDIR: "a file is where one of the directories above it should be; set storage.dataDir",
  ENOSPC: "the disk is full; make room",
};

function unusable(path: string, what: string, cause: unknown): DirectoryUnusable {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
  const remedy = REMEDIES[code] ?? `look at ${dirname(path)}, or set storage.dataDir to another place`;
  return new DirectoryUnusable(`data directory: ${path} ${what} (${code}); ${remedy}`, { cause });
}
