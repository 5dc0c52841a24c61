/** Opening the ledger: durability asserted, readers that cannot write, migrations in order, one process at a time. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { lockDirectory } from "../../src/ledger/lock.ts";
import { migrate, migrations, numbered, schemaVersion } from "../../src/ledger/migrate.ts";
import { openLedger, settle } from "../../src/ledger/open.ts";
import { fileLedger, temporaryDirectory } from "./memory.ts";

test("ledger: a second process on the same directory is refused by name, until the first lets go", (t) => {
  const directory = temporaryDirectory(t);
  const lock = lockDirectory(directory);
  assert.throws(() => lockDirectory(directory), {
    message: `data directory ${directory} is in use by another claviger process; stop it first`,
  });
  lock.release();
  lockDirectory(directory).release();
});

test("ledger: the kernel drops the lock of a process that SIGKILL ended", async (t) => {
  const directory = temporaryDirectory(t);
  const code = `import { lockDirectory } from ${JSON.stringify(new URL("../../src/ledger/lock.ts", import.meta.url).href)};
    lockDirectory(${JSON.stringify(directory)}); gc(); gc(); console.log("held"); setInterval(() => {}, 1000);`;
  // A lock that its taker forgets stays: collecting garbage must not let another process in.
  const holder = spawn(process.execPath, ["--expose-gc", "--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => holder.kill("SIGKILL"));
  await once(holder.stdout, "data");
  assert.throws(() => lockDirectory(directory), /in use by another claviger process/);
  holder.kill("SIGKILL");
  await once(holder, "exit");
  lockDirectory(directory).release();
});

test("ledger: the writer has WAL, synchronous=FULL, foreign keys and recursive triggers", (t) => {
  const { database } = fileLedger(t);
  for (const [pragma, value] of [
    ["journal_mode", "wal"],
    ["synchronous", 2],
    ["foreign_keys", 1],
    ["recursive_triggers", 1],
    ["trusted_schema", 0],
  ] as const) {
    assert.equal(database.pragma(pragma, { simple: true }), value, pragma);
  }
});

test("ledger: a writer that cannot have WAL is refused", () => {
  assert.throws(() => openLedger(":memory:", { readonly: false }), /has journal_mode=memory/);
});

test("ledger: a reader cannot write, and never creates the file", (t) => {
  const { path } = fileLedger(t);
  const reader = openLedger(path, { readonly: true });
  t.after(() => reader.close());
  assert.throws(() => reader.exec("INSERT INTO namespace VALUES ('x', 'y')"), { code: "SQLITE_READONLY" });
  assert.throws(() => reader.exec("PRAGMA user_version = 0; CREATE TABLE x (y)"), {
    code: /^SQLITE_READONLY/,
  });
  const missing = join(temporaryDirectory(t), "missing.sqlite");
  assert.throws(() => openLedger(missing, { readonly: true }), { code: "SQLITE_CANTOPEN" });
  assert.equal(existsSync(missing), false);
});

test("ledger: settle copies the whole write-ahead log into the file", (t) => {
  const { path, database } = fileLedger(t);
  database.exec("INSERT INTO namespace VALUES ('kept', 'now')");
  settle(database);
  const copy = `${path}.copy`;
  copyFileSync(path, copy);
  const again = openLedger(copy, { readonly: false });
  assert.equal(again.prepare("SELECT count(*) FROM namespace").pluck().get(), 1, "without its log");
  again.close();
});

test("ledger: settle refuses while an older reader keeps part of the log in use", (t) => {
  const { path, database } = fileLedger(t);
  database.pragma("busy_timeout = 50");
  const reader = openLedger(path, { readonly: true });
  t.after(() => reader.close());
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM namespace").get();
  database.exec("INSERT INTO namespace VALUES ('later', 'now')");
  assert.throws(() => settle(database), /being read by another process since before the last commit/);
  reader.exec("COMMIT");
  settle(database);
});

test("migrations: an empty file gets all of them, a second run changes nothing", (t) => {
  const { database } = fileLedger(t);
  const schema = () => database.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY name").all();
  const first = schema();
  assert.equal(schemaVersion(database), migrations().length);
  assert.ok(first.length > 20);
  migrate(database);
  assert.deepEqual(schema(), first);
  assert.deepEqual(database.pragma("integrity_check", { simple: true }), "ok");
});

test("migrations: a file of a newer release is refused and stays as it is", (t) => {
  const { database } = fileLedger(t);
  const newer = migrations().length + 1;
  database.pragma(`user_version = ${newer}`);
  assert.throws(() => migrate(database), {
    message: `ledger has schema ${newer}, this release knows ${newer - 1}: run the newer release`,
  });
  assert.equal(schemaVersion(database), newer);
});

test("migrations: one that fails leaves neither its tables nor its version", (t) => {
  const path = join(temporaryDirectory(t), "ledger.sqlite");
  const database = openLedger(path, { readonly: false });
  database.exec("CREATE TABLE audit_log (in_the_way INTEGER)");
  assert.throws(() => migrate(database), /already exists/);
  assert.equal(schemaVersion(database), 0);
  assert.equal(database.prepare("SELECT count(*) FROM sqlite_schema").pluck().get(), 1);
});

for (const [names, flaw] of [
  [["0001-a.sql", "0003-c.sql"], "0003-c.sql"],
  [["0002-b.sql"], "0002-b.sql"],
  [["0001-a.sql", "0001-b.sql"], "0001-b.sql"],
  [["first.sql"], "first.sql"],
] as const) {
  test(`migrations: ${names.join(", ")} is out of sequence`, () => {
    assert.throws(() => numbered(names), { message: `migration ${flaw} is out of sequence` });
  });
}

test("ledger: every table is STRICT", (t) => {
  const { database } = fileLedger(t);
  const loose = database
    .prepare(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0 AND name NOT LIKE 'sqlite_%'",
    )
    .pluck()
    .all();
  assert.deepEqual(loose, []);
});
