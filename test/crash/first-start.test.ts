/**
 * Setting up is one commit between those of the migrations and of the first checkpoint, and a first start may be killed at any of
 * them: the next one makes what is missing. It also completes what an earlier release, with a commit for each step, left half made.
 * FIRST_START_STEP=1 tries every commit.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ROOT_NAMESPACE, SYSTEM_NAMESPACE } from "../../src/access/roles.ts";
import { AUDIT_KEY } from "../../src/domain/audit-log.ts";
import { utf8 } from "../../src/domain/bytes.ts";
import { makeDirectory } from "../../src/ledger/directory.ts";
import { migrate } from "../../src/ledger/migrate.ts";
import { LEDGER_FILE, openLedger } from "../../src/ledger/open.ts";
import { insertSeal, SealedRowWriter } from "../../src/ledger/sealed-rows.ts";
import { AuditTable } from "../../src/ledger/tables/audit.ts";
import { DirectoryTable } from "../../src/ledger/tables/directory.ts";
import { KDF_FLOOR } from "../../src/vault/seal/seal.ts";
import { startVault } from "../../src/vault/vault.ts";
import { RunningService } from "../running/service.ts";
import { claviger, refused, succeeded } from "../commands/claviger.ts";
import { rounds } from "../extent.ts";
import { faultsFrom, plan, written } from "./every-fault.ts";

const STEP = rounds("FIRST_START_STEP");
/** More commits than setting up takes. */
const COMMITS_MAX = 30;

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "claviger-first-"));
  folders.push(folder);
  return folder;
}

/** Environment in which the process dies right after its commit number `skip`, counted from 0. */
function killedAfter(folder: string, skip: number): Readonly<Record<string, string>> {
  const file = join(folder, "fault.json");
  plan(file, written("COMMIT", "SIGKILL", { skip }));
  return faultsFrom(file);
}

async function startsWhole(dataDirectory: string): Promise<void> {
  const service = await RunningService.start({ dataDirectory, environment: { CLAVIGER_DEV__TOKEN: "" } });
  try {
    const token = readFileSync(join(dataDirectory, "dev.token"), "utf8");
    const headers = { authorization: `Bearer ${token}` };
    const { body } = await service.call("GET", "/v1/keys", undefined, headers);
    assert.equal(body.items.length, 1, "one development key");
    const transaction = { chainId: 11155111, nonce: 0, to: body.items[0].address, gas: 21000, gasPrice: "1" };
    const request = { type: "ethereum.transaction", transaction: { ...transaction, value: "1" } };
    const path = `/v1/keys/${body.items[0].id}/sign`;
    const signed = await service.call("POST", path, request, headers);
    assert.equal(signed.status, 200, signed.text);
    const more = { ...request, transaction: { ...transaction, value: `1${"0".repeat(18)}1` } };
    assert.equal((await service.call("POST", path, more, headers)).body.code, "policy.denied");
    const wallets = await service.call("GET", "/v1/wallets", undefined, headers);
    assert.equal(wallets.body.items.length, 1, "nothing is made twice");
  } finally {
    assert.equal(await service.stop(), 0);
  }
  succeeded(await claviger(["audit", "verify", "-o", "json"], { CLAVIGER_STORAGE__DATA_DIR: dataDirectory }));
}

test("serve --dev: killed after any commit of its first start, the second start is whole", async () => {
  let kills = 0;
  for (let skip = 0; skip < COMMITS_MAX; skip += STEP) {
    const folder = newFolder();
    const dataDirectory = join(folder, "data");
    const environment = { ...killedAfter(folder, skip), CLAVIGER_DEV__TOKEN: "" };
    const started = await RunningService.start({ dataDirectory, environment }).catch(() => undefined);
    // The commit may be the one that a service makes when it stops.
    if (started !== undefined && (await started.stop()) === 0) break;
    kills += 1;
    await startsWhole(dataDirectory);
  }
  // Those of the set-up itself, of its checkpoint, and of the development key with its policy and binding.
  assert.ok(kills * STEP >= 6, `only ${kills} kills came before the service was ready`);
});

