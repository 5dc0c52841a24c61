/** What travels to a keystore thread and back: public data, ciphertext, passwords; and to the vault's thread: one secret. */
import type { MessagePort } from "node:worker_threads";
import type { SealRow } from "../../ledger/sealed-rows.ts";
import type { KeyConfig } from "./key-config.ts";
import type { Keystore } from "./keystore.ts";
import type { KdfParameters } from "../seal/seal.ts";

/** UTF-8 as the user typed it, or a file that only the keystore thread reads. */
export type KeystorePassword = { readonly bytes: Uint8Array } | { readonly file: string };

/** Where a validator's private key comes from. */
export type KeySource =
  | { readonly kind: "keystore"; readonly keystore: Keystore; readonly password: KeystorePassword }
  /** The raw key of one document of a Web3Signer key configuration file; `index` counts from 0. */
  | { readonly kind: "keyConfig"; readonly file: string; readonly index: number };

export type OpenerCall =
  | { readonly do: "connect"; readonly port: MessagePort }
  | { readonly do: "open"; readonly ticket: number; readonly source: KeySource }
  | { readonly do: "readKeyConfigs"; readonly file: string; readonly folder: string }
  /** A new seal for a backup; its root key is delivered under the ticket. */
  | {
      readonly do: "sealBackup";
      readonly ticket: number;
      readonly passphraseFile: string;
      readonly kdf: KdfParameters;
    };

export type OpenerReply =
  | { readonly did: "connect" }
  | { readonly did: "open"; readonly publicKey: Uint8Array }
  | { readonly did: "readKeyConfigs"; readonly configs: readonly KeyConfig[] }
  | { readonly did: "sealBackup"; readonly seal: SealRow };

/** On the port between a keystore thread and the vault's thread. */
export interface Delivery {
  readonly ticket: number;
  /** 32 bytes, moved. */
  readonly secret: Uint8Array;
}
