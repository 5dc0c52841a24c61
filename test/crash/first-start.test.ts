/**
 * Setting up takes several commits, and a first start may be killed at any of them: the next one makes what is missing.
 * FIRST_START_STEP=1 tries every commit.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
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
    if (started !== undefined) {
      assert.equal(await started.stop(), 0);
      break;
    }
    kills += 1;
    await startsWhole(dataDirectory);
  }
  assert.ok(kills * STEP >= 8, `only ${kills} kills came before the service was ready`);
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
    const second = await init();
    if (second.code === 0) {
      const { token } = succeeded(second);
      assert.match(token, /^\S{32,}$/);
    } else {
      // The administrator is the last step: killed after it, before the token was shown.
      refused(second, 1, "init.exists", /holds no keys yet.*remove it/);
    }
  }
  assert.ok(kills > 0);
});
