/**
 * The vault as the rest of the service sees it: the methods of its thread that `contract.ts` explains, and what needs more than
 * that one thread.
 * @module
 */
import { SignerError } from "../domain/errors.ts";
import { rankOf } from "../domain/urgency.ts";
import { startThread, type CallQueue } from "../threads/call-queue.ts";
import type { Remote } from "../threads/contract.ts";
import { remote, remoteBeside } from "../threads/remote.ts";
import { blsSigners } from "./sign/bls-signers.ts";
import type { AdoptedKeysThread } from "./sign/adopted-keys.ts";
import type { Enlisted } from "./enlisted.ts";
import type { SigningThreads } from "./sign/signing-threads.ts";
import type { BackupKey, KeyBackup } from "./seal/key-backup.ts";
import type { KeyConfig } from "./keystores/key-config.ts";
import { KeystoreOpeners } from "./keystores/keystore-openers.ts";
import type { KeySource } from "./keystores/keystore-thread.ts";
import { KDF_DEFAULT } from "./seal/seal.ts";
import { PublicRandomness, type RandomnessRequest } from "./eots/public-randomness.ts";
import type { NewKey, VaultStatus, VaultThread } from "./contract.ts";
import type { KeyId, NamespaceName, PublicKey } from "../domain/kinds.ts";

export interface VaultOptions {
  /** The ledger's file; it exists and has its tables before the first call other than `status`. */
  readonly databasePath: string;
  /** Calls that may wait; one more is `service.overloaded`. */
  readonly queueMax?: number;
  /** How the keeper starts its threads with keys; without it nothing is signed for a caller. */
  readonly signing?: SigningThreads;
  /** Threads that sign with BLS keys; they start with `readyToSignDuties`. Default 1. */
  readonly blsThreads?: number;
  /** Threads that compute EOTS public randomness; they start with the first list. Default 1. */
  readonly randomnessThreads?: number;
  /** Threads that open keystores at once. Default 1. */
  readonly keystoreThreads?: number;
  /** Bytes that opening keystores may take at once. Default 512 MiB; a single keystore always may. */
  readonly keystoreMemory?: number;
  /** Called once when the thread dies by itself; the default ends the process. */
  readonly onDeath?: (error: Error) => void;
}

/** Calls that may wait for the vault's thread, or for one beside it; what is signed comes another way. */
const VAULT_QUEUE_MAX = 4096;
/** Room beyond that for sealing, unsealing and wiping, which nothing overtakes. */
const SEALS_MAX = 256;
const BATCH_MAX = 256;
/** Calls that make or read keys, in one batch: a sealing waits for the batch under way, and some of these take milliseconds. */
const WORK_BATCH_MAX = 8;
const KEYSTORE_MEMORY = 2 ** 29;

/** Methods of the thread that the rest of the service asks it directly. */
type Direct =
  | "initialise"
  | "createWallet"
  | "deriveKey"
  | "accountKey"
  | "importKey"
  | "importEncodedKey"
  | "restoreKey";

export type Vault = VaultAccess & Pick<Remote<VaultThread>, Direct>;

/** Starts the thread; sealed. Nothing can make it sign for a caller: `openVault` with the keeper's entries is what signs. */
export function startVault(options: VaultOptions): Vault {
  return openVault(options).vault;
}

/** As `startVault`, with the queue of the vault's thread, for what only the keeper asks of it. */
export function openVault(options: VaultOptions): { readonly vault: Vault; readonly thread: CallQueue } {
  const thread = startThread({
    url: options.signing?.vaultEntry ?? new URL("./alone-thread.ts", import.meta.url),
    name: "vault",
    workerData: { databasePath: options.databasePath },
    queueMax: options.queueMax ?? VAULT_QUEUE_MAX,
    reserved: SEALS_MAX,
    batchMax: BATCH_MAX,
    batchMaxOf: (rank) => (rank === 0 ? BATCH_MAX : WORK_BATCH_MAX),
    ...(options.onDeath ? { onDeath: options.onDeath } : {}),
  });
  const access = new VaultAccess(options, thread);
  const vault = remoteBeside<VaultThread, VaultAccess>(access, thread, { rank: rankOf("request") });
  return { vault, thread };
}

/** What needs more than the vault's thread: its state as the main thread knows it, and the threads that work beside it. */
class VaultAccess {
  readonly #thread: CallQueue;
  readonly #calls: Remote<VaultThread>;
  /** The same calls, which nothing overtakes. */
  readonly #first: Pick<Remote<VaultThread>, "seal" | "unseal" | "unsealFromFile" | "forget">;
  readonly #signers: Enlisted<AdoptedKeysThread>;
  readonly #randomness: PublicRandomness;
  /** Threads that open keystores at once. */
  readonly keystoreThreads: number;
  readonly #openers: KeystoreOpeners;
  #state: VaultStatus["state"] = "sealed";
  #nextTicket = 0;

