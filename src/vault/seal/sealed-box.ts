/**
 * One sealed blob: version byte 1 ‖ 12-byte random nonce ‖ AES-256-GCM ciphertext ‖ 16-byte tag. What the blob is for
 * is authenticated with it, so that a blob moved to another row, namespace or key version does not open.
 * @module
 */
import { createCipheriv, createDecipheriv, createHash, randomFillSync } from "node:crypto";
import { concat, utf8 } from "../../domain/bytes.ts";
import type { DataKeyId, KeyId, NamespaceName, PublicKey, WalletId } from "../../domain/kinds.ts";

const DOMAIN = "claviger";
const FORMAT_VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** What a blob is and whom it belongs to. Members that do not apply are left out; they count as empty. */
export interface SealedFor {
  readonly purpose: "kek" | "data-key" | "wallet-secret" | "key-secret";
  readonly namespace?: NamespaceName;
  readonly walletId?: WalletId;
  readonly keyId?: KeyId;
  readonly dataKeyId?: DataKeyId;
  /** `bip39` for a seed, `derived` or `imported` for a private key. */
  readonly keyType?: string;
  readonly curve?: string;
  readonly publicKey?: PublicKey;
  /** Only where the sealing key is a key-encryption key or the root: data keys outlive a rotation, their blobs too. */
  readonly kekVersion?: number;
}

/**
 * Additional authenticated data of `blob`: each field as 4-byte big-endian length and bytes, in fixed order, so that
 * no two blobs share an encoding unless they are for the same.
 */
export function associatedData(blob: SealedFor): Uint8Array {
  return lengthPrefixed([
    utf8(DOMAIN),
    Uint8Array.of(FORMAT_VERSION),
    utf8(blob.purpose),
    utf8(blob.namespace ?? ""),
    utf8(blob.walletId ?? ""),
    utf8(blob.keyId ?? ""),
    utf8(blob.dataKeyId ?? ""),
    utf8(blob.keyType ?? ""),
    utf8(blob.curve ?? ""),
    blob.publicKey === undefined ? new Uint8Array(0) : sha256(blob.publicKey),
    utf8(String(blob.kekVersion ?? 0)),
  ]);
}

/** Additional authenticated data of the sealed root key: the whole seal header. */
export function rootAssociatedData(header: string): Uint8Array {
  return lengthPrefixed([utf8(DOMAIN), Uint8Array.of(FORMAT_VERSION), utf8("root"), utf8(header)]);
}

/** Additional authenticated data of a key in a backup: what the backup says in clear. */
export function backupAssociatedData(statement: string): Uint8Array {
  return lengthPrefixed([utf8(DOMAIN), Uint8Array.of(FORMAT_VERSION), utf8("key backup"), utf8(statement)]);
}

function lengthPrefixed(fields: readonly Uint8Array[]): Uint8Array {
  const parts = fields.flatMap((field) => {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, field.length);
    return [length, field];
  });
  return concat(...parts);
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}

/** Seals `plaintext` under a 32-byte `key` with a fresh random nonce. */
export function sealBox(key: Uint8Array, plaintext: Uint8Array, data: Uint8Array): Uint8Array {
  assertKey(key);
  const nonce = randomFillSync(new Uint8Array(NONCE_BYTES));
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES }).setAAD(data);
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return concat(Uint8Array.of(FORMAT_VERSION), nonce, ciphertext, cipher.getAuthTag());
}

/**
 * Opens a sealed blob. The result is off-pool and the caller's to wipe; undefined when the key, what the blob is for or a single
 * bit of the blob differs.
 */
export function openBox(key: Uint8Array, box: Uint8Array, data: Uint8Array): Uint8Array | undefined {
  assertKey(key);
  if (box.length < 1 + NONCE_BYTES + TAG_BYTES || box[0] !== FORMAT_VERSION) return undefined;
  const nonce = box.subarray(1, 1 + NONCE_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(data)
    .setAuthTag(box.subarray(box.length - TAG_BYTES));
  const opened = decipher.update(box.subarray(1 + NONCE_BYTES, box.length - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    // Unauthenticated plaintext must not be used, not even to look at.
    opened.fill(0);
    return undefined;
  }
  return new Uint8Array(opened.buffer, opened.byteOffset, opened.length);
}

function assertKey(key: Uint8Array): void {
  if (key.length !== KEY_BYTES) throw new RangeError(`AES-256 key must be ${KEY_BYTES} bytes`);
}
