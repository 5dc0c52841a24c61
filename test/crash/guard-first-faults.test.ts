/**
 * A disk that fails under the writes that the guard makes around a record: the chain of a new data directory, a key's
 * first row, its watermarks, its being stopped. No signature and no history leaves; the process stops with code 70.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { toHex } from "../../src/domain/bytes.ts";
import { blsPublicKey } from "../../src/vault/sign/bls.ts";
import { MAINNET_GENESIS_ROOT } from "../chains/ethereum-validator/duties.ts";
import { claviger, succeeded } from "../commands/claviger.ts";
import type { Reply } from "../running/service.ts";
import { assertSigned } from "../running/validators.ts";
import { keystoreOf, validatorKey } from "../vault/keystores/keystores.ts";
import { few } from "../extent.ts";
import { block, contradicting, GENESIS_EPOCH, vote, type Duty } from "./duties.ts";
import type { Fault } from "./fault-preload.ts";
import { guardRows, guardState, validatorKeys, type ValidatorKey } from "./guard-rows.ts";
import { Installation } from "./installation.ts";

const PRELOAD = pathToFileURL(join(import.meta.dirname, "fault-preload.ts")).href;
const PASSWORD = "correct horse";
const KEYSTORES = "/eth/v1/keystores";

type Kind = "block" | "vote";
const KINDS = ["block", "vote"] as const;
const CHAIN = "UPDATE slashing_chain";
const VALIDATOR = "INSERT INTO slashing_validator";
const WATERMARK = "UPDATE slashing_validator SET low_slot";
const ENABLED = "UPDATE slashing_validator SET enabled";

/** Before anything is signed, so that each of them is under the first duty of the data directory. */
const FIRST_OF_ALL: readonly (readonly [Kind, Fault])[] = [
  ["block", { sql: CHAIN, when: "before", code: "SQLITE_FULL" }],
  ["vote", { sql: CHAIN, when: "after", code: "SQLITE_IOERR_WRITE" }],
];
/** Under the first duty of a key. */
const FIRST_OF_KEY: readonly (readonly [Kind, Fault])[] = [
  ["block", { sql: VALIDATOR, when: "before", code: "SQLITE_FULL" }],
  ["vote", { sql: VALIDATOR, when: "after", code: "SQLITE_IOERR_WRITE" }],
  ["vote", { sql: WATERMARK, when: "before", code: "SQLITE_IOERR_WRITE" }],
  ["block", { sql: WATERMARK, when: "after", code: "SQLITE_FULL" }],
];
/** These undo themselves. */
const SURVIVED: readonly (readonly [Kind, Fault])[] = KINDS.flatMap((kind) =>
  [VALIDATOR, WATERMARK].flatMap((sql) => [
    [kind, { sql, when: "before", code: null }] as const,
    [kind, { sql, when: "after", code: "SQLITE_CONSTRAINT_TRIGGER" }] as const,
  ]),
);

let installation: Installation;
let keys: ValidatorKey[];
let faultFile: string;
let epoch = GENESIS_EPOCH;

