/**
 * How much may be under way at once, a lane for each kind of request. Each has its own places, so none can shut
 * another out: ten thousand registrations leave the places of a vote as they are, and wait behind it in every queue.
 * @module
 */
import { URGENCIES, type Urgency } from "../domain/urgency.ts";
import { Lane, type LaneLimits } from "./lane.ts";

/** Most requests other than duties under way; so also the most in one transaction. */
export const ACTIVE_MAX = 2000;
const MEBI = 1024 * 1024;

/** All places together are fewer than the keeper holds, and so than any queue behind the record step. */
export const LANES: Readonly<Record<Urgency, LaneLimits>> = {
  block: { places: 128, batchPlaces: 64, batched: 2000, waiting: 1024, text: 64 * MEBI },
  vote: { places: 1152, batchPlaces: 1024, batched: 8000, waiting: 8000, text: 16 * MEBI },
  aggregate: { places: 320, batchPlaces: 256, batched: 8000, waiting: 8000, text: 32 * MEBI },
  // Whoever sends a transaction is told at once that there is no room: a queue would only make it late.
  request: { places: ACTIVE_MAX, batchPlaces: 1024, batched: 8000, waiting: 0, text: 64 * MEBI },
  registration: { places: 320, batchPlaces: 256, batched: 16_000, waiting: 16_000, text: 16 * MEBI },
};

export class Admission {
  readonly #lanes = new Map<Urgency, Lane>(URGENCIES.map((name) => [name, new Lane(name, LANES[name])]));

  lane(urgency: Urgency): Lane {
    const lane = this.#lanes.get(urgency);
    if (lane === undefined) throw new RangeError(`no lane ${urgency}`);
    return lane;
  }

  /** Requests that wait or are under way, by lane. */
  get depths(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#lanes].map(([name, lane]) => [name, lane.depth]));
  }

  /** Refuses what comes from now on, and resolves when all that was admitted has ended. */
  async drain(): Promise<void> {
    const lanes = [...this.#lanes.values()];
    for (const lane of lanes) lane.stop();
    while (!lanes.every((lane) => lane.idle)) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
