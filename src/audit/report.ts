/** What a check of the log says: that it holds and how far it is signed for, or the first fault. */

/** A checkpoint as a check needs it: from the ledger, from an export, or from a file that somebody kept. */
export interface CheckpointNote {
  readonly size: number;
  /** The signed note, whose text says the same size. */
  readonly note: string;
  /** Where it was kept, for messages; left out where it is the log's own. */
  readonly kept?: string;
}

export type LogFault =
  | "sequence.gap"
  | "entry.malformed"
  | "entry.hash"
  | "entry.time"
  | "outcome.unfounded"
  | "node.mismatch"
  | "node.surplus"
  | "checkpoint.order"
  | "checkpoint.root"
  | "checkpoint.signature"
  | "checkpoint.beyond_log"
  | "request.unfounded";

export interface LogFailure {
  readonly verified: false;
  readonly fault: LogFault;
  /** Where the check stopped: the entry's sequence; for a checkpoint, of the first entry that it does not cover. */
  readonly sequence: number;
  readonly message: string;
}

export interface LogSuccess {
  readonly verified: true;
  readonly size: number;
  readonly root: Uint8Array;
  /** Entries before the checkpoint that the check began at, which it did not read; 0 for a check of the whole log. */
  readonly from: number;
  /** Checkpoints that were checked, kept ones included. */
  readonly checkpoints: number;
  /** The last of them; undefined where there is none. */
  readonly lastCheckpoint: CheckpointNote | undefined;
  /** Size of the last checkpoint: later entries are consistent with themselves, but nobody has signed for them. */
  readonly signedSize: number;
  /** Time of the first entry after the last checkpoint, Unix milliseconds; undefined where there is none. */
  readonly unsignedSince: number | undefined;
  /** Allowed decisions without an outcome, among the entries that were read: what a crash between record and signature leaves. */
  readonly openDecisions: number;
  /** Outcomes whose decision is before the checkpoint that the check began at. Each was looked up there. */
  readonly earlierDecisions: number;
}

export type LogReport = LogSuccess | LogFailure;

/** `checkpoint of size 5`, and where it was kept. */
export function named({ size, kept }: CheckpointNote): string {
  return `checkpoint of size ${size}${kept === undefined ? "" : ` in ${kept}`}`;
}

/** The checkpoints of a log, which ascend by size, together with kept ones in any order; those of one size come together. */
export function* withKept(
  stored: Iterable<CheckpointNote>,
  kept: readonly CheckpointNote[],
): Generator<CheckpointNote> {
  const ascending = kept.toSorted((a, b) => a.size - b.size);
  let next = 0;
  for (const checkpoint of stored) {
    for (const early of ascending.slice(next)) {
      if (early.size > checkpoint.size) break;
      yield early;
      next += 1;
    }
    yield checkpoint;
  }
  yield* ascending.slice(next);
}
