/** Lists of decided requests: a caller who may read only its own gets full pages of them, from an index. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { decide, decision, newTables, operate, type TestTables } from "./tables.ts";

describe("requests: lists", () => {
  let tables: TestTables;
  before(() => {
    tables = newTables();
    for (let index = 0; index < 40; index += 1) {
      const principal = index % 10 === 0 ? "prn_rare" : "prn_busy";
      operate(tables, () => decide(tables, decision({ principal })));
    }
  });

  test("one principal's are found however many others lie between them", () => {
    const page = tables.requests.list("root", "prn_rare", "~", 3);
    assert.deepEqual(
      page.map((row) => row.principal),
      ["prn_rare", "prn_rare", "prn_rare"],
    );
    const rest = tables.requests.list("root", "prn_rare", page.at(-1)?.id ?? "", 3);
    assert.equal(rest.length, 1);
    assert.equal(tables.requests.list("root", null, "~", 500).length, 40);
    assert.deepEqual(tables.requests.list("other", "prn_rare", "~", 3), []);
  });

  test("an index answers, without a scan or a sort", () => {
    const plan = tables.database
      .prepare<[], { detail: string }>(
        `EXPLAIN QUERY PLAN SELECT * FROM request WHERE namespace = 'root' AND principal = 'prn_rare' AND id < '~'
         ORDER BY id DESC LIMIT 3`,
      )
      .all();
    assert.deepEqual(
      plan.map((row) => row.detail),
      ["SEARCH request USING INDEX request_by_principal (namespace=? AND principal=? AND id<?)"],
    );
  });
});
