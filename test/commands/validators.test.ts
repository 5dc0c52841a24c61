/** `claviger validators`: what it refuses, the folders that operators have, and that it goes on where it was ended. */
import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import { childEnvironment } from "../../src/config/config.ts";
import { progressLine } from "../../src/commands/progress.ts";
import { lockDirectory } from "../../src/ledger/lock.ts";
import { MAINNET_GENESIS_ROOT } from "../chains/ethereum-validator/duties.ts";
import { RunningService } from "../running/service.ts";
import { assertSigned, block, signDuty, vote } from "../running/validators.ts";
import { keystoreOf, validatorKey, type Cost } from "../vault/keystores/keystores.ts";
import { few, inProofs } from "../extent.ts";
import { MAIN, refused, succeeded } from "./claviger.ts";
import {
  historyOf,
  Installations,
  keystore,
  PASSWORD,
  publicKeyOf,
  reportOf,
  writeInto,
  type Installation,
} from "./installation.ts";

const installations = new Installations();
let untouched: Installation;
before(async () => {
  await installations.prepare();
  untouched = installations.make();
});
after(() => rmSync(installations.root, { recursive: true }));

const ROUNDS: Cost = { rounds: 1000 };

/** Statuses of a report in order, by file. */
function statuses(report: any): Record<string, string> {
  return Object.fromEntries(
    report.keys.map((key: { name: string; status: string }) => [key.name, key.status]),
  );
}

function messageOf(report: any, name: string): string {
  return report.keys.find((key: { name: string }) => key.name === name).message;
}

/** A folder with keys 0 to `count` - 1, each with its password beside it. */
function folderOf(count: number, change: Readonly<Record<string, unknown>> = {}): string {
  const files: Record<string, unknown> = {};
  for (let index = 0; index < count; index += 1) {
    files[`keystore-${index}.json`] = keystore(index, index % 2 === 0 ? undefined : ROUNDS);
    files[`keystore-${index}.txt`] = `${PASSWORD}\n`;
  }
  return installations.folder({ ...files, ...change });
}

