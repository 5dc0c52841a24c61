/**
 * One private key in a file: sealed under a passphrase like a data directory, and bound to a statement in
 * clear. Nobody can change what the statement says without the passphrase, and the key inside is no secret of the file.
 * @module
 */
import type { Curve } from "../../domain/keys.ts";
import { SignerError } from "../../domain/errors.ts";
import { PRIVATE_KEY_BYTES } from "../wallet/private-keys.ts";
import { openSeal, type KdfParameters } from "./seal.ts";
import { backupAssociatedData, openBox, sealBox } from "./sealed-box.ts";
import { wipe } from "../wipe.ts";
import type { KeyId, NamespaceName, PublicKey } from "../../domain/kinds.ts";

export interface KeyBackup {
  /** The seal's header, as in a data directory. */
  readonly header: string;
  readonly sealedRoot: Uint8Array;
  /** The private key under the seal's root key. */
  readonly sealedKey: Uint8Array;
}

export interface BackupKey {
  readonly keyId: KeyId;
  /** A file that nobody but its owner can read, and no thread but a keystore thread does. */
  readonly passphraseFile: string;
  readonly kdf?: KdfParameters;
  /** Canonical text that whoever restores the key relies on. */
  readonly statement: string;
  /** As the statement names it; the key must be this one. */
  readonly publicKey: PublicKey;
}

/** As the vault's own thread gets it: the seal was made elsewhere, and its root key was delivered under the ticket. */
export type SealForBackup = Pick<BackupKey, "keyId" | "statement" | "publicKey"> & {
  readonly ticket: number;
};

export interface RestoreKey {
  readonly namespace: NamespaceName;
  /** Of the key that is made from the backup. */
  readonly keyId: KeyId;
  readonly curve: Curve;
  readonly passphraseFile: string;
  readonly statement: string;
  /** As the statement names it; the key inside must be this one. */
  readonly publicKey: PublicKey;
  readonly backup: KeyBackup;
}

/** The private key under the root key of a backup's own seal, bound to the statement. */
export function sealForBackup(root: Uint8Array, statement: string, secret: Uint8Array): Uint8Array {
  return sealBox(root, secret, backupAssociatedData(statement));
}

/**
 * The 32-byte private key, the caller's to wipe.
 * @throws SignerError `service.unseal_failed` for a wrong passphrase, and for any change to backup or statement
 */
export function openBackup(passphrase: Uint8Array, statement: string, backup: KeyBackup): Uint8Array {
  const { header, sealedRoot, sealedKey } = backup;
  const root = openSeal(passphrase, { header, sealedRoot });
  try {
    const secret = openBox(root, sealedKey, backupAssociatedData(statement));
    if (secret?.length === PRIVATE_KEY_BYTES) return secret;
    wipe(secret);
    throw new SignerError(
      "service.unseal_failed",
      "the backup does not open: its statement or its sealed key was altered; take another copy",
    );
  } finally {
    wipe(root);
  }
}
