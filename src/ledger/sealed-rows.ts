/**
 * Sealed secrets as rows. The ledger's thread inserts them in the transaction of the public wallet or key row; the
 * vault's thread reads them through its own read-only connection. Nothing here can open a blob.
 * @module
 */
import { SignerError } from "../domain/errors.ts";
import { CURVES } from "../domain/keys.ts";
import type {
  Seal,
  SealedDataKey,
  SealedKek,
  SealedKey,
  SealedPrivateKey,
  SealedSeal,
  SealedSeed,
  SealedWallet,
  WrappedDataKey,
} from "../domain/sealed.ts";
import { storedWord } from "../domain/stored.ts";
import type { LedgerDatabase } from "./open.ts";
import type { DataKeyId, KeyId, WalletId } from "../domain/kinds.ts";

/** GCM encryptions that one key-encryption key may make: half of the 2^32 that random 96-bit nonces allow. */
export const KEK_USES_MAX = 2 ** 31;

type SealedPrivateKeyRow = Omit<SealedPrivateKey, "curve"> & { readonly curve: string };

/** Stores a new seal. @throws SqliteError when the directory has one already: a seal is never replaced here */
export function insertSeal(database: LedgerDatabase, rows: SealedSeal): void {
  database
    .prepare<[string, Uint8Array]>("INSERT INTO seal (id, header, sealed_root) VALUES (1, ?, ?)")
    .run(rows.seal.header, rows.seal.sealedRoot);
  database
    .prepare<[number, Uint8Array, number]>("INSERT INTO kek (version, sealed, uses) VALUES (?, ?, ?)")
    .run(rows.kek.version, rows.kek.sealed, rows.kek.uses);
}

/** Inserts sealed rows; prepared once for each writing connection. Call inside the transaction of the public row. */
export class SealedRowWriter {
  readonly #dataKey;
  readonly #count;
  readonly #walletSecret;
  readonly #keySecret;
  readonly #database: LedgerDatabase;

  constructor(database: LedgerDatabase) {
    this.#database = database;
    this.#dataKey = database.prepare<[string, string, number, Uint8Array]>(
      "INSERT INTO data_key (id, namespace, kek_version, sealed) VALUES (?, ?, ?, ?)",
    );
    this.#count = database.prepare<[number, number, number]>(
      "UPDATE kek SET uses = max(uses + 1, ?) WHERE version = ? AND uses < ?",
    );
    this.#walletSecret = database.prepare<[string, string, Uint8Array]>(
      "INSERT INTO wallet_secret (wallet_id, data_key_id, sealed) VALUES (?, ?, ?)",
    );
    this.#keySecret = database.prepare<
      [string, string, Uint8Array, string, string, string | null, Uint8Array]
    >(
      `INSERT INTO key_secret (key_id, data_key_id, public_key, curve, namespace, wallet_id, sealed)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  /** @throws SignerError `service.internal` when the key-encryption key is used up */
  insertWallet(rows: SealedWallet): void {
    this.#insertDataKey(rows.dataKey);
    const { walletId, dataKeyId, sealed } = rows.walletSecret;
    this.#walletSecret.run(walletId, dataKeyId, sealed);
  }

  /** @throws SignerError `service.internal` when the key-encryption key is used up */
  insertKey(rows: SealedKey): void {
    if (rows.dataKey !== null) this.#insertDataKey(rows.dataKey);
    const { keyId, dataKeyId, publicKey, curve, namespace, walletId, sealed } = rows.keySecret;
    this.#keySecret.run(keyId, dataKeyId, publicKey, curve, namespace, walletId, sealed);
  }

  /**
   * Overwrites and removes the sealed private key, and its data key where it has one of its own (a wallet's keys share
   * the wallet's). The write-ahead log and backups hold older pages until they are overwritten themselves.
   */
  wipeKey(keyId: KeyId): void {
    // For these two alone: pruning deletes much that is no secret.
    this.#database.pragma("secure_delete = ON");
    try {
      this.#database.prepare<[string]>("DELETE FROM key_secret WHERE key_id = ?").run(keyId);
      this.#database.prepare<[string]>("DELETE FROM data_key WHERE id = ?").run(keyId);
    } finally {
      this.#database.pragma("secure_delete = OFF");
    }
  }

  #insertDataKey({ row, kekUses }: WrappedDataKey): void {
    // The vault's own count may be ahead: it also counts wraps whose transaction never committed.
    const { changes } = this.#count.run(kekUses, row.kekVersion, KEK_USES_MAX);
    if (changes !== 1) throw kekUsedUp(row.kekVersion);
    this.#dataKey.run(row.id, row.namespace, row.kekVersion, row.sealed);
  }
}

export function kekUsedUp(version: number): SignerError {
  return new SignerError(
    "service.internal",
    `key-encryption key ${version} is missing or has made ${KEK_USES_MAX} encryptions; rotate it`,
  );
}

/** Reads sealed rows. Integers are read as numbers whatever the connection's default is. */
export class SealedRowReader {
  readonly #seal;
  readonly #keks;
  readonly #dataKey;
  readonly #walletSecret;
  readonly #keySecret;

  constructor(database: LedgerDatabase) {
    this.#seal = database.prepare<[], Seal>(
      "SELECT header, sealed_root AS sealedRoot FROM seal WHERE id = 1",
    );
    this.#keks = database
      .prepare<[], SealedKek>("SELECT version, sealed, uses FROM kek ORDER BY version")
      .safeIntegers(false);
    this.#dataKey = database
      .prepare<[string], SealedDataKey>(
        "SELECT id, namespace, kek_version AS kekVersion, sealed FROM data_key WHERE id = ?",
      )
      .safeIntegers(false);
    this.#walletSecret = database.prepare<[string], SealedSeed>(
      "SELECT wallet_id AS walletId, data_key_id AS dataKeyId, sealed FROM wallet_secret WHERE wallet_id = ?",
    );
    this.#keySecret = database.prepare<[string], SealedPrivateKeyRow>(
      `SELECT key_id AS keyId, data_key_id AS dataKeyId, public_key AS publicKey, curve, namespace,
         wallet_id AS walletId, sealed FROM key_secret WHERE key_id = ?`,
    );
  }

  seal(): Seal | undefined {
    return this.#seal.get();
  }

  /** Ascending by version. */
  keks(): readonly SealedKek[] {
    return this.#keks.all();
  }

  dataKey(id: DataKeyId): SealedDataKey | undefined {
    return this.#dataKey.get(id);
  }

  walletSecret(walletId: WalletId): SealedSeed | undefined {
    return this.#walletSecret.get(walletId);
  }

  keySecret(keyId: KeyId): SealedPrivateKey | undefined {
    const row = this.#keySecret.get(keyId);
    const place = { table: "key_secret", id: keyId, member: "curve" };
    return row === undefined ? undefined : { ...row, curve: storedWord(CURVES, row.curve, place) };
  }
}
