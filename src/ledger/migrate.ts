/** Numbered migrations: each file runs once, in order, in one transaction with the version it reaches. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LedgerDatabase } from "./open.ts";
import { rollUp } from "./roll-up.ts";

const FOLDER = join(import.meta.dirname, "migrations");

interface Migration {
  readonly version: number;
  readonly name: string;
}

/** All migrations in `migrations/`, ascending; `0001-main.sql` is version 1. */
export function migrations(): readonly Migration[] {
  return numbered(readdirSync(FOLDER).filter((name) => name.endsWith(".sql")));
}

/** @throws Error for a gap, a double or a name without its four digits */
export function numbered(names: readonly string[]): readonly Migration[] {
  return names.toSorted().map((name, index) => {
    const version = Number(name.slice(0, 4));
    if (version !== index + 1) throw new Error(`migration ${name} is out of sequence`);
    return { version, name };
  });
}

/** Version of the newest migration that ran; 0 for an empty file. */
export function schemaVersion(database: LedgerDatabase): number {
  return Number(database.pragma("user_version", { simple: true }));
}

/** What SQL alone cannot do of a migration: amounts are longer than its numbers. In the same transaction, after the file. */
const THEN: Readonly<Record<string, (database: LedgerDatabase, report: (rows: number) => void) => void>> = {
  "0014-rollups.sql": rollUp,
};

/**
 * Brings `database` to the newest version.
 * @param report is called about once a second while a migration reads many rows, with their number so far
 * @throws Error when the file was written by a newer release; nothing is changed then
 */
export function migrate(database: LedgerDatabase, report: (rows: number) => void = () => undefined): void {
  const all = migrations();
  const newest = all.at(-1)?.version ?? 0;
  const current = schemaVersion(database);
  if (current > newest) {
    throw new Error(`ledger has schema ${current}, this release knows ${newest}: run the newer release`);
  }
  for (const { version, name } of all) {
    if (version <= current) continue;
    database.transaction(() => {
      database.exec(readFileSync(join(FOLDER, name), "utf8"));
      THEN[name]?.(database, report);
      database.pragma(`user_version = ${version}`);
    })();
  }
}
