/**
 * One kind of request: how much of it may be under way, and how much may wait. Behind the record step every queue is
 * longer than all lanes together, so that what is recorded finds room there.
 * @module
 */
import { SignerError } from "../domain/errors.ts";

/** Requests of a batch that begin together. The first are recorded and signed while the last are still decoded. */
export const SLICE = 64;
/**
 * Slices of one batch under way together: enough that keys are in use while the next decisions are committed. More would
 * only wait in the ledger's queue, in front of what others send meanwhile.
 */
const SLICES_AHEAD = 4;
/** A longer body, in characters, is large. Of urgent duties only blocks with their payload are. */
const LARGE_BODY = 16_384;

export interface LaneLimits {
  /** Requests under way at most. */
  readonly places: number;
  /** Of those, the ones that batches may fill: the others are left to lone requests, whatever batches are there. */
  readonly batchPlaces: number;
  /** Requests of all batches together, those that wait for a place included. */
  readonly batched: number;
  /** Lone requests that wait for a place; 0: they are admitted or refused at once. */
  readonly waiting: number;
  /**
   * Characters of all bodies together, and as many again of large ones, so that a few of these cannot keep duties out:
   * queues count calls, and a call may be as large as a body.
   */
  readonly text: number;
}

export class Lane {
  readonly #name: string;
  readonly #limits: LaneLimits;
  #stopping = false;
  /** Requests under way. */
  #active = 0;
  /** Requests under way that belong to batches. */
  #activeBatched = 0;
  /** Requests of admitted batches, under way, waiting or answered. */
  #batched = 0;
  /** Characters of the bodies that are here. */
  readonly #texts = { small: 0, large: 0 };
  /** Slices that wait for places, first come, first served. A batch has one at most, so batches take turns. */
  readonly #slices: { readonly requests: number; readonly enter: () => void }[] = [];
  /** Lone requests that wait for a place, first come, first served. */
  readonly #alone: { readonly enter: () => void; readonly refuse: (error: SignerError) => void }[] = [];

  constructor(name: string, limits: LaneLimits) {
    this.#name = name;
    this.#limits = limits;
  }

  /**
   * Runs `work`, one request with so many characters of body, as soon as there is a place for it.
   * @throws SignerError `service.overloaded`, `service.stopping`, without running it
   */
  async single<Result>(text: number, work: () => Promise<Result>): Promise<Result> {
    const free = this.#alone.length === 0 && this.#active < this.#lonePlaces();
    this.#assertRoom(free || this.#alone.length < this.#limits.waiting, text);
    this.#texts[roomOf(text)] += text;
    if (free) {
      this.#active += 1;
      return this.#finish(1, text, work);
    }
    try {
      await new Promise<void>((enter, refuse) => this.#alone.push({ enter, refuse }));
    } catch (error) {
      this.#texts[roomOf(text)] -= text;
      throw error;
    }
    return this.#finish(1, text, work);
  }

  /**
   * Runs `work`, which is `count` requests that wait for one another: there is room for all of them at once, or for none.
   * @throws SignerError `service.overloaded`, `service.stopping`, without running it
   */
  async together<Result>(count: number, text: number, work: () => Promise<Result>): Promise<Result> {
    this.#assertRoom(this.#alone.length === 0 && this.#active + count <= this.#lonePlaces(), text);
    this.#active += count;
    this.#texts[roomOf(text)] += text;
    return this.#finish(count, text, work);
  }

  /**
   * Runs `work` for each of `count` requests that share so many characters of body; outcomes in their order. Only as
   * many are under way as there is room for; the others wait for those before them, which all end.
   * @throws SignerError `service.overloaded`, `service.stopping`, without running any
   */
  async batch<Result>(
    count: number,
    text: number,
    work: (index: number) => Promise<Result>,
  ): Promise<PromiseSettledResult<Result>[]> {
    this.#assertRoom(this.#batched + count <= this.#limits.batched, text);
    this.#batched += count;
    this.#texts[roomOf(text)] += text;
    try {
      const slices: Promise<PromiseSettledResult<Result>[]>[] = [];
      for (let from = 0; from < count; from += SLICE) {
        if (from > 0) await new Promise((resolve) => setImmediate(resolve));
        await slices[slices.length - SLICES_AHEAD];
        const size = Math.min(SLICE, count - from);
        await this.#placesFor(size);
        slices.push(this.#slice(from, size, work));
      }
      return (await Promise.all(slices)).flat();
    } finally {
      this.#batched -= count;
      this.#texts[roomOf(text)] -= text;
    }
  }

  /** Nothing is admitted from now on, and lone requests that have not begun are told to come again. */
  stop(): void {
    this.#stopping = true;
    for (const { refuse } of this.#alone.splice(0)) refuse(stopping());
  }

  /** True when all that was admitted has ended. */
  get idle(): boolean {
    return this.depth === 0;
  }

  /** Requests that were admitted and have not ended: lone ones, and whole batches. */
  get depth(): number {
    return this.#active - this.#activeBatched + this.#batched + this.#alone.length;
  }

  /** Places that come free belong to the slice that waits, beyond those that batches can never take. */
  #lonePlaces(): number {
    const { places, batchPlaces } = this.#limits;
    return this.#slices.length === 0 ? places : places - batchPlaces + this.#activeBatched;
  }

  /** A body larger than all room is still admitted when no other one takes of it. */
  #assertRoom(places: boolean, text: number): void {
    if (this.#stopping) throw stopping();
    const taken = this.#texts[roomOf(text)];
    if (places && (taken === 0 || taken + text <= this.#limits.text)) return;
    throw new SignerError(
      "service.overloaded",
      `${this.#active} requests of kind ${this.#name} are under way and ${this.#alone.length} wait; retry later`,
    );
  }

  async #finish<Result>(count: number, text: number, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } finally {
      this.#active -= count;
      this.#texts[roomOf(text)] -= text;
      this.#advance();
    }
  }

  /** Never rejects. Its places are taken already, and given back when its last request has ended. */
  async #slice<Result>(
    from: number,
    size: number,
    work: (index: number) => Promise<Result>,
  ): Promise<PromiseSettledResult<Result>[]> {
    const outcomes = await Promise.allSettled(
      Array.from({ length: size }, async (_, index) => work(from + index)),
    );
    this.#active -= size;
    this.#activeBatched -= size;
    this.#advance();
    return outcomes;
  }

  #placesFor(requests: number): Promise<void> {
    return new Promise((enter) => {
      this.#slices.push({ requests, enter });
      this.#advance();
    });
  }

  #advance(): void {
    const { places, batchPlaces } = this.#limits;
    for (let next = this.#slices[0]; next !== undefined; next = this.#slices[0]) {
      if (this.#active + next.requests > places) break;
      if (this.#activeBatched + next.requests > batchPlaces) break;
      this.#slices.shift();
      this.#active += next.requests;
      this.#activeBatched += next.requests;
      next.enter();
    }
    while (this.#alone.length > 0 && this.#active < this.#lonePlaces()) {
      this.#active += 1;
      this.#alone.shift()?.enter();
    }
  }
}

function roomOf(text: number): "small" | "large" {
  return text > LARGE_BODY ? "large" : "small";
}

function stopping(): SignerError {
  return new SignerError("service.stopping", "the service is shutting down; retry later");
}
