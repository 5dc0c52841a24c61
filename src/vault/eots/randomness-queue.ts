/** Lists of public randomness under way: each is computed in parts, and namespaces take turns, then their lists. */
import { SignerError } from "../../domain/errors.ts";
import { RANDOMNESS_BYTES } from "../../domain/eots.ts";
import type { EotsRange } from "./eots.ts";
import type { RandomnessKey } from "../sign/private-keys.ts";
import type { RandomnessPart } from "./randomness-thread.ts";
import type { NamespaceName } from "../../domain/kinds.ts";

/** About ten milliseconds of a thread. */
const PART_VALUES = 256;
/** Values under way: four of the longest lists of one namespace, and ten of all. */
export const NAMESPACE_VALUES_MAX = 400_000;
export const VALUES_MAX = 1_000_000;

/** A part of a list, and its first byte there. */
export interface Taken {
  readonly list: UnfinishedList;
  readonly part: RandomnessPart;
  readonly offset: number;
}

export class UnfinishedList {
  readonly key: RandomnessKey;
  readonly range: EotsRange;
  readonly #outcome = Promise.withResolvers<Uint8Array>();
  readonly #values: Uint8Array;
  #next = 0;
  #missing: number;
  #settled = false;

  constructor(key: RandomnessKey, range: EotsRange) {
    this.key = key;
    this.range = range;
    this.#values = new Uint8Array(range.count * RANDOMNESS_BYTES);
    this.#missing = range.count;
  }

  /** The whole list, or why there is none. */
  get finished(): Promise<Uint8Array> {
    return this.#outcome.promise;
  }

  /** True while parts are left that nobody has taken. */
  get waits(): boolean {
    return !this.#settled && this.#next < this.range.count;
  }

  /** The next part. Ask `waits` before. */
  take(): Taken {
    const { chainId, start, count, interval } = this.range;
    const first = this.#next;
    const values = Math.min(PART_VALUES, count - first);
    this.#next += values;
    const range = { chainId, start: start + BigInt(first) * interval, count: values, interval };
    return { list: this, part: { key: this.key, range }, offset: first * RANDOMNESS_BYTES };
  }

  /** The values of a part that was taken. */
  put(offset: number, values: Uint8Array): void {
    this.#values.set(values, offset);
    this.#missing -= values.length / RANDOMNESS_BYTES;
    if (this.#missing > 0 || this.#settled) return;
    this.#settled = true;
    this.#outcome.resolve(this.#values);
  }

  fail(error: unknown): void {
    this.#settled = true;
    this.#outcome.reject(error);
  }
}

export class RandomnessQueue {
  /** Lists of which parts are left, by namespace; both in order of their turns. */
  readonly #waiting = new Map<string, UnfinishedList[]>();
  /** All lists that are under way. */
  readonly #unfinished = new Set<UnfinishedList>();

  /** @throws SignerError `service.overloaded` when too many values are under way already */
  add(list: UnfinishedList): void {
    const { namespace } = list.key;
    this.#assertRoom(namespace, list.range.count);
    this.#unfinished.add(list);
    const forget = (): void => void this.#unfinished.delete(list);
    list.finished.then(forget, forget);
    this.#waiting.set(namespace, [...(this.#waiting.get(namespace) ?? []), list]);
  }

  /** The part whose turn it is. */
  take(): Taken | undefined {
    for (const [namespace, lists] of this.#waiting) {
      this.#waiting.delete(namespace);
      const [list, ...others] = lists.filter(({ waits }) => waits);
      if (list === undefined) continue;
      const taken = list.take();
      const rest = list.waits ? [...others, list] : others;
      if (rest.length > 0) this.#waiting.set(namespace, rest);
      return taken;
    }
    return undefined;
  }

  /** Ends every list with `error`. */
  failAll(error: Error): void {
    for (const list of this.#unfinished) list.fail(error);
    this.#unfinished.clear();
    this.#waiting.clear();
  }

  #assertRoom(namespace: NamespaceName, values: number): void {
    let all = values;
    let own = values;
    for (const { key, range } of this.#unfinished) {
      all += range.count;
      if (key.namespace === namespace) own += range.count;
    }
    if (all <= VALUES_MAX && own <= NAMESPACE_VALUES_MAX) return;
    throw new SignerError(
      "service.overloaded",
      "too much public randomness is being computed already; retry when a list is done",
    );
  }
}
