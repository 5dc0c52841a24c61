/** A new wallet: entropy and seed, sealed under a data key of their own. */
import { randomFillSync } from "node:crypto";
import type { NamespaceName, WalletId } from "../../domain/kinds.ts";
import type { SealedWallet } from "../../domain/sealed.ts";
import type { KeyEncryptionKeys } from "../seal/key-encryption.ts";
import { sealWallet } from "../seal/secrets.ts";
import { wipe } from "../wipe.ts";
import { mnemonicOfEntropy, seedOfMnemonic, type Mnemonic } from "./mnemonic.ts";

/** Wipes the mnemonic. */
export function sealNewWallet(
  keks: KeyEncryptionKeys,
  { walletId, namespace }: { readonly walletId: WalletId; readonly namespace: NamespaceName },
  { entropy, sentence }: Mnemonic,
  passphrase = "",
): SealedWallet {
  const seed = seedOfMnemonic(sentence, passphrase);
  const { key: dataKey, wrapped } = keks.createDataKey(walletId, namespace);
  try {
    const identity = { namespace, walletId, dataKeyId: walletId };
    return { dataKey: wrapped, walletSecret: sealWallet(dataKey, identity, entropy, seed) };
  } finally {
    wipe(entropy, sentence, seed, dataKey);
  }
}

/** From fresh entropy. */
export function newMnemonic(words: 12 | 24): Mnemonic {
  const entropy = randomFillSync(new Uint8Array(words === 12 ? 16 : 32));
  return { entropy, sentence: mnemonicOfEntropy(entropy) };
}
