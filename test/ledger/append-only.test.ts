/** What the triggers hold: the log, decisions, spends and checkpoints cannot be changed, removed or replaced. */
import assert from "node:assert/strict";
import { before, test, type TestContext } from "node:test";
import type { LedgerDatabase } from "../../src/ledger/open.ts";
import { fileLedger } from "./memory.ts";

const HASH = `x'${"ab".repeat(32)}'`;
const ROWS = [
  "INSERT INTO namespace VALUES ('root', 'now')",
  `INSERT INTO key VALUES ('key_1', 'root', NULL, 'ethereum', 'secp256k1', 'imported', NULL, x'02', '0x1', NULL, '{}',
     'active', 'now', NULL)`,
  `INSERT INTO request VALUES ('req_allow', 'root', 'key_1', 'prn', 't', 'now', 'idem', ${HASH}, 'allow', NULL, '{}', NULL, 0)`,
  `INSERT INTO request VALUES ('req_done', 'root', 'key_1', 'prn', 't', 'now', NULL, ${HASH}, 'allow', NULL, '{}', '{}', 1)`,
  `INSERT INTO request VALUES ('req_deny', 'root', 'key_1', 'prn', 't', 'now', NULL, ${HASH}, 'deny', '{}', '{}', NULL, 2)`,
  "INSERT INTO limit_spend VALUES ('root', 'bnd', 'daily', 10, '99', '20')",
  "INSERT INTO limit_rollup VALUES ('root', 'bnd', 'daily', 60, 120, '99', '20')",
  "INSERT INTO limit_group VALUES ('root', 'bnd', 'daily', 'slot', 5, 10, '99')",
  `INSERT INTO audit_leaf VALUES (0, 'root', '{}', ${HASH})`,
  `INSERT INTO audit_node VALUES (1, 0, ${HASH})`,
  "INSERT INTO audit_checkpoint VALUES (1, 'note', 'now')",
  `INSERT INTO audit_log VALUES (1, 'origin', 'key', ${HASH})`,
  `INSERT INTO idempotent_answer VALUES ('root', 'prn', 'idem', ${HASH}, 201, '{}', 'now', NULL)`,
];

