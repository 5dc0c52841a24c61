/**
 * Deletes signing history that its watermark makes superfluous while the service runs: a small step, a pause, and no
 * step while anything waits for the ledger. Each step is committed by itself, so that a service that stops loses nothing.
 * @module
 */
import type { PruneOptions } from "../guard/eip3076/prune.ts";
import type { Ledger } from "./ledger.ts";

/** Rows that one step deletes at most: some milliseconds of the ledger's time. */
const ROWS_MAX = 500;

/** Milliseconds before each next step, by what the last one said. */
const PAUSES = { more: 100, busy: 1000, done: 3_600_000 } as const;
/** Milliseconds until the first step: a start has other things to do. */
const FIRST_PAUSE = 600_000;

export interface PruningObserver {
  /** A step deleted so many records. */
  pruned(rows: number): void;
  /** A pass over all keys has ended. */
  pruningEnded(): void;
}

/** `busy`: something waits for the ledger, nothing was done. `done`: that was the last step of a pass. */
export type PruningState = keyof typeof PAUSES;

export class Pruner {
  readonly #ledger: Pick<Ledger, "pruneSlashingHistory" | "depth">;
  readonly #options: PruneOptions;
  readonly #observer: PruningObserver;
  /** Where the pass under way goes on. */
  #from = 0n;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(
    ledger: Pick<Ledger, "pruneSlashingHistory" | "depth">,
    options: Pick<PruneOptions, "keepEpochs" | "slotsPerEpoch">,
    observer: PruningObserver,
  ) {
    this.#ledger = ledger;
    this.#options = { ...options, rowsMax: ROWS_MAX };
    this.#observer = observer;
  }

  /** One step. @throws SignerError `service.overloaded`, `service.stopping` */
  async step(): Promise<PruningState> {
    if (this.#ledger.depth > 0) return "busy";
    const { deleted, next } = await this.#ledger.pruneSlashingHistory({
      from: this.#from,
      options: this.#options,
    });
    this.#from = next ?? 0n;
    this.#observer.pruned(deleted);
    if (next !== null) return "more";
    this.#observer.pruningEnded();
    return "done";
  }

  /** Begins to prune by itself. @param onFailure hears of a step that failed; the next one comes all the same */
  start(onFailure: (error: unknown) => void): void {
    this.#schedule(FIRST_PAUSE, onFailure);
  }

  /** No step begins any more; resolves when the one under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#underWay;
  }

  #schedule(pause: number, onFailure: (error: unknown) => void): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      const step = this.step().catch((error: unknown) => {
        onFailure(error);
        return "busy" as const;
      });
      this.#underWay = step.then((state) => this.#schedule(PAUSES[state], onFailure));
    }, pause).unref();
  }
}