describe("validators import: refusals", () => {
  const usage: Readonly<Record<string, readonly [readonly string[], RegExp]>> = {
    "two kinds of passwords": [["--password-file", "a", "--passwords", "b"], /give one of the two/],
    "an unknown network": [["--network", "frob"], /--network: frob is not one of mainnet, hoodi/],
    "a root of 31 bytes": [["--genesis-validators-root", `0x${"11".repeat(31)}`], /32 bytes of 0x-hex/],
    "an unknown namespace": [["--namespace", "frob"], /--namespace: there is no frob; name one of/],
  };
  for (const [name, [words, message]] of few(Object.entries(usage), 1)) {
    test(`${name} is bad usage`, async () => {
      refused(await untouched.run("validators", "import", folderOf(1), ...words), 2, "usage", message);
    });
  }

  const files: Readonly<Record<string, readonly [() => readonly string[], string, RegExp]>> = {
    "a folder that does not exist": [() => ["absent"], "validators.folder", /absent does not exist/],
    "a file in place of a folder": [
      () => [join(folderOf(1), "keystore-0.json")],
      "validators.folder",
      /name the folder/,
    ],
    "an empty folder": [() => [installations.folder({})], "validators.none", /has no validator keys/],
    "deposit data alone": [
      () => [installations.folder({ "deposit_data-1700000000.json": "[]" })],
      "validators.none",
      /deposit data holds no key/,
    ],
    "a password file that does not exist": [
      () => [folderOf(1), "--password-file", "absent"],
      "validators.passwords",
      /absent does not exist/,
    ],
    "history that does not exist": [
      () => [folderOf(1), "--slashing-protection", "absent.json"],
      "slashing.file",
      /absent\.json does not exist/,
    ],
  };
  for (const [name, [words, code, message]] of few(Object.entries(files), 1)) {
    test(name, async () => {
      refused(await untouched.run("validators", "import", ...words()), 1, code, message);
    });
  }

  test("a directory without a ledger, one in use, one that nobody can unseal", async () => {
    const folder = folderOf(1);
    const empty = installations.make();
    rmSync(join(empty.directory, "ledger.sqlite"));
    refused(await empty.run("validators", "import", folder), 1, "ledger.missing", /claviger init/);
    const used = installations.make();
    const lock = lockDirectory(used.directory);
    const ended = await used.run("validators", "import", folder);
    lock.release();
    refused(ended, 1, "ledger.in_use", /stop it first, or .*Keymanager API \(POST \/eth\/v1\/keystores\)/);
    const sealed = installations.make();
    const wrong = join(folder, "wrong");
    writeFileSync(wrong, "another passphrase\n", { mode: 0o600 });
    const [none, other] = [{ CLAVIGER_SEAL__PASSPHRASE_FILE: "" }, { CLAVIGER_SEAL__PASSPHRASE_FILE: wrong }];
    Object.assign(sealed.environment, none);
    refused(await sealed.run("validators", "import", folder), 2, "seal.no_passphrase", /no terminal/);
    Object.assign(sealed.environment, other);
    refused(await sealed.run("validators", "import", folder), 1, "service.unseal_failed", /passphrase/);
    assert.deepEqual(sealed.keys(), {});
  });

  test("history of another chain, or malformed: no key is imported", async () => {
    const installation = installations.make();
    const folder = folderOf(1);
    const file = join(folder, "history");
    const run = () => installation.run("validators", "import", folder, "--slashing-protection", file);
    writeFileSync(file, JSON.stringify(historyOf(`0x${"99".repeat(32)}`, publicKeyOf(0))));
    refused(await run(), 1, "guard.genesis_root", /0x9999/);
    writeFileSync(file, JSON.stringify(historyOf(MAINNET_GENESIS_ROOT, "0xab")));
    refused(await run(), 1, "request.malformed", /\/data\/0\/pubkey/);
    assert.deepEqual(installation.keys(), {});
  });

  test("the history may be a pipe, which can be read once", async () => {
    const installation = installations.make();
    const folder = folderOf(1);
    const pipe = join(folder, "history");
    execFileSync("mkfifo", [pipe]);
    const [ended] = await Promise.all([
      installation.run("validators", "import", folder, "--slashing-protection", pipe, "-o", "json"),
      writeFile(pipe, JSON.stringify(historyOf(MAINNET_GENESIS_ROOT, publicKeyOf(0)))),
    ]);
    const report = succeeded(ended);
    assert.equal(report.history.keys, 1);
    assert.deepEqual(statuses(report), { "keystore-0.json": "imported" });
    assert.ok(report.keys.every((key: any) => key.history));
  });

  test("keystores that cannot be used, one by one; the others come in", async () => {
    const installation = installations.make();
    const folder = folderOf(3, {
      "keystore-1.txt": "wrong\n",
      "broken.json": '{"crypto":',
      "old.json": { ...keystore(3), version: 3 },
      "withdrawal.json": { ...keystore(4), path: "m/12381/3600/4/0" },
      "withdrawal.txt": PASSWORD,
      "without.json": keystore(5),
      "large.json": " ".repeat(200_000),
      "all-accounts.keystore.json": { crypto: {}, version: 4 },
    });
    symlinkSync("absent", join(folder, "dangling.json"));
    const ended = await installation.run("validators", "import", folder, "-o", "json");
    refused(
      ended,
      1,
      "validators.incomplete",
      /^claviger: validators\.incomplete: 8 keys not imported; correct/,
    );
    const report = reportOf(ended);
    for (const [name, message] of [
      ["keystore-1.json", /password is wrong.*\(password from .*keystore-1\.txt\)/],
      ["broken.json", /is not JSON/],
      ["old.json", /\/version: must be 4/],
      ["withdrawal.json", /\/path: .*withdrawal key/],
      ["without.json", /no password: put it into without\.txt/],
      ["large.json", /larger than/],
      ["all-accounts.keystore.json", /Prysm wallet.*accounts backup/],
      ["dangling.json", /cannot be read \(ENOENT\)/],
    ] as const) {
      assert.equal(statuses(report)[name], "error", name);
      assert.match(messageOf(report, name), message);
    }
    assert.doesNotMatch(ended.stdout + ended.stderr, /wrong\b(?!,)|correct horse/);
    assert.deepEqual(
      Object.keys(installation.keys()).toSorted(),
      [publicKeyOf(0), publicKeyOf(2)].toSorted(),
    );
    writeInto(folder, { "keystore-1.txt": PASSWORD });
    const again = reportOf(await installation.run("validators", "import", folder, "-o", "json"));
    assert.deepEqual([again.counts.imported, again.counts.duplicate, again.counts.error], [1, 2, 7]);
  });

  test("a report that is larger than a pipe arrives whole", async () => {
    const broken = Array.from({ length: 3000 }, (_, index) => [`broken-${index}.json`, "{"] as const);
    const folder = installations.folder(Object.fromEntries(broken));
    const ended = await untouched.run("validators", "import", folder, "--dry-run", "-o", "json");
    assert.equal(reportOf(ended).counts.error, 3000);
  });

  const root = process.getuid?.() === 0 ? "root reads every file" : false;
  test("files and folders without permission are named", { skip: root }, async () => {
    const folder = folderOf(1, { "secret.json": keystore(1), "below/keystore.json": keystore(2) });
    chmodSync(join(folder, "secret.json"), 0);
    chmodSync(join(folder, "below"), 0);
    const report = reportOf(await untouched.run("validators", "import", folder, "--dry-run", "-o", "json"));
    chmodSync(join(folder, "below"), 0o700);
    assert.match(messageOf(report, "secret.json"), /cannot be read \(EACCES\)/);
    assert.match(messageOf(report, "below"), /cannot be listed \(EACCES\)/);
    assert.equal(report.counts.new, 1);
  });
});

