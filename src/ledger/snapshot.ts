/** Reads the ledger as it is at one moment: what is committed while somebody reads does not show. */
import type { LedgerDatabase } from "./open.ts";

/** The moment is that of the next read. Close the database soon: until then the write-ahead log cannot start anew. */
export function beginSnapshot(database: LedgerDatabase): void {
  database.exec("BEGIN");
}

/** What `read` makes of a snapshot of `database`, which is closed when `read` has ended. */
export async function readSnapshot<Result>(
  database: LedgerDatabase,
  read: (database: LedgerDatabase) => Result | Promise<Result>,
): Promise<Result> {
  try {
    beginSnapshot(database);
    return await read(database);
  } finally {
    database.close();
  }
}