test("init: killed after any commit, the second init goes on with the same passphrase and no other", async () => {
  let kills = 0;
  for (let skip = 0; skip < COMMITS_MAX; skip += STEP) {
    const folder = newFolder();
    const passphrase = join(folder, "passphrase");
    writeFileSync(passphrase, "six random words are a good one", { mode: 0o600 });
    const data = {
      CLAVIGER_STORAGE__DATA_DIR: join(folder, "data"),
      CLAVIGER_SEAL__PASSPHRASE_FILE: passphrase,
    };
    const init = (more = {}) => claviger(["init", "-o", "json"], { ...data, ...more });
    const first = await init(killedAfter(folder, skip));
    if (first.code === 0) break;
    kills += 1;
    assertNothingOrAll(join(folder, "data"));
    const second = await init();
    if (second.code === 0) {
      const { token } = succeeded(second);
      assert.match(token, /^\S{32,}$/);
    } else {
      // Killed after the one commit, before the token was shown.
      refused(second, 1, "init.exists", /holds no keys yet.*remove it/);
    }
  }
  assert.ok(kills > 0);
});

/** A directory with a seal has an administrator, an audit log and its key. */
function assertNothingOrAll(dataDirectory: string): void {
  const path = join(dataDirectory, LEDGER_FILE);
  if (!existsSync(path)) return;
  const database = openLedger(path, { readonly: true });
  try {
    const tables = ["seal", "kek", "principal", "audit_log", "wallet_secret", "key_secret"];
    const known = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
    const counts = tables.map((table) =>
      known.includes(table) ? database.prepare(`SELECT count(*) FROM ${table}`).pluck().get() : 0,
    );
    assert.ok(new Set(counts).size === 1 && [0, 1].includes(Number(counts[0])), counts.join());
  } finally {
    database.close();
  }
}

const STEPS = ["seal", "wallet", "key", "log"] as const;
const PASSPHRASE = "six random words are a good one";

/** A data directory as an earlier release left it, which was killed after the commit of `last`. */
async function makeHalf(dataDirectory: string, last: (typeof STEPS)[number]): Promise<void> {
  const steps = STEPS.slice(0, STEPS.indexOf(last) + 1);
  makeDirectory(dataDirectory);
  const databasePath = join(dataDirectory, LEDGER_FILE);
  const database = openLedger(databasePath, { readonly: false });
  migrate(database);
  const vault = startVault({ databasePath });
  try {
    const [directory, sealed] = [new DirectoryTable(database), new SealedRowWriter(database)];
    const [createdAt, namespace] = [new Date().toISOString(), SYSTEM_NAMESPACE];
    const [walletId, keyId] = ["wal_01h2xcejqtf2nbrexx3vqjhp41", "key_01h2xcejqtf2nbrexx3vqjhp42"];
    insertSeal(database, await vault.initialise({ passphrase: utf8(PASSPHRASE), kdf: KDF_FLOOR }));
    for (const name of [ROOT_NAMESPACE, namespace]) directory.insertNamespace({ name, createdAt });
    await vault.unseal(utf8(PASSPHRASE));
    if (steps.includes("wallet")) {
      directory.insertWallet({ id: walletId, namespace, name: "audit log", createdAt });
      sealed.insertWallet(await vault.createWallet({ walletId, namespace, words: 24 }));
    }
    if (!steps.includes("key")) return;
    const { publicKey, rows } = await vault.deriveKey({ namespace, walletId, keyId, plan: AUDIT_KEY });
    const row = {
      ...AUDIT_KEY,
      id: keyId,
      namespace,
      walletId,
      publicKey,
      state: "active",
      createdAt,
    } as const;
    directory.insertKey(row);
    sealed.insertKey(rows);
    if (steps.includes("log"))
      new AuditTable(database).insertLog({ origin: "claviger.half/audit", keyId, publicKey });
  } finally {
    await vault.close();
    database.close();
  }
}

for (const last of STEPS) {
  test(`init: goes on where an earlier release was killed after its ${last}`, async () => {
    const folder = newFolder();
    const [dataDirectory, passphrase] = [join(folder, "data"), join(folder, "passphrase")];
    writeFileSync(passphrase, PASSPHRASE, { mode: 0o600 });
    await makeHalf(dataDirectory, last);
    const data = {
      CLAVIGER_STORAGE__DATA_DIR: dataDirectory,
      CLAVIGER_SEAL__PASSPHRASE_FILE: passphrase,
    };
    assert.match(succeeded(await claviger(["init", "-o", "json"], data)).token, /^\S{32,}$/);
    assertNothingOrAll(dataDirectory);
    succeeded(await claviger(["audit", "verify", "-o", "json"], data));
  });
}
