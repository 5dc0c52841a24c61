/**
 * The fault table of the record transaction: every write fails in two ways, not persisted and persisted anyway. A
 * failure of the storage ends the process with code 70 and nothing is signed; a start from the file finds out what
 * is on disk, and the same request then gets one answer.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { answering } from "../running/policies.ts";
import { RunningService } from "../running/service.ts";
import { few } from "../extent.ts";
import type { Fault } from "./fault-preload.ts";
import { allowed, decisionsByKey, Installation, reserved } from "./installation.ts";
import { ethereumTransfer } from "./requests.ts";

const PRELOAD = pathToFileURL(join(import.meta.dirname, "fault-preload.ts")).href;

/** What is on disk after the crash: nothing, the decision, or the decision and its result. */
type OnDisk = "nothing" | "decision" | "result" | "nothing or a decision";

const FATAL: readonly (readonly [fault: Fault, onDisk: OnDisk])[] = [
  [{ sql: "BEGIN IMMEDIATE", when: "before", code: "SQLITE_IOERR_SHMLOCK" }, "nothing"],
  [{ sql: "BEGIN IMMEDIATE", when: "after", code: "SQLITE_IOERR_SHMLOCK" }, "nothing"],
  [{ sql: "SAVEPOINT operation", when: "before", code: "SQLITE_NOMEM" }, "nothing"],
  [{ sql: "SAVEPOINT operation", when: "after", code: "SQLITE_NOMEM" }, "nothing"],
  [{ sql: "INSERT INTO limit_spend", when: "before", code: "SQLITE_FULL" }, "nothing"],
  [{ sql: "INSERT INTO limit_spend", when: "after", code: "SQLITE_IOERR_WRITE" }, "nothing"],
  [{ sql: "INSERT INTO limit_group", when: "after", code: "SQLITE_IOERR_WRITE" }, "nothing"],
  [{ sql: "INSERT INTO audit_leaf", when: "before", code: "SQLITE_FULL" }, "nothing"],
  [{ sql: "INSERT INTO audit_leaf", when: "after", code: "SQLITE_IOERR_WRITE" }, "nothing"],
  // Every second leaf completes a subtree: that of the decision or that of the outcome.
  [{ sql: "INSERT INTO audit_node", when: "before", code: "SQLITE_FULL" }, "nothing or a decision"],
  [{ sql: "INSERT INTO audit_node", when: "after", code: "SQLITE_IOERR_WRITE" }, "nothing or a decision"],
  [{ sql: "INSERT INTO request", when: "before", code: "SQLITE_CORRUPT" }, "nothing"],
  [{ sql: "INSERT INTO request", when: "after", code: "SQLITE_IOERR_READ" }, "nothing"],
  [{ sql: "RELEASE operation", when: "before", code: "SQLITE_IOERR_WRITE" }, "nothing"],
  [{ sql: "RELEASE operation", when: "after", code: "SQLITE_IOERR_WRITE" }, "nothing"],
  [{ sql: "COMMIT", when: "before", code: "SQLITE_FULL" }, "nothing"],
  [{ sql: "COMMIT", when: "after", code: "SQLITE_IOERR_FSYNC" }, "decision"],
  // The outcome: decided and signed, but neither kept nor released.
  [{ sql: "UPDATE request SET result", when: "before", code: "SQLITE_FULL" }, "decision"],
  [{ sql: "UPDATE request SET result", when: "after", code: "SQLITE_IOERR_WRITE" }, "decision"],
  [{ sql: "INSERT INTO audit_leaf", when: "after", code: "SQLITE_IOERR_WRITE", skip: 1 }, "decision"],
  [{ sql: "COMMIT", when: "before", code: "SQLITE_IOERR_FSYNC", skip: 1 }, "decision"],
  [{ sql: "COMMIT", when: "after", code: "SQLITE_IOERR_FSYNC", skip: 1 }, "result"],
];

