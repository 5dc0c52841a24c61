/**
 * The private keys of a thread that works beside the vault's thread: it has that thread's key-encryption keys for as long
 * as the vault is unsealed.
 * @module
 */
import { receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import { SignerError } from "../../domain/errors.ts";
import { openLedger } from "../../ledger/open.ts";
import { SealedRowReader } from "../../ledger/sealed-rows.ts";
import type { SharedKeks } from "./bls-protocol.ts";
import { KeyEncryptionKeys } from "../seal/key-encryption.ts";
import { SigningKeys } from "./signing-keys.ts";

export class AdoptedKeys {
  readonly #databasePath: string;
  readonly keys: SigningKeys;
  #reader: SealedRowReader | undefined;
  #vault: MessagePort | undefined;
  #keks: KeyEncryptionKeys | undefined;

  /** @param capacity keys kept at once; 32 bytes each */
  constructor(databasePath: string, capacity: number) {
    this.#databasePath = databasePath;
    this.keys = new SigningKeys(() => this.#rows(), capacity);
  }

  /** @param port where the vault's thread posts keys */
  connect(port: MessagePort): void {
    this.#vault = port;
  }

  /**
   * Takes what the vault's thread posted, in order: keys when it was unsealed, null when it was sealed. Call it before
   * every use.
   */
  obey(): void {
    if (this.#vault === undefined) return;
    for (;;) {
      const received: { message: SharedKeks | null } | undefined = receiveMessageOnPort(this.#vault);
      if (received === undefined) return;
      this.seal();
      if (received.message === null) continue;
      this.#keks = KeyEncryptionKeys.adopt(received.message);
    }
  }

  /** @throws SignerError `service.sealed` */
  unsealed(): KeyEncryptionKeys {
    if (this.#keks === undefined)
      throw new SignerError("service.sealed", "the vault is sealed; unseal it first");
    return this.#keks;
  }

  /** Wipes every key. */
  seal(): void {
    this.#keks?.wipe();
    this.#keks = undefined;
    this.keys.wipe();
  }

  #rows(): SealedRowReader {
    return (this.#reader ??= new SealedRowReader(openLedger(this.#databasePath, { readonly: true })));
  }
}