describe("validators import: folders as operators have them", () => {
  const folders: Readonly<Record<string, readonly [Readonly<Record<string, unknown>>, string, string[]]>> = {
    "staking-deposit-cli, one password": [
      {
        "validator_keys/keystore-m_12381_3600_0_0_0-1700000000.json": keystore(0),
        "validator_keys/keystore-m_12381_3600_1_0_0-1700000000.json": keystore(1),
        "validator_keys/deposit_data-1700000000.json": "[]",
        password: PASSWORD,
      },
      "validator_keys",
      ["--password-file", "password"],
    ],
    Lighthouse: [
      {
        [`validators/${publicKeyOf(0)}/voting-keystore.json`]: keystore(0),
        [`validators/${publicKeyOf(1)}/voting-keystore.json`]: keystore(1),
        "validators/validator_definitions.yml": "---\n",
        [`secrets/${publicKeyOf(0)}`]: PASSWORD,
        [`secrets/${publicKeyOf(1)}`]: PASSWORD,
      },
      "validators",
      [],
    ],
    "Teku and Web3Signer's bulk load": [
      {
        "keys/a.json": keystore(0),
        "keys/b.json": keystore(1),
        "passwords/a.txt": PASSWORD,
        "passwords/b.txt": PASSWORD,
      },
      "keys",
      [],
    ],
    Nimbus: [
      {
        [`validators/${publicKeyOf(0)}/keystore.json`]: keystore(0),
        [`validators/${publicKeyOf(1)}/keystore.json`]: keystore(1),
        [`secrets/${publicKeyOf(0)}`]: PASSWORD,
        [`secrets/${publicKeyOf(1)}`]: PASSWORD,
      },
      ".",
      [],
    ],
    Lodestar: [
      {
        [`keystores/${publicKeyOf(0)}/voting-keystore.json`]: keystore(0),
        [`keystores/${publicKeyOf(1)}/voting-keystore.json`]: keystore(1),
        [`secrets/${publicKeyOf(0)}`]: PASSWORD,
        [`secrets/${publicKeyOf(1)}`]: PASSWORD,
      },
      ".",
      [],
    ],
    "a passwords folder elsewhere, by public key": [
      {
        "a.json": keystore(0),
        "b.json": keystore(1),
        [`pw/${publicKeyOf(0).slice(2)}.txt`]: PASSWORD,
        [`pw/${publicKeyOf(1)}.txt`]: PASSWORD,
      },
      ".",
      ["--passwords", "pw"],
    ],
  };
  for (const [name, [files, below, words]] of few(Object.entries(folders), 1)) {
    test(name, async () => {
      const folder = installations.folder(files);
      const options = words.map((word) => (word.startsWith("--") ? word : join(folder, word)));
      const installation = installations.make();
      const run = (...more: string[]) =>
        installation.run("validators", "import", join(folder, below), ...options, ...more, "-o", "json");
      const planned = succeeded(await run("--dry-run"));
      assert.deepEqual([planned.event, planned.counts.new], ["planned", 2]);
      assert.deepEqual(installation.keys(), {}, "a dry run changes nothing");
      assert.equal(succeeded(await run()).counts.imported, 2);
      assert.deepEqual(installation.keys(), { [publicKeyOf(0)]: "active", [publicKeyOf(1)]: "active" });
    });
  }

  test("mounted secrets: symbolic links to files, hidden folders passed over, a loop of folders ends", async () => {
    const folder = installations.folder({ "..data/a.json": keystore(0), "..data/a.txt": PASSWORD });
    for (const name of ["a.json", "a.txt"]) symlinkSync(`..data/${name}`, join(folder, name));
    symlinkSync(".", join(folder, "loop"));
    const report = succeeded(await untouched.run("validators", "import", folder, "--dry-run", "-o", "json"));
    assert.deepEqual(statuses(report), { "a.json": "new" });
  });

  inProofs("what is no keystore is noted, and so is a lock file", async () => {
    const folder = folderOf(1, {
      "history.json": historyOf(MAINNET_GENESIS_ROOT),
      "settings.json": {},
      "keystore-0.json.lock": "",
    });
    const report = succeeded(await untouched.run("validators", "import", folder, "--dry-run", "-o", "json"));
    assert.deepEqual(report.notes, [
      "history.json: passed over, signing history: give it with --slashing-protection",
      "keystore-0.json: has a .lock file: make sure that no client runs it",
      "settings.json: passed over, it is not an EIP-2335 keystore",
    ]);
    chmodSync(join(folder, "keystore-0.txt"), 0o640);
    const warned = succeeded(await untouched.run("validators", "import", folder, "--dry-run", "-o", "json"));
    assert.equal(warned.notes.at(-1), "passwords of 1 keystore can be read by others: chmod 600");
  });
});

