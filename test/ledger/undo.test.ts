/** What a savepoint may have to undo: it is kept in memory, and no commit makes a file for it. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
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

function paper(t: TestContext): LedgerDatabase {
  const database = openLedger(join(temporaryDirectory(t), "paper.sqlite"), { readonly: false });
  t.after(() => database.close());
  database.exec("CREATE TABLE paper (id INTEGER PRIMARY KEY, text BLOB NOT NULL)");
  const insert = database.prepare("INSERT INTO paper (text) VALUES (randomblob(?))");
  for (let row = 0; row < ROWS; row += 1) insert.run(PAGE_BYTES);
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
