/** What the writer undoes: each write of a transaction by itself, and from memory. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { Transaction } from "../../src/ledger/transaction.ts";
import { openLedger, undoInMemory, type LedgerDatabase } from "../../src/ledger/open.ts";
import { temporaryDirectory } from "./memory.ts";

/** More pages than SQLite keeps in memory by default. */
const ROWS = 64;
const PAGE_BYTES = 4096;

test("undo: a large savepoint opens no temporary file, and goes back whole", (t) => {
  const inMemory = paper(t);
  undoInMemory(inMemory);
  assert.equal(filesOfSavepoint(inMemory), 0);
  // Were it none here either, the line above would show nothing.
  assert.equal(filesOfSavepoint(paper(t)), 1);
});

for (const fates of ["u", "uu", "k", "uk", "ku", "uku", "kuku", "ukkuuk"]) {
  test(`undo: of writes that are kept (k) and undone (u) in this order, those alone are there: ${fates}`, (t) => {
    const database = paper(t, 0);
    const transaction = new Transaction(database);
    const insert = database.prepare("INSERT INTO paper (id, text) VALUES (?, x'00')");
    // The second time, because a transaction remembers nothing of the one before.
    for (const first of [0, 100]) {
      transaction.begin();
      for (const [index, fate] of fates.split("").entries()) {
        transaction.savepoint();
        insert.run(first + index);
        if (fate === "k") transaction.release();
        else transaction.rollback();
        assert.ok(transaction.isOpen);
      }
      transaction.commit();
      assert.ok(!transaction.isOpen);
    }
    const kept = fates.split("").flatMap((fate, index) => (fate === "k" ? [index] : []));
    const there = database.prepare("SELECT id FROM paper ORDER BY id").pluck().all();
    assert.deepEqual(there, [...kept, ...kept.map((index) => 100 + index)]);
  });
}

function paper(t: TestContext, rows = ROWS): LedgerDatabase {
  const database = openLedger(join(temporaryDirectory(t), "paper.sqlite"), { readonly: false });
  t.after(() => database.close());
  database.exec("CREATE TABLE paper (id INTEGER PRIMARY KEY, text BLOB NOT NULL)");
  const insert = database.prepare("INSERT INTO paper (text) VALUES (randomblob(?))");
  for (let row = 0; row < rows; row += 1) insert.run(PAGE_BYTES);
  return database;
}

/** Files that are open for a savepoint that changes every page, before it is taken back. */
function filesOfSavepoint(database: LedgerDatabase): number {
  const bytes = () => database.prepare("SELECT sum(length(text)) FROM paper").pluck().get();
  const before = { bytes: bytes(), files: openFiles() };
  database.exec("BEGIN IMMEDIATE; SAVEPOINT operation; UPDATE paper SET text = text || x'00'");
  const files = openFiles() - before.files;
  assert.notEqual(bytes(), before.bytes);
  database.exec("ROLLBACK TO operation; RELEASE operation; COMMIT");
  assert.equal(bytes(), before.bytes);
  return files;
}

function openFiles(): number {
  return readdirSync("/proc/self/fd").length;
}
