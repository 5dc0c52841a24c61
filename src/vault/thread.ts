/** The vault's thread. It proves its cryptography on known answers before it takes the first call. */
import { workerData } from "node:worker_threads";
import { serveEach } from "../threads/server.ts";
import { readMnemonic } from "./wallet/mnemonic.ts";
import { readPassphraseFile } from "./seal/passphrase-file.ts";
import type { CreateWallet, ImportKey, VaultCall, VaultReply } from "./protocol.ts";
import { KNOWN_ANSWERS, runSelfTest } from "./self-test.ts";
import { Strongroom } from "./strongroom.ts";
import { wipe } from "./wipe.ts";

function databasePath(data: unknown): string {
  if (
    typeof data === "object" &&
    data !== null &&
    "databasePath" in data &&
    typeof data.databasePath === "string"
  ) {
    return data.databasePath;
  }
  throw new TypeError("the vault needs databasePath");
}

runSelfTest(KNOWN_ANSWERS);
const strongroom = new Strongroom(databasePath(workerData));

function answer(call: VaultCall): VaultReply | Promise<VaultReply> {
  switch (call.do) {
    case "status":
      return { did: "status", result: strongroom.status() };
    case "initialise":
      return wiping(call.input.passphrase, () => ({
        did: "initialise",
        result: strongroom.initialise(call.input),
      }));
    case "unseal":
      return wiping(call.passphrase, () => {
        strongroom.unseal(call.passphrase);
        return { did: "unseal", result: null };
      });
    case "unsealFromFile":
      return withPassphraseOf(call.path, (passphrase) => {
        strongroom.unseal(passphrase);
        return { did: "unsealFromFile", result: null };
      });
    case "seal":
      strongroom.seal();
      return { did: "seal", result: null };
    case "createWallet":
      return createWallet(call.input);
    case "deriveKey":
      return { did: "deriveKey", result: strongroom.deriveKey(call.input) };
    case "accountKey":
      return { did: "accountKey", result: strongroom.accountKey(call.input) };
    case "importKey":
      return importKey(call.input);
    case "importEncodedKey":
      return { did: "importEncodedKey", result: strongroom.importEncodedKey(call.input) };
    case "importDelivered":
      return { did: "importDelivered", result: strongroom.importDelivered(call.input) };
    case "enlist":
      strongroom.enlist(call.port);
      return { did: "enlist", result: null };
    case "receiveFrom":
      strongroom.receiveFrom(call.port);
      return { did: "receiveFrom", result: null };
    case "discardDeliveries":
      strongroom.discardDeliveries();
      return { did: "discardDeliveries", result: null };
    case "forget":
      strongroom.forget(call.keyIds);
      return { did: "forget", result: null };
    case "sign":
      return { did: "sign", result: strongroom.sign(call.input) };
    case "sealForBackup":
      return { did: "sealForBackup", result: strongroom.sealForBackup(call.input) };
    case "restoreKey":
      return withPassphraseOf(call.input.passphraseFile, (passphrase) => ({
        did: "restoreKey",
        result: strongroom.restoreKey(call.input, passphrase),
      }));
  }
}

function importKey(input: ImportKey): VaultReply {
  return wiping(input.privateKey, () => ({ did: "importKey", result: strongroom.importKey(input) }));
}

/** A mnemonic is read first: its word list may have to be loaded. */
async function createWallet(input: CreateWallet): Promise<VaultReply> {
  const imported = input.mnemonic === undefined ? undefined : await readMnemonic(input.mnemonic);
  return { did: "createWallet", result: strongroom.createWallet(input, imported) };
}

function withPassphraseOf(path: string, work: (passphrase: Uint8Array) => VaultReply): VaultReply {
  const passphrase = readPassphraseFile(path);
  return wiping(passphrase, () => work(passphrase));
}

/** Runs `work`, then wipes this thread's copy of a secret that a message brought. */
function wiping(secret: Uint8Array, work: () => VaultReply): VaultReply {
  try {
    return work();
  } finally {
    wipe(secret);
  }
}

serveEach<VaultCall, VaultReply>(answer);