const OTHER = `x'${"cd".repeat(32)}'`;
const REFUSED = [
  "UPDATE audit_leaf SET entry = '{\"x\":1}'",
  "UPDATE audit_leaf SET sequence = 5",
  "DELETE FROM audit_leaf",
  `INSERT OR REPLACE INTO audit_leaf VALUES (0, 'root', '{"x":1}', ${OTHER})`,
  `INSERT INTO audit_leaf VALUES (0, 'root', 'x', ${OTHER}) ON CONFLICT (sequence) DO UPDATE SET entry = 'x'`,
  `UPDATE audit_node SET hash = ${OTHER}`,
  "DELETE FROM audit_node",
  `REPLACE INTO audit_node VALUES (1, 0, ${OTHER})`,
  "UPDATE audit_checkpoint SET note = 'other'",
  "DELETE FROM audit_checkpoint",
  "REPLACE INTO audit_checkpoint VALUES (1, 'other', 'now')",
  "UPDATE audit_log SET key_id = 'other'",
  "DELETE FROM audit_log",
  `REPLACE INTO audit_log VALUES (1, 'other', 'key', ${HASH})`,
  "UPDATE idempotent_answer SET body = '{\"x\":1}'",
  "DELETE FROM limit_spend",
  "UPDATE limit_spend SET amount = '98'",
  "UPDATE limit_spend SET amount = '9'",
  "UPDATE limit_spend SET second = 9",
  "UPDATE limit_spend SET counter = 'other'",
  "UPDATE limit_spend SET binding_id = 'other'",
  "REPLACE INTO limit_spend VALUES ('root', 'bnd', 'daily', 10, '0', '0')",
  "UPDATE limit_spend SET moved = '19'",
  "UPDATE limit_spend SET moved = '3'",
  "DELETE FROM limit_rollup",
  "UPDATE limit_rollup SET amount = '98'",
  "UPDATE limit_rollup SET amount = '9'",
  "UPDATE limit_rollup SET moved = '19'",
  "UPDATE limit_rollup SET start = 60",
  "UPDATE limit_rollup SET unit = 3600, start = 0",
  "REPLACE INTO limit_rollup VALUES ('root', 'bnd', 'daily', 60, 120, '0', '0')",
  "DELETE FROM limit_group",
  "UPDATE limit_group SET last = 9",
  "UPDATE limit_group SET largest = '98'",
  "UPDATE limit_group SET largest = '9'",
  ...["binding_id", "counter", "slot", "namespace"].map(
    (column) => `UPDATE limit_group SET ${column} = 'other'`,
  ),
  "UPDATE limit_group SET first = 6",
  // Not later than the last: no other group.
  "UPDATE limit_group SET first = 10, last = 20, largest = '5'",
  "REPLACE INTO limit_group VALUES ('root', 'bnd', 'daily', 'slot', 5, 10, '0')",
  "DELETE FROM request WHERE id = 'req_allow'",
  `REPLACE INTO request VALUES ('req_deny', 'root', 'key_1', 'prn', 't', 'now', NULL, ${HASH}, 'allow', NULL, '{}', NULL, 2)`,
  // Another row with the same Idempotency-Key would replace the first.
  `REPLACE INTO request VALUES ('req_new', 'root', 'key_1', 'prn', 't', 'now', 'idem', ${HASH}, 'allow', NULL, '{}', NULL, 3)`,
  "UPDATE request SET decision = 'allow' WHERE id = 'req_deny'",
  "UPDATE request SET result = '{}' WHERE id = 'req_deny'",
  "UPDATE request SET result = '{\"x\":1}' WHERE id = 'req_done'",
  "UPDATE request SET result = NULL WHERE id = 'req_done'",
  ...[
    "id = 'req_x'",
    "namespace = 'x'",
    "principal = 'x'",
    "type = 'x'",
    "received_at = 'x'",
    "idempotency_key = NULL",
    `body_hash = ${OTHER}`,
    "decision = 'deny'",
    "problem = '{}'",
    "evidence = 'x'",
    "sequence = 9",
  ].map((change) => `UPDATE request SET result = '{}', ${change} WHERE id = 'req_allow'`),
];

let database: LedgerDatabase;
before((t) => {
  ({ database } = fileLedger(t as TestContext));
  for (const row of ROWS) database.exec(row);
});

for (const statement of REFUSED) {
  test(`append-only: refused: ${statement.replaceAll(/x'[0-9a-f]{64}'/g, "hash")}`, () => {
    assert.throws(() => database.exec(statement), { code: "SQLITE_CONSTRAINT_TRIGGER" });
  });
}

test("append-only: a result is written once, and spend grows, also by a digit", () => {
  const result = database.prepare("UPDATE request SET result = '{}' WHERE id = 'req_allow'").run();
  assert.equal(result.changes, 1);
  database.exec("UPDATE limit_spend SET amount = '100'");
  database.exec("UPDATE limit_spend SET amount = '100'");
  assert.throws(() => database.exec("UPDATE limit_spend SET amount = '99'"), /spend only grows/);
});

test("append-only: no more moves on from a second than was spent in it", () => {
  database.exec("INSERT INTO limit_spend VALUES ('root', 'bnd', 'daily', 11, '20', '20')");
  for (const moved of ["21", "100"]) {
    const more = `UPDATE limit_spend SET moved = '${moved}' WHERE second = 11`;
    assert.throws(() => database.exec(more), { code: "SQLITE_CONSTRAINT_CHECK" });
  }
});

test("append-only: one decision for an Idempotency-Key of a principal", () => {
  const second = `INSERT INTO request VALUES ('req_2', 'root', 'key_1', 'prn', 't', 'now', 'idem', ${HASH}, 'allow', NULL, '{}', NULL, 4)`;
  assert.throws(() => database.exec(second), { code: "SQLITE_CONSTRAINT_UNIQUE" });
});
