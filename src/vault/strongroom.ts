/**
 * The inside of the vault: everything that touches a secret, on the vault's thread only. It reads ciphertext through
 * its own read-only connection and hands ciphertext back; it never writes.
 * @module
 */
import type { MessagePort } from "node:worker_threads";
import type { AccountKey, PayloadsToSign, Signature, SigningPayload } from "../chains/adapter.ts";
import { equalBytes } from "../domain/bytes.ts";
import type { AuditLog } from "../domain/audit-log.ts";
import { SignerError } from "../domain/errors.ts";
import { openLedger, type LedgerDatabase } from "../ledger/open.ts";
import type { SealedKek, SealedSeed, SealedWallet } from "../domain/sealed.ts";
import { SealedRowReader } from "../ledger/sealed-rows.ts";
import { AuditTable } from "../ledger/tables/audit.ts";
import { AccountNodes } from "./wallet/account-nodes.ts";
import { accountKey } from "./wallet/derivation.ts";
import { Deliveries } from "./keystores/deliveries.ts";
import { decodePrivateKey } from "./wallet/encoded-key.ts";
import { openBackup, sealForBackup, type RestoreKey, type SealForBackup } from "./seal/key-backup.ts";
import { createKek, KeyEncryptionKeys } from "./seal/key-encryption.ts";
import type { Mnemonic } from "./wallet/mnemonic.ts";
import { assertPair, deriveSealedKey } from "./wallet/new-key.ts";
import { newMnemonic, sealNewWallet } from "./wallet/new-wallet.ts";
import { isPrivateKey, publicKeyOf } from "./wallet/private-keys.ts";
import type {
  AccountKeyCall,
  CreateWallet,
  DeriveKey,
  FirstKey,
  ImportDelivered,
  ImportEncodedKey,
  ImportKey,
  Initialise,
  NewKey,
  NewSeal,
  VaultStatus,
} from "./contract.ts";
import { createSeal, KDF_DEFAULT, openSeal } from "./seal/seal.ts";
import { openWalletSeed, sealKey } from "./seal/secrets.ts";
import { BACKENDS } from "./sign/signers.ts";
import { PrivateKeys } from "./sign/private-keys.ts";
import { ownStatement, type Statement } from "./statements.ts";
import { wipe } from "./wipe.ts";
import type { KeyId, NamespaceName, WalletId } from "../domain/kinds.ts";

/** Not verified yet. */
export interface SignedStatement {
  readonly text: string;
  /** One, and its signature. */
  readonly payloads: readonly SigningPayload[];
  readonly signatures: readonly Signature[];
}

const UNSEALED_KEYS_MAX = 4096;
const ACCOUNT_NODES_MAX = 64;
const FIRST_KEK_VERSION = 1;

export class Strongroom {
  readonly #databasePath: string;
  #database: LedgerDatabase | undefined;
  #reader: SealedRowReader | undefined;
  #log: AuditLog | undefined;
  #keks: KeyEncryptionKeys | undefined;
  readonly #keys = new PrivateKeys(() => this.#rows(), UNSEALED_KEYS_MAX);
  readonly #nodes = new AccountNodes(ACCOUNT_NODES_MAX);
  readonly #deliveries = new Deliveries();
  /** Ports of the threads that have the key-encryption keys too. */
  readonly #enlisted = new Set<MessagePort>();

  constructor(databasePath: string) {
    this.#databasePath = databasePath;
  }

  status(): VaultStatus {
    return {
      state: this.#keks === undefined ? "sealed" : "unsealed",
      backends: BACKENDS,
      cachedKeys: this.#keys.size,
      kekVersion: this.#keks?.currentVersion ?? null,
    };
  }

  /** @throws SignerError `request.conflict` when there is a seal already, `request.malformed` */
  initialise({ passphrase, kdf, firstKey }: Initialise): NewSeal {
    if (this.#rows().seal() !== undefined) {
      throw new SignerError("request.conflict", "the data directory has a seal already; unseal it");
    }
    const { row: seal, root } = createSeal(passphrase, kdf ?? KDF_DEFAULT);
    try {
      const kek = createKek(root, FIRST_KEK_VERSION);
      return { seal, kek, first: firstKey === undefined ? null : sealFirstKey(root, kek, firstKey) };
    } finally {
      wipe(root);
    }
  }

