/** The log's time: it never goes back, but by the one entry that says so. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { newNoteKey } from "../audit/note-key.ts";
import { hexOf } from "../../src/audit/tree.ts";
import { verifyLog } from "../../src/audit/verify.ts";
import type { LedgerDatabase } from "../../src/ledger/open.ts";
import { AuditTable } from "../../src/ledger/tables/audit.ts";
import { acceptClock } from "../../src/record/acts/clock.ts";
import { carryOut, type ActStore } from "../../src/record/acts/perform.ts";
import { leafHash } from "../../src/audit/tree.ts";
import { utf8 } from "../../src/domain/bytes.ts";
import { LogWriter } from "../../src/record/log-writer.ts";
import { memoryLedger } from "../ledger/memory.ts";

const NOW = Date.parse("2026-03-01T12:00:00.000Z");
const YEAR = 365 * 86_400_000;
const ORIGIN = "example.com/log";

interface Home {
  readonly database: LedgerDatabase;
  readonly table: AuditTable;
  readonly log: LogWriter;
}

/** A log with one entry of now and one of a year ahead; the clock is a minute after the first. */
function cameBack(t: TestContext): Home {
  t.mock.timers.enable({ apis: ["Date"], now: NOW });
  const database = memoryLedger();
  const table = new AuditTable(database);
  const log = new LogWriter(table);
  log.append("root", "administration", log.now(), { action: "first" });
  t.mock.timers.setTime(NOW + YEAR);
  log.append("root", "administration", log.now(), { action: "ahead" });
  // A mocked clock is set forward alone; another mock is a clock that came back.
  t.mock.timers.reset();
  t.mock.timers.enable({ apis: ["Date"], now: NOW + 60_000 });
  return { database, table, log };
}

/** As `claviger audit clock --accept` does it. */
function accept(log: LogWriter, stated: string = log.times().clock) {
  const actor = { namespace: "root", principal: "claviger audit clock", tokenVersion: null } as const;
  const caller = { ...actor, roles: [], isInstallation: true };
  // It asks for nothing else, and writes no row.
  const store = { facts: { times: () => log.times() }, rows: {} } as unknown as ActStore;
  return carryOut(acceptClock, { actor, stated }, { caller, at: log.now() }, { store, log }).reply;
}

/** The clock's time after so many seconds. */
const clockAfter = (seconds: number): string => new Date(NOW + 60_000 + seconds * 1000).toISOString();

function timesOf({ table }: Home): readonly unknown[] {
  return table.leaves(null, 0, 100).map(({ entry }) => JSON.parse(entry).at);
}

function verified({ table }: Home): boolean {
  const { verifier } = newNoteKey(ORIGIN);
  const rows = table.leaves(null, 0, 100).map((leaf) => ({ ...leaf, hash: hexOf(leaf.hash) }));
  return verifyLog(rows, { origin: ORIGIN, verifier, checkpoints: [], clockStepMaxMs: 0 }).verified;
}

test("a clock that came back moves nothing: entries have the time of the newest one", (t) => {
  const home = cameBack(t);
  home.log.append("root", "administration", home.log.now(), { action: "after" });
  const [, ahead, after] = timesOf(home);
  assert.equal(after, ahead);
});

test("a clock that is accepted is the log's time from its entry on, which has both times", (t) => {
  const home = cameBack(t);
  const step = accept(home.log);
  const [from, to] = [new Date(NOW + YEAR).toISOString(), new Date(NOW + 60_000).toISOString()];
  assert.deepEqual(step, { from, to });
  t.mock.timers.setTime(NOW + 61_000);
  home.log.append("root", "administration", home.log.now(), { action: "after" });
  assert.deepEqual(timesOf(home).slice(2), [to, new Date(NOW + 61_000).toISOString()]);
  const [, , leaf] = home.table.leaves(null, 0, 100);
  const entry: unknown = JSON.parse(leaf?.entry ?? "");
  const members = { v: 1, type: "administration", namespace: "root", principal: "claviger audit clock" };
  assert.deepEqual(entry, { ...members, action: "audit.clock", at: to, from });
  assert.equal(verified(home), true);
});

for (const seconds of [-86_400, -121, 121, 86_400]) {
  test(`a clock that is ${-seconds} s ahead of what is stated is not accepted: no entry`, (t) => {
    const home = cameBack(t);
    assert.throws(() => accept(home.log, clockAfter(seconds)), { code: "request.conflict" });
    assert.throws(() => accept(home.log, "no time"), { code: "request.conflict" });
    assert.equal(home.table.size(), 2);
  });
}

for (const [seconds, to] of [
  [-119, 0],
  [119, 119],
] as const) {
  test(`of a clock and a stated time ${seconds} s after it the later one counts`, (t) => {
    const home = cameBack(t);
    assert.equal(accept(home.log, clockAfter(seconds))?.to, clockAfter(to));
    // Until the clock is there, the log's time stands still.
    home.log.append("root", "administration", home.log.now(), { action: "after" });
    assert.deepEqual(timesOf(home).slice(2), [clockAfter(to), clockAfter(to)]);
    assert.equal(verified(home), true);
  });
}

test("a clock that is not behind is nothing to accept: no entry", (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: NOW });
  const table = new AuditTable(memoryLedger());
  const log = new LogWriter(table);
  log.append("root", "administration", log.now(), { action: "first" });
  assert.equal(accept(log), null);
  assert.equal(table.size(), 1);
});

test("no entry is dated before the one before it", (t) => {
  const { log, table } = cameBack(t);
  const early = log.times().clock;
  assert.throws(() => log.append("root", "administration", early, { action: "early" }), /would come behind/);
  assert.throws(() => log.append("root", "decision", early, { decision: "allow" }), /would come behind/);
  assert.equal(table.size(), 2);
  log.append("root", "administration", log.now(), { action: "next" });
});

test("a step that was rolled back leaves the log's time ahead", (t) => {
  const { database, log } = cameBack(t);
  database.exec("SAVEPOINT operation");
  accept(log);
  database.exec("ROLLBACK TO operation");
  log.reload();
  assert.equal(log.now(), new Date(NOW + YEAR).toISOString());
});

for (const [what, sql] of [
  ["another action", `replace(entry, '"audit.clock"', '"audit.other"')`],
  ["another time that it steps back from", `replace(entry, '"from":"2027', '"from":"2028')`],
  ["no time that it steps back from", `replace(entry, '"from":', '"form":')`],
] as const) {
  test(`an entry of an earlier time with ${what} is a fault of the log`, (t) => {
    const home = cameBack(t);
    accept(home.log);
    const [, , leaf] = home.table.leaves(null, 0, 100);
    const changed = home.database.prepare<[string], string>(`SELECT ${sql} FROM (SELECT ? AS entry)`).pluck();
    const entry = changed.get(leaf?.entry ?? "") ?? "";
    assert.notEqual(entry, leaf?.entry);
    const other = new AuditTable(memoryLedger());
    const log = new LogWriter(other);
    for (const row of home.table.leaves(null, 0, 2)) {
      const { at, type, namespace, v: _v, ...members } = JSON.parse(row.entry);
      log.append(namespace, type, at, members);
    }
    // The writer itself would refuse some of them. The third leaf completes no node.
    other.insertLeaf({ sequence: 2, namespace: "root", entry, hash: leafHash(utf8(entry)) });
    assert.equal(verified({ ...home, table: other }), false);
  });
}
