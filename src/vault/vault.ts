/** The vault as the rest of the service sees it: calls that carry public data and ciphertext, answered by its thread. */
import type { AccountKey, Signature } from "../chains/adapter.ts";
import { SignerError } from "../domain/errors.ts";
import type { SealedSeal, SealedWallet } from "../ledger/sealed-rows.ts";
import { ThreadClient } from "../threads/client.ts";
import { BlsSigners } from "./sign/bls-signers.ts";
import type { BackupKey, KeyBackup, RestoreKey } from "./seal/key-backup.ts";
import type { KeyConfig } from "./keystores/key-config.ts";
import { KeystoreOpeners } from "./keystores/keystore-openers.ts";
import type { KeySource } from "./keystores/keystore-protocol.ts";
import { KDF_DEFAULT } from "./seal/seal.ts";
import { PublicRandomness, type RandomnessRequest } from "./eots/public-randomness.ts";
import type {
  AccountKeyCall,
  CreateWallet,
  DeriveKey,
  ImportEncodedKey,
  ImportKey,
  Initialise,
  NewKey,
  SignCall,
  VaultCall,
  VaultReply,
  VaultResults,
  VaultStatus,
} from "./protocol.ts";

export interface VaultOptions {
  /** The ledger's file; it exists and has its tables before the first call other than `status`. */
  readonly databasePath: string;
  /** Calls that may wait; one more is `service.overloaded`. */
  readonly queueMax?: number;
  /** Threads that sign with BLS keys; they start with the first such signature or `readyToSignDuties`. Default 1. */
  readonly blsThreads?: number;
  /** Threads that compute EOTS public randomness; they start with the first list. Default 1. */
  readonly randomnessThreads?: number;
  /** Threads that open keystores at once. Default 1. */
  readonly keystoreThreads?: number;
  /** Bytes that opening keystores may take at once. Default 512 MiB; a single keystore is always let through. */
  readonly keystoreMemory?: number;
  /** Called once when the thread dies by itself; the default ends the process. */
  readonly onDeath?: (error: Error) => void;
}

const QUEUE_MAX = 4096;
const BATCH_MAX = 256;
const KEYSTORE_MEMORY = 2 ** 29;

export class Vault {
  readonly #thread: ThreadClient<VaultCall, VaultReply>;
  readonly #signers: BlsSigners;
  readonly #randomness: PublicRandomness;
  /** Threads that open keystores at once. */
  readonly keystoreThreads: number;
  readonly #openers: KeystoreOpeners;
  #state: VaultStatus["state"] = "sealed";
  #nextTicket = 0;