  constructor(options: VaultOptions, thread: CallQueue) {
    this.#thread = thread;
    const calls = remote<VaultThread>(thread, {
      rank: rankOf("request"),
      moves: { enlist: (port) => [port], receiveFrom: (port) => [port] },
    });
    this.#calls = calls;
    this.#first = remote<VaultThread>(thread);
    this.#signers = blsSigners({
      databasePath: options.databasePath,
      signing: options.signing,
      threads: options.blsThreads ?? 1,
      queueMax: options.queueMax ?? VAULT_QUEUE_MAX,
      connect: (port) => calls.enlist(port),
      ...(options.onDeath ? { onDeath: options.onDeath } : {}),
    });
    this.#randomness = new PublicRandomness({
      databasePath: options.databasePath,
      threads: options.randomnessThreads ?? 1,
      connect: (port) => calls.enlist(port),
      ...(options.onDeath ? { onDeath: options.onDeath } : {}),
    });
    this.keystoreThreads = options.keystoreThreads ?? 1;
    this.#openers = new KeystoreOpeners({
      threadsMax: this.keystoreThreads,
      memoryMax: options.keystoreMemory ?? KEYSTORE_MEMORY,
      connect: (port) => calls.receiveFrom(port),
      // When the thread is gone already, so are the secrets.
      onIdle: () => void calls.discardDeliveries().catch(() => undefined),
    });
  }

  /** Resolves once the self-test has passed; rejects with its failure. */
  ready(): Promise<void> {
    return this.#thread.ready();
  }

  state(): VaultStatus["state"] {
    return this.#state;
  }

  /** Calls that wait or are under way; what is to be signed is not among them. */
  get depth(): number {
    return this.#thread.depth;
  }

  async status(): Promise<VaultStatus> {
    const [status, ...beside] = await Promise.all([
      this.#calls.status(),
      this.#signers.cachedKeys(),
      this.#randomness.cachedKeys(),
    ]);
    return { ...status, cachedKeys: beside.reduce((sum, keys) => sum + keys, status.cachedKeys) };
  }

  /** Starts the threads that sign with BLS keys, so that the first duty need not wait for them. */
  readyToSignDuties(): Promise<void> {
    return this.#signers.start();
  }

  /** @throws SignerError `service.unseal_failed` for a wrong passphrase, a changed header or a changed root key */
  async unseal(passphrase: Uint8Array): Promise<void> {
    await this.#first.unseal(passphrase);
    this.#state = "unsealed";
  }

  /** As `unseal`, with the bytes of a file that only the thread reads; one trailing newline is not part of them. */
  async unsealFromFile(path: string): Promise<void> {
    await this.#first.unsealFromFile(path);
    this.#state = "unsealed";
  }

  /** Wipes every key that the thread holds; later calls that need one are `service.sealed`. */
  async seal(): Promise<void> {
    this.#state = "sealed";
    await this.#first.seal();
    await Promise.all([this.#signers.seal(), this.#randomness.seal()]);
    // An unseal that was under way has answered in between.
    this.#state = "sealed";
  }

  /**
   * Opens a keystore, or a raw key in a file, on a keystore thread, and seals the private key. Signing goes on
   * meanwhile. A password given as bytes is the caller's to wipe when the promise settles.
   * @throws SignerError `request.malformed` (wrong password, changed keystore), `service.sealed`, `service.overloaded`
   */
  async importValidatorKey(input: {
    readonly namespace: NamespaceName;
    /** Id of the key with these 48 bytes: a keystore need not say whose it is before it is open. */
    readonly keyIdOf: (publicKey: PublicKey) => string;
    readonly source: KeySource;
  }): Promise<NewKey> {
    // Before the key derivation is paid for.
    if (this.#state === "sealed") {
      throw new SignerError("service.sealed", "the vault is sealed; unseal it first");
    }
    const { namespace, keyIdOf, source } = input;
    const ticket = this.#nextTicket++;
    const keyId = keyIdOf(await this.#openers.open(ticket, source));
    return this.#calls.importDelivered({ namespace, keyId, ticket });
  }

  /** Documents of a Web3Signer key configuration file, without secrets; relative paths in it count from `folder`. */
  readKeyConfigs(file: string, folder: string): Promise<readonly KeyConfig[]> {
    return this.#openers.readKeyConfigs(file, folder);
  }

  /** Wipes the private keys of deleted keys from memory, in every thread. */
  async forget(keyIds: readonly KeyId[]): Promise<void> {
    await Promise.all([
      this.#first.forget(keyIds),
      this.#signers.forget(keyIds),
      this.#randomness.forget(keyIds),
    ]);
  }

  /**
   * The key's private half, sealed under the passphrase in a file. A keystore thread derives the key: it takes as
   * long as an unsealing, and signing goes on meanwhile.
   * @throws SignerError `key.not_found`, `service.sealed`, `service.unseal_failed` (file), `request.malformed`,
   *   `service.overloaded`
   */
  async backupKey(input: BackupKey): Promise<KeyBackup> {
    // Before the key derivation is paid for.
    if (this.#state === "sealed")
      throw new SignerError("service.sealed", "the vault is sealed; unseal it first");
    const { keyId, statement, publicKey, passphraseFile, kdf = KDF_DEFAULT } = input;
    const ticket = this.#nextTicket++;
    const seal = await this.#openers.sealBackup(ticket, passphraseFile, kdf);
    const call = { keyId, statement, publicKey, ticket };
    return { ...seal, sealedKey: await this.#calls.sealForBackup(call) };
  }

  /**
   * EOTS public randomness at `startHeight`, `startHeight + interval`, …: `count` (1 to 100,000) × 32 bytes. The randomness
   * threads compute it, so signing goes on meanwhile; sealing gives it up.
   * @throws SignerError `key.not_found` (also when it is another namespace's), `service.sealed`, `service.overloaded`,
   *   `request.malformed` for heights of 2^64 or more; `service.internal` when `publicKey` is not the key's
   */
  async publicRandomness(request: RandomnessRequest): Promise<Uint8Array> {
    // Lists that are known already are not for a sealed service either.
    if (this.#state === "sealed") {
      throw new SignerError("service.sealed", "the vault is sealed; unseal it first");
    }
    return this.#randomness.list(request);
  }

  /** Seals, then ends the thread. */
  async close(): Promise<void> {
    this.#state = "sealed";
    await this.#openers.close();
    await this.#first.seal().catch(() => undefined);
    await this.#signers.seal().catch(() => undefined);
    await this.#signers.close();
    await this.#randomness.seal().catch(() => undefined);
    await this.#randomness.close();
    await this.#thread.close();
  }
}
