/** The secret of a deleted key: gone from the tables, from the file's pages and from the memory of the vault's threads. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { insertSeal, SealedRowReader } from "../../src/ledger/sealed-rows.ts";
import { KDF_FLOOR } from "../../src/vault/seal/seal.ts";
import { unguarded } from "../chains/ethereum-validator/payloads.ts";
import { startSigningVault } from "../keeper/signing-vault.ts";
import { emptyDirectory, openStrongroom, passphrase } from "./directory.ts";
import { validatorKey } from "./keystores/keystores.ts";

const WALLET_KEY = {
  namespace: "red",
  walletId: "w1",
  keyId: "derived",
  plan: { path: "m/44'/60'/0'/0/0", derivation: "bip32-secp256k1", curve: "secp256k1" },
} as const;
const IMPORTED = { namespace: "red", keyId: "imported", curve: "secp256k1" } as const;

test("wiped: the sealed key, and the data key of an imported one, are overwritten; the wallet's stays", (t) => {
  const directory = openStrongroom();
  t.after(() => directory.remove());
  const { strongroom, rows, database } = directory;
  const wallet = strongroom.createWallet({ walletId: "w1", namespace: "red", words: 12 });
  rows.insertWallet(wallet);
  const derived = strongroom.deriveKey(WALLET_KEY).rows;
  const imported = strongroom.importKey({ ...IMPORTED, privateKey: new Uint8Array(32).fill(7) }).rows;
  for (const key of [derived, imported]) rows.insertKey(key);
  database.pragma("wal_checkpoint(TRUNCATE)");
  const gone = [derived.keySecret.sealed, imported.keySecret.sealed, imported.dataKey?.row.sealed];
  const inFile = (bytes: Uint8Array | undefined): boolean =>
    readFileSync(directory.databasePath).includes(Buffer.from(bytes ?? []));
  assert.ok(gone.every(inFile));
  database.transaction(() => ["derived", "imported"].forEach((id) => rows.wipeKey(id)))();
  database.pragma("wal_checkpoint(TRUNCATE)");
  assert.ok(!gone.some(inFile));
  assert.ok(inFile(wallet.dataKey.row.sealed));
  const reader = new SealedRowReader(database);
  assert.deepEqual([reader.keySecret("derived"), reader.keySecret("imported")], [undefined, undefined]);
  assert.equal(reader.dataKey("imported"), undefined);
  assert.equal(database.pragma("secure_delete", { simple: true }), 0);
  // The same ids again, as for a key that comes back.
  rows.insertKey(strongroom.deriveKey(WALLET_KEY).rows);
  rows.insertKey(strongroom.importKey({ ...IMPORTED, privateKey: new Uint8Array(32).fill(7) }).rows);
});

test("forgotten: no thread of the vault signs with a key that it held", async (t) => {
  const directory = emptyDirectory();
  const vault = startSigningVault({ databasePath: directory.databasePath });
  t.after(async () => {
    await vault.close();
    directory.remove();
  });
  insertSeal(directory.database, await vault.initialise({ passphrase: passphrase(), kdf: KDF_FLOOR }));
  await vault.unseal(passphrase());
  const digest = new Uint8Array(32).fill(1);
  const ecdsa = await vault.importKey({ ...IMPORTED, privateKey: new Uint8Array(32).fill(7) });
  const bls = await vault.importKey({
    namespace: "red",
    keyId: "bls",
    curve: "bls12-381",
    privateKey: validatorKey(1),
  });
  const calls = [
    {
      keyId: "imported",
      payloads: [{ scheme: "secp256k1.ecdsa", digest, publicKey: ecdsa.publicKey } as const],
    },
    { keyId: "bls", payloads: [unguarded(bls.publicKey, digest)] },
  ];
  for (const { rows } of [ecdsa, bls]) directory.rows.insertKey(rows);
  for (const call of calls) assert.equal((await vault.sign(call)).length, 1);
  const range = { chainId: new Uint8Array(1), startHeight: 1n, count: 1, interval: 1n };
  const publicKey = ecdsa.publicKey.slice(1);
  await vault.publicRandomness({ ...range, namespace: "red", keyId: "imported", publicKey });
  assert.equal((await vault.status()).cachedKeys, 3);
  for (const { keyId } of calls) directory.rows.wipeKey(keyId);
  await vault.forget(calls.map(({ keyId }) => keyId));
  assert.equal((await vault.status()).cachedKeys, 0);
  for (const call of calls) await assert.rejects(vault.sign(call), { code: "key.not_found" });
});