  private constructor(options: VaultOptions) {
    this.#thread = new ThreadClient({
      url: new URL("./thread.ts", import.meta.url),
      name: "vault",
      workerData: { databasePath: options.databasePath },
      queueMax: options.queueMax ?? QUEUE_MAX,
      batchMax: BATCH_MAX,
      ...(options.onDeath ? { onDeath: options.onDeath } : {}),
    });
    this.#signers = new BlsSigners({
      databasePath: options.databasePath,
      threads: options.blsThreads ?? 1,
      queueMax: options.queueMax ?? QUEUE_MAX,
      connect: async (port) => void (await this.#thread.call({ do: "enlist", port }, [port])),
      ...(options.onDeath ? { onDeath: options.onDeath } : {}),
    });
    this.#randomness = new PublicRandomness({
      databasePath: options.databasePath,
      threads: options.randomnessThreads ?? 1,
      connect: async (port) => void (await this.#thread.call({ do: "enlist", port }, [port])),
      ...(options.onDeath ? { onDeath: options.onDeath } : {}),
    });
    this.keystoreThreads = options.keystoreThreads ?? 1;
    this.#openers = new KeystoreOpeners({
      threadsMax: this.keystoreThreads,
      memoryMax: options.keystoreMemory ?? KEYSTORE_MEMORY,
      connect: async (port) => void (await this.#thread.call({ do: "receiveFrom", port }, [port])),
      // When the thread is gone already, so are the secrets.
      onIdle: () => void this.#thread.call({ do: "discardDeliveries" }).catch(() => undefined),
    });
  }

  /** Starts the thread; sealed. */
  static start(options: VaultOptions): Vault {
    return new Vault(options);
  }

  /** Resolves once the self-test has passed; rejects with its failure. */
  ready(): Promise<void> {
    return this.#thread.ready();
  }

  state(): VaultStatus["state"] {
    return this.#state;
  }

  /** Calls that wait or are under way. */
  get depth(): number {
    return this.#thread.depth + this.#signers.depth;
  }

  async status(): Promise<VaultStatus> {
    const [status, ...beside] = await Promise.all([
      this.#call("status", { do: "status" }),
      this.#signers.cachedKeys(),
      this.#randomness.cachedKeys(),
    ]);
    return { ...status, cachedKeys: beside.reduce((sum, keys) => sum + keys, status.cachedKeys) };
  }

  /** Starts the threads that sign with BLS keys, so that the first duty need not wait for them. */
  readyToSignDuties(): Promise<void> {
    return this.#signers.start();
  }

  /**
   * Makes root key and first key-encryption key, sealed under `passphrase`. The vault stays sealed: store the rows in
   * one transaction, then unseal. The caller wipes its passphrase when the promise settles, here and in `unseal`.
   * @throws SignerError `request.malformed`; `request.conflict` when the directory has a seal
   */
  initialise(input: Initialise): Promise<SealedSeal> {
    return this.#call("initialise", { do: "initialise", input });
  }

  /** @throws SignerError `service.unseal_failed` for a wrong passphrase, a changed header or a changed root key */
  async unseal(passphrase: Uint8Array): Promise<void> {
    await this.#call("unseal", { do: "unseal", passphrase });
    this.#state = "unsealed";
  }

  /** As `unseal`, with the bytes of a file that only the thread reads; one trailing newline is not part of them. */
  async unsealFromFile(path: string): Promise<void> {
    await this.#call("unsealFromFile", { do: "unsealFromFile", path });
    this.#state = "unsealed";
  }

  /** Wipes every key that the thread holds; later calls that need one are `service.sealed`. */
  async seal(): Promise<void> {
    this.#state = "sealed";
    await this.#call("seal", { do: "seal" });
    await Promise.all([this.#signers.seal(), this.#randomness.seal()]);
    // An unseal that was under way has answered in between.
    this.#state = "sealed";
  }

  /**
   * A new wallet from fresh entropy (`words`) or from a BIP-39 mnemonic. Nothing is stored until the caller inserts
   * the rows.
   * @throws SignerError `request.malformed` with the broken BIP-39 rule; `service.sealed`
   */
  createWallet(input: CreateWallet): Promise<SealedWallet> {
    return this.#call("createWallet", { do: "createWallet", input });
  }

  /**
   * Derives a key of a stored wallet; signs and verifies once with it before it answers.
   * @throws SignerError `wallet.not_found` (also when it is another namespace's), `request.malformed`, `service.sealed`
   */
  deriveKey(input: DeriveKey): Promise<NewKey> {
    return this.#call("deriveKey", { do: "deriveKey", input });
  }

  /**
   * The public side of an account node. Whoever has it and one private key below it has every private key below it.
   * @throws SignerError `wallet.not_found` (also when it is another namespace's), `request.malformed`, `service.sealed`
   */
  accountKey(input: AccountKeyCall): Promise<AccountKey> {
    return this.#call("accountKey", { do: "accountKey", input });
  }

  /**
   * Seals a raw private key; signs and verifies once with it before it answers.
   * @throws SignerError `request.malformed` for a key out of its curve's range; `service.sealed`
   */
  importKey(input: ImportKey): Promise<NewKey> {
    return this.#call("importKey", { do: "importKey", input });
  }

  /**
   * As `importKey`, of a private key in the form that its chain's wallets export.
   * @throws SignerError as `importKey`; `request.malformed` for a form, network or public half that does not fit
   */
  importEncodedKey(input: ImportEncodedKey): Promise<NewKey> {
    return this.#call("importEncodedKey", { do: "importEncodedKey", input });
  }

  /**
   * Opens a keystore, or a raw key in a file, on a thread of its own, and seals the private key. Signing goes on
   * meanwhile. A password given as bytes is the caller's to wipe when the promise settles.
   * @throws SignerError `request.malformed` (wrong password, changed keystore), `service.sealed`, `service.overloaded`
   */
  async importValidatorKey(input: {
    readonly namespace: string;
    /** Id of the key with these 48 bytes: a keystore need not say whose it is before it is open. */
    readonly keyIdOf: (publicKey: Uint8Array) => string;
    readonly source: KeySource;
  }): Promise<NewKey> {
    // Before the key derivation is paid for.
    if (this.#state === "sealed") {
      throw new SignerError("service.sealed", "the vault is sealed; unseal it first");
    }
    const { namespace, keyIdOf, source } = input;
    const ticket = this.#nextTicket++;
    const keyId = keyIdOf(await this.#openers.open(ticket, source));
    return this.#call("importDelivered", { do: "importDelivered", input: { namespace, keyId, ticket } });
  }

  /** Documents of a Web3Signer key configuration file, without secrets; relative paths in it count from `folder`. */
  readKeyConfigs(file: string, folder: string): Promise<readonly KeyConfig[]> {
    return this.#openers.readKeyConfigs(file, folder);
  }

  /** Wipes the private keys of deleted keys from memory, in every thread. */
  async forget(keyIds: readonly string[]): Promise<void> {
    await Promise.all([
      this.#call("forget", { do: "forget", keyIds }),
      this.#signers.forget(keyIds),
      this.#randomness.forget(keyIds),
    ]);
  }

  /**
   * Signatures for `payloads`, one to one. They are not verified here: the caller does that, on its own thread.
   * @param rank where it stands among the signatures that wait: lower goes first. Sealing and wiping are never overtaken
   * @throws SignerError `key.not_found`; `service.sealed`; `service.internal` when a payload is not for this key
   */
  sign(input: SignCall, rank?: number): Promise<readonly Signature[]> {
    if (input.payloads[0]?.scheme === "bls") return this.#signers.sign(input, rank);
    return this.#call("sign", { do: "sign", input }, rank);
  }

  /**
   * The key's private half, sealed under the passphrase in a file. The key derivation has a thread of its own: it takes as
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
    return { ...seal, sealedKey: await this.#call("sealForBackup", { do: "sealForBackup", input: call }) };
  }

  /**
   * Seals the private key of a backup for this data directory, as `importKey` does.
   * @throws SignerError `service.unseal_failed` for a wrong passphrase and for any change to backup or statement
   */
  restoreKey(input: RestoreKey): Promise<NewKey> {
    return this.#call("restoreKey", { do: "restoreKey", input });
  }

  /**
   * EOTS public randomness at `startHeight`, `startHeight + interval`, …: `count` (1 to 100,000) × 32 bytes. It is computed on
   * threads of its own, so signing goes on meanwhile; sealing gives it up.
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
    await this.#thread.call({ do: "seal" }).catch(() => undefined);
    await this.#signers.seal().catch(() => undefined);
    await this.#signers.close();
    await this.#randomness.seal().catch(() => undefined);
    await this.#randomness.close();
    await this.#thread.close();
  }

  async #call<Did extends keyof VaultResults>(
    did: Did,
    call: VaultCall & { do: Did },
    rank?: number,
  ): Promise<VaultResults[Did]> {
    const reply = await this.#thread.call(call, [], rank);
    if (!isReplyTo(did, reply)) throw new TypeError(`vault answered ${reply.did} to ${did}`);
    return reply.result;
  }
}

function isReplyTo<Did extends keyof VaultResults>(
  did: Did,
  reply: VaultReply,
): reply is VaultReply & { readonly did: Did; readonly result: VaultResults[Did] } {
  return reply.did === did;
}