before(async () => {
  installation = await Installation.create();
  keys = await validatorKeys(installation, 24);
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

/** A key that has signed nothing. */
function freshKey(): string {
  const key = keys.pop();
  assert.ok(key !== undefined, "make more keys in before()");
  return key.publicKey;
}

function nextDuty(kind: Kind): Duty {
  epoch += 1;
  return kind === "block" ? block(epoch * 32) : vote(epoch - 1, epoch);
}

function sign(publicKey: string, duty: Duty): Promise<Reply> {
  const headers = { accept: "application/json" };
  return installation.service.call("POST", `/api/v1/eth2/sign/${publicKey}`, duty.body, headers);
}

function hasRow(publicKey: string, duty: Duty): boolean {
  return installation.read(guardRows).get(publicKey)?.has(duty.message.signingRoot) === true;
}

function nameOf(kind: Kind, { sql, when, code }: Fault): string {
  return `a ${kind}: ${sql}: ${code ?? "Error"} ${when} it is written`;
}

/** Runs `ask` while `fault` is planned: no reply of any kind, and the process has stopped. Starts it again. */
async function dieAt(fault: Fault, ask: () => Promise<unknown>): Promise<void> {
  const { process: child, stderr } = installation.service;
  const exit = once(child, "exit");
  writeFileSync(faultFile, JSON.stringify(fault));
  await assert.rejects(ask(), TypeError, "no reply of any kind");
  assert.deepEqual(await exit, [70, null]);
  assert.match(stderr.join(""), /claviger: thread ledger failed: planned failure/);
  rmSync(faultFile);
  await restart();
}

/** Signed once, the same again, and not the other. */
async function assertSignedOnce(
  publicKey: string,
  duty: Duty,
  contradiction = contradicting(duty),
): Promise<void> {
  const [one, again] = [await sign(publicKey, duty), await sign(publicKey, duty)];
  assert.equal(one.status, 200, one.text);
  assertSigned(publicKey, duty.body, one.body.signature);
  assert.equal(again.body.signature, one.body.signature);
  const other = await sign(publicKey, contradiction);
  assert.equal(other.status, 412, other.text);
  assert.match(other.body.code, /^guard\.double_/);
}

for (const [kind, fault] of few([...FIRST_OF_ALL, ...FIRST_OF_KEY], 3)) {
  test(`guard's first writes: ${nameOf(kind, fault)}: nothing signed, nothing kept`, async () => {
    const publicKey = freshKey();
    const duty = nextDuty(kind);
    const earlier = installation.read(guardState);
    await dieAt(fault, () => sign(publicKey, duty));
    assert.deepEqual(installation.read(guardState), earlier, "all of it or nothing");
    await installation.verifyAudit();
    // Nothing was signed, so the duty that contradicts it is safe now; and then it is not safe itself any more.
    if (fault.sql !== CHAIN) await assertSignedOnce(publicKey, contradicting(duty), duty);
  });
}

test("guard's first writes: COMMIT: the first duty of a key is kept whole though its reply was lost", async () => {
  const publicKey = freshKey();
  const duty = nextDuty("vote");
  await dieAt({ sql: "COMMIT", when: "after", code: "SQLITE_IOERR_FSYNC" }, () => sign(publicKey, duty));
  assert.ok(hasRow(publicKey, duty));
  assert.equal((await sign(publicKey, contradicting(duty))).status, 412);
  await assertSignedOnce(publicKey, duty);
});

for (const [kind, fault] of SURVIVED) {
  test(`guard's first writes: ${nameOf(kind, fault)}: the call fails alone and leaves nothing`, async () => {
    const publicKey = freshKey();
    const duty = nextDuty(kind);
    const earlier = installation.read(guardState);
    writeFileSync(faultFile, JSON.stringify(fault));
    const refused = await sign(publicKey, duty);
    rmSync(faultFile);
    assert.equal(refused.status, 500, refused.text);
    assert.equal(refused.body.code, "service.internal");
    assert.deepEqual(installation.read(guardState), earlier);
    await assertSignedOnce(publicKey, contradicting(duty), duty);
  });
}

function keymanager(method: string, body: unknown): Promise<Reply> {
  const token = readFileSync(join(installation.directory, "keymanager.token"), "utf8").trim();
  return installation.service.call(method, KEYSTORES, body, { authorization: `Bearer ${token}` });
}

/** A keystore and its history until `slot`. */
function keystore(index: number, slot: number): { publicKey: string; body: object } {
  const secret = validatorKey(index);
  const publicKey = toHex(blsPublicKey(secret));
  const slashing_protection = JSON.stringify({
    metadata: { interchange_format_version: "5", genesis_validators_root: MAINNET_GENESIS_ROOT },
    data: [{ pubkey: publicKey, signed_blocks: [{ slot: String(slot) }], signed_attestations: [] }],
  });
  const keystores = [JSON.stringify(keystoreOf(secret, PASSWORD))];
  return { publicKey, body: { keystores, passwords: [PASSWORD], slashing_protection } };
}

for (const sql of few(["INSERT INTO slashing_staged_entry", "INSERT INTO slashing_block"], 1)) {
  test(`guard's first writes: a keystore with history: ${sql}: neither key nor history is there`, async () => {
    const imported = keystore(9000 + sql.length, 50);
    const earlier = installation.read(guardState);
    await dieAt({ sql, when: "after", code: "SQLITE_IOERR_WRITE" }, () => keymanager("POST", imported.body));
    assert.deepEqual(installation.read(guardState), earlier);
    assert.equal((await sign(imported.publicKey, block(51))).body.code, "key.not_found");
    const again = await keymanager("POST", imported.body);
    assert.equal(again.body.data[0].status, "imported", again.text);
    assert.equal((await sign(imported.publicKey, block(50))).body.code, "guard.double_proposal");
    await assertSignedOnce(imported.publicKey, block(51));
  });
}

const DELETED = [
  ["COMMIT", true],
  [ENABLED, false],
] as const;
for (const [sql, stopped] of few(DELETED, 1)) {
  test(`guard's first writes: a key is deleted: ${sql}: its history is not given away`, async () => {
    const { publicKey, body } = keystore(9100 + sql.length, 50);
    await keymanager("POST", body);
    await assertSignedOnce(publicKey, block(60));
    const deletion = { pubkeys: [publicKey] };
    await dieAt({ sql, when: "after", code: "SQLITE_FULL" }, () => keymanager("DELETE", deletion));
    const later = await sign(publicKey, block(61));
    if (stopped) assert.equal(later.body.code, "guard.disabled", later.text);
    else assert.equal(later.status, 200, later.text);
    const reply = await keymanager("DELETE", deletion);
    const [entry] = JSON.parse(reply.body.slashing_protection).data;
    const slots = entry.signed_blocks.map((signedBlock: { slot: string }) => signedBlock.slot);
    assert.deepEqual(slots, stopped ? ["50", "60"] : ["50", "60", "61"]);
    assert.equal((await sign(publicKey, block(62))).body.code, "guard.disabled");
  });
}

test("guard's first writes: minimal mode: the watermark fails: nothing is signed", async (t) => {
  await installation.service.stop();
  const variables = { CLAVIGER_STORAGE__DATA_DIR: installation.directory };
  succeeded(await claviger(["slashing", "settings", "--mode", "minimal", "-o", "json"], variables));
  await restart();
  for (const [kind, fault, kept] of [
    ["block", { sql: WATERMARK, when: "before", code: "SQLITE_FULL" }, false],
    ["vote", { sql: WATERMARK, when: "after", code: "SQLITE_IOERR_WRITE" }, false],
    ["vote", { sql: "COMMIT", when: "after", code: "SQLITE_IOERR_FSYNC" }, true],
  ] as const) {
    await t.test(nameOf(kind, fault), async () => {
      const publicKey = freshKey();
      const first = nextDuty(kind);
      assert.equal((await sign(publicKey, first)).status, 200);
      const duty = nextDuty(kind);
      await dieAt(fault, () => sign(publicKey, duty));
      assert.equal((await sign(publicKey, contradicting(first))).body.code, "guard.below_watermark");
      // A watermark cannot tell a repeat from a contradiction: what may have been signed is not signed again.
      assert.equal((await sign(publicKey, duty)).status, kept ? 412 : 200);
      assert.equal((await sign(publicKey, contradicting(duty))).body.code, "guard.below_watermark");
      await installation.verifyAudit();
    });
  }
});
