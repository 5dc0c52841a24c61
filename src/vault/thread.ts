/**
 * What the vault's thread can be asked. It proves its cryptography on known answers before it takes the first call. None of its
 * methods signs: only the keeper's record thread makes it, over the port that the two share.
 * @module
 */
import { workerData } from "node:worker_threads";
import type { Served } from "../threads/contract.ts";
import type { VaultThread } from "./contract.ts";
import { readPassphraseFile } from "./seal/passphrase-file.ts";
import { KNOWN_ANSWERS, runSelfTest } from "./self-test.ts";
import { Strongroom } from "./strongroom.ts";
import { readMnemonic } from "./wallet/mnemonic.ts";
import { wipe } from "./wipe.ts";

/** Once the self-test has passed. */
export function openStrongroom(): Strongroom {
  const { databasePath }: { databasePath?: unknown } = workerData;
  if (typeof databasePath !== "string") throw new TypeError("the vault needs databasePath");
  runSelfTest(KNOWN_ANSWERS);
  return new Strongroom(databasePath);
}

export function methodsOf(strongroom: Strongroom): Served<VaultThread> {
  return {
    status: () => strongroom.status(),
    initialise: (input) => wiping(input.passphrase, () => strongroom.initialise(input)),
    unseal: (passphrase) => wiping(passphrase, () => strongroom.unseal(passphrase)),
    unsealFromFile: (path) => withPassphraseOf(path, (passphrase) => strongroom.unseal(passphrase)),
    seal: () => strongroom.seal(),
    async createWallet(input) {
      // A mnemonic is read first: its word list may have to be loaded.
      const imported = input.mnemonic === undefined ? undefined : await readMnemonic(input.mnemonic);
      return strongroom.createWallet(input, imported);
    },
    deriveKey: (input) => strongroom.deriveKey(input),
    accountKey: (input) => strongroom.accountKey(input),
    importKey: (input) => wiping(input.privateKey, () => strongroom.importKey(input)),
    importEncodedKey: (input) => strongroom.importEncodedKey(input),
    importDelivered: (input) => strongroom.importDelivered(input),
    enlist: (port) => strongroom.enlist(port),
    receiveFrom: (port) => strongroom.receiveFrom(port),
    discardDeliveries: () => strongroom.discardDeliveries(),
    forget: (keyIds) => strongroom.forget(keyIds),
    sealForBackup: (input) => strongroom.sealForBackup(input),
    restoreKey: (input) =>
      withPassphraseOf(input.passphraseFile, (passphrase) => strongroom.restoreKey(input, passphrase)),
  };
}

function withPassphraseOf<Reply>(path: string, work: (passphrase: Uint8Array) => Reply): Reply {
  const passphrase = readPassphraseFile(path);
  return wiping(passphrase, () => work(passphrase));
}

/** Runs `work`, then wipes this thread's copy of a secret that a message brought. */
function wiping<Reply>(secret: Uint8Array, work: () => Reply): Reply {
  try {
    return work();
  } finally {
    wipe(secret);
  }
}