describe("validators import: keystores that name no pubkey", () => {
  const unnamed = (index: number): object => ({ ...keystore(index), pubkey: undefined });
  const files = { "b.json": unnamed(0), "b.txt": PASSWORD, "c.json": unnamed(0), "c.txt": PASSWORD };

  inProofs("each is known when it is open: imported once, stopped, restarted", async () => {
    const installation = installations.make();
    const folder = installations.folder({ ...files, "d.json": unnamed(1) });
    const run = (...words: string[]) =>
      installation.run("validators", "import", folder, ...words, "-o", "json");
    const planned = reportOf(await run("--dry-run"));
    assert.deepEqual(statuses(planned), { "b.json": "new", "c.json": "new", "d.json": "error" });
    writeInto(folder, { "d.txt": PASSWORD });
    const first = succeeded(await run());
    assert.deepEqual(statuses(first), { "b.json": "imported", "c.json": "duplicate", "d.json": "imported" });
    const found = first.keys.map((key: { publicKey: string }) => key.publicKey);
    assert.deepEqual(found, [publicKeyOf(0), publicKeyOf(0), publicKeyOf(1)]);
    installation.edit(
      `UPDATE key SET state = 'disabled', deleted_at = 'now' WHERE address = '${publicKeyOf(1)}';
       INSERT OR REPLACE INTO slashing_validator (public_key, enabled)
         VALUES (unhex('${publicKeyOf(0).slice(2)}'), 0)`,
    );
    const stopped = await run();
    refused(stopped, 1, "validators.incomplete", /2 keys not imported/);
    assert.deepEqual(statuses(reportOf(stopped)), {
      "b.json": "stopped",
      "c.json": "duplicate",
      "d.json": "stopped",
    });
    assert.deepEqual(statuses(succeeded(await run("--restart-stopped"))), {
      "b.json": "restarted",
      "c.json": "duplicate",
      "d.json": "imported",
    });
  });
});

