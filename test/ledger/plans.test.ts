/** What an act asks of the keys is searched by an index down to the rows it means: its cost does not grow with the keys. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { LedgerDatabase } from "../../src/ledger/open.ts";
import { DirectoryTable } from "../../src/ledger/tables/directory.ts";
import { RightsTable } from "../../src/ledger/tables/rights.ts";
import { memoryLedger } from "./memory.ts";

const key = {
  id: "key_1",
  namespace: "root",
  chain: "ethereum",
  address: "0x1",
  publicKey: new Uint8Array(33),
} as const;

const QUESTIONS: Readonly<Record<string, (table: DirectoryTable) => unknown>> = {
  "the key of an id": (table) => table.key(key.namespace, key.id),
  "the keys at an address": (table) => table.liveKeysAt(key),
  "the keys with a public key": (table) => table.keysByPublicKey(key),
  "the keys with a point": (table) => table.keysOfPoint(key),
  "whether others hold a key": (table) => table.isHeldElsewhere(key),
  "whether a key is active": (table) => table.isActive(key.chain, key.publicKey),
};

/** What is prepared while `ask` runs, with the plan of each statement. */
function plansOf(ask: (database: LedgerDatabase) => unknown) {
  const database = memoryLedger();
  const statements: string[] = [];
  const noted: LedgerDatabase = new Proxy(database, {
    get: (target, name) => {
      if (name !== "prepare") return Reflect.get(target, name);
      return (sql: string) => {
        statements.push(sql);
        return target.prepare(sql);
      };
    },
  });
  ask(noted);
  return statements.map((sql) => ({
    sql,
    plan: () =>
      database
        .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
        .all(...Array(sql.split("?").length - 1).fill(""))
        .map(({ detail }) => detail),
  }));
}

for (const [what, ask] of Object.entries(QUESTIONS)) {
  test(`plans: ${what} is a search by what names them`, () => {
    const plan = plansOf((database) => ask(new DirectoryTable(database))).flatMap((statement) =>
      statement.plan(),
    );
    assert.ok(plan.length > 0);
    for (const detail of plan) {
      assert.match(detail, /^SEARCH key USING (?:COVERING )?INDEX .*(?:\bid=|\baddress=|\bpublic_key=)/);
    }
  });
}

test("plans: whether a key is frozen is a search for each scope, however many freezes are in force", () => {
  const [ofKey] = plansOf((database) =>
    assert.equal(new RightsTable(database).bindings("root", ["key_1"]), undefined),
  ).filter(({ sql }) => sql.includes("freeze"));
  const plan = (ofKey?.plan() ?? []).filter((detail) => /freeze/.test(detail));
  assert.equal(plan.length, 4);
  for (const detail of plan) assert.match(detail, /^SEARCH freeze USING .*scope_kind=\? AND scope_id=\?/);
});
