/**
 * Exclusive lock on a data directory: two processes over one ledger would split the guards. The lock is a SQLite lock
 * on its own file, so the kernel drops it when the process dies, however it dies.
 * @module
 */
import { join } from "node:path";
import Database from "better-sqlite3";

export interface DirectoryLock {
  release(): void;
}

class DirectoryInUse extends Error {
  override readonly name = "DirectoryInUse";
  /** What a command prints before the message. */
  readonly code = "ledger.in_use";
}

/**
 * Takes the lock or throws at once.
 * @throws DirectoryInUse that names the directory when another process holds it
 */
export function lockDirectory(directory: string): DirectoryLock {
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
  return {
    release() {
      database.exec("ROLLBACK");
      database.close();
    },
  };
}
