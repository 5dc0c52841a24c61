/** `claviger migrate web3signer`: a plan first, then history before keys; what it cannot take it names. */
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { toHex } from "../../src/domain/bytes.ts";
import { lockDirectory } from "../../src/ledger/lock.ts";
import { LEDGER_FILE, openLedger } from "../../src/ledger/open.ts";
import { MAINNET_GENESIS_ROOT } from "../chains/ethereum-validator/duties.ts";
import { validatorKey } from "../vault/keystores/keystores.ts";
import { inProofs } from "../extent.ts";
import { refused, succeeded, type Ended } from "./claviger.ts";
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

const HOODI_GENESIS_ROOT = "0x212f13fc4df078b6cb7db228f1c8307566dcecf900867401a92023d7ba99cb5f";

const raw = (index: number): string =>
  `type: "file-raw"\nkeyType: "BLS"\nprivateKey: "${toHex(validatorKey(index))}"\n`;
/** As Web3Signer's documentation writes it, with paths from the configuration's folder. */
const withKeystore = (name: string): string =>
  `type: "file-keystore"\nkeyType: "BLS"\nkeystoreFile: "${name}.json"\nkeystorePasswordFile: "${name}.password"\n`;

/** A raw key (0), one without keyType (1), a keystore (2), and two documents in one file (3, 4). */
function keyConfig(change: Readonly<Record<string, unknown>> = {}): string {
  return installations.folder({
    "raw.yaml": raw(0),
    "plain.yml": `type: file-raw\nprivateKey: ${toHex(validatorKey(1)).slice(2)}\n`,
    "store.yaml": withKeystore("store"),
    "store.json": keystore(2),
    "store.password": `${PASSWORD}\n`,
    "both.yaml": `${raw(3)}---\n${raw(4)}`,
    ...change,
  });
}

function migrate(installation: Installation, folder: string, ...words: readonly string[]): Promise<Ended> {
  return installation.run("migrate", "web3signer", "--key-config", folder, ...words);
}

/** Every message of a failure, by name. */
function messages(report: any): Record<string, string> {
  return Object.fromEntries(
    report.keys.map((key: { name: string; message?: string }) => [key.name, key.message]),
  );
}

function assertNoSecret({ stdout, stderr }: Ended): void {
  for (let index = 0; index < 8; index += 1) {
    assert.ok(!`${stdout}${stderr}`.includes(toHex(validatorKey(index)).slice(2)), `private key ${index}`);
  }
  assert.ok(!`${stdout}${stderr}`.includes(PASSWORD));
}

describe("migrate web3signer: refusals", () => {
  test("no folder, one that does not exist, an empty one", async () => {
    refused(await untouched.run("migrate", "web3signer"), 2, "usage", /--key-config/);
    refused(await migrate(untouched, "absent"), 1, "validators.folder", /absent does not exist/);
    const empty = installations.folder({ "readme.txt": "" });
    refused(await migrate(untouched, empty), 1, "validators.none", /has no validator keys/);
  });

  test("keys that are elsewhere are named, with what to do; secp256k1 keys are passed over", async () => {
    const folder = keyConfig({
      "aws.yaml": "type: aws-secret\nkeyType: BLS\nsecretName: validator\n",
      "azure.yaml": "type: azure-secret\nkeyType: BLS\nvaultName: v\n",
      "eth1.yaml": `type: file-raw\nkeyType: SECP256K1\nprivateKey: "${toHex(validatorKey(5))}"\n`,
      "hashicorp.yaml": "type: hashicorp\nkeyType: BLS\nserverHost: localhost\n",
      "hsm.yaml": "type: yubihsm\nkeyType: BLS\nopaqueDataId: 1\n",
      "new.yaml": "type: frob\n",
    });
    const ended = await migrate(untouched, folder, "-o", "json");
    refused(ended, 1, "validators.incomplete", /5 keys would not be imported/);
    const report = reportOf(ended);
    const found = messages(report);
    assert.match(found["hashicorp.yaml"] ?? "", /HashiCorp Vault; export it as an EIP-2335 keystore/);
    assert.match(found["azure.yaml"] ?? "", /Azure Key Vault/);
    assert.match(found["aws.yaml"] ?? "", /AWS Secrets Manager/);
    assert.match(found["hsm.yaml"] ?? "", /YubiHSM/);
    assert.match(found["new.yaml"] ?? "", /type frob: not a type that is known here/);
    assert.deepEqual(report.notes.length, 1);
    assert.match(report.notes[0], /eth1\.yaml: passed over, file-raw, keyType SECP256K1/);
    assert.equal(report.counts.new, 5);
    assertNoSecret(ended);
  });

  test("malformed files are named without a word of their content", async () => {
    const folder = installations.folder({
      "broken.yaml": `type: "file-raw\nprivateKey: ${toHex(validatorKey(0))}\n`,
      "short.yaml": "type: file-raw\nprivateKey: 0x1234\n",
      "lost.yaml": withKeystore("lost"),
      "half.yaml": "type: file-keystore\nkeystoreFile: a.json\n",
      "withdrawal.yaml": withKeystore("withdrawal"),
      "withdrawal.json": { ...keystore(1), path: "m/12381/3600/1/0" },
      "withdrawal.password": PASSWORD,
    });
    const ended = await migrate(untouched, folder, "-o", "json");
    refused(ended, 1, "validators.incomplete", /5 keys would not/);
    const found = messages(reportOf(ended));
    assert.match(found["broken.yaml"] ?? "", /is not YAML/);
    assert.match(found["short.yaml"] ?? "", /privateKey is no BLS private key/);
    assert.match(found["lost.yaml"] ?? "", /lost\.json: cannot be read \(ENOENT\)/);
    assert.match(found["half.yaml"] ?? "", /needs keystoreFile and keystorePasswordFile/);
    assert.match(found["withdrawal.yaml"] ?? "", /withdrawal key/);
    assertNoSecret(ended);
  });

  test("history of another chain is refused by the plan as by the migration", async () => {
    const installation = installations.make();
    const folder = keyConfig();
    const file = join(folder, "export.json");
    writeFileSync(file, JSON.stringify(historyOf(HOODI_GENESIS_ROOT, publicKeyOf(0))));
    for (const words of [[], ["--apply"]]) {
      const ended = await migrate(installation, folder, "--slashing-protection", file, ...words);
      refused(ended, 1, "guard.genesis_root", new RegExp(HOODI_GENESIS_ROOT));
    }
    const stated = ["--genesis-validators-root", MAINNET_GENESIS_ROOT, "--network", "hoodi"];
    const ended = await migrate(installation, folder, "--slashing-protection", file, ...stated);
    refused(ended, 1, "guard.genesis_root", new RegExp(MAINNET_GENESIS_ROOT));
    assert.deepEqual(installation.keys(), {});
  });

  test("a malformed export is refused by the plan, with its field", async () => {
    const folder = keyConfig();
    const file = join(folder, "export.json");
    writeFileSync(file, '{"metadata":{}}');
    const ended = await migrate(untouched, folder, "--slashing-protection", file);
    refused(ended, 1, "request.malformed", /\/metadata/);
  });
});

