/** Rows that someone with write access to the database moved or changed: none of them opens. */
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Curve } from "../../src/domain/keys.ts";
import { KEK_USES_MAX, SealedRowReader } from "../../src/ledger/sealed-rows.ts";
import type { DerivationPlan } from "../../src/vault/wallet/derivation.ts";
import { createKek } from "../../src/vault/seal/key-encryption.ts";
import { openSeal } from "../../src/vault/seal/seal.ts";
import { Strongroom } from "../../src/vault/strongroom.ts";
import { openStrongroom, passphrase } from "./directory.ts";

type Opened = ReturnType<typeof openStrongroom>;

const PLAN: DerivationPlan = { path: "m/44'/60'/0'/0/0", derivation: "bip32-secp256k1", curve: "secp256k1" };

function fill(directory: Opened): void {
  const { strongroom, rows } = directory;
  for (const [walletId, namespace] of [
    ["w1", "red"],
    ["w2", "red"],
    ["w3", "blue"],
  ] as const) {
    rows.insertWallet(strongroom.createWallet({ walletId, namespace, words: 12 }));
    for (const index of [0, 1]) {
      const keyId = `${walletId}-k${index}`;
      const plan = { ...PLAN, path: `m/44'/60'/0'/0/${index}` };
      rows.insertKey(strongroom.deriveKey({ namespace, walletId, keyId, plan }).rows);
    }
  }
  for (const curve of ["secp256k1", "ed25519"] as const satisfies readonly Curve[]) {
    const input = {
      namespace: "red",
      keyId: `imported-${curve}`,
      curve,
      privateKey: createHash("sha256").update("imported").digest(),
    };
    rows.insertKey(strongroom.importKey(input).rows);
  }
}

const ALTERED = { code: "service.internal", message: /does not open/ };
const PAYLOAD_KEY = { scheme: "secp256k1.ecdsa", digest: new Uint8Array(32).fill(9) } as const;

