/** Where secrets are not: in strings of the main thread's heap, and in any form in the files of the data directory. */
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LEDGER_FILE, openLedger } from "../../src/ledger/open.ts";
import { SealedRowReader } from "../../src/ledger/sealed-rows.ts";
import { KeyEncryptionKeys } from "../../src/vault/seal/key-encryption.ts";
import { mnemonicOfEntropy } from "../../src/vault/wallet/mnemonic.ts";
import { openSeal } from "../../src/vault/seal/seal.ts";
import { associatedData, openBox } from "../../src/vault/seal/sealed-box.ts";
import { openKey, openWalletSeed } from "../../src/vault/seal/secrets.ts";
import { PASSPHRASE, passphrase } from "./directory.ts";

interface Secret {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Everything secret that the directory holds, opened with the passphrase as a thief with both would. */
function secretsOf(databasePath: string): { readonly secrets: readonly Secret[]; readonly words: string } {
  const database = openLedger(databasePath, { readonly: true });
  const reader = new SealedRowReader(database);
  const seal = reader.seal();
  const wallet = reader.walletSecret("w");
  assert.ok(seal && wallet);
  const root = openSeal(passphrase(), seal);
  const keks = KeyEncryptionKeys.open(root, reader.keks());
  const kek = reader
    .keks()
    .map((row) => openBox(root, row.sealed, associatedData({ purpose: "kek", kekVersion: 1 })));
  const dataKeyOf = (id: string) => {
    const row = reader.dataKey(id);
    assert.ok(row);
    return keks.openDataKey(row);
  };
  const dataKey = dataKeyOf("w");
  const plaintext = openBox(
    dataKey,
    wallet.sealed,
    associatedData({
      purpose: "wallet-secret",
      namespace: "n",
      walletId: "w",
      dataKeyId: "w",
      keyType: "bip39",
    }),
  );
  assert.ok(plaintext && kek[0]);
  const entropy = plaintext.slice(2, 2 + 32);
  const keys = ["secp256k1", "ed25519", "stark", "imported"].map((keyId) => {
    const row = reader.keySecret(keyId);
    assert.ok(row);
    return { name: `private key ${keyId}`, bytes: openKey(dataKeyOf(row.dataKeyId), row) };
  });
  database.close();
  const secrets = [
    { name: "root key", bytes: root },
    { name: "key-encryption key", bytes: kek[0] },
    { name: "data key", bytes: dataKey },
    { name: "entropy", bytes: entropy },
    { name: "seed", bytes: openWalletSeed(dataKey, "n", wallet) },
    ...keys,
  ];
  return { secrets, words: new TextDecoder().decode(mnemonicOfEntropy(entropy)) };
}

/** Text forms in which a secret would stand in a string or a file. */
function textForms({ bytes }: Secret): readonly string[] {
  const buffer = Buffer.from(bytes);
  const hex = buffer.toString("hex");
  return [
    hex,
    hex.toUpperCase(),
    // Leading zeros are dropped where a scalar is printed as a number.
    hex.replace(/^0+/, ""),
    BigInt(`0x${hex}`).toString(),
    buffer.toString("base64").replace(/=+$/, ""),
    buffer.toString("base64url"),
    [...bytes].join(","),
  ];
}

/** A text that the custodian does hold: a search that misses it would miss a secret too. */
const CONTROL: Secret = { name: "control", bytes: passphrase() };
const CHUNK_BYTES = 1 << 22;

/** Names of the secrets whose bytes are anywhere in the writable memory of process `pid` (Linux). */
function secretsInMemory(pid: number, secrets: readonly Secret[]): readonly string[] {
  const found = new Set<string>();
  const overlap = Math.max(...secrets.map(({ bytes }) => bytes.length)) - 1;
  const memory = openSync(`/proc/${pid}/mem`, "r");
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (const line of readFileSync(`/proc/${pid}/maps`, "utf8").split("\n")) {
    const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
    if (from === undefined || to === undefined) continue;
    const end = BigInt(`0x${to}`);
    for (let at = BigInt(`0x${from}`); at < end; at += BigInt(CHUNK_BYTES - overlap)) {
      const length = Number(end - at < BigInt(CHUNK_BYTES) ? end - at : BigInt(CHUNK_BYTES));
      const read = readPages(memory, chunk, length, at);
      for (const { name, bytes } of secrets) {
        if (chunk.subarray(0, read).includes(Buffer.from(bytes))) found.add(name);
      }
    }
  }
  closeSync(memory);
  return [...found];
}

/** Guard pages and device mappings cannot be read: they count as nothing read. */
function readPages(memory: number, chunk: Buffer, length: number, at: bigint): number {
  try {
    return readSync(memory, chunk, 0, length, at);
  } catch {
    return 0;
  }
}

describe("secrecy", () => {
  let parent = "";
  let data = "";
  let found: ReturnType<typeof secretsOf>;
  let inMemory: readonly string[] = [];
  const importedKey = randomBytes(32);
  before(async () => {
    parent = mkdtempSync(join(tmpdir(), "claviger-secrecy-"));
    data = join(parent, "data");
    mkdirSync(data);
    writeFileSync(join(parent, "import.key"), importedKey, { mode: 0o600 });
    const script = join(import.meta.dirname, "custodian.ts");
    const custodian = spawn(process.execPath, [script, data], { stdio: ["pipe", "pipe", "inherit"] });
    const ended = once(custodian, "exit");
    const [line] = await Promise.race([once(custodian.stdout, "data"), ended]);
    assert.equal(String(line), "sealed\n");
    found = secretsOf(join(data, LEDGER_FILE));
    if (process.platform === "linux")
      inMemory = secretsInMemory(custodian.pid ?? 0, [CONTROL, ...found.secrets]);
    custodian.stdin.end();
    assert.deepEqual(await ended, [0, null]);
  });
  after(() => rmSync(parent, { recursive: true }));

  test("secrecy: the secrets are known here, or the searches below would prove nothing", () => {
    assert.deepEqual(Buffer.from(found.secrets.at(-1)?.bytes ?? []), importedKey);
    assert.equal(found.words.split(" ").length, 24);
    assert.ok(found.secrets.every(({ bytes }) => bytes.length >= 32));
  });

  for (const moment of ["signed", "sealed"]) {
    test(`secrecy: no string of the main thread's heap holds a secret once it has ${moment}`, () => {
      const heap = readFileSync(join(parent, `${moment}.heapsnapshot`), "utf8");
      // A value that the main thread does know, to show that the search finds strings at all.
      assert.ok(heap.includes("m/44'/9004'/0'/0/0"));
      for (const secret of found.secrets) {
        for (const form of textForms(secret))
          assert.ok(!heap.includes(form), `${secret.name} is in the heap`);
      }
      assert.ok(!heap.includes(found.words), "the mnemonic is in the heap");
      assert.ok(
        !heap.includes(found.words.split(" ").slice(0, 4).join(" ")),
        "words of the mnemonic are in the heap",
      );
    });
  }

  // Seed and private keys are left out: what @scure/bip32, @scure/starknet and OpenSSL copy of them while they derive and
  // sign is theirs to collect, and sometimes stays for a while (SECURITY.md).
  for (const name of ["root key", "key-encryption key", "data key", "entropy"]) {
    const skip = process.platform === "linux" ? false : "reads /proc";
    test(`secrecy: the ${name} is nowhere in the process's memory once it has sealed`, { skip }, () => {
      assert.ok(found.secrets.some((secret) => secret.name === name));
      assert.ok(inMemory.includes(CONTROL.name));
      assert.ok(!inMemory.includes(name));
    });
  }

  test("secrecy: no file of the data directory holds a secret, raw or as text", () => {
    const files = readdirSync(data);
    assert.ok(files.includes(LEDGER_FILE));
    for (const file of files) {
      const content = readFileSync(join(data, file));
      for (const secret of found.secrets) {
        assert.ok(!content.includes(Buffer.from(secret.bytes)), `${secret.name} is in ${file}`);
        // Half of it would be as bad.
        assert.ok(
          !content.includes(Buffer.from(secret.bytes.slice(0, 16))),
          `half of ${secret.name} is in ${file}`,
        );
        for (const form of textForms(secret))
          assert.ok(!content.includes(form), `${secret.name} is in ${file}`);
      }
      for (const text of [found.words, found.words.split(" ").slice(0, 4).join(" "), PASSPHRASE]) {
        assert.ok(!content.includes(text), `the mnemonic or passphrase is in ${file}`);
      }
    }
  });
});