describe("validators import: again", () => {
  test("a key that is here, or twice in the folder, costs no key derivation", async () => {
    const installation = installations.make();
    const folder = folderOf(2, { "other-name.json": keystore(0), "other-name.txt": "wrong" });
    const first = succeeded(await installation.run("validators", "import", folder, "-o", "json"));
    assert.deepEqual([first.counts.imported, first.counts.duplicate], [2, 1]);
    assert.equal(messageOf(first, "other-name.json"), "the same key as keystore-0.json");
    // Were it opened, a wrong password would be an error.
    writeInto(folder, { "keystore-0.txt": "wrong", "keystore-1.txt": "wrong" });
    const second = succeeded(await installation.run("validators", "import", folder, "-o", "json"));
    assert.deepEqual([second.counts.imported, second.counts.duplicate], [0, 3]);
  });

  test("a key that was disabled here comes back only when asked for", async () => {
    const installation = installations.make();
    const folder = folderOf(3);
    const run = (...words: string[]) =>
      installation.run("validators", "import", folder, ...words, "-o", "json");
    succeeded(await run());
    // One by an export, as before a move; one as the Keymanager API deleted in earlier releases; one that was disabled.
    installation.edit(
      `UPDATE key SET state = 'disabled', deleted_at = 'now' WHERE address = '${publicKeyOf(1)}';
       UPDATE key SET state = 'disabled' WHERE address = '${publicKeyOf(2)}';
       INSERT INTO slashing_validator (public_key, enabled) VALUES (unhex('${publicKeyOf(0).slice(2)}'), 0)`,
    );
    const ended = await run();
    refused(ended, 1, "validators.incomplete", /3 keys not imported/);
    assert.match(
      messageOf(reportOf(ended), "keystore-0.json"),
      /may sign elsewhere now; give --restart-stopped/,
    );
    assert.equal(installation.keys()[publicKeyOf(1)], "disabled");
    assert.deepEqual(succeeded(await run("--dry-run", "--restart-stopped")).counts.restarting, 3);
    const back = succeeded(await run("--restart-stopped"));
    assert.deepEqual(statuses(back), {
      "keystore-0.json": "restarted",
      "keystore-1.json": "imported",
      "keystore-2.json": "restarted",
    });
    assert.deepEqual(succeeded(await run()).counts.duplicate, 3);
  });

  /** Twice as many slow keys as are under way at once, behind three quick ones. */
  const COUNT = 3 + 2 * (2 * navigator.hardwareConcurrency + 2);

  /** Half a second of work, and then the checksum is wrong: it costs nothing to make. */
  function slow(index: number): object {
    const expensive = keystoreOf(validatorKey(index), PASSWORD, ROUNDS);
    expensive.crypto.kdf.params["c"] = 2 ** 20;
    return expensive;
  }

  /** An import that is under way. */
  function underWay(): { folder: string; installation: Installation; child: ChildProcess } {
    const names = Array.from({ length: COUNT }, (_, index) => [`keystore-${index}.json`, index] as const);
    const folder = folderOf(
      COUNT,
      Object.fromEntries(names.slice(3).map(([name, index]) => [name, slow(index)])),
    );
    const installation = installations.make();
    const child = spawn(process.execPath, [MAIN, "validators", "import", folder, "-o", "json"], {
      stdio: ["ignore", "pipe", "pipe"],
      env: childEnvironment(installation.environment),
    });
    return { folder, installation, child };
  }

  async function untilSomeAreIn(installation: Installation, child: ChildProcess): Promise<void> {
    while (Object.keys(installation.keys()).length < 3) {
      assert.equal(child.exitCode, null, "the import ended before it could be stopped");
      await sleep(20);
    }
  }

  /** The rest comes in, and nothing that is in is opened again. */
  async function assertGoesOn(installation: Installation, folder: string): Promise<void> {
    const kept = Object.keys(installation.keys());
    assert.equal(kept.length, 3);
    for (let index = 0; index < COUNT; index += 1) {
      if (kept.includes(publicKeyOf(index))) writeInto(folder, { [`keystore-${index}.txt`]: "wrong" });
      else writeInto(folder, { [`keystore-${index}.json`]: keystore(index) });
    }
    const { counts } = succeeded(await installation.run("validators", "import", folder, "-o", "json"));
    assert.deepEqual([counts.imported, counts.duplicate], [COUNT - 3, 3]);
    assert.equal(Object.keys(installation.keys()).length, COUNT);
    succeeded(await installation.run("audit", "verify", "-o", "json"));
  }

  test("killed in the middle: what was committed stays, and the next run does the rest", async () => {
    const { folder, installation, child } = underWay();
    await untilSomeAreIn(installation, child);
    child.kill("SIGKILL");
    await once(child, "exit");
    await assertGoesOn(installation, folder);
  });

  test("Ctrl-C: the keys under way are finished, and the report says what is not", async () => {
    const { folder, installation, child } = underWay();
    const output = child.stdout === null ? "" : text(child.stdout);
    const errors = child.stderr === null ? "" : text(child.stderr);
    await untilSomeAreIn(installation, child);
    child.kill("SIGINT");
    await once(child, "exit");
    assert.equal(child.exitCode, 1);
    assert.match(await errors, /validators\.interrupted: .*Run the same command again/);
    const report = JSON.parse(await output);
    const { imported, error, interrupted } = report.counts;
    assert.deepEqual([imported, imported + error + interrupted], [3, COUNT]);
    assert.ok(error > 0 && interrupted > 0, `${error} were under way, ${interrupted} were not begun`);
    await assertGoesOn(installation, folder);
  });
});

