/**
 * A thread that opens keystores and makes the seals of backups: the key derivation takes a second, and the vault's thread must
 * not be busy that long. The secret goes from here to the vault's thread over a port between the two, never through the main
 * thread.
 * @module
 */
import type { MessagePort } from "node:worker_threads";
import type { Seal } from "../../domain/sealed.ts";
import { serve } from "../../threads/serve.ts";
import { blsPublicKey } from "../sign/bls.ts";
import { readKeyConfigs, readRawKey, type KeyConfig } from "./key-config.ts";
import { decryptKeystore, type Keystore } from "./keystore.ts";
import { readPassphraseFile, readPrivatePassphraseFile } from "../seal/passphrase-file.ts";
import { createSeal, type KdfParameters } from "../seal/seal.ts";
import { wipe } from "../wipe.ts";

/** The contract of a keystore thread: public data, ciphertext and passwords. */
export interface KeystoreThread {
  /** Once, and first: the vault's thread takes secrets from the other end of `port`. */
  connect(port: MessagePort): void;
  /**
   * Opens `source` and delivers the secret to the vault's thread under `ticket`. The 48-byte public key.
   * @throws SignerError `request.malformed` (password, keystore)
   */
  open(ticket: number, source: KeySource): Uint8Array;
  /** Documents of a Web3Signer key configuration file, without secrets; relative paths in it count from `folder`. */
  readKeyConfigs(file: string, folder: string): readonly KeyConfig[];
  /**
   * A new seal for a backup; its root key is delivered under the ticket.
   * @throws SignerError `service.unseal_failed` (file), `request.malformed` (passphrase, parameters)
   */
  sealBackup(ticket: number, passphraseFile: string, kdf: KdfParameters): Seal;
}

/** UTF-8 as the user typed it, or a file that only the keystore thread reads. */
export type KeystorePassword = { readonly bytes: Uint8Array } | { readonly file: string };

/** Where a validator's private key comes from. */
export type KeySource =
  | { readonly kind: "keystore"; readonly keystore: Keystore; readonly password: KeystorePassword }
  /** The raw key of one document of a Web3Signer key configuration file; `index` counts from 0. */
  | { readonly kind: "keyConfig"; readonly file: string; readonly index: number };

/** On the port between a keystore thread and the vault's thread. */
export interface Delivery {
  readonly ticket: number;
  /** 32 bytes, moved. */
  readonly secret: Uint8Array;
}

let vault: MessagePort | undefined;

serve<KeystoreThread>({
  connect: (port) => void (vault = port),
  open: (ticket, source) => deliverKey(ticket, secretOf(source)),
  readKeyConfigs,
  sealBackup,
});

function secretOf(source: KeySource): Uint8Array {
  if (source.kind === "keyConfig") return readRawKey(source.file, source.index);
  const { keystore, password } = source;
  const bytes = "file" in password ? readPassphraseFile(password.file, { exposed: true }) : password.bytes;
  try {
    return decryptKeystore(keystore, bytes);
  } finally {
    wipe(bytes);
  }
}

function sealBackup(ticket: number, passphraseFile: string, kdf: KdfParameters): Seal {
  const passphrase = readPrivatePassphraseFile(passphraseFile);
  try {
    const { row, root } = createSeal(passphrase, kdf);
    deliver(ticket, root);
    return row;
  } finally {
    wipe(passphrase);
  }
}

/** Returns the public key. */
function deliverKey(ticket: number, secret: Uint8Array): Uint8Array {
  const publicKey = blsPublicKey(secret);
  deliver(ticket, secret);
  return publicKey;
}

/** Moves the secret's memory to the vault's thread, so that no copy stays here. */
function deliver(ticket: number, secret: Uint8Array): void {
  // A memory of exactly 32 bytes: a pooled buffer cannot be moved.
  const moved = secret.slice();
  wipe(secret);
  if (vault === undefined) {
    wipe(moved);
    throw new TypeError("the vault is not connected");
  }
  vault.postMessage({ ticket, secret: moved }, [moved.buffer]);
}
