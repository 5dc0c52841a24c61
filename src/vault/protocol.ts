/** What travels between the vault's client and its thread: plain, structured-cloneable data. */
import type { MessagePort } from "node:worker_threads";
import type { AccountKey, Signature, SigningPayload } from "../chains/adapter.ts";
import type { Chain, Curve } from "../domain/keys.ts";
import type { SealedKey, SealedSeal, SealedWallet } from "../ledger/sealed-rows.ts";
import type { DerivationPlan } from "./wallet/derivation.ts";
import type { EncodedKey } from "./wallet/encoded-key.ts";
import type { RestoreKey, SealForBackup } from "./seal/key-backup.ts";
import type { KdfParameters } from "./seal/seal.ts";

export interface Initialise {
  /** 1 to 1024 bytes. */
  readonly passphrase: Uint8Array;
  /** Default 256 MiB, 3 passes, 4 lanes; between KDF_FLOOR and KDF_CEILING. */
  readonly kdf?: KdfParameters;
}

export type CreateWallet = {
  readonly walletId: string;
  readonly namespace: string;
} & (
  | { readonly words: 12 | 24; readonly mnemonic?: never }
  | { readonly words?: never; readonly mnemonic: string; readonly passphrase?: string }
);

export interface DeriveKey {
  readonly namespace: string;
  readonly walletId: string;
  readonly keyId: string;
  readonly plan: DerivationPlan;
}

/** A node of a wallet's BIP-32 tree whose public side is wanted. */
export interface AccountKeyCall {
  readonly namespace: string;
  readonly walletId: string;
  readonly path: string;
}

export interface ImportKey {
  readonly namespace: string;
  readonly keyId: string;
  readonly curve: Curve;
  /** 32 bytes: big-endian scalar (secp256k1, stark) or Ed25519 seed. */
  readonly privateKey: Uint8Array;
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
  readonly namespace: string;
  readonly keyId: string;
  readonly ticket: number;
}

export interface SignCall {
  readonly keyId: string;
  readonly payloads: readonly SigningPayload[];
  /** Key of each payload, one to one, where they are not all for `keyId`. */
  readonly signedBy?: readonly string[];
}

export interface NewKey {
  readonly publicKey: Uint8Array;
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

/** Result of each call. */
export interface VaultResults {
  status: VaultStatus;
  initialise: SealedSeal;
  unseal: null;
  unsealFromFile: null;
  seal: null;
  createWallet: SealedWallet;
  deriveKey: NewKey;
  accountKey: AccountKey;
  importKey: NewKey;
  importEncodedKey: NewKey;
  importDelivered: NewKey;
  enlist: null;
  receiveFrom: null;
  discardDeliveries: null;
  forget: null;
  sign: readonly Signature[];
  sealForBackup: Uint8Array;
  restoreKey: NewKey;
}

export type VaultCall =
  | { readonly do: "status" }
  | { readonly do: "initialise"; readonly input: Initialise }
  | { readonly do: "unseal"; readonly passphrase: Uint8Array }
  | { readonly do: "unsealFromFile"; readonly path: string }
  | { readonly do: "seal" }
  | { readonly do: "createWallet"; readonly input: CreateWallet }
  | { readonly do: "deriveKey"; readonly input: DeriveKey }
  | { readonly do: "accountKey"; readonly input: AccountKeyCall }
  | { readonly do: "importKey"; readonly input: ImportKey }
  | { readonly do: "importEncodedKey"; readonly input: ImportEncodedKey }
  | { readonly do: "importDelivered"; readonly input: ImportDelivered }
  /** A thread that works beside the vault's thread, which posts it the key-encryption keys. */
  | { readonly do: "enlist"; readonly port: MessagePort }
  /** A thread that opens keystores; it posts private keys to the vault's thread. */
  | { readonly do: "receiveFrom"; readonly port: MessagePort }
  | { readonly do: "discardDeliveries" }
  | { readonly do: "forget"; readonly keyIds: readonly string[] }
  | { readonly do: "sign"; readonly input: SignCall }
  | { readonly do: "sealForBackup"; readonly input: SealForBackup }
  | { readonly do: "restoreKey"; readonly input: RestoreKey };

export type VaultReply = {
  [Did in keyof VaultResults]: { readonly did: Did; readonly result: VaultResults[Did] };
}[keyof VaultResults];
