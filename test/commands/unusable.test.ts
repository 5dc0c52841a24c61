/** What a machine can have wrong before anything runs: secrets open to others, directories that cannot be used, an old Node. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { readSecretFile } from "../../src/access/secret-files.ts";
import { childEnvironment } from "../../src/config/config.ts";
import { assertWritable, makeDirectory } from "../../src/ledger/directory.ts";
import { RequestCodeKey } from "../../src/grpc/request-code.ts";
import { claviger, refused, temporary } from "./claviger.ts";
import { Installations } from "./installation.ts";

const installations = new Installations();
const folder = temporary("unusable");
before(() => installations.prepare());
after(() => {
  for (const path of [installations.root, folder]) rmSync(path, { recursive: true, force: true });
});

describe("a secret that others can read is refused, with what to do", () => {
  const open = join(folder, "open");
  const link = join(folder, "link");
  before(() => {
    writeFileSync(open, "a secret of more than thirty-two characters\n");
    chmodSync(open, 0o644);
    symlinkSync("open", link);
  });
  test("the passphrase, also behind a symbolic link", async () => {
    const installation = installations.make();
    const environment = { ...installation.environment, CLAVIGER_SEAL__PASSPHRASE_FILE: link };
    const ended = await claviger(["serve"], environment);
    refused(
      ended,
      1,
      "service.unseal_failed",
      /passphrase file .*link has mode 644 .*open to others; run chmod 600/,
    );
  });
  test("the Keymanager API's token", async () => {
    const environment = {
      ...installations.make().environment,
      CLAVIGER_VALIDATORS__KEYMANAGER_TOKEN_FILE: open,
      CLAVIGER_LOG__LEVEL: "silent",
    };
    refused(await claviger(["serve"], environment), 1, "secret.exposed", /mode 644 .*chmod 600/);
  });
  test("a command's token, a code's key, whatever is a secret", async () => {
    const words = ["slashing", "floor", "--every-key", "--slot", "1", "--token-file", link];
    refused(await claviger(words), 1, "secret.exposed", /link has mode 644/);
    assert.throws(() => RequestCodeKey.read(open), { code: "secret.exposed" });
    assert.throws(() => readSecretFile(link), { code: "secret.exposed" });
    chmodSync(open, 0o400);
    assert.match(readSecretFile(link).toString(), /^a secret/);
  });
});

describe("a data directory that cannot be used is named, with what to do", () => {
  const file = join(folder, "file");
  const at = (directory: string) => ({ CLAVIGER_STORAGE__DATA_DIR: directory });
  before(() => writeFileSync(file, ""));
  for (const words of [["serve", "--dev"], ["serve"], ["init"]]) {
    test(`claviger ${words.join(" ")}: it is a file`, async () => {
      refused(await claviger(words, at(file)), 1, "storage.unusable", /file is a file; set storage\.dataDir/);
    });
  }
  test("a file stands in its path", async () => {
    const ended = await claviger(["serve", "--dev"], at(join(file, "data")));
    refused(ended, 1, "storage.unusable", /cannot be made \(ENOTDIR\); a file is/);
    assert.equal(existsSync(join(file, "data")), false);
  });
  test("a place where nothing can be made", () => {
    assert.throws(() => makeDirectory("/sys/claviger"), {
      code: "storage.unusable",
      message:
        /^data directory: \/sys\/claviger cannot be made \((?:EPERM|EROFS|EACCES)\); (?:run as|its file system)/,
    });
  });
  const root = process.getuid?.() === 0 ? "root writes everything" : false;
  test("a directory and a ledger of somebody else", { skip: root }, () => {
    const directory = join(folder, "locked");
    mkdirSync(directory);
    writeFileSync(join(directory, "ledger.sqlite"), "");
    for (const path of [join(directory, "ledger.sqlite"), directory]) {
      chmodSync(path, path === directory ? 0o500 : 0o400);
      assert.throws(() => assertWritable(directory), {
        code: "storage.unusable",
        message:
          /cannot be written \(EACCES\); run as the user whose it is, or give it to this user with chown/,
      });
    }
    chmodSync(directory, 0o700);
  });
});

describe("claviger.js, which every Node can read", () => {
  const LAUNCHER = join(import.meta.dirname, "../../src/claviger.js");

  async function launched(node: string, ...words: readonly string[]) {
    const child = spawn(node, words, { stdio: ["ignore", "pipe", "pipe"], env: childEnvironment({}) });
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    return { code: child.exitCode, stdout, stderr };
  }
  const OLDER = "Object.defineProperty(process,'versions',{value:{...process.versions,node:'22.20.0'}})";

  test("an older Node gets one line with a code", async () => {
    const preload = `--import=data:text/javascript,${encodeURIComponent(OLDER)}`;
    const ended = await launched(process.execPath, preload, LAUNCHER, "--version");
    refused(
      ended,
      1,
      "node.version",
      /this is Node 22\.20\.0, and Claviger runs on Node 24 or later; after npm ci/,
    );
    assert.equal(ended.stdout, "");
  });
  test("this one runs the command line", async () => {
    const ended = await launched(process.execPath, LAUNCHER, "--version");
    assert.deepEqual([ended.code, ended.stdout], [0, "0.1.0\n"], ended.stderr);
  });
});
