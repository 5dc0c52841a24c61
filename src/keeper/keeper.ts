/**
 * The keeper as the main thread has it: the ledger, the vault, and the door between a decision and its signatures. It starts the
 * threads and connects them with each other; what travels between them the main thread does not see.
 * @module
 */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { SignerError } from "../domain/errors.ts";
import { rankOf } from "../domain/urgency.ts";
import { LEDGER_QUEUE_MAX } from "../record/bounds.ts";
import { LedgerQueue, type Ledger } from "../record/ledger.ts";
import { startThread, type CallQueue } from "../threads/call-queue.ts";
import { clock } from "../threads/clock.ts";
import type { Answers } from "../threads/link.ts";
import { hear, Load } from "../threads/ports.ts";
import { remote } from "../threads/remote.ts";
import { openVault, type Vault, type VaultOptions } from "../vault/vault.ts";
import { KEPT_MAX } from "./bounds.ts";
import type {
  KeepCall,
  Kept,
  KeepersDoor,
  OwnStatements,
  RecordThread,
  SigningWays,
  StatedHead,
  VerifierThread,
} from "./contract.ts";
import { keysFor, type Holder } from "./keys-for.ts";
import type { SentKeep } from "./messages.ts";

/** Without `onDeath`: a keeper does not outlive one of its threads. The process ends, and nobody waits for what was under way. */
export interface KeeperOptions extends Omit<VaultOptions, "signing" | "onDeath"> {
  /** Sizes of the ledger's transactions. */
  readonly onBatch?: (size: number) => void;
}

/** The verifier is asked twice or three times in its life. */
const VERIFIER_QUEUE = { queueMax: 1024, batchMax: 16 } as const;

export class Keeper implements KeepersDoor, OwnStatements {
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly #calls: LedgerQueue;
  readonly #keys: CallQueue;
  /** What is on the way to each thread with keys. */
  readonly #committed: Load[] = [];
  /** What is on the way from them to the verifier. */
  readonly #signed = new Load();
  #verifier: Promise<CallQueue> | undefined;
  #answers: MessagePort | undefined;
  #ready: Promise<void> | undefined;
  #readyForDuties: Promise<void> | undefined;
  /** Decisions between the door and their answer. */
  #kept = 0;
  #closed: Promise<void> | undefined;

  private constructor(calls: LedgerQueue, options: KeeperOptions) {
    this.#calls = calls;
    this.ledger = calls.ledger;
    const { vault, thread } = openVault({
      ...options,
      signing: {
        vaultEntry: new URL("./vault-thread.ts", import.meta.url),
        blsEntry: new URL("./bls-thread.ts", import.meta.url),
        joinBls: (bls) => this.#join(bls, "bls"),
      },
    });
    this.vault = vault;
    this.#keys = thread;
  }

  /** Opens and migrates the ledger, and starts the vault, sealed. */
  static async start(options: KeeperOptions): Promise<Keeper> {
    const { databasePath, onBatch } = options;
    const entry = new URL("./record-thread.ts", import.meta.url);
    const calls = new LedgerQueue({ databasePath, entry, ...(onBatch ? { onBatch } : {}) });
    await calls.ready();
    const keeper = new Keeper(calls, options);
    await keeper.vault.ready();
    return keeper;
  }

