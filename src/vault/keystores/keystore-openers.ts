/**
 * The keystore threads as the vault's client drives them: started when there is something to open, as many as cores and
 * memory allow, ended when nothing came for a while.
 * @module
 */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { SignerError } from "../../domain/errors.ts";
import { ThreadClient } from "../../threads/client.ts";
import type { SealRow } from "../../ledger/sealed-rows.ts";
import type { KeyConfig } from "./key-config.ts";
import { kdfMemory } from "./keystore.ts";
import type { KdfParameters } from "../seal/seal.ts";
import type { KeySource, OpenerCall, OpenerReply } from "./keystore-protocol.ts";

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

interface Job {
  readonly call: OpenerCall;
  readonly memory: number;
  readonly resolve: (reply: OpenerReply) => void;
  readonly reject: (error: unknown) => void;
}

/** Jobs that may wait; a request body is bounded long before this. */
const WAITING_MAX = 100_000;
const IDLE_MS = 2000;

export class KeystoreOpeners {
  readonly #options: KeystoreOpenersOptions;
  readonly #idle: ThreadClient<OpenerCall, OpenerReply>[] = [];
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
    const reply = await this.#run({ do: "open", ticket, source }, memory);
    if (reply.did !== "open") throw new TypeError(`keystore thread answered ${reply.did}`);
    return reply.publicKey;
  }

  /** Documents of a Web3Signer key configuration file, without secrets. */
  async readKeyConfigs(file: string, folder: string): Promise<readonly KeyConfig[]> {
    const reply = await this.#run({ do: "readKeyConfigs", file, folder }, 0);
    if (reply.did !== "readKeyConfigs") throw new TypeError(`keystore thread answered ${reply.did}`);
    return reply.configs;
  }

  /**
   * Makes a seal under the passphrase in a file, and leaves its root key with the vault's thread under `ticket`.
   * @throws SignerError `service.unseal_failed` (file), `request.malformed` (passphrase, parameters), `service.overloaded`
   */
  async sealBackup(ticket: number, passphraseFile: string, kdf: KdfParameters): Promise<SealRow> {
    const reply = await this.#run({ do: "sealBackup", ticket, passphraseFile, kdf }, kdf.memoryKiB * 1024);
    if (reply.did !== "sealBackup") throw new TypeError(`keystore thread answered ${reply.did}`);
    return reply.seal;
  }

  /** Refuses what waits, lets what is under way end, and ends the threads. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retirement);
    for (const job of this.#waiting)
      job.reject(new SignerError("service.stopping", "the vault is closing; retry later"));
    this.#waiting = [];
    await Promise.all(this.#idle.splice(0).map((thread) => thread.close()));
  }

  #run(call: OpenerCall, memory: number): Promise<OpenerReply> {
    if (this.#closed || this.#waiting.length >= WAITING_MAX) {
      return Promise.reject(
        new SignerError("service.overloaded", "too many keystores are waiting; retry later"),
      );
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ call, memory, resolve, reject });
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
    let thread: ThreadClient<OpenerCall, OpenerReply> | undefined;
    try {
      thread = this.#idle.pop() ?? (await this.#start());
      job.resolve(await thread.call(job.call));
    } catch (error) {
      job.reject(error);
    } finally {
      this.#busy -= 1;
      this.#memory -= job.memory;
      if (this.#closed) void thread?.close();
      else if (thread !== undefined && thread.alive) this.#idle.push(thread);
      if (this.#busy === 0 && this.#waiting.length === 0) this.#rest();
      this.#next();
    }
  }

  async #start(): Promise<ThreadClient<OpenerCall, OpenerReply>> {
    const thread = new ThreadClient<OpenerCall, OpenerReply>({
      url: new URL("./keystore-thread.ts", import.meta.url),
      name: "keystores",
      queueMax: 4,
      batchMax: 1,
      // Its one job is rejected, and the next job gets a new thread: nothing else depends on it.
      onDeath: () => undefined,
    });
    const { port1, port2 } = new MessageChannel();
    await this.#options.connect(port1);
    await thread.call({ do: "connect", port: port2 }, [port2]);
    return thread;
  }

  #rest(): void {
    if (this.#closed) return;
    clearTimeout(this.#retirement);
    this.#retirement = setTimeout(() => {
      for (const thread of this.#idle.splice(0)) void thread.close();
      this.#options.onIdle();
    }, IDLE_MS);
    this.#retirement.unref();
  }
}