  /** @throws SignerError `service.unseal_failed`; the vault is sealed or unsealed as before */
  unseal(passphrase: Uint8Array): void {
    const seal = this.#rows().seal();
    if (seal === undefined) {
      throw new SignerError("service.unseal_failed", "the data directory has no seal; run claviger init");
    }
    const root = openSeal(passphrase, seal);
    try {
      const keks = KeyEncryptionKeys.open(root, this.#rows().keks());
      this.seal();
      this.#keks = keks;
      for (const port of this.#enlisted) share(port, keks);
    } finally {
      wipe(root);
    }
  }

  /** Wipes everything that was unsealed. */
  seal(): void {
    this.#keks?.wipe();
    this.#keks = undefined;
    this.#keys.wipe();
    this.#nodes.wipe();
    this.#deliveries.wipe();
    for (const port of this.#enlisted) port.postMessage(null);
  }

  /** A thread that works beside this one: it gets the key-encryption keys now and at every unsealing, null at every sealing. */
  enlist(port: MessagePort): void {
    this.#enlisted.add(port);
    if (this.#keks !== undefined) share(port, this.#keks);
  }

  /** A thread that opens keystores and delivers private keys. */
  receiveFrom(port: MessagePort): void {
    this.#deliveries.connect(port);
  }

  /** Wipes the private keys that were delivered and that nobody imported. */
  discardDeliveries(): void {
    this.#deliveries.wipe();
  }

  /** Wipes the private keys of keys that were deleted. */
  forget(keyIds: readonly KeyId[]): void {
    this.#keys.forget(keyIds);
  }

  /** Seals and closes the database. */
  close(): void {
    this.seal();
    this.#database?.close();
    this.#database = undefined;
    this.#reader = undefined;
    this.#log = undefined;
  }

  /** @param imported what `input.mnemonic` says, read before; wiped here */
  createWallet(input: CreateWallet, imported?: Mnemonic): SealedWallet {
    const keks = this.#unsealed();
    if (input.mnemonic === undefined) return sealNewWallet(keks, input, newMnemonic(input.words));
    if (imported === undefined) throw new TypeError("an imported mnemonic must have been read");
    return sealNewWallet(keks, input, imported, input.passphrase);
  }

  /** @throws SignerError `wallet.not_found`, `request.malformed`, `service.sealed` */
  deriveKey({ namespace, walletId, keyId, plan }: DeriveKey): NewKey {
    const { wallet, dataKey } = this.#openWallet(namespace, walletId);
    try {
      return deriveSealedKey(wallet, dataKey, { namespace, keyId, plan }, this.#nodes);
    } finally {
      wipe(dataKey);
    }
  }

  /** @throws SignerError `wallet.not_found`, `request.malformed`, `service.sealed` */
  accountKey({ namespace, walletId, path }: AccountKeyCall): AccountKey {
    const { wallet, dataKey } = this.#openWallet(namespace, walletId);
    let seed: Uint8Array | undefined;
    try {
      seed = openWalletSeed(dataKey, namespace, wallet);
      return accountKey(walletId, seed, path, this.#nodes);
    } finally {
      wipe(seed, dataKey);
    }
  }

  /** As `importKey`, with the private key that a keystore thread delivered under `ticket`. */
  importDelivered({ namespace, keyId, ticket }: ImportDelivered): NewKey {
    const privateKey = this.#deliveries.take(ticket);
    if (privateKey === undefined) {
      throw new SignerError("service.sealed", "the vault was sealed meanwhile; unseal it and import again");
    }
    try {
      return this.importKey({ namespace, keyId, curve: "bls12-381", privateKey });
    } finally {
      wipe(privateKey);
    }
  }

  /** @throws SignerError `request.malformed` for a key out of range, `service.sealed` */
  importKey({ namespace, keyId, curve, privateKey }: ImportKey): NewKey {
    const keks = this.#unsealed();
    if (!isPrivateKey(curve, privateKey)) {
      throw new SignerError(
        "request.malformed",
        `/privateKey: must be 32 bytes and a valid ${curve} private key`,
        {
          field: "/privateKey",
        },
      );
    }
    const publicKey = publicKeyOf(curve, privateKey);
    assertPair(curve, privateKey, publicKey);
    const { key: dataKey, wrapped } = keks.createDataKey(keyId, namespace);
    try {
      const identity = { keyId, dataKeyId: keyId, publicKey, curve, namespace, walletId: null };
      return { publicKey, rows: { dataKey: wrapped, keySecret: sealKey(dataKey, identity, privateKey) } };
    } finally {
      wipe(dataKey);
    }
  }

  /** As `importKey`, of a private key in a wallet's form. @throws SignerError as that, and for a form that is wrong */
  importEncodedKey({ encoded, chain, network, ...rest }: ImportEncodedKey): NewKey {
    this.#unsealed();
    const privateKey = decodePrivateKey(encoded, chain, network);
    try {
      return this.importKey({ ...rest, privateKey });
    } finally {
      wipe(privateKey);
    }
  }

  /** The private key under the delivered root key. @throws SignerError `key.not_found`, `service.sealed` */
  sealForBackup({ keyId, statement, publicKey, ticket }: SealForBackup): Uint8Array {
    // Taken first, so that a refusal leaves none behind.
    const root = this.#deliveries.take(ticket);
    if (root === undefined)
      throw new SignerError("service.sealed", "the vault was sealed meanwhile; unseal it first");
    try {
      const secret = this.#keys.open(this.#unsealed(), keyId, publicKey);
      try {
        return sealForBackup(root, statement, secret);
      } finally {
        wipe(secret);
      }
    } finally {
      wipe(root);
    }
  }

  /** @throws SignerError `service.unseal_failed`, `service.sealed` */
  restoreKey(input: RestoreKey, passphrase: Uint8Array): NewKey {
    this.#unsealed();
    const { namespace, keyId, curve, statement, publicKey, backup } = input;
    const privateKey = openBackup(passphrase, statement, backup);
    try {
      const restored = this.importKey({ namespace, keyId, curve, privateKey });
      if (equalBytes(restored.publicKey, publicKey)) return restored;
    } finally {
      wipe(privateKey);
    }
    throw new SignerError(
      "service.unseal_failed",
      "the backup names another public key than that of its private key; take another copy",
    );
  }

  /**
   * One signature for each payload, in order. The audit log's own key signs no payload, whoever records that it should.
   * @throws SignerError `key.not_found`, `service.sealed`
   */
  sign(call: PayloadsToSign): readonly Signature[] {
    const keks = this.#unsealed();
    const { keyId } = this.#auditLog() ?? {};
    if (keyId !== undefined && (call.signedBy ?? [call.keyId]).includes(keyId))
      throw new SignerError(
        "key.not_found",
        `key ${keyId} signs own statements of the service alone; name another key`,
      );
    return this.#keys.sign(keks, call);
  }

  /** @throws SignerError `service.sealed`; `service.internal` for a statement that is none of this installation */
  signStatement(statement: Statement): SignedStatement {
    const keks = this.#unsealed();
    const log = this.#auditLog();
    if (log === undefined)
      throw new SignerError("service.sealed", "the audit log has no key yet; run claviger init");
    const { keyId, text, payload } = ownStatement(statement, log);
    const payloads = [payload];
    return { text, payloads, signatures: this.#keys.sign(keks, { keyId, payloads }) };
  }

  /** The wallet's row and its data key, which is the caller's to wipe. */
  #openWallet(namespace: NamespaceName, walletId: WalletId): { wallet: SealedSeed; dataKey: Uint8Array } {
    const keks = this.#unsealed();
    const wallet = this.#rows().walletSecret(walletId);
    const dataKeyRow = wallet && this.#rows().dataKey(wallet.dataKeyId);
    if (wallet === undefined || dataKeyRow?.namespace !== namespace) {
      throw new SignerError(
        "wallet.not_found",
        `no wallet ${walletId} in namespace ${namespace}; list them with GET /v1/wallets`,
      );
    }
    return { wallet, dataKey: keks.openDataKey(dataKeyRow) };
  }

  #unsealed(): KeyEncryptionKeys {
    if (this.#keks === undefined)
      throw new SignerError("service.sealed", "the vault is sealed; unseal it first");
    return this.#keks;
  }

  /** As the ledger says; it is made once, and never changes. */
  #auditLog(): AuditLog | undefined {
    return (this.#log ??= new AuditTable(this.#readonly()).log());
  }

  #rows(): SealedRowReader {
    return (this.#reader ??= new SealedRowReader(this.#readonly()));
  }

  #readonly(): LedgerDatabase {
    return (this.#database ??= openLedger(this.#databasePath, { readonly: true }));
  }
}

function share(port: MessagePort, keks: KeyEncryptionKeys): void {
  const shared = keks.shared();
  port.postMessage(
    shared,
    shared.map(({ key }) => key.buffer),
  );
}

/** Of an installation that is not on disk yet: nothing of it can be read back. */
function sealFirstKey(root: Uint8Array, kek: SealedKek, { walletId, ...wanted }: DeriveKey): FirstKey {
  const keks = KeyEncryptionKeys.open(root, [kek]);
  const nodes = new AccountNodes(1);
  let dataKey: Uint8Array | undefined;
  try {
    const identity = { walletId, namespace: wanted.namespace };
    const wallet = sealNewWallet(keks, identity, newMnemonic(24));
    dataKey = keks.openDataKey(wallet.dataKey.row);
    return { wallet, key: deriveSealedKey(wallet.walletSecret, dataKey, wanted, nodes) };
  } finally {
    wipe(dataKey);
    nodes.wipe();
    keks.wipe();
  }
}
