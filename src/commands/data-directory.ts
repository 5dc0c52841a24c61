/** How commands reach a data directory: its ledger for reading, while a service may be running on it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { schemaVersion, migrations } from "../ledger/migrate.ts";
import { LEDGER_FILE, openLedger, type LedgerDatabase } from "../ledger/open.ts";
import { SealedRowReader } from "../ledger/sealed-rows.ts";
import { CommandError } from "./output.ts";

/**
 * The ledger of `directory`, read-only.
 * @throws CommandError when there is none, or when another release wrote it
 */
export function readLedger(directory: string): LedgerDatabase {
  const path = join(directory, LEDGER_FILE);
  if (!existsSync(path)) {
    throw new CommandError("ledger.missing", `${directory} has no ledger; make one with claviger init`);
  }
  const database = openLedger(path, { readonly: true });
  const version = schemaVersion(database);
  const newest = migrations().length;
  if (version !== newest) {
    database.close();
    throw new CommandError(
      "ledger.version",
      `ledger has schema ${version}, this release reads ${newest}; start the service once to migrate`,
    );
  }
  return database;
}

/** True when `directory` has a ledger that was sealed. An init that was interrupted before leaves one without. */
export function isInitialised(directory: string): boolean {
  if (!existsSync(join(directory, LEDGER_FILE))) return false;
  const database = readLedger(directory);
  try {
    return new SealedRowReader(database).seal() !== undefined;
  } finally {
    database.close();
  }
}
