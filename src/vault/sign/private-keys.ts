/** Sealed keys made ready to sign: rows read and opened when a key is first used, kept until it is evicted or wiped. */
import type { PayloadsToSign, Signature } from "../../chains/adapter.ts";
import { equalBytes } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import type { SealedPrivateKey } from "../../domain/sealed.ts";
import type { SealedRowReader } from "../../ledger/sealed-rows.ts";
import { altered, type KeyEncryptionKeys } from "../seal/key-encryption.ts";
import { secp256k1 } from "./secp256k1.ts";
import { openKey } from "../seal/secrets.ts";
import { signPayload } from "./signers.ts";
import { UnsealedKeys, type UnsealedKey } from "./unsealed-keys.ts";
import { wipe } from "../wipe.ts";
import type { KeyId, NamespaceName, PublicKey } from "../../domain/kinds.ts";

/** A finality provider's key whose public randomness is wanted. */
export interface RandomnessKey {
  readonly namespace: NamespaceName;
  readonly keyId: KeyId;
  /** 32 bytes, x-only. */
  readonly publicKey: PublicKey;
}

export class PrivateKeys {
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
  sign(keks: KeyEncryptionKeys, { keyId, payloads, signedBy }: PayloadsToSign): readonly Signature[] {
    if (signedBy === undefined) {
      const key = this.#keys.get(keyId) ?? this.#load(keks, keyId);
      return payloads.map((payload) => signPayload(key, payload));
    }
    return payloads.map((payload, index) => {
      const id = signedBy[index];
      if (id === undefined) throw new SignerError("service.internal", "a payload has no key");
      // Each for its payload: the one before may have given up its slot to this one.
      return signPayload(this.#keys.get(id) ?? this.#load(keks, id), payload);
    });
  }

  /**
   * The 32-byte private key whose public randomness is wanted, for this turn only: a view that is wiped with its slot.
   * @throws SignerError `key.not_found` (also when it is another namespace's), `service.internal` for another public key
   */
  finalitySecret(keks: KeyEncryptionKeys, { namespace, keyId, publicKey }: RandomnessKey): Uint8Array {
    const row = this.#rows().keySecret(keyId);
    if (row?.namespace !== namespace)
      throw new SignerError("key.not_found", `no key ${keyId} any more; list them with GET /v1/keys`);
    const key = this.#keys.get(keyId) ?? this.#load(keks, keyId);
    if (key.curve === "secp256k1") {
      const derived = secp256k1.publicKey(key.secret);
      if (equalBytes(derived.subarray(1), publicKey)) return key.secret;
    }
    throw new SignerError("service.internal", `key ${keyId} has another public key than the one named`);
  }

  /**
   * The 32-byte private key of `publicKey`, the caller's to wipe.
   * @throws SignerError `key.not_found`, also where the id is another key's
   */
  open(keks: KeyEncryptionKeys, keyId: KeyId, publicKey: PublicKey): Uint8Array {
    const row = this.#row(keyId);
    if (!equalBytes(new Uint8Array(row.publicKey), publicKey)) {
      throw new SignerError(
        "key.not_found",
        `key ${keyId} has another public key than was asked for; read it again with GET /v1/keys/{keyId}`,
      );
    }
    return this.#open(keks, row);
  }

  forget(keyIds: readonly KeyId[]): void {
    for (const keyId of keyIds) this.#keys.forget(keyId);
  }

  wipe(): void {
    this.#keys.wipe();
  }

  #load(keks: KeyEncryptionKeys, keyId: KeyId): UnsealedKey {
    const row = this.#row(keyId);
    const secret = this.#open(keks, row);
    try {
      return this.#keys.put(row.keyId, row.curve, new Uint8Array(row.publicKey), secret);
    } finally {
      wipe(secret);
    }
  }

  #row(keyId: KeyId): SealedPrivateKey {
    const row = this.#rows().keySecret(keyId);
    if (row === undefined)
      throw new SignerError("key.not_found", `no key ${keyId} any more; list them with GET /v1/keys`);
    return row;
  }

  #open(keks: KeyEncryptionKeys, row: SealedPrivateKey): Uint8Array {
    const dataKey = this.#dataKey(keks, row);
    try {
      return openKey(dataKey, row);
    } finally {
      wipe(dataKey);
    }
  }

  #dataKey(keks: KeyEncryptionKeys, row: SealedPrivateKey): Uint8Array {
    const dataKeyRow = this.#rows().dataKey(row.dataKeyId);
    if (dataKeyRow === undefined || dataKeyRow.namespace !== row.namespace) throw altered(`key ${row.keyId}`);
    return keks.openDataKey(dataKeyRow);
  }
}
