/** A real installation from init to shutdown: sealed by a passphrase, unsealed by file or by its first administrator. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { RunningService } from "../running/service.ts";
import { few } from "../extent.ts";
import { claviger, refused, succeeded, temporary } from "./claviger.ts";

const PASSPHRASE = "correct horse battery staple";

const parent = temporary("installation");
const dataDirectory = join(parent, "data");
const data = { CLAVIGER_STORAGE__DATA_DIR: dataDirectory };
let administrator: Readonly<Record<string, string>>;
after(() => rmSync(parent, { recursive: true }));

/** A passphrase file's variable. */
function passphraseFile(name: string, content: string | Uint8Array, mode = 0o600): Record<string, string> {
  const path = join(parent, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return { CLAVIGER_SEAL__PASSPHRASE_FILE: path };
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

describe("init: refusals leave nothing behind", () => {
  const cases: readonly (readonly [string, () => Record<string, string>, 1 | 2, string, RegExp])[] = [
    ["nobody to ask for a passphrase", () => ({}), 2, "seal.no_passphrase", /CLAVIGER_SEAL__PASSPHRASE_FILE/],
    [
      "a short passphrase",
      () => passphraseFile("short", "hunter2\n"),
      1,
      "seal.passphrase_short",
      /12 characters/,
    ],
    ["an empty file", () => passphraseFile("empty", ""), 1, "seal.passphrase_short", /12 characters/],
    [
      "a file that others can read",
      () => passphraseFile("open", PASSPHRASE, 0o644),
      1,
      "seal.file_mode",
      /chmod 600/,
    ],
    [
      "a file that is missing",
      () => ({ CLAVIGER_SEAL__PASSPHRASE_FILE: join(parent, "absent") }),
      1,
      "service.unseal_failed",
      /absent cannot be opened/,
    ],
  ];
  for (const [name, variables, exitCode, code, message] of few(cases, 1)) {
    test(name, async () => {
      refused(await claviger(["init"], { ...data, ...variables() }), exitCode, code, message);
      assert.equal(existsSync(dataDirectory), false);
    });
  }
});

describe("an installation", () => {
  let passphrase: Record<string, string>;

  before(async () => {
    passphrase = passphraseFile("passphrase", `${PASSPHRASE}\n`);
    const answer = succeeded(await claviger(["init", "-o", "json"], { ...data, ...passphrase }));
    assert.equal(answer.event, "initialised");
    assert.match(answer.token, /^\S{32,}$/);
    administrator = { authorization: `Bearer ${answer.token}` };
  });

  test("init: only this user can read what it made, and the token is not in it", () => {
    assert.equal(modeOf(dataDirectory), "700");
    for (const file of readdirSync(dataDirectory)) {
      assert.equal(modeOf(join(dataDirectory, file)), "600", file);
      const content = readFileSync(join(dataDirectory, file), "latin1");
      assert.equal(content.includes(administrator["authorization"]?.slice(7) ?? ""), false, file);
      assert.equal(content.includes(PASSPHRASE), false, file);
    }
  });

  test("init again is refused, and changes nothing", async () => {
    const ledger = join(dataDirectory, "ledger.sqlite");
    const content = readFileSync(ledger);
    refused(await claviger(["init"], { ...data, ...passphrase }), 1, "init.exists", /never overwrites/);
    assert.deepEqual(readFileSync(ledger), content);
  });

  test("serve with a wrong passphrase ends with exit code 1", async () => {
    const wrong = passphraseFile("wrong", "wrong horse battery staple");
    const ended = await claviger(["serve"], { ...data, ...wrong, CLAVIGER_LOG__LEVEL: "silent" });
    refused(ended, 1, "service.unseal_failed", /passphrase/);
    assert.equal(ended.stdout, "");
  });

  test("serve --dev refuses an installation that it did not make", async () => {
    const ended = await claviger(["serve", "--dev"], { ...data, CLAVIGER_LOG__LEVEL: "silent" });
    refused(ended, 1, "service.sealed", /was not made by --dev/);
    assert.deepEqual(
      readdirSync(dataDirectory).filter((name) => name.startsWith("dev.")),
      [],
    );
  });

  test("serve with the passphrase file is ready at once, and SIGTERM ends it with exit code 0", async () => {
    const service = await RunningService.start({ dataDirectory, arguments: [], environment: passphrase });
    try {
      assert.equal((await service.call("GET", "/health/ready")).status, 200);
    } finally {
      assert.equal(await service.stop(), 0);
    }
  });

  describe("sealed start", () => {
    let service: RunningService;
    before(async () => {
      service = await RunningService.start({ dataDirectory, arguments: [] });
    });
    after(() => service.stop());

    const unseal = (passphraseText: string) =>
      service.call("POST", "/v1/sys/unseal", { passphrase: passphraseText }, administrator);

    test("it lives, but is not ready, and says how to unseal it", async () => {
      assert.equal((await service.call("GET", "/health/live")).status, 200);
      const ready = await service.call("GET", "/health/ready");
      assert.deepEqual([ready.status, ready.body.code], [503, "service.sealed"]);
      assert.match(ready.body.detail, /POST \/v1\/sys\/unseal/);
      assert.match(service.stderr.join(""), /CLAVIGER_SEAL__PASSPHRASE_FILE/);
    });

    test("status says sealed", async () => {
      const { port } = new URL(service.url);
      const answer = succeeded(
        await claviger(["status", "-o", "json"], { ...data, CLAVIGER_SERVER__PORT: port }),
      );
      assert.deepEqual([answer.service, answer.state, answer.initialised], [service.url, "sealed", true]);
    });

    test("a second process on the same directory is refused by name, and harms nothing", async () => {
      const ended = await claviger(["serve"], { ...data, ...passphrase, CLAVIGER_SERVER__PORT: "0" });
      refused(ended, 1, "ledger.in_use", /in use by another claviger process; stop it first/);
      assert.equal((await service.call("GET", "/health/live")).status, 200);
    });

    test("a port that is taken is refused by name", async () => {
      const { port } = new URL(service.url);
      const other = { CLAVIGER_STORAGE__DATA_DIR: join(parent, "other"), CLAVIGER_SERVER__PORT: port };
      const ended = await claviger(["serve", "--dev"], { ...other, CLAVIGER_LOG__LEVEL: "silent" });
      refused(ended, 1, "server.listen", new RegExp(`127.0.0.1 port ${port} is in use`));
    });

    test("nobody without a token unseals it, and a wrong passphrase does not", async () => {
      const anonymous = await service.call("POST", "/v1/sys/unseal", { passphrase: PASSPHRASE });
      assert.equal(anonymous.status, 401);
      const wrong = await unseal("wrong horse battery staple");
      assert.deepEqual([wrong.status, wrong.body.code], [403, "service.unseal_failed"]);
      assert.equal((await service.call("GET", "/health/ready")).status, 503);
    });

    test("the first administrator unseals it by API: ready", async () => {
      const unsealed = await unseal(PASSPHRASE);
      assert.equal(unsealed.status, 200, unsealed.text);
      assert.equal(unsealed.body.state, "unsealed");
      assert.equal((await service.call("GET", "/health/ready")).status, 200);
    });

    test("the first administrator makes principals, and can neither make keys nor wallets", async () => {
      const wallet = await service.call("POST", "/v1/wallets", { name: "mine" }, administrator);
      assert.deepEqual([wallet.status, wallet.body.code], [403, "auth.forbidden"]);
      const request = { name: "keeper", roles: ["KeyAdmin"] };
      const principal = await service.call("POST", "/v1/principals", request, administrator);
      assert.equal(principal.status, 201, principal.text);
      const keeper = { authorization: `Bearer ${principal.body.token}` };
      assert.equal((await service.call("POST", "/v1/wallets", { name: "treasury" }, keeper)).status, 201);
    });
  });
});
