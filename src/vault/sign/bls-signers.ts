/** The threads that sign with BLS keys, as the vault's client drives them: a call goes to the one with least to do. */
import type { MessagePort } from "node:worker_threads";
import type { PayloadsToSign, Signature } from "../../chains/adapter.ts";
import { togetherOf } from "../../domain/urgency.ts";
import { remote } from "../../threads/remote.ts";
import { startBeside, type Beside } from "../beside.ts";
import type { BlsThread } from "./bls-thread.ts";
import type { KeyId } from "../../domain/kinds.ts";

export interface BlsSignersOptions {
  readonly databasePath: string;
  /** At least 1. */
  readonly threads: number;
  /** Calls that may wait for one thread. */
  readonly queueMax: number;
  /** Hands the vault's thread its end of a signer's port; it answers once the signer's keys are posted there. */
  readonly connect: (port: MessagePort) => Promise<void>;
  readonly onDeath?: (error: Error) => void;
}

type Signer = Beside<BlsThread>;

/** A tenth of a second of signing, so that a reply does not wait for a whole slot's burst. */
const BATCH_MAX = 64;

export class BlsSigners {
  readonly #options: BlsSignersOptions;
  #signers: Promise<readonly Signer[]> | undefined;
  #started: readonly Signer[] = [];

  constructor(options: BlsSignersOptions) {
    this.#options = options;
  }

  get depth(): number {
    return this.#started.reduce((sum, signer) => sum + signer.queue.depth, 0);
  }

  /** Starts the threads, which the first signature would else wait for. */
  async start(): Promise<void> {
    await this.#all();
  }

  /** @throws SignerError as `Vault.sign` */
  async sign(input: PayloadsToSign, rank?: number): Promise<readonly Signature[]> {
    const [first, ...others] = await this.#all();
    if (first === undefined) throw new RangeError("at least one thread must sign");
    const signer = others.reduce(
      (least, other) => (other.queue.depth < least.queue.depth ? other : least),
      first,
    );
    return remote<BlsThread>(signer.queue, { rank }).sign(input);
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

  #all(): Promise<readonly Signer[]> {
    this.#signers ??= this.#startAll();
    return this.#signers;
  }

  async #startAll(): Promise<readonly Signer[]> {
    const count = Math.max(1, this.#options.threads);
    this.#started = await Promise.all(Array.from({ length: count }, () => this.#startOne()));
    return this.#started;
  }

  #startOne(): Promise<Signer> {
    const { databasePath, queueMax, connect, onDeath } = this.#options;
    return startBeside<BlsThread>(
      {
        url: new URL("./bls-thread.ts", import.meta.url),
        name: "bls",
        workerData: { databasePath },
        queueMax,
        batchMax: BATCH_MAX,
        batchMaxOf: togetherOf,
        ...(onDeath ? { onDeath } : {}),
      },
      connect,
    );
  }
}
