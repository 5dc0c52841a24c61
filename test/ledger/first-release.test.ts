/** A ledger that the first release wrote opens in this one: what it signed, refused, spent and promised still holds. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { migrations, schemaVersion } from "../../src/ledger/migrate.ts";
import { LEDGER_FILE, openLedger } from "../../src/ledger/open.ts";
import { LimitTable } from "../../src/ledger/tables/limits.ts";
import { RunningService } from "../running/service.ts";
import { block, signDuty, vote } from "../running/validators.ts";

const FOLDER = join(import.meta.dirname, "first-release");
const MAIN = join(import.meta.dirname, "../../src/main.ts");
/** Of this ledger alone. */
const PASSPHRASE = "P2fjrfpQN_s5woWQICm8OUmxrwrddfwL";
const FIRST_SCHEMA = 7;
const expected = JSON.parse(readFileSync(join(FOLDER, "expected.json"), "utf8"));
const JSON_ANSWER = { accept: "application/json" };
const run = promisify(execFile);

const directory = mkdtempSync(join(tmpdir(), "claviger-first-release-"));
let service: RunningService;

before(async () => {
  writeFileSync(join(directory, "dev.passphrase"), PASSPHRASE, { mode: 0o600 });
  const file = join(directory, LEDGER_FILE);
  writeFileSync(file, gunzipSync(readFileSync(join(FOLDER, "ledger.sqlite.gz"))), { mode: 0o600 });
  const database = openLedger(file, { readonly: true });
  assert.equal(schemaVersion(database), FIRST_SCHEMA);
  database.close();
  service = await RunningService.start({ dataDirectory: directory });
});

after(async () => {
  await service.stop();
  rmSync(directory, { recursive: true });
});

test("what a guard has on record is refused in another form, and signed again in the same", async () => {
  const [voter, proposer] = expected.validators;
  const other = await signDuty(service, voter, vote(10n, 11n, 7), JSON_ANSWER);
  assert.deepEqual([other.status, other.body.code], [412, "guard.double_vote"]);
  const secondBlock = await signDuty(service, proposer, block(400n, 7), JSON_ANSWER);
  assert.deepEqual([secondBlock.status, secondBlock.body.code], [412, "guard.double_proposal"]);
  const again = await signDuty(service, voter, vote(10n, 11n), JSON_ANSWER);
  assert.equal(again.body.signature, expected.vote.signature);
  const blockAgain = await signDuty(service, proposer, block(400n), JSON_ANSWER);
  assert.equal(blockAgain.body.signature, expected.block.signature);
});

test("a finality provider's height keeps its message", async () => {
  const path = `/v1/keys/${expected.keys.babylon.id}/sign`;
  const message = (digits: string) => ({
    type: "babylon.eots",
    chainId: "bbn-1",
    height: "7",
    message: `0x${digits.repeat(32)}`,
  });
  const other = await service.call("POST", path, message("22"));
  assert.deepEqual([other.status, other.body.code], [412, "guard.eots_conflict"]);
  const again = await service.call("POST", path, message("11"));
  assert.equal(again.body.signature, expected.eots.signature);
});

test("an Idempotency-Key gives what its first use gave", async () => {
  const { signed, transaction, wallet, keys } = expected;
  const body = { type: "ethereum.transaction", transaction };
  const repeat = await service.call("POST", `/v1/keys/${keys.ethereum.id}/sign`, body, {
    "idempotency-key": "sign-1",
  });
  assert.equal(repeat.status, 200, repeat.text);
  for (const [name, value] of Object.entries(signed)) assert.equal(repeat.body[name], value, name);
  const mnemonic = `${"abandon ".repeat(11)}about`;
  const made = await service.call(
    "POST",
    "/v1/wallets",
    { name: "treasury", mnemonic },
    { "idempotency-key": "wallet-1" },
  );
  assert.deepEqual([made.status, made.body], [201, wallet]);
});

test("keys have the addresses that they had, and a refusal of a policy is still one", async () => {
  for (const key of Object.values<any>(expected.keys)) {
    const { body } = await service.call("GET", `/v1/keys/${key.id}`);
    for (const [name, value] of Object.entries(key)) assert.deepEqual(body[name], value, name);
  }
  const message = { type: "solana.message", message: { text: "hello" } };
  const denied = await service.call("POST", `/v1/keys/${expected.keys.solana.id}/sign`, message);
  assert.deepEqual([denied.status, denied.body.code], [403, "policy.denied"]);
});

test("principals keep their tokens, and the log extends the one that was signed", async () => {
  const auditor = { authorization: `Bearer ${expected.auditor.token}` };
  const [, size] = expected.checkpoint.split("\n");
  const now = await service.call("GET", "/v1/audit/checkpoint", undefined, auditor);
  const [, newSize] = now.text.split("\n");
  const proof = await service.call(
    "GET",
    `/v1/audit/proofs/consistency?from=${size}&to=${newSize}`,
    undefined,
    auditor,
  );
  assert.equal(proof.status, 200, proof.text);
  assert.ok(proof.body.proof.length > 0);
});

test("with the service stopped: the newest schema, the log verifies, and what was spent is spent", async () => {
  await service.stop();
  const environment = { ...process.env, CLAVIGER_STORAGE__DATA_DIR: directory };
  const { stdout } = await run(process.execPath, [MAIN, "audit", "verify", "-o", "json"], {
    env: environment,
  });
  assert.ok(JSON.parse(stdout).size >= 35);
  const database = openLedger(join(directory, LEDGER_FILE), { readonly: true });
  try {
    assert.equal(schemaVersion(database), migrations().length);
    // An hour after the one spend of this counter, whatever the clock says now.
    const now = Math.floor(Date.parse("2026-12-01T02:45:20Z") / 1000);
    assert.equal(new LimitTable(database).spent(expected.limited, "spent", 31_536_000, now), 600n);
  } finally {
    database.close();
  }
});
