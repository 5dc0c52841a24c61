/** Opens the ledger's SQLite file. Every connection has the same pragmas; durability is asserted, not assumed. */
import Database from "better-sqlite3";

export type LedgerDatabase = Database.Database;

/** File name of the ledger inside a data directory. */
export const LEDGER_FILE = "ledger.sqlite";

/**
 * Opens `path`. A writer may create the file; a reader never does.
 * @throws Error when the file cannot be opened, or when WAL or synchronous=FULL did not take effect
 */
export function openLedger(path: string, options: { readonly readonly: boolean }): LedgerDatabase {
  const database = new Database(path, {
    readonly: options.readonly,
    fileMustExist: options.readonly,
    timeout: 5000,
  });
  database.pragma("trusted_schema = OFF");
  database.pragma("foreign_keys = ON");
  // Without it INSERT OR REPLACE would pass by the append-only DELETE triggers.
  database.pragma("recursive_triggers = ON");
  if (options.readonly) {
    database.pragma("query_only = ON");
    return database;
  }
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.pragma("wal_autocheckpoint = 4000");
  const journal = database.pragma("journal_mode", { simple: true });
  const synchronous = database.pragma("synchronous", { simple: true });
  // Without these two a signature could leave before its record is on disk.
  if (journal !== "wal" || synchronous !== 2) {
    database.close();
    throw new Error(`ledger ${path} has journal_mode=${String(journal)}, synchronous=${String(synchronous)}`);
  }
  return database;
}

/**
 * Moves what the write-ahead log holds into the database file, and syncs both: call before the first decision. After a
 * failed fsync the kernel may show a log that is not on the disk, and a later fsync succeeds without writing it;
 * pages that are copied are written anew.
 * @throws Error when a reader that began before the last commit keeps part of the log in use
 */
export function settle(database: LedgerDatabase): void {
  const [result] = database.prepare<[], { busy: number }>("PRAGMA wal_checkpoint(FULL)").all();
  if (result?.busy !== 0) {
    throw new Error(
      "the ledger is being read by another process since before the last commit; stop that reader first",
    );
  }
}

/**
 * Keeps what a savepoint may have to undo in memory. By default SQLite writes it to a file beyond 64 KiB, which is what a
 * decision comes to: one file made and deleted for each commit. Nothing of it is needed after a crash. Call after the
 * migrations: from then on a sort has no room but memory either.
 */
export function undoInMemory(database: LedgerDatabase): void {
  database.pragma("temp_store = MEMORY");
}

/** `ok`, or what SQLite finds damaged in the file. */
export function quickCheck(database: LedgerDatabase): string {
  return String(database.pragma("quick_check", { simple: true }));
}