const KEY_CASES: readonly { name: string; sql: string; keyId: string }[] = [
  {
    name: "the blob of another key of the same wallet",
    sql: "UPDATE key_secret SET sealed = (SELECT sealed FROM key_secret WHERE key_id = 'w1-k1') WHERE key_id = 'w1-k0'",
    keyId: "w1-k0",
  },
  {
    name: "the blob and public key of another key of the same wallet",
    sql: `UPDATE key_secret SET (sealed, public_key) =
              (SELECT sealed, public_key FROM key_secret WHERE key_id = 'w1-k1') WHERE key_id = 'w1-k0'`,
    keyId: "w1-k0",
  },
  {
    name: "the blob of another wallet's key",
    sql: "UPDATE key_secret SET sealed = (SELECT sealed FROM key_secret WHERE key_id = 'w2-k0') WHERE key_id = 'w1-k0'",
    keyId: "w1-k0",
  },
  {
    name: "the whole secret of another wallet's key, with its data key",
    sql: `UPDATE key_secret SET (sealed, public_key, data_key_id, wallet_id) =
              (SELECT sealed, public_key, data_key_id, wallet_id FROM key_secret WHERE key_id = 'w2-k0')
            WHERE key_id = 'w1-k0'`,
    keyId: "w1-k0",
  },
  {
    name: "the whole secret of another namespace's key",
    sql: `UPDATE key_secret SET (sealed, public_key, data_key_id, wallet_id) =
              (SELECT sealed, public_key, data_key_id, wallet_id FROM key_secret WHERE key_id = 'w3-k0')
            WHERE key_id = 'w1-k0'`,
    keyId: "w1-k0",
  },
  {
    name: "its own blob under another namespace",
    sql: "UPDATE key_secret SET namespace = 'blue' WHERE key_id = 'w1-k0'",
    keyId: "w1-k0",
  },
  {
    name: "its own blob and data key under another namespace",
    sql: "UPDATE data_key SET namespace = 'blue' WHERE id = 'w1'",
    keyId: "w1-k0",
  },
  {
    name: "another public key",
    sql: "UPDATE key_secret SET public_key = (SELECT public_key FROM key_secret WHERE key_id = 'w1-k1') WHERE key_id = 'w1-k0'",
    keyId: "w1-k0",
  },
  {
    name: "another curve",
    sql: "UPDATE key_secret SET curve = 'stark' WHERE key_id = 'w1-k0'",
    keyId: "w1-k0",
  },
  {
    name: "a derived key as an imported one",
    sql: "UPDATE key_secret SET wallet_id = NULL WHERE key_id = 'w1-k0'",
    keyId: "w1-k0",
  },
  {
    name: "a seed as a private key",
    sql: "UPDATE key_secret SET sealed = (SELECT sealed FROM wallet_secret WHERE wallet_id = 'w1') WHERE key_id = 'w1-k0'",
    keyId: "w1-k0",
  },
  {
    name: "the data key of another wallet",
    sql: "UPDATE data_key SET sealed = (SELECT sealed FROM data_key WHERE id = 'w2') WHERE id = 'w1'",
    keyId: "w1-k0",
  },
  {
    name: "the imported key of another curve",
    sql: `UPDATE key_secret SET (sealed, public_key, data_key_id) =
              (SELECT sealed, public_key, data_key_id FROM key_secret WHERE key_id = 'imported-ed25519')
            WHERE key_id = 'imported-secp256k1'`,
    keyId: "imported-secp256k1",
  },
  {
    name: "a zeroed tag",
    sql: `UPDATE key_secret SET sealed = CAST(substr(sealed, 1, length(sealed) - 16) || zeroblob(16) AS BLOB)
            WHERE key_id = 'w1-k0'`,
    keyId: "w1-k0",
  },
];
/** Applies `sql`, runs `check` in a freshly unsealed strongroom, and puts the rows back. */
function tampered(directory: Opened, sql: string, check: (strongroom: Strongroom) => void): void {
  const { database, strongroom } = directory;
  const tables = ["data_key", "wallet_secret", "key_secret"];
  for (const table of tables) database.exec(`CREATE TABLE saved_${table} AS SELECT * FROM ${table}`);
  try {
    assert.ok(database.prepare(sql).run().changes > 0, "the change must touch a row");
    strongroom.unseal(passphrase());
    check(strongroom);
  } finally {
    database.pragma("foreign_keys = OFF");
    for (const table of tables) {
      database.exec(
        `DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM saved_${table}; DROP TABLE saved_${table}`,
      );
    }
    database.pragma("foreign_keys = ON");
  }
}

function sign(directory: Opened, strongroom: Strongroom, keyId: string): void {
  const row = new SealedRowReader(directory.database).keySecret(keyId);
  assert.ok(row);
  strongroom.sign({ keyId, payloads: [{ ...PAYLOAD_KEY, publicKey: new Uint8Array(row.publicKey) }] });
}

describe("swapped blobs", () => {
  let directory: Opened;
  before(() => {
    directory = openStrongroom();
    fill(directory);
  });
  after(() => directory.remove());

  for (const { name, sql, keyId } of KEY_CASES) {
    test(`swapped blobs: a key does not sign with ${name}`, () => {
      tampered(directory, sql, (strongroom) =>
        assert.throws(() => sign(directory, strongroom, keyId), ALTERED),
      );
    });
  }

  test("swapped blobs: a wallet does not derive from another wallet's seed", () => {
    tampered(
      directory,
      "UPDATE wallet_secret SET sealed = (SELECT sealed FROM wallet_secret WHERE wallet_id = 'w2') WHERE wallet_id = 'w1'",
      (strongroom) =>
        assert.throws(
          () => strongroom.deriveKey({ namespace: "red", walletId: "w1", keyId: "new", plan: PLAN }),
          ALTERED,
        ),
    );
  });

  test("swapped blobs: a wallet does not derive from another wallet's seed and data key", () => {
    tampered(
      directory,
      `UPDATE wallet_secret SET (sealed, data_key_id) =
         (SELECT sealed, data_key_id FROM wallet_secret WHERE wallet_id = 'w2') WHERE wallet_id = 'w1'`,
      (strongroom) =>
        assert.throws(
          () => strongroom.deriveKey({ namespace: "red", walletId: "w1", keyId: "new", plan: PLAN }),
          ALTERED,
        ),
    );
  });

  test("swapped blobs: another namespace does not derive from a wallet", () => {
    const { strongroom } = directory;
    assert.throws(
      () => strongroom.deriveKey({ namespace: "blue", walletId: "w1", keyId: "new", plan: PLAN }),
      {
        code: "wallet.not_found",
      },
    );
  });

  test("swapped blobs: untouched rows sign", () => {
    tampered(directory, "UPDATE key_secret SET curve = 'stark' WHERE key_id = 'w1-k0'", (strongroom) =>
      sign(directory, strongroom, "w1-k1"),
    );
  });
});

