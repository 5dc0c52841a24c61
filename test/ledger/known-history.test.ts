/** Migration 5: which validators of an older file have a history. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { migrate, migrations, schemaVersion } from "../../src/ledger/migrate.ts";
import { ledgerOf } from "./memory.ts";

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
