/** status and doctor on what a user may have: nothing, a healthy directory, a running service, damage. */
import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { openLedger } from "../../src/ledger/open.ts";
import { RunningService, TOKEN } from "../running/service.ts";
import { inProofs } from "../extent.ts";
import { claviger, refused, succeeded, temporary, type Ended } from "./claviger.ts";

const parent = temporary("diagnosis");
const dataDirectory = join(parent, "data");
const data = { CLAVIGER_STORAGE__DATA_DIR: dataDirectory };
/** Nothing listens on port 1 of a test machine. */
const nobody = { CLAVIGER_SERVER__PORT: "1" };
after(() => rmSync(parent, { recursive: true }));

let running: { readonly status: any; readonly anonymous: any; readonly doctor: any; readonly url: string };

before(async () => {
  const service = await RunningService.start({ dataDirectory });
  const { port } = new URL(service.url);
  const here = { ...data, CLAVIGER_SERVER__PORT: port };
  running = {
    url: service.url,
    status: succeeded(await claviger(["status", "-o", "json"], { ...here, CLAVIGER_DEV__TOKEN: TOKEN })),
    anonymous: succeeded(await claviger(["status", "-o", "json"], here)),
    doctor: succeeded(await claviger(["doctor", "-o", "json"], here)),
  };
  assert.equal(await service.stop(), 0);
});

/** A copy of the healthy directory. */
function copy(name: string): { readonly path: string; readonly variables: Record<string, string> } {
  const path = join(parent, name);
  cpSync(dataDirectory, path, { recursive: true });
  chmodSync(path, 0o700);
  return { path, variables: { CLAVIGER_STORAGE__DATA_DIR: path } };
}

/** The findings that are not ok, of a doctor that fails. */
function findingsOf(ended: Ended): { check: string; state: string; detail: string; fix: string }[] {
  refused(ended, 1, "doctor.failed", /\d+ of \d+ checks failed/);
  return JSON.parse(ended.stdout).findings.filter((finding: { state: string }) => finding.state !== "ok");
}

function failures(ended: Ended): (readonly [string, string])[] {
  return findingsOf(ended)
    .filter((finding) => finding.state === "failure")
    .map((finding) => [finding.check, finding.fix]);
}

const RESTORE =
  "stop the service, keep the damaged file, put back the newest copy of the data directory, and raise the floors of " +
  "guarded keys before anything is signed (docs/damaged-ledger.md)";

/** Sets the schema version that the file states. */
function setSchema(path: string, change: number): void {
  const database = openLedger(join(path, "ledger.sqlite"), { readonly: false });
  const version = Number(database.pragma("user_version", { simple: true }));
  database.pragma(`user_version = ${version + change}`);
  database.close();
}

describe("doctor: what is wrong, and what to do", () => {
  test("no directory", async () => {
    const ended = await claviger(["doctor", "-o", "json"], {
      CLAVIGER_STORAGE__DATA_DIR: join(parent, "absent"),
    });
    assert.deepEqual(failures(ended), [["ledger", "run claviger init"]]);
  });

  test("a ledger that was overwritten", async () => {
    const { path, variables } = copy("overwritten");
    writeFileSync(join(path, "ledger.sqlite"), "this was a ledger once".repeat(1000));
    assert.deepEqual(failures(await claviger(["doctor", "-o", "json"], variables)), [
      ["ledger file", RESTORE],
    ]);
  });

  inProofs("a ledger that was cut short", async () => {
    const { path, variables } = copy("short");
    truncateSync(join(path, "ledger.sqlite"), 20 * 4096);
    assert.deepEqual(failures(await claviger(["doctor", "-o", "json"], variables)), [
      ["ledger file", RESTORE],
    ]);
  });

  inProofs("an empty ledger: nothing is to be put back where there never was a key", async () => {
    const { path, variables } = copy("empty-ledger");
    for (const file of ["ledger.sqlite", "ledger.sqlite-wal"]) rmSync(join(path, file), { force: true });
    writeFileSync(join(path, "ledger.sqlite"), "");
    const [found, ...others] = failures(await claviger(["doctor", "-o", "json"], variables));
    assert.deepEqual(others, []);
    assert.match(
      found?.[1] ?? "",
      /^if keys were ever made here, stop the service.*; if not, run claviger init$/,
    );
  });

  test("a ledger of an earlier release is sound: a warning, and no word of a restore", async () => {
    const { path, variables } = copy("older");
    setSchema(path, -1);
    const { findings } = succeeded(await claviger(["doctor", "-o", "json"], variables));
    const found = findings.find((finding: { check: string }) => finding.check === "ledger schema");
    assert.equal(found.state, "warning");
    assert.match(found.fix, /sound.*copy.*start the service once/);
    assert.doesNotMatch(found.fix, /restore|put back/);
  });

  test("a ledger of a later release is sound", async () => {
    const { path, variables } = copy("newer");
    setSchema(path, 1);
    const [[check, fix] = ["", ""]] = failures(await claviger(["doctor", "-o", "json"], variables));
    assert.equal(check, "ledger schema");
    assert.match(fix, /sound.*run the release that wrote it/);
  });

  inProofs("a ledger that cannot be opened may be sound", async () => {
    const { path, variables } = copy("closed");
    rmSync(join(path, "ledger.sqlite"));
    mkdirSync(join(path, "ledger.sqlite"));
    const [[check, fix] = ["", ""]] = failures(await claviger(["doctor", "-o", "json"], variables));
    assert.equal(check, "ledger file");
    assert.doesNotMatch(fix, /put back the newest/);
  });

  inProofs("text: FAIL with its fix below", async () => {
    const { path, variables } = copy("text");
    writeFileSync(join(path, "ledger.sqlite"), "");
    const ended = await claviger(["doctor"], variables);
    refused(ended, 1, "doctor.failed", /1 of \d+ checks failed/);
    assert.match(ended.stdout, /^FAIL {2}ledger.*\n {6}fix: /m);
  });

  test("a passphrase file that others can read, or that is missing", async () => {
    const { path, variables } = copy("passphrase");
    rmSync(join(path, "dev.passphrase"));
    const file = join(parent, "passphrase.txt");
    const configured = { ...variables, CLAVIGER_SEAL__PASSPHRASE_FILE: file };
    assert.deepEqual(failures(await claviger(["doctor", "-o", "json"], configured)), [
      ["passphrase", "correct seal.passphraseFile"],
    ]);
    writeFileSync(file, "correct horse battery staple");
    chmodSync(file, 0o644);
    assert.deepEqual(failures(await claviger(["doctor", "-o", "json"], configured)), [
      ["passphrase", `chmod 600 ${file}`],
    ]);
    chmodSync(file, 0o600);
    succeeded(await claviger(["doctor", "-o", "json"], configured));
  });

  inProofs("a directory that others can enter is a warning", async () => {
    const { path, variables } = copy("open");
    chmodSync(path, 0o755);
    const { findings } = succeeded(await claviger(["doctor", "-o", "json"], variables));
    const found = findings.find((finding: { check: string }) => finding.check === "directory mode");
    assert.deepEqual([found.state, found.detail, found.fix], ["warning", "755", `chmod 700 ${path}`]);
  });
});

