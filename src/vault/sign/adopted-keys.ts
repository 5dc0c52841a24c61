/**
 * The private keys of a thread that works beside the vault's thread: it has that thread's key-encryption keys for as long
 * as the vault is unsealed.
 * @module
 */
import { receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import { SignerError } from "../../domain/errors.ts";
import { openLedger } from "../../ledger/open.ts";
import { SealedRowReader } from "../../ledger/sealed-rows.ts";
import type { Served } from "../../threads/contract.ts";
import { KeyEncryptionKeys, type SharedKeks } from "../seal/key-encryption.ts";
import { PrivateKeys } from "./private-keys.ts";
import type { KeyId } from "../../domain/kinds.ts";

/** What every such thread can be asked. */
export interface AdoptedKeysThread {
  /** Once, and first: the vault's thread posts key-encryption keys to the other end of `port`. */
  connect(port: MessagePort): void;
  /** Private keys held ready. */
  cachedKeys(): number;
  /** Wipes the private keys of keys that were deleted. */
  forget(keyIds: readonly KeyId[]): void;
  /** Wipes every key. */
  seal(): void;
}

export class AdoptedKeys {
  readonly #databasePath: string;
  readonly #keys: PrivateKeys;
  #reader: SealedRowReader | undefined;
  #vault: MessagePort | undefined;
  #keks: KeyEncryptionKeys | undefined;

  /** @param capacity keys kept at once; 32 bytes each */
  constructor(databasePath: string, capacity: number) {
    this.#databasePath = databasePath;
    this.#keys = new PrivateKeys(() => this.#rows(), capacity);
  }

  /** The methods that these threads share. */
  served(): Served<AdoptedKeysThread> {
    return {
      connect: (port) => {
        this.#vault = port;
        this.#obey();
      },
      cachedKeys: () => this.keys.size,
      forget: (keyIds) => this.keys.forget(keyIds),
      seal: () => {
        this.#obey();
        this.#wipe();
      },
    };
  }

  /** As the vault's thread has said by now. */
  get keys(): PrivateKeys {
    this.#obey();
    return this.#keys;
  }

  /** @throws SignerError `service.sealed` */
  unsealed(): KeyEncryptionKeys {
    this.#obey();
    if (this.#keks === undefined)
      throw new SignerError("service.sealed", "the vault is sealed; unseal it first");
    return this.#keks;
  }

  /** Takes what the vault's thread posted, in order: keys when it was unsealed, null when it was sealed. */
  #obey(): void {
    if (this.#vault === undefined) return;
    for (;;) {
      const received: { message: SharedKeks | null } | undefined = receiveMessageOnPort(this.#vault);
      if (received === undefined) return;
      this.#wipe();
      if (received.message === null) continue;
      this.#keks = KeyEncryptionKeys.adopt(received.message);
    }
  }

  #wipe(): void {
    this.#keks?.wipe();
    this.#keks = undefined;
    this.#keys.wipe();
  }

  #rows(): SealedRowReader {
    return (this.#reader ??= new SealedRowReader(openLedger(this.#databasePath, { readonly: true })));
  }
}
