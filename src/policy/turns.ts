/**
 * Whose policies are asked next. A request waits until there is room for all that it asks, evaluations, inputs and modules, and
 * then nothing of it is refused: a turn is whole. The most urgent goes first, and of equals the first; nobody overtakes the head.
 * @module
 */
import { SignerError } from "../domain/errors.ts";
import type { PolicyDigest } from "../domain/kinds.ts";
import type { ModuleShelf } from "./module-shelf.ts";

/** What a request takes while its policies are asked. */
export interface Need {
  readonly evaluations: number;
  /** Characters of all its inputs. */
  readonly inputBytes: number;
  readonly modules: ReadonlySet<PolicyDigest>;
}

export interface TurnLimits {
  /** Evaluations of all that have their turn. */
  readonly evaluationsMax: number;
  readonly inputBytesMax: number;
  /** Requests that wait. */
  readonly requestsMax: number;
}

interface Waiting {
  readonly need: Need;
  readonly rank: number;
  readonly enter: () => void;
}

export class Turns {
  readonly #limits: TurnLimits;
  readonly #shelf: Pick<ModuleShelf, "fits" | "parts" | "pin" | "unpin">;
  readonly #waiting: Waiting[] = [];
  #requests = 0;
  #evaluations = 0;
  #inputBytes = 0;
  /** The one that has its turn needs more modules than memory holds: nobody may pin any beside it. */
  #alone = false;

  constructor(limits: TurnLimits, shelf: Pick<ModuleShelf, "fits" | "parts" | "pin" | "unpin">) {
    this.#limits = limits;
    this.#shelf = shelf;
  }

  /** Evaluations that wait for their turn or have it. */
  get depth(): number {
    return this.#waiting.reduce((sum, { need }) => sum + need.evaluations, this.#evaluations);
  }

  /**
   * Runs `work` when `need` finds room, or nobody else has a turn. Its modules are pinned meanwhile: all of them, or, where they
   * exceed the memory, one of the parts after the other, which `work` pins itself.
   * @param rank lower goes first, equal ones in their order
   * @throws SignerError `service.overloaded`, without running it
   */
  async take<Result>(
    need: Need,
    rank: number,
    work: (parts: readonly PolicyDigest[][]) => Promise<Result>,
  ): Promise<Result> {
    if (this.#waiting.length >= this.#limits.requestsMax) {
      const message = `${this.#waiting.length} requests wait for their policies; retry later`;
      throw new SignerError("service.overloaded", message);
    }
    if (this.#waiting.length === 0 && this.#fits(need)) this.#enter(need);
    else await this.#turnFor(need, rank);
    const parts = this.#shelf.parts(need.modules);
    try {
      return await work(parts);
    } finally {
      this.#leave(need);
    }
  }

  #turnFor(need: Need, rank: number): Promise<void> {
    return new Promise((enter) => {
      const before = this.#waiting.findLastIndex((waiting) => waiting.rank <= rank);
      this.#waiting.splice(before + 1, 0, { need, rank, enter });
      this.#advance();
    });
  }

  #advance(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.need); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#enter(next.need);
      next.enter();
    }
  }

  #fits({ evaluations, inputBytes, modules }: Need): boolean {
    if (this.#requests === 0) return true;
    if (this.#alone) return false;
    return (
      this.#evaluations + evaluations <= this.#limits.evaluationsMax &&
      this.#inputBytes + inputBytes <= this.#limits.inputBytesMax &&
      this.#shelf.fits(modules)
    );
  }

  #enter({ evaluations, inputBytes, modules }: Need): void {
    this.#requests += 1;
    this.#evaluations += evaluations;
    this.#inputBytes += inputBytes;
    this.#alone = !this.#shelf.fits(modules);
    if (!this.#alone) this.#shelf.pin(modules);
  }

  #leave({ evaluations, inputBytes, modules }: Need): void {
    this.#requests -= 1;
    this.#evaluations -= evaluations;
    this.#inputBytes -= inputBytes;
    if (!this.#alone) this.#shelf.unpin(modules);
    this.#alone = false;
    this.#advance();
  }
}