/** Failures that undo themselves: the call fails, its savepoint is rolled back, the service goes on. */
const SURVIVED: readonly Fault[] = ["limit_spend", "limit_group", "audit_leaf", "request"].flatMap(
  (table) => [
    { sql: `INSERT INTO ${table}`, when: "before", code: null },
    { sql: `INSERT INTO ${table}`, when: "after", code: null },
    { sql: `INSERT INTO ${table}`, when: "before", code: "SQLITE_CONSTRAINT_TRIGGER" },
    { sql: `INSERT INTO ${table}`, when: "after", code: "SQLITE_CONSTRAINT_TRIGGER" },
  ],
);

const POLICY = answering({
  decision: "allow",
  limits: [{ counter: "all", amount: "7", window: 86_400, max: "1000000" }],
});

let installation: Installation;
let binding: string;
let faultFile: string;

before(async () => {
  installation = await Installation.create();
  binding = await installation.bind(await installation.upload(POLICY));
  faultFile = join(installation.directory, "fault.json");
  await installation.service.stop();
  await restart();
});
after(async () => {
  await installation.service.stop();
  installation.remove();
});

function restart(): Promise<void> {
  return installation.restart({ NODE_OPTIONS: `--import=${PRELOAD}`, TEST_FAULT_FILE: faultFile });
}

function nameOf({ sql, when, code, skip }: Fault): string {
  return `${sql}${skip === undefined ? "" : ", second time"}: ${code ?? "Error"} ${when} it is written`;
}

/** One reservation of 7 for each allowed decision, and a log that verifies. */
async function checkWhole(): Promise<void> {
  installation.read((database) =>
    assert.equal(reserved(database, binding), 7n * BigInt(allowed(database, binding, 0))),
  );
  await installation.verifyAudit();
}

for (const [fault, onDisk] of few(FATAL, 5)) {
  test(`fault table: ${nameOf(fault)}: the process stops; ${onDisk} on disk`, async () => {
    const { process: child, stderr } = installation.service;
    const exit = once(child, "exit");
    const ask = ethereumTransfer(installation.keys.ethereum);
    const key = randomUUID();
    writeFileSync(faultFile, JSON.stringify(fault));
    await assert.rejects(installation.sign(ask, key), TypeError, "no reply of any kind");
    assert.deepEqual(await exit, [70, null]);
    assert.match(stderr.join(""), /claviger: thread ledger failed: planned failure/);

    rmSync(faultFile);
    await restart();
    const rows = installation.read((database) => decisionsByKey(database, key));
    if (onDisk !== "nothing or a decision") assert.equal(rows.length, onDisk === "nothing" ? 0 : 1);
    assert.equal(rows[0]?.result !== null && rows[0] !== undefined, onDisk === "result");
    await checkWhole();

    const reply = await installation.sign(ask, key);
    assert.equal(reply.status, 200, reply.text);
    if (rows[0] !== undefined) assert.equal(reply.body.requestId, rows[0].id, "what was decided stands");
    assert.equal(installation.read((database) => decisionsByKey(database, key)).length, 1);
    await checkWhole();
  });
}

for (const fault of few(SURVIVED, 8)) {
  test(`fault table: ${nameOf(fault)}: the call fails alone and leaves nothing`, async () => {
    const ask = ethereumTransfer(installation.keys.ethereum);
    const key = randomUUID();
    writeFileSync(faultFile, JSON.stringify(fault));
    const refused = await installation.sign(ask, key);
    rmSync(faultFile);
    assert.equal(refused.status, 500, refused.text);
    assert.equal(refused.body.code, "service.internal");
    assert.doesNotMatch(refused.text, /planned/);
    assert.equal(installation.read((database) => decisionsByKey(database, key)).length, 0);
    const reply = await installation.sign(ask, key);
    assert.equal(reply.status, 200, reply.text);
    await checkWhole();
  });
}

test("a second service on the same data directory is refused by name", async () => {
  await assert.rejects(
    RunningService.start({ dataDirectory: installation.directory }),
    /data directory .* is in use by another claviger process; stop it first/,
  );
  const reply = await installation.sign(ethereumTransfer(installation.keys.ethereum), randomUUID());
  assert.equal(reply.status, 200, reply.text);
});