  /** What is on its way to the keys, and from there to its check. */
  get depths(): { readonly signing: number; readonly verifying: number } {
    const signing = this.#committed.reduce((sum, load) => sum + load.value, 0);
    return { signing, verifying: this.#signed.value };
  }

  /**
   * The verifier runs, and the vault's thread is connected: the first signature need not wait for that. A failure is for good,
   * since that thread is connected once: a service waits for this before it listens, and does not run without it.
   */
  ready(): Promise<void> {
    this.#ready ??= this.#join(this.#keys, "vault");
    return this.#ready;
  }

  /** As `ready`, and the BLS threads run. Those that failed to start are started anew by the next call. */
  readyForDuties(): Promise<void> {
    this.#readyForDuties ??= this.ready()
      .then(() => this.vault.readyToSignDuties())
      .catch((error: unknown) => {
        this.#readyForDuties = undefined;
        throw error;
      });
    return this.#readyForDuties;
  }

  async keep(call: KeepCall, rank: number): Promise<Kept> {
    this.#assertRoom(1);
    this.#kept += 1;
    try {
      await this.#readyFor([call]);
      const sent: SentKeep = { ...call, sentAt: clock() };
      return keptIn(await this.#calls.send({ method: "keep", input: [sent] }, rank, []));
    } finally {
      this.#kept -= 1;
    }
  }

  async keepTogether(calls: readonly KeepCall[], rank: number): Promise<readonly Promise<Kept>[]> {
    if (calls.length === 0) return [];
    this.#assertRoom(calls.length);
    this.#kept += calls.length;
    try {
      await this.#readyFor(calls);
    } catch (error) {
      this.#kept -= calls.length;
      throw error;
    }
    const sentAt = clock();
    const input = calls.map((call): SentKeep => ({ ...call, sentAt }));
    const replies = this.#calls.sendTogether({ method: "keepTogether", input }, rank, calls.length);
    return replies.map((reply) => reply.then(keptIn).finally(() => (this.#kept -= 1)));
  }

  async stateHead(): Promise<StatedHead> {
    this.#assertRoom(1);
    this.#kept += 1;
    try {
      await this.ready();
      // Whoever answers it answers a StatedHead: heads.ts and verify.ts.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return (await this.#calls.send({ method: "stateHead", input: [] }, rankOf(), [])) as StatedHead;
    } finally {
      this.#kept -= 1;
    }
  }

  /** Refuses new decisions, answers what is under way, then ends the threads. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    while (this.#kept > 0) await new Promise((resolve) => setImmediate(resolve));
    await this.vault.close();
    const verifier = await this.#verifier?.catch(() => undefined);
    await verifier?.close();
    this.#answers?.close();
    await this.ledger.close();
  }

  /** Before anything is recorded: behind the door there is room for all that is let in, and the threads are there. */
  #assertRoom(decisions: number): void {
    if (this.#closed !== undefined)
      throw new SignerError("service.stopping", "the service stops and signs nothing more; retry later");
    const { depth } = this.ledger;
    if (this.#kept + decisions <= KEPT_MAX && depth < LEDGER_QUEUE_MAX) return;
    throw new SignerError(
      "service.overloaded",
      `the queue to sign has ${this.#kept} decisions under way and ledger has ${depth} calls waiting; retry later`,
    );
  }

  #readyFor(calls: readonly KeepCall[]): Promise<void> {
    return calls.some(({ decision }) => keysFor(decision) === "bls") ? this.readyForDuties() : this.ready();
  }

  /** Connects a thread with keys: the record thread before it, the verifier behind it. */
  async #join(thread: CallQueue, keys: Holder): Promise<void> {
    const verifier = await (this.#verifier ??= this.#startVerifier());
    const committed = new MessageChannel();
    const signed = new MessageChannel();
    const load = new Load();
    this.#committed.push(load);
    const ahead = this.#signed.shared;
    await asVerifier(verifier).connectSigned({ port: signed.port2, load: ahead });
    await asSigner(thread).connectSteps({
      committed: { port: committed.port2, load: load.shared },
      signed: { port: signed.port1, load: ahead },
    });
    await remote<RecordThread>(this.#calls, { moves: { connectKeys: ({ port }) => [port] } }).connectKeys({
      keys,
      port: committed.port1,
      load: load.shared,
    });
  }

  async #startVerifier(): Promise<CallQueue> {
    const url = new URL("./verifier-thread.ts", import.meta.url);
    const verifier = startThread({ url, name: "verifier", ...VERIFIER_QUEUE });
    await verifier.ready();
    const { port1, port2 } = new MessageChannel();
    hear<Answers>(port1, (answers) => this.#calls.answered(answers));
    this.#answers = port1;
    await asVerifier(verifier).connectDoor(port2);
    return verifier;
  }
}

function asVerifier(queue: CallQueue) {
  return remote<VerifierThread>(queue, {
    moves: { connectDoor: (port) => [port], connectSigned: ({ port }) => [port] },
  });
}

/** What every thread that signs is asked first, by the keeper alone. */
interface Joined {
  connectSteps(ways: SigningWays): void;
}

function asSigner(queue: CallQueue) {
  return remote<Joined>(queue, {
    moves: { connectSteps: ({ committed, signed }) => [committed.port, signed.port] },
  });
}

/** What the record thread or the verifier answered. */
function keptIn(reply: unknown): Kept {
  // Whoever answers a `keep` answers a Kept: record.ts and verify.ts.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return reply as Kept;
}