describe("doctor: a healthy directory", () => {
  test("nothing fails; that it is a development directory is a warning", async () => {
    const { findings } = succeeded(await claviger(["doctor", "-o", "json"], data));
    assert.deepEqual(
      findings
        .filter(
          (finding: any) =>
            finding.state !== "ok" && finding.check !== "secp256k1" && finding.check !== "fsync",
        )
        .map((finding: any) => finding.check),
      ["passphrase"],
    );
  });

  test("also while the service runs", () => {
    assert.equal(running.doctor.findings.filter((finding: any) => finding.state === "failure").length, 0);
  });

  inProofs("it leaves no file of its own", async () => {
    const files = readdirSync(dataDirectory);
    await claviger(["doctor"], data);
    assert.deepEqual(readdirSync(dataDirectory), files);
  });

  inProofs("text: one line for each check", async () => {
    const { code, stdout, stderr } = await claviger(["doctor"], data);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^ok {4}node /);
    assert.match(stdout, /^\d+ checks, none failed$/m);
  });
});

describe("status", () => {
  test("no directory, nothing running: exit code 0, since it was only asked", async () => {
    const variables = { ...nobody, CLAVIGER_STORAGE__DATA_DIR: join(parent, "absent") };
    const answer = succeeded(await claviger(["status", "-o", "json"], variables));
    assert.deepEqual([answer.service, answer.initialised], ["not running on http://127.0.0.1:1", false]);
  });

  inProofs("an empty directory", async () => {
    mkdirSync(join(parent, "empty"));
    const variables = { ...nobody, CLAVIGER_STORAGE__DATA_DIR: join(parent, "empty") };
    assert.equal(succeeded(await claviger(["status", "-o", "json"], variables)).initialised, false);
    assert.deepEqual(readdirSync(join(parent, "empty")), []);
  });

  test("not running: what the directory holds", async () => {
    const answer = succeeded(await claviger(["status", "-o", "json"], { ...data, ...nobody }));
    assert.deepEqual([answer.initialised, answer.wallets, answer.keys, answer.policies], [true, 1, 1, 1]);
    assert.ok(answer.auditEntries > 0);
  });

  test("running, without a token: its state", () => {
    assert.deepEqual([running.anonymous.service, running.anonymous.state], [running.url, "unsealed"]);
    assert.equal(running.anonymous.queues, undefined);
  });

  test("running, with a token: its queues", () => {
    assert.equal(running.status.state, "unsealed");
    assert.deepEqual(Object.keys(running.status.queues).toSorted(), ["chains", "ledger", "policy", "vault"]);
  });

  test("text: one line for each fact", async () => {
    const { code, stdout, stderr } = await claviger(["status"], { ...data, ...nobody });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^version {10}0\.1\.0$/m);
    assert.match(stdout, /^audit entries {4}\d+$/m);
  });
});
