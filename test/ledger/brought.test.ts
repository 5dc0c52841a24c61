/** Migration 18: answers that an earlier release kept say by themselves what their acts brought about. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { migrate } from "../../src/ledger/migrate.ts";
import { AnswerTable } from "../../src/ledger/tables/answers.ts";
import { ledgerOf } from "./memory.ts";

const BODIES = {
  freeze: [
    { id: "frz_1", scope: { everything: true } },
    { kind: "freeze", id: "frz_1" },
  ],
  key: [
    { id: "key_1", state: "disabled" },
    { kind: "key", id: "key_1", state: "disabled" },
  ],
  principal: [
    { id: "prn_1", namespace: "acme", token: null },
    { kind: "principal", id: "prn_1", namespace: "acme", version: null },
  ],
  binding: [
    { id: "bnd_1", version: 1 },
    { kind: "binding", id: "bnd_1", version: 1 },
  ],
  "early binding": [{ id: "bnd_2" }, { kind: "binding", id: "bnd_2", version: null }],
  descriptor: [{ id: "dsc_1" }, { kind: "descriptor", id: "dsc_1" }],
  wallet: [{ id: "wal_1" }, null],
  policy: [{ digest: "sha256:00" }, null],
  list: [["frz_1"], null],
  number: [{ id: 7 }, null],
} as const;

test("migration 18: each kind of answer, and those of what is never undone", () => {
  const database = ledgerOf(17);
  const insert = database.prepare(
    "INSERT INTO idempotent_answer VALUES ('root', 'prn', ?, zeroblob(32), 201, ?, 'now')",
  );
  for (const [key, [body]] of Object.entries(BODIES)) insert.run(key, JSON.stringify(body));
  migrate(database);
  const table = new AnswerTable(database);
  for (const [key, [, brought]] of Object.entries(BODIES))
    assert.deepEqual(table.get("root", "prn", key)?.brought, brought, key);
  assert.throws(() => database.exec("UPDATE idempotent_answer SET brought = NULL"), /does not change/);
});

test("what an answer brought about is read as it was stored, and a damaged one not at all", () => {
  const database = ledgerOf(17);
  migrate(database);
  const table = new AnswerTable(database);
  const kept = {
    namespace: "root",
    principal: "prn",
    idempotencyKey: "k",
    requestHash: new Uint8Array(32),
    status: 201,
    body: "{}",
    createdAt: "now",
    brought: { kind: "key", id: "key_1", state: "active" },
  } as const;
  table.insert(kept);
  assert.deepEqual(table.get("root", "prn", "k"), kept);
  for (const [key, damaged] of [
    ["word", '{"kind":"thing","id":"x"}'],
    ["state", '{"kind":"key","id":"key_1","state":"asleep"}'],
    ["id", '{"kind":"freeze"}'],
  ] as const) {
    database
      .prepare("INSERT INTO idempotent_answer VALUES ('root', 'prn', ?, zeroblob(32), 201, '{}', 'now', ?)")
      .run(key, damaged);
    assert.throws(() => table.get("root", "prn", key), { code: "service.internal" });
  }
});
