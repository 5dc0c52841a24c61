/** Migration 5: which validators of an older file have a history. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import Database from "better-sqlite3";
import { migrate, migrations, schemaVersion } from "../../src/ledger/migrate.ts";

const FOLDER = join(import.meta.dirname, "../../src/ledger/migrations");

/** A ledger as the release with schema `version` left it. */
function ledgerOf(version: number): Database.Database {
  const database = new Database(":memory:");
  for (const { name } of migrations().slice(0, version))
    database.exec(readFileSync(join(FOLDER, name), "utf8"));
  database.pragma(`user_version = ${version}`);
  return database;
}

test("migration 5: a row without any watermark is a stop, not a history", () => {
  const database = ledgerOf(4);
  const key = (byte: string): string => `x'${byte.repeat(48)}'`;
  database.exec(`INSERT INTO slashing_validator (public_key, low_slot, low_source, low_target, enabled) VALUES
    (${key("01")}, 7, NULL, NULL, 1), (${key("02")}, NULL, 1, 2, 0), (${key("03")}, NULL, NULL, NULL, 0)`);
  migrate(database);
  assert.equal(schemaVersion(database), migrations().length);
  const known = database.prepare("SELECT known FROM slashing_validator ORDER BY public_key").pluck().all();
  assert.deepEqual(known, [1, 1, 0]);
});
