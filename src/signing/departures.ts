/**
 * Signatures that may be on disk and have not left: an act is answered when all of these are with their callers, or dropped. One
 * queue for everything, not by names: whatever an act changes, no signature that was decided before it leaves after its answer.
 * @module
 */

/** How an answer leaves the process. Every door has one for each answer that can hold a signature. */
export interface Outlet {
  /**
   * Called once, when the signatures are made and before the door has them. Calls `left` once: when the last byte was handed to
   * the kernel, or none can be any more. May call it at once.
   */
  whenLeft(left: () => void): void;
  /** Ends the connection at once: what is not with the kernel by now never leaves. */
  destroy(): void;
}

/** For a caller in this process: its answer is with it one turn after the promise resolved. */
export const IN_PROCESS: Outlet = {
  whenLeft: (left) => void setImmediate(left),
  destroy: () => undefined,
};

/** Calls `late` once, when a peer had its time to read; returns how to call that off. */
export type Patience = (late: () => void) => () => void;

/** A caller that does not take its answer holds an act up for this long, in milliseconds, and loses its connection then. */
const PATIENCE_MS = 2000;

function twoSeconds(late: () => void): () => void {
  const timer = setTimeout(late, PATIENCE_MS);
  return () => clearTimeout(timer);
}

export class Departures {
  readonly #patience: Patience;
  /** Who enters now. */
  #open = new Group();
  /** Resolves when all groups before the open one are empty. */
  #closed: Promise<void> = Promise.resolve();

  /** @param patience 2 s unless a test says otherwise */
  constructor(patience: Patience = twoSeconds) {
    this.#patience = patience;
  }

  /** An answer that has entered nothing yet. */
  begin(outlet: Outlet): Departure {
    return new Departure(outlet, () => this.#open);
  }

  /** Runs `work`, one call of a door. What it enters leaves through `outlet`; if it throws, it leaves without a signature. */
  async run<Result>(outlet: Outlet, work: (departure: Departure) => Promise<Result>): Promise<Result> {
    const departure = this.begin(outlet);
    try {
      const result = await work(departure);
      departure.answer();
      return result;
    } catch (error) {
      departure.drop();
      throw error;
    }
  }

  /**
   * Resolves when all that have entered by now have left. To be asked after an act's commit was replied: the replies of decisions
   * that were committed before came before, and who has one had entered.
   */
  settled(): Promise<void> {
    if (!this.#open.isEmpty) {
      const group = this.#open;
      this.#open = new Group();
      this.#closed = Promise.all([this.#closed, group.close(this.#patience)]).then(() => undefined);
    }
    return this.#closed;
  }
}

/** One answer of a door, with the signatures of all decisions in it. */
export class Departure {
  readonly #outlet: Outlet;
  readonly #open: () => Group;
  #group: Group | undefined;
  /** Decisions that are sent to the record step or looked up, or recorded. */
  #decisions = 0;

  /** @param open the group that it enters, when it does */
  constructor(outlet: Outlet, open: () => Group) {
    this.#outlet = outlet;
    this.#open = open;
  }

  /**
   * Sends a decision to the record step, or looks an earlier one up, and from before that on acts wait for this answer. `stays`
   * says of the reply whether a signature may come of it.
   */
  async entering<Reply>(send: () => Promise<Reply>, stays: (reply: Reply) => boolean): Promise<Reply> {
    if (this.#decisions === 0) {
      this.#group = this.#open();
      this.#group.add(this);
    }
    this.#decisions += 1;
    let staying = false;
    try {
      const reply = await send();
      staying = stays(reply);
      return reply;
    } finally {
      if (!staying) this.#decisions -= 1;
      if (this.#decisions === 0) this.drop();
    }
  }

  /** The door has the signatures from now on, and its caller may be slow. */
  answer(): void {
    if (this.#group === undefined) return;
    this.#group.answered(this);
    this.#outlet.whenLeft(() => this.drop());
  }

  /** Nothing leaves any more. */
  drop(): void {
    this.#group?.remove(this);
    this.#group = undefined;
  }

  /** Its connection goes, and all that was to leave through it. */
  destroy(): void {
    this.#outlet.destroy();
    this.drop();
  }
}

/** Those who entered between two barriers. */
class Group {
  /** By whether the door has its signatures: for those that are still being made nobody waits but we. */
  readonly #working = new Set<Departure>();
  /** With how to call its patience off, where that has begun. */
  readonly #leaving = new Map<Departure, (() => void) | undefined>();
  readonly #emptied = Promise.withResolvers<void>();
  /** Set while an act waits for this group. */
  #patience: Patience | undefined;
  #callOff: (() => void) | undefined;

  get isEmpty(): boolean {
    return this.#working.size + this.#leaving.size === 0;
  }

  add(departure: Departure): void {
    this.#working.add(departure);
  }

  /** Its peer has time from here on, or from `close` on if that is later. */
  answered(departure: Departure): void {
    this.#working.delete(departure);
    this.#leaving.set(
      departure,
      this.#patience?.(() => departure.destroy()),
    );
  }

  remove(departure: Departure): void {
    this.#leaving.get(departure)?.();
    this.#leaving.delete(departure);
    this.#working.delete(departure);
    if (this.#patience === undefined || !this.isEmpty) return;
    this.#callOff?.();
    this.#emptied.resolve();
  }

  /** Nobody enters from now on. Resolves when all have left; who has its answer already has until then to read it. */
  close(patience: Patience): Promise<void> {
    this.#patience = patience;
    const before = [...this.#leaving.keys()];
    this.#callOff = patience(() => {
      for (const departure of before) if (this.#leaving.has(departure)) departure.destroy();
    });
    return this.#emptied.promise;
  }
}
