/** What the vault's thread can be asked, and what travels: public data and ciphertext, and secrets only on their way in. */
import type { MessagePort } from "node:worker_threads";
import type { AccountKey, SigningPayload } from "../chains/adapter.ts";
import type { Chain, Curve } from "../domain/keys.ts";
import type { SealedKey, SealedSeal, SealedWallet } from "../domain/sealed.ts";
import type { DerivationPlan } from "./wallet/derivation.ts";
import type { EncodedKey } from "./wallet/encoded-key.ts";
import type { RestoreKey, SealForBackup } from "./seal/key-backup.ts";
import type { KdfParameters } from "./seal/seal.ts";
import type { KeyId, NamespaceName, PrivateKey, PublicKey, WalletId } from "../domain/kinds.ts";

export interface Initialise {
  /** 1 to 1024 bytes. */
  readonly passphrase: Uint8Array;
  /** Default 256 MiB, 3 passes, 4 lanes; between KDF_FLOOR and KDF_CEILING. */
  readonly kdf?: KdfParameters;
  /** A key of a new wallet of 24 words, for the same transaction as the seal: then nothing is left half made. */
  readonly firstKey?: DeriveKey;
}

/** Everything that an empty data directory needs. */
export interface NewSeal extends SealedSeal {
  /** Null where none was asked for. */
  readonly first: FirstKey | null;
}

export interface FirstKey {
  readonly wallet: SealedWallet;
  readonly key: NewKey;
}

export type CreateWallet = {
  readonly walletId: WalletId;
  readonly namespace: NamespaceName;
} & (
  | { readonly words: 12 | 24; readonly mnemonic?: never }
  | { readonly words?: never; readonly mnemonic: string; readonly passphrase?: string }
);

export interface DeriveKey {
  readonly namespace: NamespaceName;
  readonly walletId: WalletId;
  readonly keyId: KeyId;
  readonly plan: DerivationPlan;
}

/** A node of a wallet's BIP-32 tree whose public side is wanted. */
export interface AccountKeyCall {
  readonly namespace: NamespaceName;
  readonly walletId: WalletId;
  readonly path: string;
}

export interface ImportKey {
  readonly namespace: NamespaceName;
  readonly keyId: KeyId;
  readonly curve: Curve;
  readonly privateKey: PrivateKey;
}

/** A private key in the form that its chain's wallets export; `encoded-key.ts` says which. */
export interface ImportEncodedKey extends Omit<ImportKey, "privateKey"> {
  readonly chain: Chain;
  /** The key's network, where its chain has more than one. */
  readonly network?: string;
  readonly encoded: EncodedKey;
}

/** A private key that a keystore thread delivered to the vault's thread. */
export interface ImportDelivered {
  readonly namespace: NamespaceName;
  readonly keyId: KeyId;
  readonly ticket: number;
}

export interface NewKey {
  readonly publicKey: PublicKey;
  readonly accountXpub?: string;
  readonly rows: SealedKey;
}

export interface VaultStatus {
  readonly state: "sealed" | "unsealed";
  /** Implementation behind each signature scheme. */
  readonly backends: Readonly<Record<SigningPayload["scheme"], string>>;
  /** Private keys held ready. */
  readonly cachedKeys: number;
  /** Version that wraps new data keys; null while sealed. */
  readonly kekVersion: number | null;
}

/** The contract of the vault's thread. What needs a key is refused with `service.sealed` while the vault is sealed. */
export interface VaultThread {
  status(): VaultStatus;
  /**
   * Makes root key and first key-encryption key, sealed under the passphrase, and the first key. The vault stays sealed:
   * store the rows in one transaction, then unseal. The caller wipes its passphrase when the promise settles, here and in
   * `unseal`.
   * @throws SignerError `request.malformed`; `request.conflict` when the directory has a seal
   */
  initialise(input: Initialise): NewSeal;
  /** @throws SignerError `service.unseal_failed` for a wrong passphrase, a changed header or a changed root key */
  unseal(passphrase: Uint8Array): void;
  /** As `unseal`, with the bytes of a file that only the thread reads; one trailing newline is not part of them. */
  unsealFromFile(path: string): void;
  /** Wipes every key, here and in the threads that were enlisted. */
  seal(): void;
  /**
   * A new wallet from fresh entropy (`words`) or from a BIP-39 mnemonic. Nothing is stored until the caller inserts
   * the rows.
   * @throws SignerError `request.malformed` with the broken BIP-39 rule
   */
  createWallet(input: CreateWallet): SealedWallet;
  /**
   * Derives a key of a stored wallet; signs and verifies once with it before it answers.
   * @throws SignerError `wallet.not_found` (also when it is another namespace's), `request.malformed`
   */
  deriveKey(input: DeriveKey): NewKey;
  /**
   * The public side of an account node. Whoever has it and one private key below it has every private key below it.
   * @throws SignerError `wallet.not_found` (also when it is another namespace's), `request.malformed`
   */
  accountKey(input: AccountKeyCall): AccountKey;
  /**
   * Seals a raw private key; signs and verifies once with it before it answers.
   * @throws SignerError `request.malformed` for a key out of its curve's range
   */
  importKey(input: ImportKey): NewKey;
  /**
   * As `importKey`, of a private key in the form that its chain's wallets export.
   * @throws SignerError as `importKey`; `request.malformed` for a form, network or public half that does not fit
   */
  importEncodedKey(input: ImportEncodedKey): NewKey;
  /** As `importKey`, of a private key that a keystore thread delivered. */
  importDelivered(input: ImportDelivered): NewKey;
  /** A thread that works beside this one. Its port gets the key-encryption keys now and at every unsealing, null at a sealing. */
  enlist(port: MessagePort): void;
  /** A thread that opens keystores; it posts private keys to the port. */
  receiveFrom(port: MessagePort): void;
  /** Wipes the private keys that were delivered and that nobody imported. */
  discardDeliveries(): void;
  /** Wipes the private keys of keys that were deleted. */
  forget(keyIds: readonly KeyId[]): void;
  /** The private key under the delivered root key. @throws SignerError `key.not_found` */
  sealForBackup(input: SealForBackup): Uint8Array;
  /**
   * Seals the private key of a backup for this data directory, as `importKey` does.
   * @throws SignerError `service.unseal_failed` for a wrong passphrase and for any change to backup or statement
   */
  restoreKey(input: RestoreKey): NewKey;
}