describe("key-encryption keys", () => {
  let directory: Opened;
  before(() => {
    directory = openStrongroom();
    const seal = new SealedRowReader(directory.database).seal();
    assert.ok(seal);
    const root = openSeal(passphrase(), seal);
    const second = createKek(root, 2);
    directory.database
      .prepare("INSERT INTO kek (version, sealed, uses) VALUES (?, ?, 0)")
      .run(2, second.sealed);
  });
  after(() => directory.remove());

  test("key-encryption key: a data key does not open under another version", () => {
    const { database, rows, strongroom } = directory;
    rows.insertWallet(strongroom.createWallet({ walletId: "w1", namespace: "red", words: 24 }));
    database.exec("UPDATE data_key SET kek_version = 2 WHERE id = 'w1'");
    strongroom.unseal(passphrase());
    assert.throws(
      () => strongroom.deriveKey({ namespace: "red", walletId: "w1", keyId: "k", plan: PLAN }),
      ALTERED,
    );
    database.exec("UPDATE data_key SET kek_version = 1 WHERE id = 'w1'");
    strongroom.deriveKey({ namespace: "red", walletId: "w1", keyId: "k", plan: PLAN });
  });

  test("key-encryption key: the newest version wraps", () => {
    const { rows, strongroom, database } = directory;
    assert.equal(strongroom.status().kekVersion, 2);
    const wallet = strongroom.createWallet({ walletId: "w2", namespace: "red", words: 12 });
    assert.equal(wallet.dataKey.row.kekVersion, 2);
    rows.insertWallet(wallet);
    assert.deepEqual(database.prepare("SELECT uses FROM kek ORDER BY version").pluck().all(), [1, 1]);
  });

  test("key-encryption key: swapped versions do not unseal, and the state stays what it was", () => {
    const { database, strongroom } = directory;
    const swap = () =>
      database.exec(`CREATE TEMP TABLE swapped AS SELECT version, sealed FROM kek;
        UPDATE kek SET sealed = (SELECT sealed FROM swapped WHERE swapped.version = 3 - kek.version);
        DROP TABLE swapped`);
    swap();
    assert.throws(() => strongroom.unseal(passphrase()), {
      code: "service.unseal_failed",
      message: /does not open/,
    });
    assert.equal(strongroom.status().state, "unsealed");
    swap();
    strongroom.unseal(passphrase());
  });

  test("key-encryption key: its use count never goes down", () => {
    assert.throws(() => directory.database.exec("UPDATE kek SET uses = 0"), /never goes down/);
  });

  test("key-encryption key: it refuses to wrap after 2^31 uses, across a restart", () => {
    const { database, databasePath, rows } = directory;
    database.prepare("UPDATE kek SET uses = ? WHERE version = 2").run(KEK_USES_MAX - 1);
    const restarted = new Strongroom(databasePath);
    restarted.unseal(passphrase());
    const last = restarted.createWallet({ walletId: "last", namespace: "red", words: 12 });
    rows.insertWallet(last);
    const spent = { code: "service.internal", message: /rotate it/ };
    assert.throws(() => restarted.createWallet({ walletId: "over", namespace: "red", words: 12 }), spent);
    assert.throws(() => {
      rows.insertWallet({ ...last, dataKey: { ...last.dataKey, row: { ...last.dataKey.row, id: "over" } } });
    }, spent);
    restarted.close();
  });
});
