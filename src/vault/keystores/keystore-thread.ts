/**
 * A thread that opens keystores and makes the seals of backups: the key derivation takes a second, which the vault's own
 * thread has for nobody. The secret goes from here to the vault's thread over a port of their own, never through the main thread.
 * @module
 */
import type { MessagePort } from "node:worker_threads";
import type { SealRow } from "../../ledger/sealed-rows.ts";
import { serveEach } from "../../threads/server.ts";
import { blsPublicKey } from "../sign/bls.ts";
import { readKeyConfigs, readRawKey } from "./key-config.ts";
import { decryptKeystore } from "./keystore.ts";
import { readPassphraseFile, readPrivatePassphraseFile } from "../seal/passphrase-file.ts";
import type { KeySource, OpenerCall, OpenerReply } from "./keystore-protocol.ts";
import { createSeal } from "../seal/seal.ts";
import { wipe } from "../wipe.ts";

let vault: MessagePort | undefined;

function answer(call: OpenerCall): OpenerReply {
  switch (call.do) {
    case "connect":
      vault = call.port;
      return { did: "connect" };
    case "open":
      return { did: "open", publicKey: deliverKey(call.ticket, secretOf(call.source)) };
    case "readKeyConfigs":
      return { did: "readKeyConfigs", configs: readKeyConfigs(call.file, call.folder) };
    case "sealBackup":
      return { did: "sealBackup", seal: sealBackup(call) };
  }
}

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

function sealBackup({ ticket, passphraseFile, kdf }: OpenerCall & { readonly do: "sealBackup" }): SealRow {
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

serveEach<OpenerCall, OpenerReply>(answer);
