/** The second lock: SQL that would rewrite signing history is refused whoever sends it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileLedger } from "../../ledger/memory.ts";

const KEY = `x'${"ab".repeat(48)}'`;
const ROOT = `x'${"cd".repeat(32)}'`;
const OTHER = `x'${"ef".repeat(32)}'`;
const ROWS = [
  `UPDATE slashing_chain SET genesis_validators_root = ${ROOT}`,
  `UPDATE slashing_chain SET network = '{"name":"devnet"}'`,
  `INSERT INTO slashing_validator VALUES (1, ${KEY}, 10, 5, 10, 1, 1, NULL, NULL)`,
  `INSERT INTO slashing_block VALUES (1, 9, ${ROOT}), (1, 10, ${ROOT}), (1, 11, ${ROOT})`,
  `INSERT INTO slashing_attestation VALUES (1, 9, 5, ${ROOT}), (1, 9, 6, ${ROOT}), (1, 10, 5, ${ROOT}), (1, 11, 6, ${ROOT})`,
];
const REFUSED = [
  `UPDATE slashing_chain SET genesis_validators_root = ${OTHER}`,
  "UPDATE slashing_chain SET genesis_validators_root = NULL",
  "UPDATE slashing_chain SET network = NULL",
  `UPDATE slashing_chain SET network = '{"name":"other"}'`,
  "DELETE FROM slashing_chain",
  "REPLACE INTO slashing_chain (id) VALUES (1)",
  "UPDATE slashing_validator SET low_slot = 9",
  "UPDATE slashing_validator SET low_slot = NULL",
  "UPDATE slashing_validator SET low_source = 4",
  "UPDATE slashing_validator SET low_target = 9",
  "UPDATE slashing_validator SET low_source = NULL, low_target = NULL",
  `UPDATE slashing_validator SET public_key = x'${"ba".repeat(48)}'`,
  "UPDATE slashing_validator SET id = 2",
  "UPDATE slashing_validator SET known = 0",
  "DELETE FROM slashing_validator",
  `REPLACE INTO slashing_validator VALUES (1, ${KEY}, NULL, NULL, NULL, 1, 1, NULL, NULL)`,
  "UPDATE slashing_block SET slot = 12 WHERE slot = 11",
  `UPDATE slashing_block SET signing_root = ${OTHER}`,
  "DELETE FROM slashing_block WHERE slot = 10",
  "DELETE FROM slashing_block WHERE slot = 11",
  "DELETE FROM slashing_block",
  "REPLACE INTO slashing_block SELECT * FROM slashing_block WHERE slot = 11",
  "UPDATE slashing_attestation SET target = 12 WHERE target = 11",
  "DELETE FROM slashing_attestation WHERE target = 10",
  "DELETE FROM slashing_attestation WHERE target = 11",
  // Below the target watermark, but a later vote with source 5 would surround it.
  "DELETE FROM slashing_attestation WHERE target = 9 AND source = 6",
];

for (const statement of REFUSED) {
  test(`slashing history: refused: ${statement.replaceAll(/x'[0-9a-f]+'/g, "bytes")}`, (t) => {
    const { database } = fileLedger(t);
    for (const row of ROWS) database.exec(row);
    assert.throws(() => database.exec(statement), { code: "SQLITE_CONSTRAINT_TRIGGER" });
    database.close();
  });
}

test("slashing history: what lies below both watermarks may go, and watermarks may rise", (t) => {
  const { database } = fileLedger(t);
  for (const row of ROWS) database.exec(row);
  assert.equal(database.prepare("DELETE FROM slashing_block WHERE slot < 10").run().changes, 1);
  assert.equal(
    database.prepare("DELETE FROM slashing_attestation WHERE target < 10 AND source <= 5").run().changes,
    1,
  );
  database.exec("UPDATE slashing_validator SET low_slot = 11, low_source = 6, low_target = 11, enabled = 0");
  database.close();
});

for (const [what, statement] of [
  ["a bound below 0", "UPDATE slashing_validator SET stop_slot = -1"],
  ["a bound as text", "UPDATE slashing_validator SET stop_epoch = 'soon'"],
  ["a key of 47 bytes", `INSERT INTO slashing_validator (public_key) VALUES (x'${"ab".repeat(47)}')`],
  ["a root of 31 bytes", `INSERT INTO slashing_block VALUES (1, 20, x'${"ab".repeat(31)}')`],
  ["a negative slot", `INSERT INTO slashing_block VALUES (1, -1, ${ROOT})`],
  ["a slot as text", `INSERT INTO slashing_block VALUES (1, 'x', ${ROOT})`],
  ["a record twice", `INSERT INTO slashing_block VALUES (1, 11, ${ROOT})`],
  ["a record of nobody", `INSERT INTO slashing_block VALUES (2, 11, ${ROOT})`],
] as const) {
  test(`slashing history: no row with ${what}`, (t) => {
    const { database } = fileLedger(t);
    for (const row of ROWS) database.exec(row);
    assert.throws(() => database.exec(statement), /CHECK|UNIQUE|FOREIGN KEY|cannot store/);
    database.close();
  });
}
