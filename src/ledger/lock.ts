/**
 * Exclusive lock on a data directory: two processes over one ledger would split the guards. The lock is a SQLite lock
 * on its own file, so the kernel drops it when the process dies, however it dies.
 * @module
 */
import { join } from "node:path";
import Database from "better-sqlite3";
import { assertWritable } from "./directory.ts";

export interface DirectoryLock {
  release(): void;
}

class DirectoryInUse extends Error {
  override readonly name = "DirectoryInUse";
  /** What a command prints before the message. */
  readonly code = "ledger.in_use";
}

/** Locks of this process. A database that nobody refers to is closed by the garbage collector, and its lock is gone. */
const held = new Set<Database.Database>();

/**
 * Takes the lock or throws at once. It is held until it is released or the process ends.
 * @throws DirectoryUnusable; DirectoryInUse that names the directory when another process holds it
 */
export function lockDirectory(directory: string): DirectoryLock {
  assertWritable(directory);
  const database = new Database(join(directory, "lock.sqlite"), { timeout: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    throw new DirectoryInUse(
      `data directory ${directory} is in use by another claviger process; stop it first`,
      { cause: error },
    );
  }
  held.add(database);
  return {
    release() {
      held.delete(database);
      database.exec("ROLLBACK");
      database.close();
    },
  };
}
