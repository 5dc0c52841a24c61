/**
 * The interchange imports of a service: one at a time, since a second one that began to stage would end the first. A large one
 * that cannot go on is tried again by itself until it has ended, for its keys sign nothing; a try that waits keeps nobody out.
 * @module
 */
import { SignerError } from "../domain/errors.ts";
import { importInterchange, stageInterchange } from "../guard/eip3076/import.ts";
import type { ImportOptions, ImportTarget, StagedDocument } from "../guard/eip3076/import.ts";
import type { ImportedKey } from "../guard/eip3076/merge.ts";
import type { Actor } from "./contract.ts";
import { ReaderThread } from "./interchange.ts";
import type { Ledger } from "./ledger.ts";
import { isImportUnderWay, ledgerImportTarget, resumeImport, type Merging } from "./slashing-import.ts";

/** Milliseconds before the first try, which double with each that fails, up to the longest. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 300_000;

export interface ImportObserver {
  /** So many keys sign nothing until their import has ended. */
  keysMerging(keys: number): void;
  /** Whether an import is under way that could not go on. */
  importHeldUp(isHeldUp: boolean): void;
}

/** Hears why an import could not go on, and after how many milliseconds it is tried again. */
export type OnHeldUp = (error: unknown, pause: number) => void;

/** What happens while another import is under way: this one waits for it, or is refused with `request.conflict`. */
type Turn = "wait" | "refuse";

interface TakenTurn {
  readonly ended: Promise<unknown>;
  /** It began by itself: nobody who brings a document is refused because of it. */
  readonly isRetry: boolean;
}

export class ImportTurns {
  readonly #ledger: Ledger;
  readonly #observer: ImportObserver;
  readonly #onHeldUp: OnHeldUp;
  readonly #stopping = new AbortController();
  /** The turn that was taken last, until it has ended. */
  #last: TakenTurn | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pause = FIRST_PAUSE;

  constructor(ledger: Ledger, observer: ImportObserver, onHeldUp: OnHeldUp) {
    this.#ledger = ledger;
    this.#observer = observer;
    this.#onHeldUp = onHeldUp;
  }

  /** For the pieces of every import that has its turn here. */
  get merging(): Merging {
    return {
      signal: this.#stopping.signal,
      onKeys: (keys) => this.#observer.keysMerging(keys),
    };
  }

  /** Does `work` when it is its turn. @throws SignerError `request.conflict`, `service.stopping`, and whatever `work` throws */
  take<Result>(turn: Turn, work: () => Promise<Result>): Promise<Result> {
    if (this.#last?.isRetry === false && turn === "refuse") {
      return Promise.reject(
        new SignerError("request.conflict", "another import is under way; repeat this one when it has ended"),
      );
    }
    return this.#take(work, false);
  }

  /** Goes on at once with what was under way when the process before ended. @returns whether something was */
  async start(): Promise<boolean> {
    if (!(await isImportUnderWay(this.#ledger))) return false;
    this.#retry();
    return true;
  }

  /** No piece and no import begins any more; resolves when those under way have ended. What is left is the next start's. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    while (this.#last !== undefined) await this.#last.ended.catch(() => undefined);
  }

  #take<Result>(work: () => Promise<Result>, isRetry: boolean): Promise<Result> {
    const begin = (): Promise<Result> => {
      if (!this.#stopping.signal.aborted) return work();
      return Promise.reject(
        new SignerError("service.stopping", "the service is shutting down; repeat the import later"),
      );
    };
    const before = this.#last?.ended;
    const ended = before === undefined ? begin() : before.then(begin, begin);
    const mine = { ended, isRetry };
    this.#last = mine;
    void this.#whenEnded(mine);
    return ended;
  }

  async #whenEnded(turn: TakenTurn): Promise<void> {
    const leave = (): void => {
      if (this.#last === turn) this.#last = undefined;
    };
    try {
      await turn.ended;
    } catch (error) {
      leave();
      return this.#failed(error);
    }
    leave();
    this.#wentWell();
  }

  /** Whatever it was, an import that was under way before it has ended. */
  #wentWell(): void {
    clearTimeout(this.#timer);
    this.#pause = FIRST_PAUSE;
    this.#observer.importHeldUp(false);
  }

  async #failed(cause: unknown): Promise<void> {
    // Where the ledger does not say so either, the next try finds out.
    const isLeft = await isImportUnderWay(this.#ledger).catch(() => true);
    // Whoever has the turn by now goes on with it first, or fails and comes by here.
    if (!isLeft || this.#last !== undefined || this.#stopping.signal.aborted) return;
    const pause = this.#pause;
    this.#pause = Math.min(2 * pause, LONGEST_PAUSE);
    this.#observer.importHeldUp(true);
    this.#onHeldUp(cause, pause);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#retry(), pause).unref();
  }

  #retry(): void {
    if (this.#last !== undefined) return;
    // That it failed is told there, too.
    this.#take(() => resumeImport(this.#ledger, this.merging), true).catch(() => undefined);
  }
}

/** A ledger, as its caller may write to it, and the turns of its imports. */
export interface ImportPlace {
  readonly ledger: Ledger;
  readonly imports: ImportTurns;
}

type Source = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Imports a document that another thread reads, all or nothing; signing goes on, but for the keys of a large import while it is
 * merged. @throws SignerError `request.malformed` with the field, `guard.genesis_root`, `request.conflict`, `service.stopping`
 */
export function importDocument(
  { ledger, imports }: ImportPlace,
  actor: Actor,
  source: Source,
  { turn, ...options }: Pick<ImportOptions, "expectedRoot" | "reach"> & { readonly turn: Turn },
): Promise<readonly ImportedKey[]> {
  const target = ledgerImportTarget(ledger, actor, imports.merging);
  return imports.take(turn, () =>
    importInterchange(source, target, { ...options, reader: new ReaderThread() }),
  );
}

/**
 * Stages a document that another thread reads, after any import that is under way. `use` merges it, whole or key by key; what is
 * staged is forgotten afterwards. @throws SignerError `request.malformed` with the field, and whatever `use` throws
 */
export function withStagedDocument<Result>(
  { ledger, imports }: ImportPlace,
  actor: Actor,
  source: Source,
  { reach }: Pick<ImportOptions, "reach">,
  use: (staged: StagedDocument, target: Pick<ImportTarget, "merge">) => Promise<Result>,
): Promise<Result> {
  const target = ledgerImportTarget(ledger, actor, imports.merging);
  return imports.take("wait", () =>
    stageInterchange(source, target, { reach, reader: new ReaderThread() }, async (staged) => {
      const result = await use(staged, target);
      await target.discard(staged.number);
      return result;
    }),
  );
}
