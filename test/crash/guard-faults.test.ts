/**
 * A disk that fails under the double-sign guard's own writes: no signature, the process stops with code 70, and after
 * a start from the file the verdicts are those that the rows on disk demand, whether the failed write is among them.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Reply } from "../running/service.ts";
import { few } from "../extent.ts";
import { block, contradicting, GENESIS_EPOCH, vote, type Duty } from "./duties.ts";
import type { Fault } from "./fault-preload.ts";
import { guardRows, validatorKeys, type ValidatorKey } from "./guard-rows.ts";
import { Installation } from "./installation.ts";

const PRELOAD = pathToFileURL(join(import.meta.dirname, "fault-preload.ts")).href;

type Kind = "block" | "vote";
const TABLE = { block: "slashing_block", vote: "slashing_attestation" } as const;

/** Stops the process. `kept`: the duty's row is on disk afterwards. */
const FATAL: readonly (readonly [kind: Kind, fault: Fault, kept: boolean])[] = (
  ["block", "vote"] as const
).flatMap((kind) => {
  const insert = `INSERT INTO ${TABLE[kind]}`;
  return [
    [kind, { sql: insert, when: "before", code: "SQLITE_FULL" }, false],
    [kind, { sql: insert, when: "after", code: "SQLITE_IOERR_WRITE" }, false],
    [kind, { sql: insert, when: "after", code: "SQLITE_CORRUPT" }, false],
    // The row is written, what comes after it in the same transaction is not.
    [kind, { sql: "INSERT INTO audit_leaf", when: "before", code: "SQLITE_FULL" }, false],
    [kind, { sql: "INSERT INTO request", when: "after", code: "SQLITE_IOERR_WRITE" }, false],
    [kind, { sql: "COMMIT", when: "before", code: "SQLITE_FULL" }, false],
    [kind, { sql: "COMMIT", when: "after", code: "SQLITE_IOERR_FSYNC" }, true],
  ] as const;
});

/** Undo themselves: the call fails alone, and the same duty is signed when it is asked for again. */
const SURVIVED: readonly (readonly [kind: Kind, fault: Fault])[] = (["block", "vote"] as const).flatMap(
  (kind) =>
    (["before", "after"] as const).flatMap((when) =>
      [null, "SQLITE_CONSTRAINT_TRIGGER"].map(
        (code) => [kind, { sql: `INSERT INTO ${TABLE[kind]}`, when, code }] as const,
      ),
    ),
);

let installation: Installation;
let keys: readonly ValidatorKey[];
let faultFile: string;
let epoch = GENESIS_EPOCH;

before(async () => {
  installation = await Installation.create();
  keys = await validatorKeys(installation, 2);
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

function key(index: 0 | 1): ValidatorKey {
  const found = keys[index];
  assert.ok(found !== undefined);
  return found;
}

function sign(duty: Duty, { publicKey } = key(0)): Promise<Reply> {
  const headers = { accept: "application/json" };
  return installation.service.call("POST", `/api/v1/eth2/sign/${publicKey}`, duty.body, headers);
}

function signBatch(duty: Duty): Promise<Reply> {
  const identifiers = keys.map(({ publicKey }) => publicKey);
  const body = { identifiers, signing_request: duty.body };
  return installation.service.call("POST", "/api/v1/eth2/sign", body, { accept: "application/json" });
}

/** A duty later than all before it. */
function nextDuty(kind: Kind): Duty {
  epoch += 1;
  return kind === "block" ? block(epoch * 32) : vote(epoch - 1, epoch);
}

function hasRow(duty: Duty, { publicKey } = key(0)): boolean {
  return installation.read(guardRows).get(publicKey)?.has(duty.message.signingRoot) === true;
}

const REFUSAL = { block: "guard.double_proposal", vote: "guard.double_vote" } as const;

/** What contradicts a row is refused by it, with it as evidence. */
async function assertContradictionRefused(kind: Kind, duty: Duty): Promise<unknown> {
  const { status, body } = await sign(contradicting(duty));
  assert.equal(status, 412);
  assert.equal(body.code, REFUSAL[kind]);
  const { requestId: _, instance: _instance, ...evidence } = body;
  return evidence;
}

function nameOf(kind: Kind, { sql, when, code }: Fault): string {
  return `a ${kind}: ${sql}: ${code ?? "Error"} ${when} it is written`;
}

for (const [kind, fault, kept] of few(FATAL, 4)) {
  test(`guard's disk: ${nameOf(kind, fault)}: never signed, the same verdicts after a start`, async () => {
    const earlier = nextDuty(kind);
    assert.equal((await sign(earlier)).status, 200);
    const evidence = await assertContradictionRefused(kind, earlier);
    const duty = nextDuty(kind);
    const { process: child, stderr } = installation.service;
    const exit = once(child, "exit");
    writeFileSync(faultFile, JSON.stringify(fault));
    await assert.rejects(sign(duty), TypeError, "no reply of any kind");
    assert.deepEqual(await exit, [70, null]);
    assert.match(stderr.join(""), /claviger: thread ledger failed: planned failure/);

    rmSync(faultFile);
    await restart();
    assert.equal(hasRow(duty), kept);
    assert.deepEqual(await assertContradictionRefused(kind, earlier), evidence);
    if (kept) await assertContradictionRefused(kind, duty);
    const reply = await sign(duty);
    assert.equal(reply.status, 200, reply.text);
    assert.ok(hasRow(duty));
    await assertContradictionRefused(kind, duty);
    await installation.verifyAudit();
  });
}

for (const kind of ["block", "vote"] as const) {
  test(`guard's disk: a batch of ${kind}s whose second row fails: none of them is signed`, async () => {
    const duty = nextDuty(kind);
    const exit = once(installation.service.process, "exit");
    const fault = { sql: `INSERT INTO ${TABLE[kind]}`, when: "before", code: "SQLITE_FULL", skip: 1 };
    writeFileSync(faultFile, JSON.stringify(fault));
    await assert.rejects(signBatch(duty), TypeError, "no reply of any kind");
    assert.deepEqual(await exit, [70, null]);
    rmSync(faultFile);
    await restart();
    for (const one of keys) assert.equal(hasRow(duty, one), false);
    const { status, body } = await signBatch(duty);
    assert.equal(status, 200);
    for (const one of body) assert.match(one.signature, /^0x[0-9a-f]{192}$/);
  });
}

for (const [kind, fault] of SURVIVED) {
  test(`guard's disk: ${nameOf(kind, fault)}: the call fails alone and leaves nothing`, async () => {
    const duty = nextDuty(kind);
    writeFileSync(faultFile, JSON.stringify(fault));
    const refused = await sign(duty);
    rmSync(faultFile);
    assert.equal(refused.status, 500, refused.text);
    assert.equal(refused.body.code, "service.internal");
    assert.doesNotMatch(refused.text, /planned/);
    assert.equal(hasRow(duty), false);
    const reply = await sign(duty);
    assert.equal(reply.status, 200, reply.text);
    await assertContradictionRefused(kind, duty);
    await installation.verifyAudit();
  });
}
