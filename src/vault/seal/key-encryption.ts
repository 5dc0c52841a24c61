/**
 * The unsealed middle of the hierarchy: versioned key-encryption keys, and the random data keys that they wrap. One
 * data key per wallet or imported key seals everything below it.
 * @module
 */
import { randomFillSync } from "node:crypto";
import { SignerError } from "../../domain/errors.ts";
import type { SealedDataKey, SealedKek, WrappedDataKey } from "../../domain/sealed.ts";
import { KEK_USES_MAX, kekUsedUp } from "../../ledger/sealed-rows.ts";
import { associatedData, openBox, sealBox } from "./sealed-box.ts";
import { wipe } from "../wipe.ts";
import type { DataKeyId, NamespaceName } from "../../domain/kinds.ts";

const KEY_BYTES = 32;

interface KeyEncryptionKey {
  readonly key: Uint8Array;
  uses: number;
}

/** A new key-encryption key, sealed under the root key. */
export function createKek(root: Uint8Array, version: number): SealedKek {
  const key = randomFillSync(new Uint8Array(KEY_BYTES));
  try {
    return { version, sealed: sealBox(root, key, kekData(version)), uses: 0 };
  } finally {
    wipe(key);
  }
}

/** Key-encryption keys by version on their way to another thread, each in separate memory that is moved. */
export type SharedKeks = readonly {
  readonly version: number;
  readonly key: Uint8Array<ArrayBuffer>;
  readonly uses: number;
}[];

export class KeyEncryptionKeys {
  readonly #keys = new Map<number, KeyEncryptionKey>();

  private constructor() {
    // Made by `open` or `adopt`.
  }

  /**
   * Opens every row; `root` stays the caller's.
   * @throws SignerError `service.unseal_failed` when a row was altered or belongs to another root key
   */
  static open(root: Uint8Array, rows: readonly SealedKek[]): KeyEncryptionKeys {
    const opened = new KeyEncryptionKeys();
    for (const row of rows) {
      const key = openBox(root, row.sealed, kekData(row.version));
      if (key?.length !== KEY_BYTES) {
        opened.wipe();
        throw new SignerError(
          "service.unseal_failed",
          `key-encryption key ${row.version} does not open under this root key; keep the file, and ` +
            `read docs/damaged-ledger.md before a copy is put back`,
        );
      }
      opened.#keys.set(row.version, { key, uses: row.uses });
    }
    if (rows.length === 0) {
      throw new SignerError(
        "service.unseal_failed",
        "the data directory has no key-encryption key; keep the file, and read " +
          "docs/damaged-ledger.md before a copy is put back",
      );
    }
    return opened;
  }

  /** Copies for another thread that signs; each in separate memory, to be moved there. */
  shared(): SharedKeks {
    return [...this.#keys].map(([version, { key, uses }]) => ({ version, key: key.slice(), uses }));
  }

  /** The keys of `shared`, on the thread that they were moved to. */
  static adopt(shared: SharedKeks): KeyEncryptionKeys {
    const adopted = new KeyEncryptionKeys();
    for (const { version, key, uses } of shared) adopted.#keys.set(version, { key, uses });
    return adopted;
  }

  /** The version that new data keys are wrapped with. */
  get currentVersion(): number {
    return Math.max(...this.#keys.keys());
  }

  /**
   * A new data key, and its row. `key` is the caller's to wipe.
   * @throws SignerError `service.internal` when the key-encryption key must be rotated first
   */
  createDataKey(id: DataKeyId, namespace: NamespaceName): { key: Uint8Array; wrapped: WrappedDataKey } {
    const kekVersion = this.currentVersion;
    const kek = this.#keys.get(kekVersion);
    if (kek === undefined || kek.uses >= KEK_USES_MAX) throw kekUsedUp(kekVersion);
    kek.uses++;
    const key = randomFillSync(new Uint8Array(KEY_BYTES));
    const sealed = sealBox(kek.key, key, dataKeyData({ id, namespace, kekVersion }));
    return { key, wrapped: { row: { id, namespace, kekVersion, sealed }, kekUses: kek.uses } };
  }

  /** Opens a data key: 32 bytes, the caller's to wipe. @throws SignerError `service.internal` when it does not open */
  openDataKey(row: SealedDataKey): Uint8Array {
    const kek = this.#keys.get(row.kekVersion);
    const key = kek && openBox(kek.key, row.sealed, dataKeyData(row));
    if (key?.length !== KEY_BYTES) throw altered(`data key ${row.id}`);
    return key;
  }

  wipe(): void {
    for (const { key } of this.#keys.values()) wipe(key);
    this.#keys.clear();
  }
}

/** The refusal of a blob that its own row does not open: another row's, or changed. */
export function altered(what: string): SignerError {
  return new SignerError(
    "service.internal",
    `${what} does not open: the database was altered or mixed with another; keep the file, and read ` +
      `docs/damaged-ledger.md before a copy is put back`,
  );
}

function kekData(version: number): Uint8Array {
  return associatedData({ purpose: "kek", kekVersion: version });
}

function dataKeyData({ id, namespace, kekVersion }: Omit<SealedDataKey, "sealed">): Uint8Array {
  return associatedData({ purpose: "data-key", namespace, dataKeyId: id, kekVersion });
}
