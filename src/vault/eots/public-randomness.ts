/**
 * Lists of EOTS public randomness, as the vault's client asks for them: cut into parts for the randomness threads, which
 * take turns between namespaces and between lists. Finished lists are kept, for they never change.
 * @module
 */
import type { MessagePort } from "node:worker_threads";
import { toHex } from "../../domain/bytes.ts";
import { HEIGHT_LIMIT, RANDOMNESS_COUNT_MAX } from "../../domain/eots.ts";
import { SignerError } from "../../domain/errors.ts";
import type { RandomnessKey } from "../sign/private-keys.ts";
import { RandomnessCache } from "./randomness-cache.ts";
import { RandomnessQueue, UnfinishedList } from "./randomness-queue.ts";
import { startBeside, type Beside } from "../beside.ts";
import { Enlisted } from "../enlisted.ts";
import type { RandomnessThread } from "./randomness-thread.ts";
import type { KeyId } from "../../domain/kinds.ts";

/** Values at `startHeight`, `startHeight + interval`, …, all below 2^64. */
export interface RandomnessRequest extends RandomnessKey {
  /** At most 64 bytes of any value. */
  readonly chainId: Uint8Array;
  readonly startHeight: bigint;
  /** 1 to 100,000. */
  readonly count: number;
  /** At least 1. */
  readonly interval: bigint;
}

export interface PublicRandomnessOptions {
  readonly databasePath: string;
  /** At least 1. They start with the first list. */
  readonly threads: number;
  /** Hands the vault's thread its end of a thread's port; it answers once the keys are posted there. */
  readonly connect: (port: MessagePort) => Promise<void>;
  readonly onDeath?: (error: Error) => void;
}

type Computer = Beside<RandomnessThread>;

/** Twenty default commitments of 50,000 values. */
const CACHE_BYTES = 2 ** 25;
/** Calls of one thread: a part, and a seal or status beside it. */
const QUEUE_MAX = 256;

export class PublicRandomness {
  readonly #queue = new RandomnessQueue();
  readonly #cache = new RandomnessCache(CACHE_BYTES);
  /** Lists under way: who asks for the same one waits for it. */
  readonly #unfinished = new Map<string, UnfinishedList>();
  readonly #idle = new Set<Computer>();
  readonly #computers: Enlisted<RandomnessThread>;

  constructor(options: PublicRandomnessOptions) {
    this.#computers = new Enlisted(options.threads, async () => {
      const computer = await startComputer(options);
      this.#idle.add(computer);
      return computer;
    });
  }

  /**
   * `count` × 32 bytes, the caller's own.
   * @throws SignerError `key.not_found`; `service.sealed`; `service.overloaded`; `request.malformed` for a range beyond
   *   the limits
   */
  async list(request: RandomnessRequest): Promise<Uint8Array> {
    assertRange(request);
    const name = nameOf(request);
    const known = this.#cache.get(name);
    if (known !== undefined) return known.slice();
    const list = this.#unfinished.get(name) ?? this.#begin(name, request);
    return (await list.finished).slice();
  }

  /** Private keys held ready by all threads. */
  cachedKeys(): Promise<number> {
    return this.#computers.cachedKeys();
  }

  /** Wipes these keys in every thread; lists that were made are public. */
  forget(keyIds: readonly KeyId[]): Promise<void> {
    return this.#computers.forget(keyIds);
  }

  /** Gives up every list and wipes every key in every thread. Call it after the vault's thread was sealed. */
  async seal(): Promise<void> {
    this.#giveUp(
      new SignerError("service.sealed", "the vault was sealed meanwhile; unseal it and ask again"),
    );
    await this.#computers.seal();
  }

  async close(): Promise<void> {
    this.#giveUp(new SignerError("service.stopping", "the vault has stopped; retry later"));
    await this.#computers.close();
  }

  #begin(name: string, request: RandomnessRequest): UnfinishedList {
    const { namespace, keyId, publicKey, chainId, startHeight, count, interval } = request;
    const range = { chainId, start: startHeight, count, interval };
    const list = new UnfinishedList({ namespace, keyId, publicKey }, range);
    this.#queue.add(list);
    this.#unfinished.set(name, list);
    const forget = (): void => {
      // After a sealing the name may belong to a younger list already.
      if (this.#unfinished.get(name) === list) this.#unfinished.delete(name);
    };
    const keep = (values: Uint8Array): void => {
      forget();
      this.#cache.put(name, values);
    };
    list.finished.then(keep, forget);
    this.#wake().catch((error: unknown) => list.fail(error));
    return list;
  }

  #giveUp(error: SignerError): void {
    this.#queue.failAll(error);
    this.#unfinished.clear();
  }

  async #wake(): Promise<void> {
    await this.#computers.start();
    // Emptied first: a thread that finds nothing to do is idle again at once.
    const idle = [...this.#idle];
    this.#idle.clear();
    for (const computer of idle) void this.#work(computer);
  }

  /** Part after part, until nobody waits. Never rejects. */
  async #work(computer: Computer): Promise<void> {
    for (;;) {
      const taken = this.#queue.take();
      if (taken === undefined) break;
      const { list, part, offset } = taken;
      try {
        list.put(offset, await computer.calls.compute(part));
      } catch (error) {
        list.fail(error);
      }
    }
    this.#idle.add(computer);
  }
}

function startComputer({ databasePath, connect, onDeath }: PublicRandomnessOptions): Promise<Computer> {
  return startBeside<RandomnessThread>(
    {
      url: new URL("./randomness-thread.ts", import.meta.url),
      name: "randomness",
      workerData: { databasePath },
      queueMax: QUEUE_MAX,
      batchMax: 1,
      ...(onDeath ? { onDeath } : {}),
    },
    connect,
  );
}

function assertRange({ startHeight, count, interval }: RandomnessRequest): void {
  if (!Number.isInteger(count) || count < 1 || count > RANDOMNESS_COUNT_MAX) {
    throw malformed("/count", `must be a whole number from 1 to ${RANDOMNESS_COUNT_MAX}`);
  }
  if (interval < 1n) throw malformed("/interval", "must be at least 1");
  if (startHeight < 0n || startHeight + BigInt(count - 1) * interval >= HEIGHT_LIMIT) {
    throw malformed("/startHeight", "the last height must be below 2^64; ask for fewer");
  }
}

function malformed(field: string, rule: string): SignerError {
  return new SignerError("request.malformed", `${field}: ${rule}`, { field });
}

/** One name for each list: hex holds no separator, and the key's own names no space. */
function nameOf({ namespace, keyId, publicKey, chainId, startHeight, count, interval }: RandomnessRequest) {
  const bytes = `${toHex(publicKey)} ${toHex(chainId)}`;
  return `${namespace} ${keyId} ${bytes} ${startHeight} ${count} ${interval}`;
}
