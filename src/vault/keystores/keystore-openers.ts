/**
 * The keystore threads as the vault's client drives them: started when there is something to open, as many as cores and
 * memory allow, ended when nothing came for a while.
 * @module
 */
import type { MessagePort } from "node:worker_threads";
import { SignerError } from "../../domain/errors.ts";
import type { Remote } from "../../threads/contract.ts";
import type { Seal } from "../../domain/sealed.ts";
import type { KeyConfig } from "./key-config.ts";
import { kdfMemory } from "./keystore.ts";
import type { KdfParameters } from "../seal/seal.ts";
import { startBeside, type Beside } from "../beside.ts";
import type { KeySource, KeystoreThread } from "./keystore-thread.ts";

export interface KeystoreOpenersOptions {
  /** Threads at once; at least 1. */
  readonly threadsMax: number;
  /** Bytes that all key derivations together may take; a single one always may. */
  readonly memoryMax: number;
  /** Hands the vault's thread its end of a new keystore thread's port. */
  readonly connect: (port: MessagePort) => Promise<void>;
  /** Nothing is being opened any more: secrets that nobody took can be dropped. */
  readonly onIdle: () => void;
}

type Opener = Beside<KeystoreThread>;

interface Job {
  readonly memory: number;
  /** Asks a thread, and settles what the job's caller waits for. */
  readonly perform: (calls: Remote<KeystoreThread>) => Promise<void>;
  readonly reject: (error: unknown) => void;
}

/** Jobs that may wait; a request body is bounded long before this. */
export const WAITING_MAX = 100_000;
const IDLE_MS = 2000;

export class KeystoreOpeners {
  readonly #options: KeystoreOpenersOptions;
  readonly #idle: Opener[] = [];
  #waiting: Job[] = [];
  #busy = 0;
  #memory = 0;
  #retirement: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: KeystoreOpenersOptions) {
    this.#options = options;
  }

  /**
   * Opens `source` and leaves the secret with the vault's thread under `ticket`. Resolves with the 48-byte public key.
   * @throws SignerError `request.malformed` (password, keystore), `service.overloaded`
   */
  async open(ticket: number, source: KeySource): Promise<Uint8Array> {
    const memory = source.kind === "keystore" ? kdfMemory(source.keystore) : 0;
    return this.#run(memory, (calls) => calls.open(ticket, source));
  }

  /** Documents of a Web3Signer key configuration file, without secrets. */
  async readKeyConfigs(file: string, folder: string): Promise<readonly KeyConfig[]> {
    return this.#run(0, (calls) => calls.readKeyConfigs(file, folder));
  }

  /**
   * Makes a seal under the passphrase in a file, and leaves its root key with the vault's thread under `ticket`.
   * @throws SignerError `service.unseal_failed` (file), `request.malformed` (passphrase, parameters), `service.overloaded`
   */
  async sealBackup(ticket: number, passphraseFile: string, kdf: KdfParameters): Promise<Seal> {
    return this.#run(kdf.memoryKiB * 1024, (calls) => calls.sealBackup(ticket, passphraseFile, kdf));
  }

  /** Refuses what waits, waits for what is under way, and ends the threads. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retirement);
    for (const job of this.#waiting)
      job.reject(new SignerError("service.stopping", "the vault is closing; retry later"));
    this.#waiting = [];
    await Promise.all(this.#idle.splice(0).map(({ queue }) => queue.close()));
  }

  #run<Reply>(memory: number, ask: (calls: Remote<KeystoreThread>) => Promise<Reply>): Promise<Reply> {
    if (this.#closed || this.#waiting.length >= WAITING_MAX) {
      return Promise.reject(
        new SignerError("service.overloaded", "too many keystores are waiting; retry later"),
      );
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ memory, perform: async (calls) => resolve(await ask(calls)), reject });
      this.#next();
    });
  }

  /** In order of arrival, so that a large keystore is not overtaken for ever. */
  #next(): void {
    const { threadsMax, memoryMax } = this.#options;
    for (;;) {
      const [job] = this.#waiting;
      if (job === undefined || this.#busy >= threadsMax) return;
      if (this.#busy > 0 && this.#memory + job.memory > memoryMax) return;
      this.#waiting.shift();
      this.#busy += 1;
      this.#memory += job.memory;
      clearTimeout(this.#retirement);
      void this.#perform(job);
    }
  }

  async #perform(job: Job): Promise<void> {
    let opener: Opener | undefined;
    try {
      opener = this.#idle.pop() ?? (await this.#start());
      await job.perform(opener.calls);
    } catch (error) {
      job.reject(error);
    } finally {
      this.#busy -= 1;
      this.#memory -= job.memory;
      if (this.#closed) void opener?.queue.close();
      else if (opener !== undefined && opener.queue.alive) this.#idle.push(opener);
      if (this.#busy === 0 && this.#waiting.length === 0) this.#rest();
      this.#next();
    }
  }

  #start(): Promise<Opener> {
    return startBeside<KeystoreThread>(
      {
        url: new URL("./keystore-thread.ts", import.meta.url),
        name: "keystores",
        queueMax: 4,
        batchMax: 1,
        // Its one job is rejected, and the next job gets a new thread: nothing else depends on it.
        onDeath: () => undefined,
      },
      this.#options.connect,
    );
  }

  #rest(): void {
    if (this.#closed) return;
    clearTimeout(this.#retirement);
    this.#retirement = setTimeout(() => {
      for (const { queue } of this.#idle.splice(0)) void queue.close();
      this.#options.onIdle();
    }, IDLE_MS);
    this.#retirement.unref();
  }
}