describe("validators import: what a service does with it", () => {
  test("the key signs, but nothing that its history forbids; list shows both", async () => {
    const installation = installations.make();
    const folder = folderOf(2);
    const file = join(folder, "history");
    writeFileSync(file, JSON.stringify(historyOf(MAINNET_GENESIS_ROOT, publicKeyOf(0))));
    const planned = await installation.run(
      "validators",
      "import",
      folder,
      "--slashing-protection",
      file,
      "--dry-run",
    );
    assert.match(planned.stdout, /keystore-0\.json {2}0x[0-9a-f]{10}…[0-9a-f]{8}\n/);
    assert.match(planned.stdout, /keystore-1\.json {2}0x[0-9a-f]{10}…[0-9a-f]{8}: needs history/);
    const ended = await installation.run("validators", "import", folder, "--slashing-protection", file);
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /history: 1 key, 1 block and 1 attestation that were not known before/);
    assert.match(ended.stdout, /WARNING: nothing is known of what 1 of these keys signed elsewhere/);
    assert.match(ended.stdout, /Next: stop the other signer/);
    const service = await RunningService.start({
      dataDirectory: installation.directory,
      arguments: [],
      environment: installation.environment,
    });
    try {
      const [first, second] = [publicKeyOf(0), publicKeyOf(1)];
      assert.equal((await signDuty(service, first, block(100n))).status, 412);
      const duty = vote(11n, 12n);
      for (const key of [first, second]) {
        const signed = await signDuty(service, key, duty, { accept: "application/json" });
        assert.equal(signed.status, 200, signed.text);
        assertSigned(key, duty, signed.body.signature);
      }
      // It reads beside the running service.
      const { keys } = succeeded(await installation.run("validators", "list", "-o", "json"));
      const byKey = Object.fromEntries(keys.map((key: { publicKey: string }) => [key.publicKey, key]));
      assert.deepEqual(
        [byKey[first].state, byKey[first].lowSlot, byKey[first].network, byKey[first].origin],
        ["active", "100", "mainnet", "keystore"],
      );
      assert.equal(
        succeeded(await installation.run("validators", "import", folder, "--dry-run", "-o", "json")).counts
          .duplicate,
        2,
      );
    } finally {
      await service.stop();
    }
  });
});

describe("validators list", () => {
  test("nothing is nothing, and an unknown namespace is bad usage", async () => {
    assert.deepEqual(succeeded(await untouched.run("validators", "list", "-o", "json")), { keys: [] });
    refused(await untouched.run("validators", "list", "--namespace", "frob"), 2, "usage", /there is no frob/);
  });
});

describe("validators import: progress", () => {
  for (const [done, total, milliseconds, line] of [
    [1, 10_000, 500, "  1 of 10000 keys (0 %), 2.0 a second, 1 h 23 min left"],
    [50, 100, 10_000, "  50 of 100 keys (50 %), 5.0 a second, 10 s left"],
    [400, 1000, 100_000, "  400 of 1000 keys (40 %), 4.0 a second, 2 min 30 s left"],
    [7, 7, 1000, "  7 of 7 keys (100 %), 7.0 a second, 0 s left"],
  ] as const) {
    test(line.trim(), () => assert.equal(progressLine(done, "keys", total, milliseconds), line));
  }
});
