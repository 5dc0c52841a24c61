/** A key in a backup: sealed under a passphrase of its own, and bound to what the backup says in clear. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { createSeal, KDF_FLOOR } from "../../../src/vault/seal/seal.ts";
import type { KeyBackup } from "../../../src/vault/seal/key-backup.ts";
import { openStrongroom, passphrase } from "../directory.ts";

const SECRET = new Uint8Array(32).fill(0x42);
const STATEMENT = '{"chains":[{"chainId":"bbn-1","floor":"120"}]}';
const WORDS = "backup passphrase";
const NOWHERE = "never read: the strongroom gets the passphrase itself";

let here: ReturnType<typeof openStrongroom>;
let there: ReturnType<typeof openStrongroom>;
let publicKey: Uint8Array;
let backup: KeyBackup;
before(() => {
  here = openStrongroom();
  there = openStrongroom();
  const key = here.strongroom.importKey({
    namespace: "n",
    keyId: "key_1",
    curve: "secp256k1",
    privateKey: SECRET,
  });
  here.rows.insertKey(key.rows);
  publicKey = key.publicKey;
  backup = made();
});
after(() => {
  here.remove();
  there.remove();
});

/** As the keystore thread and the vault's own do it together. */
function made(keyId = "key_1", key = publicKey, strongroom = here.strongroom): KeyBackup {
  const { row, root } = createSeal(passphrase(WORDS), KDF_FLOOR);
  const { port1, port2 } = new MessageChannel();
  strongroom.receiveFrom(port2);
  try {
    port1.postMessage({ ticket: 7, secret: root });
    const sealedKey = strongroom.sealForBackup({ keyId, publicKey: key, statement: STATEMENT, ticket: 7 });
    return { ...row, sealedKey };
  } finally {
    port1.close();
  }
}

function restored(
  changes: { statement?: string; words?: string; publicKey?: Uint8Array; backup?: KeyBackup } = {},
) {
  return there.strongroom.restoreKey(
    {
      namespace: "m",
      keyId: "key_2",
      curve: "secp256k1",
      statement: changes.statement ?? STATEMENT,
      publicKey: changes.publicKey ?? publicKey,
      backup: changes.backup ?? backup,
      passphraseFile: NOWHERE,
    },
    passphrase(changes.words ?? WORDS),
  );
}

const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));

test("key backup: a key that is not there, or another one than is named, is not sealed", () => {
  assert.throws(() => made("key_9"), { code: "key.not_found" });
  assert.throws(() => made("key_1", flipped(publicKey, 5)), { code: "key.not_found" });
});

test("key backup: a root key is used once, and none that was not delivered", () => {
  const call = { keyId: "key_1", publicKey, statement: STATEMENT, ticket: 7 };
  assert.throws(() => here.strongroom.sealForBackup(call), { code: "service.sealed" });
});

test("key backup: a wrong passphrase is refused, the data directory's own too", () => {
  for (const words of ["backup passphrasE", "correct horse battery staple"]) {
    assert.throws(() => restored({ words }), { code: "service.unseal_failed" });
  }
});

test("key backup: a statement that says anything else is refused: a floor cannot be lowered in the file", () => {
  for (const statement of [
    STATEMENT.replace("120", "119"),
    STATEMENT.replace("bbn-1", "bbn-2"),
    "",
    `${STATEMENT} `,
  ]) {
    assert.throws(() => restored({ statement }), { code: "service.unseal_failed" });
  }
});

test("key backup: every part that is changed is refused", () => {
  for (const changed of [
    { ...backup, sealedKey: flipped(backup.sealedKey, 20) },
    { ...backup, sealedKey: backup.sealedKey.subarray(1) },
    { ...backup, sealedKey: new Uint8Array() },
    { ...backup, sealedRoot: flipped(backup.sealedRoot, 20) },
    { ...backup, header: backup.header.replace('"passes":3', '"passes":4') },
    { ...backup, header: backup.header.replace('"memoryKiB":65536', '"memoryKiB":8') },
    { ...backup, header: "{}" },
  ]) {
    assert.throws(() => restored({ backup: changed }), { code: "service.unseal_failed" });
  }
});

test("key backup: parts of two backups do not go together", () => {
  const other = made();
  assert.throws(() => restored({ backup: { ...backup, sealedKey: other.sealedKey } }), {
    code: "service.unseal_failed",
  });
});

test("key backup: a public key that is not the key's is refused", () => {
  assert.throws(() => restored({ publicKey: flipped(publicKey, 0) }), { code: "service.unseal_failed" });
});

test("key backup: sealed, nothing is sealed or opened", () => {
  const other = openStrongroom();
  other.strongroom.seal();
  const common = { publicKey, statement: STATEMENT, passphraseFile: NOWHERE };
  try {
    assert.throws(() => made("key_1", publicKey, other.strongroom), { code: "service.sealed" });
    const call = { ...common, namespace: "m", keyId: "k", curve: "secp256k1", backup } as const;
    assert.throws(() => other.strongroom.restoreKey(call, passphrase(WORDS)), { code: "service.sealed" });
  } finally {
    other.remove();
  }
});

test("key backup: the private key stands nowhere in it", () => {
  const text = Buffer.from(SECRET);
  for (const part of [backup.sealedKey, backup.sealedRoot, Buffer.from(backup.header)]) {
    assert.equal(Buffer.from(part).includes(text), false);
  }
});

test("key backup: what is restored is the same key, sealed for its new directory", () => {
  const key = restored();
  assert.deepEqual(key.publicKey, publicKey);
  there.rows.insertKey(key.rows);
  const digest = new Uint8Array(32).fill(7);
  const payload = { scheme: "secp256k1.ecdsa", digest, publicKey } as const;
  const [here1, there1] = [
    here.strongroom.sign({ keyId: "key_1", payloads: [payload] }),
    there.strongroom.sign({ keyId: "key_2", payloads: [payload] }),
  ];
  assert.deepEqual(there1, here1);
});
