/**
 * A thread that opens keystores: the key derivation takes a second, which the vault's own thread has for nobody. The
 * private key goes from here to the vault's thread over a port of their own, never through the main thread.
 * @module
 */
import type { MessagePort } from "node:worker_threads";
import { serveEach } from "../threads/server.ts";
import { blsPublicKey } from "./bls.ts";
import { readKeyConfigs, readRawKey } from "./key-config.ts";
import { decryptKeystore } from "./keystore.ts";
import { readPassphraseFile } from "./passphrase-file.ts";
import type { KeySource, OpenerCall, OpenerReply } from "./keystore-protocol.ts";
import { wipe } from "./wipe.ts";

let vault: MessagePort | undefined;

function answer(call: OpenerCall): OpenerReply {
  switch (call.do) {
    case "connect":
      vault = call.port;
      return { did: "connect" };
    case "open":
      return { did: "open", publicKey: deliver(call.ticket, secretOf(call.source)) };
    case "readKeyConfigs":
      return { did: "readKeyConfigs", configs: readKeyConfigs(call.file, call.folder) };
  }
}

function secretOf(source: KeySource): Uint8Array {
  if (source.kind === "keyConfig") return readRawKey(source.file, source.index);
  const { keystore, password } = source;
  const bytes = "file" in password ? readPassphraseFile(password.file) : password.bytes;
  try {
    return decryptKeystore(keystore, bytes);
  } finally {
    wipe(bytes);
  }
}

/** Moves the secret's memory to the vault's thread, so that no copy stays here. Returns its public key. */
function deliver(ticket: number, secret: Uint8Array): Uint8Array {
  if (vault === undefined) {
    wipe(secret);
    throw new TypeError("the vault is not connected");
  }
  const publicKey = blsPublicKey(secret);
  // A memory of exactly 32 bytes: a pooled buffer cannot be moved.
  const moved = secret.slice();
  wipe(secret);
  vault.postMessage({ ticket, secret: moved }, [moved.buffer]);
  return publicKey;
}

serveEach<OpenerCall, OpenerReply>(answer);
