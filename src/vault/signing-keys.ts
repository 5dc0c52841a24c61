/** Sealed keys made ready to sign: rows read and opened when a key is first used, kept until it is evicted or wiped. */
import type { Signature } from "../chains/adapter.ts";
import { SignerError } from "../domain/errors.ts";
import type { KeySecretRow, SealedRowReader } from "../ledger/sealed-rows.ts";
import { altered, type KeyEncryptionKeys } from "./key-encryption.ts";
import type { SignCall } from "./protocol.ts";
import { openKey } from "./secrets.ts";
import { signPayload } from "./signers.ts";
import { UnsealedKeys, type UnsealedKey } from "./unsealed-keys.ts";
import { wipe } from "./wipe.ts";

export class SigningKeys {
  readonly #rows: () => SealedRowReader;
  readonly #keys: UnsealedKeys;

  /** @param capacity keys kept at once; 32 bytes each */
  constructor(rows: () => SealedRowReader, capacity: number) {
    this.#rows = rows;
    this.#keys = new UnsealedKeys(capacity);
  }

  get size(): number {
    return this.#keys.size;
  }

  /** One signature for each payload, in order. @throws SignerError `key.not_found`, `service.internal` */
  sign(keks: KeyEncryptionKeys, { keyId, payloads }: SignCall): readonly Signature[] {
    const key = this.#keys.get(keyId) ?? this.#load(keks, keyId);
    return payloads.map((payload) => signPayload(key, payload));
  }

  wipe(): void {
    this.#keys.wipe();
  }

  #load(keks: KeyEncryptionKeys, keyId: string): UnsealedKey {
    const row = this.#rows().keySecret(keyId);
    if (row === undefined) throw new SignerError("key.not_found", `no key ${keyId}`);
    const dataKey = this.#dataKey(keks, row);
    let secret: Uint8Array | undefined;
    try {
      secret = openKey(dataKey, row);
      return this.#keys.put(row.keyId, row.curve, new Uint8Array(row.publicKey), secret);
    } finally {
      wipe(secret, dataKey);
    }
  }

  #dataKey(keks: KeyEncryptionKeys, row: KeySecretRow): Uint8Array {
    const dataKeyRow = this.#rows().dataKey(row.dataKeyId);
    if (dataKeyRow === undefined || dataKeyRow.namespace !== row.namespace) throw altered(`key ${row.keyId}`);
    return keks.openDataKey(dataKeyRow);
  }
}
