/**
 * Sealed secrets: what the vault makes of a secret, and the ledger holds. Whoever has all of this and cannot unseal has nothing.
 * @module
 */
import type { Curve } from "./keys.ts";
import type { DataKeyId, KeyId, NamespaceName, PublicKey, WalletId } from "./kinds.ts";

export interface Seal {
  /** Canonical JSON; the additional authenticated data of `sealedRoot`. */
  readonly header: string;
  readonly sealedRoot: Uint8Array;
}

export interface SealedKek {
  readonly version: number;
  readonly sealed: Uint8Array;
  /** GCM encryptions made under this key so far. */
  readonly uses: number;
}

export interface SealedDataKey {
  readonly id: DataKeyId;
  readonly namespace: NamespaceName;
  readonly kekVersion: number;
  readonly sealed: Uint8Array;
}

export interface SealedSeed {
  readonly walletId: WalletId;
  readonly dataKeyId: DataKeyId;
  readonly sealed: Uint8Array;
}

export interface SealedPrivateKey {
  readonly keyId: KeyId;
  readonly dataKeyId: DataKeyId;
  readonly publicKey: PublicKey;
  readonly curve: Curve;
  readonly namespace: NamespaceName;
  /** Null for an imported key. */
  readonly walletId: WalletId | null;
  readonly sealed: Uint8Array;
}

/** A data key that was wrapped just now. `kekUses` is the vault's count of its key-encryption key after it. */
export interface WrappedDataKey {
  readonly row: SealedDataKey;
  readonly kekUses: number;
}

/** A new seal: with it a data directory can be unsealed. */
export interface SealedSeal {
  readonly seal: Seal;
  readonly kek: SealedKek;
}

/** What `Vault.createWallet` returns. */
export interface SealedWallet {
  readonly dataKey: WrappedDataKey;
  readonly walletSecret: SealedSeed;
}

/** What `Vault.deriveKey` (`dataKey` null: the wallet's is used) and `Vault.importKey` return. */
export interface SealedKey {
  readonly dataKey: WrappedDataKey | null;
  readonly keySecret: SealedPrivateKey;
}
