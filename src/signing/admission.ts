/**
 * How much may be under way at once. Everything behind the record step has longer queues than this, so that what is
 * recorded finds room there. Lone requests are admitted or refused at once; a batch waits for room slice by slice, and
 * neither kind can shut the other out.
 * @module
 */
import { SignerError } from "../domain/errors.ts";

/** Requests under way at most, so the most that can be recorded together. */
export const ACTIVE_MAX = 2000;
/** Of those, the places that batches may fill: the others are left to lone requests, whatever batches are there. */
const BATCH_PLACES = 1024;
/** Requests of all batches together, those that wait for a place included. */
const BATCHED_MAX = 8000;
/** Characters of all bodies together: queues count calls, and a call may be as large as a body. */
const TEXT_MAX = 64 * 1024 * 1024;
/** Requests of a batch that begin together. The first are recorded and signed while the last are still decoded. */
export const SLICE = 64;
/**
 * Slices of one batch under way together: enough that keys are in use while the next decisions are committed. More would
 * only wait in the ledger's queue, in front of what others send meanwhile.
 */
const SLICES_AHEAD = 4;

export class Admission {
  #stopping = false;
  /** Requests under way. */
  #active = 0;
  /** Requests under way that belong to batches. */
  #activeBatched = 0;
  /** Requests of admitted batches, under way, waiting or answered. */
  #batched = 0;
  #text = 0;
  /** Slices that wait for places, first come, first served. A batch has one at most, so batches take turns. */
  readonly #line: { readonly requests: number; readonly enter: () => void }[] = [];

  /**
   * Runs `work`, one request with so many characters of body.
   * @throws SignerError `service.overloaded`, `service.stopping`, without running it
   */
  single<Result>(text: number, work: () => Promise<Result>): Promise<Result> {
    return this.together(1, text, work);
  }

  /**
   * Runs `work`, which is `count` requests that wait for one another: there is room for all of them at once, or for none.
   * @throws SignerError `service.overloaded`, `service.stopping`, without running it
   */
  async together<Result>(count: number, text: number, work: () => Promise<Result>): Promise<Result> {
    // Places that come free belong to the slice that waits, beyond those that batches can never take.
    const places = this.#line.length === 0 ? ACTIVE_MAX : ACTIVE_MAX - BATCH_PLACES + this.#activeBatched;
    this.#assertRoom(this.#active + count <= places, text);
    this.#active += count;
    this.#text += text;
    try {
      return await work();
    } finally {
      this.#active -= count;
      this.#text -= text;
      this.#advance();
    }
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
    this.#assertRoom(this.#batched + count <= BATCHED_MAX, text);
    this.#batched += count;
    this.#text += text;
    try {
      const slices: Promise<PromiseSettledResult<Result>[]>[] = [];
      for (let from = 0; from < count; from += SLICE) {
        if (from > 0) await new Promise((resolve) => setImmediate(resolve));
        await slices[slices.length - SLICES_AHEAD];
        const size = Math.min(SLICE, count - from);
        await this.#places(size);
        slices.push(this.#slice(from, size, work));
      }
      return (await Promise.all(slices)).flat();
    } finally {
      this.#batched -= count;
      this.#text -= text;
    }
  }

  /** Refuses what comes from now on, and resolves when all that was admitted has ended. */
  async drain(): Promise<void> {
    this.#stopping = true;
    while (this.#active > 0 || this.#batched > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** A body larger than all room is still admitted when nothing else is there. */
  #assertRoom(places: boolean, text: number): void {
    if (this.#stopping)
      throw new SignerError("service.stopping", "the service is shutting down; retry later");
    const idle = this.#active === 0 && this.#batched === 0;
    if (places && (idle || this.#text + text <= TEXT_MAX)) return;
    throw new SignerError("service.overloaded", `${this.#active} requests are under way; retry later`);
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

  #places(requests: number): Promise<void> {
    return new Promise((enter) => {
      this.#line.push({ requests, enter });
      this.#advance();
    });
  }

  #advance(): void {
    for (let next = this.#line[0]; next !== undefined; next = this.#line[0]) {
      if (this.#active + next.requests > ACTIVE_MAX) return;
      if (this.#activeBatched + next.requests > BATCH_PLACES) return;
      this.#line.shift();
      this.#active += next.requests;
      this.#activeBatched += next.requests;
      next.enter();
    }
  }
}
