/** The threads with BLS keys, as the vault's client drives them: what they sign comes from the keeper's record thread. */
import type { MessagePort } from "node:worker_threads";
import { startBeside, type Beside } from "../beside.ts";
import type { SigningThreads } from "./signing-threads.ts";
import type { AdoptedKeysThread } from "./adopted-keys.ts";
import type { KeyId } from "../../domain/kinds.ts";

export interface BlsSignersOptions {
  readonly databasePath: string;
  readonly signing: SigningThreads | undefined;
  /** At least 1. */
  readonly threads: number;
  /** Calls that may wait for one thread. */
  readonly queueMax: number;
  /** Hands the vault's thread its end of a signer's port; it answers once the signer's keys are posted there. */
  readonly connect: (port: MessagePort) => Promise<void>;
  readonly onDeath?: (error: Error) => void;
}

type Signer = Beside<AdoptedKeysThread>;

const BATCH_MAX = 64;

export class BlsSigners {
  readonly #options: BlsSignersOptions;
  #signers: Promise<readonly Signer[]> | undefined;
  #started: readonly Signer[] = [];

  constructor(options: BlsSignersOptions) {
    this.#options = options;
  }

  /** Starts the threads, once. @throws Error where nothing starts threads that sign */
  async start(): Promise<void> {
    this.#signers ??= this.#startAll();
    await this.#signers;
  }

  /** Private keys held ready by all threads. */
  async cachedKeys(): Promise<number> {
    const counts = await Promise.all(this.#started.map(({ calls }) => calls.cachedKeys()));
    return counts.reduce((sum, keys) => sum + keys, 0);
  }

  /** Wipes these keys in every thread. */
  async forget(keyIds: readonly KeyId[]): Promise<void> {
    await Promise.all(this.#started.map(({ calls }) => calls.forget(keyIds)));
  }

  /** Wipes every key in every thread. Call it after the vault's thread was sealed. */
  async seal(): Promise<void> {
    const signers = await this.#signers;
    await Promise.all((signers ?? []).map(({ calls }) => calls.seal()));
  }

  async close(): Promise<void> {
    const signers = await this.#signers?.catch(() => undefined);
    await Promise.all((signers ?? []).map(({ queue }) => queue.close()));
  }

  async #startAll(): Promise<readonly Signer[]> {
    const count = Math.max(1, this.#options.threads);
    this.#started = await Promise.all(Array.from({ length: count }, () => this.#startOne()));
    return this.#started;
  }

  async #startOne(): Promise<Signer> {
    const { databasePath, queueMax, connect, onDeath, signing } = this.#options;
    if (signing === undefined) throw new Error("this vault was started without threads that sign");
    const signer = await startBeside<AdoptedKeysThread>(
      {
        url: signing.blsEntry,
        name: "bls",
        workerData: { databasePath },
        queueMax,
        batchMax: BATCH_MAX,
        ...(onDeath ? { onDeath } : {}),
      },
      connect,
    );
    await signing.joinBls(signer.queue);
    return signer;
  }
}
