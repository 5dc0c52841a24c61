/** However long the history is, the guard finds a height by its key: no statement reads a whole table, or sorts one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EotsTable } from "../../../src/ledger/tables/eots.ts";
import { memoryLedger } from "../../ledger/memory.ts";
import { AT, chainId, place, publicKey, track } from "./guard.ts";

test("eots: every statement of the guard is answered by the primary key", () => {
  const database = memoryLedger();
  const statements = new Set<string>();
  const prepare = database.prepare.bind(database);
  Reflect.set(database, "prepare", (sql: string) => {
    statements.add(sql);
    return prepare(sql);
  });
  const table = new EotsTable(database);
  table.insert({ ...place(0, 5n), message: new Uint8Array(), signature: null, at: AT });
  table.records(null, place(0, 1n), 5);
  table.records(publicKey(0), place(0, 1n), 5);
  table.records(publicKey(0), null, 5);
  table.count(track(0));
  assert.ok(statements.size > 10);
  const bound = {
    publicKey: publicKey(0),
    chainId: chainId(0),
    height: new Uint8Array(8),
    only: publicKey(0),
    limit: 5,
    message: new Uint8Array(),
    signature: null,
    at: AT,
  };
  for (const sql of statements) {
    const plan = prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...(sql.includes("?") ? [publicKey(0)] : [bound]))
      .map((row) => row.detail);
    const scans = plan.filter((step) => step.includes("SCAN eots_"));
    assert.deepEqual(scans, [], `${sql}: ${plan.join(" | ")}`);
    // Two rows are sorted to find the earlier one; nothing else is.
    assert.ok(sql.includes("UNION") || plan.every((step) => !step.includes("TEMP B-TREE")), sql);
  }
  const paged = [...statements].find((sql) => sql.includes("public_key = @only AND"));
  const [step] = prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${paged}`).all(bound);
  assert.match(step?.detail ?? "", /\(public_key=\? AND \(chain_id,height\)>\(\?,\?\)\)/);
  database.close();
});
