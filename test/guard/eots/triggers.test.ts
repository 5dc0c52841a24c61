/** The second lock: SQL that would rewrite the history of EOTS keys is refused whoever sends it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileLedger } from "../../ledger/memory.ts";

const KEY = `x'${"ab".repeat(32)}'`;
const OTHER = `x'${"cd".repeat(32)}'`;
const at = (height: number): string => `x'${height.toString(16).padStart(16, "0")}'`;
const row = (height: number, message = "x'01'", key = KEY): string =>
  `(${key}, x'', ${at(height)}, ${message}, NULL, 'now', NULL)`;

const ROWS = [
  `INSERT INTO eots_record VALUES ${[5, 6, 7, 300].map((height) => row(height)).join()}`,
  `INSERT INTO eots_record VALUES ${[8, 9].map((height) => row(height, "x'01'", OTHER)).join()}`,
  `INSERT INTO eots_floor VALUES (${KEY}, x'', ${at(6)}), (${OTHER}, x'', ${at(9)})`,
  `INSERT INTO eots_key VALUES (${KEY}, 1, 0)`,
];

const REFUSED = [
  `INSERT INTO eots_record VALUES ${row(7)}`,
  `INSERT OR REPLACE INTO eots_record VALUES ${row(7, "x'02'")}`,
  `REPLACE INTO eots_record VALUES ${row(300, "x'02'")}`,
  `INSERT OR IGNORE INTO eots_record VALUES ${row(7, "x'02'")}`,
  `INSERT INTO eots_record VALUES ${row(7, "x'02'")} ON CONFLICT DO UPDATE SET message = excluded.message`,
  // At or below a floor, whether something is recorded there or not.
  `INSERT INTO eots_record VALUES ${row(6, "x'02'")}`,
  `INSERT INTO eots_record VALUES ${row(1)}`,
  `INSERT OR IGNORE INTO eots_record VALUES ${row(0)}`,
  "UPDATE eots_record SET message = x'02'",
  "UPDATE eots_record SET signature = NULL",
  `UPDATE eots_record SET height = ${at(900)} WHERE height = ${at(7)}`,
  `UPDATE OR REPLACE eots_record SET height = ${at(300)} WHERE height = ${at(7)}`,
  `DELETE FROM eots_record WHERE height = ${at(7)}`,
  `DELETE FROM eots_record WHERE height = ${at(300)}`,
  "DELETE FROM eots_record",
  // Below its floor, and yet the newest of its key.
  `DELETE FROM eots_record WHERE public_key = ${OTHER} AND height = ${at(9)}`,
  `DELETE FROM eots_record WHERE public_key = ${OTHER}`,
  `UPDATE eots_floor SET height = ${at(5)} WHERE public_key = ${KEY}`,
  `UPDATE eots_floor SET chain_id = x'01' WHERE public_key = ${KEY}`,
  `UPDATE eots_floor SET public_key = x'${"ef".repeat(32)}' WHERE public_key = ${KEY}`,
  `REPLACE INTO eots_floor VALUES (${KEY}, x'', ${at(5)})`,
  `INSERT INTO eots_floor VALUES (${KEY}, x'', ${at(5)}) ON CONFLICT DO UPDATE SET height = excluded.height`,
  "DELETE FROM eots_floor",
  "UPDATE eots_key SET requires_floor = 0",
  `UPDATE eots_key SET public_key = ${OTHER}`,
  `REPLACE INTO eots_key VALUES (${KEY}, 0, 1)`,
  "DELETE FROM eots_key",
];

const MALFORMED = [
  `INSERT INTO eots_record VALUES (x'${"ab".repeat(33)}', x'', ${at(9)}, x'', NULL, 'now', NULL)`,
  `INSERT INTO eots_record VALUES (${KEY}, x'${"00".repeat(65)}', ${at(9)}, x'', NULL, 'now', NULL)`,
  `INSERT INTO eots_record VALUES (${KEY}, x'', x'09', x'', NULL, 'now', NULL)`,
  `INSERT INTO eots_record VALUES (${KEY}, x'', 9, x'', NULL, 'now', NULL)`,
  `INSERT INTO eots_record VALUES (${KEY}, x'', ${at(9)}, zeroblob(8193), NULL, 'now', NULL)`,
  `INSERT INTO eots_record VALUES (${KEY}, x'', ${at(9)}, NULL, NULL, 'now', NULL)`,
  `INSERT INTO eots_record VALUES (${KEY}, x'', ${at(9)}, x'', x'01', 'now', NULL)`,
  `INSERT INTO eots_floor VALUES (${KEY}, x'01', 5)`,
  `INSERT INTO eots_key VALUES (x'', 0, 1)`,
];

const ALLOWED = [
  `INSERT INTO eots_record VALUES ${row(299)}`,
  `DELETE FROM eots_record WHERE height IN (${at(5)}, ${at(6)})`,
  `DELETE FROM eots_record WHERE public_key = ${OTHER} AND height = ${at(8)}`,
  `UPDATE eots_floor SET height = ${at(256)} WHERE public_key = ${KEY}`,
  "UPDATE eots_key SET enabled = 1",
];

for (const sql of [...REFUSED, ...MALFORMED]) {
  test(`eots: refused: ${sql}`, (t) => {
    const { database } = fileLedger(t);
    for (const insert of ROWS) database.exec(insert);
    const before = database.serialize();
    assert.throws(() => database.exec(sql), { code: /^SQLITE_(?:CONSTRAINT|MISMATCH)/ });
    assert.ok(before.equals(database.serialize()), "nothing changed");
    database.close();
  });
}

for (const sql of ALLOWED) {
  test(`eots: allowed: ${sql}`, (t) => {
    const { database } = fileLedger(t);
    for (const insert of ROWS) database.exec(insert);
    assert.ok(database.prepare(sql).run().changes > 0);
    database.close();
  });
}
