/** A migrated ledger in memory, and one in a temporary file, for tests of single tables. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { migrate, migrations } from "../../src/ledger/migrate.ts";
import { LEDGER_FILE, openLedger, type LedgerDatabase } from "../../src/ledger/open.ts";
import Database from "better-sqlite3";

/** Every table, no file: what a unit test of one table needs. */
export function memoryLedger(): LedgerDatabase {
  const database = new Database(":memory:");
  database.pragma("recursive_triggers = ON");
  migrate(database);
  return database;
}

/** A ledger as the release with schema `version` left it. */
export function ledgerOf(version: number): LedgerDatabase {
  const folder = join(import.meta.dirname, "../../src/ledger/migrations");
  const database = new Database(":memory:");
  for (const { name } of migrations().slice(0, version))
    database.exec(readFileSync(join(folder, name), "utf8"));
  database.pragma(`user_version = ${version}`);
  return database;
}

/** An empty directory that goes with the test. */
export function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "claviger-ledger-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A migrated ledger file in a directory of its own. */
export function fileLedger(t: TestContext): { path: string; database: LedgerDatabase } {
  const path = join(temporaryDirectory(t), LEDGER_FILE);
  const database = openLedger(path, { readonly: false });
  migrate(database);
  return { path, database };
}
