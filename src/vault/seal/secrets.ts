/** Seeds and private keys as sealed blobs: what is inside, and what each is bound to. */
import type { SealedPrivateKey, SealedSeed } from "../../domain/sealed.ts";
import { altered } from "./key-encryption.ts";
import { SEED_BYTES } from "../wallet/mnemonic.ts";
import { PRIVATE_KEY_BYTES } from "../wallet/private-keys.ts";
import { associatedData, openBox, sealBox } from "./sealed-box.ts";
import { wipe } from "../wipe.ts";
import type { DataKeyId, NamespaceName, WalletId } from "../../domain/kinds.ts";

/** Layout of a wallet's plaintext: version 1 ‖ entropy length ‖ entropy ‖ 64-byte seed. */
const WALLET_FORMAT = 1;

type WalletIdentity = {
  readonly namespace: NamespaceName;
  readonly walletId: WalletId;
  readonly dataKeyId: DataKeyId;
};
type KeyIdentity = Omit<SealedPrivateKey, "sealed">;

/**
 * Seals a wallet: the seed that keys derive from, and the entropy, from which a backup can show the words again. A
 * BIP-39 passphrase is in the seed only.
 */
export function sealWallet(
  dataKey: Uint8Array,
  identity: WalletIdentity,
  entropy: Uint8Array,
  seed: Uint8Array,
): SealedSeed {
  const plaintext = new Uint8Array(2 + entropy.length + SEED_BYTES);
  plaintext.set([WALLET_FORMAT, entropy.length]);
  plaintext.set(entropy, 2);
  plaintext.set(seed, 2 + entropy.length);
  try {
    const { walletId, dataKeyId } = identity;
    return { walletId, dataKeyId, sealed: sealBox(dataKey, plaintext, walletData(identity)) };
  } finally {
    wipe(plaintext);
  }
}

/** The wallet's 64-byte seed, the caller's to wipe. @throws SignerError `service.internal` when it does not open */
export function openWalletSeed(dataKey: Uint8Array, namespace: NamespaceName, row: SealedSeed): Uint8Array {
  const plaintext = openBox(dataKey, row.sealed, walletData({ ...row, namespace }));
  if (plaintext === undefined) throw altered(`wallet ${row.walletId}`);
  try {
    const [format, entropyBytes = 0] = plaintext;
    if (format !== WALLET_FORMAT || plaintext.length !== 2 + entropyBytes + SEED_BYTES) {
      throw altered(`wallet ${row.walletId}`);
    }
    return plaintext.slice(2 + entropyBytes);
  } finally {
    wipe(plaintext);
  }
}

/** Seals a 32-byte private key. */
export function sealKey(dataKey: Uint8Array, identity: KeyIdentity, secret: Uint8Array): SealedPrivateKey {
  return { ...identity, sealed: sealBox(dataKey, secret, keyData(identity)) };
}

/** The 32-byte private key, the caller's to wipe. @throws SignerError `service.internal` when it does not open */
export function openKey(dataKey: Uint8Array, row: SealedPrivateKey): Uint8Array {
  const secret = openBox(dataKey, row.sealed, keyData(row));
  if (secret?.length !== PRIVATE_KEY_BYTES) throw altered(`key ${row.keyId}`);
  return secret;
}

function walletData({ namespace, walletId, dataKeyId }: WalletIdentity): Uint8Array {
  return associatedData({ purpose: "wallet-secret", namespace, walletId, dataKeyId, keyType: "bip39" });
}

function keyData(identity: KeyIdentity): Uint8Array {
  const { namespace, walletId, keyId, dataKeyId, curve, publicKey } = identity;
  const keyType = walletId === null ? "imported" : "derived";
  return associatedData({
    purpose: "key-secret",
    namespace,
    walletId: walletId ?? "",
    keyId,
    dataKeyId,
    keyType,
    curve,
    publicKey,
  });
}