describe("migrate web3signer: the plan, then the keys", () => {
  test("a plan beside a running process changes nothing, and says what each key is and lacks", async () => {
    const installation = installations.make();
    const folder = keyConfig();
    const file = join(folder, "export.json");
    writeFileSync(file, JSON.stringify(historyOf(MAINNET_GENESIS_ROOT, publicKeyOf(0), publicKeyOf(2))));
    const lock = lockDirectory(installation.directory);
    const ended = await migrate(installation, folder, "--slashing-protection", file);
    lock.release();
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /5 to be imported/);
    assert.match(ended.stdout, /history: 2 keys, 2 blocks and 2 attestations in the file/);
    assert.match(ended.stdout, /raw\.yaml {2}0x[0-9a-f]{10}…[0-9a-f]{8}\n/);
    assert.match(ended.stdout, /both\.yaml, document 2 {2}0x\S+: needs history/);
    assert.match(ended.stdout, /WARNING: nothing is known of what 3 of these keys signed elsewhere/);
    assert.match(ended.stdout, /Nothing was changed\. Stop Web3Signer.*--apply/);
    assert.deepEqual(installation.keys(), {});
    assertNoSecret(ended);
    const other = lockDirectory(installation.directory);
    const applied = await migrate(installation, folder, "--apply");
    other.release();
    refused(applied, 1, "ledger.in_use", /Keymanager API/);
  });

  test("applied: history and keys are there; applied again: nothing is new", async () => {
    const installation = installations.make();
    const folder = keyConfig();
    const file = join(folder, "export.json");
    writeFileSync(file, JSON.stringify(historyOf(MAINNET_GENESIS_ROOT, publicKeyOf(0), publicKeyOf(2))));
    const words = ["--slashing-protection", file, "--apply", "-o", "json"];
    const ended = await migrate(installation, folder, ...words);
    const report = succeeded(ended);
    assert.deepEqual(report.history, { keys: 2, blocks: 2, attestations: 2 });
    assert.deepEqual([report.counts.imported, report.withoutHistory], [5, 3]);
    assertNoSecret(ended);
    assert.deepEqual(
      Object.keys(installation.keys()).toSorted(),
      [0, 1, 2, 3, 4].map(publicKeyOf).toSorted(),
    );
    const again = succeeded(await migrate(installation, folder, ...words));
    assert.deepEqual([again.counts.imported, again.counts.duplicate], [0, 5]);
    assert.deepEqual(again.history, { keys: 2, blocks: 0, attestations: 0 });
    assert.equal(again.withoutHistory, 0);
  });

  inProofs(
    "one of several fails: the others are there, its history too, and the next run brings it in",
    async () => {
      const installation = installations.make();
      const folder = keyConfig({ "store.password": "wrong" });
      const file = join(folder, "export.json");
      writeFileSync(file, JSON.stringify(historyOf(MAINNET_GENESIS_ROOT, publicKeyOf(2))));
      const words = ["--slashing-protection", file, "--apply", "-o", "json"];
      const ended = await migrate(installation, folder, ...words);
      refused(ended, 1, "validators.incomplete", /1 key not imported/);
      assert.match(messages(reportOf(ended))["store.yaml"] ?? "", /password is wrong.*store\.password/);
      assert.equal(Object.keys(installation.keys()).length, 4);
      const database = openLedger(join(installation.directory, LEDGER_FILE), { readonly: true });
      const rows = database.prepare("SELECT hex(public_key) AS key FROM slashing_validator").all();
      database.close();
      assert.deepEqual(rows, [{ key: publicKeyOf(2).slice(2).toUpperCase() }]);
      writeInto(folder, { "store.password": PASSWORD });
      const { counts } = succeeded(await migrate(installation, folder, ...words));
      assert.deepEqual([counts.imported, counts.duplicate], [1, 4]);
    },
  );

  inProofs("where keys without history are refused, the warning says so", async () => {
    const installation = installations.make();
    succeeded(await installation.run("slashing", "settings", "--unknown-history", "refuse", "-o", "json"));
    const ended = await migrate(installation, keyConfig());
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /5 of these keys.* sign no block and no vote until their history is imported/);
  });
});
