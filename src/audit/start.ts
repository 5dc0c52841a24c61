/**
 * Where a check goes on from: a checkpoint, whose root must follow from the stored nodes. It proves each entry before it that is
 * looked up; the others are not read.
 * @module
 */
import { equalBytes, utf8 } from "../domain/bytes.ts";
import type { RequestId } from "../domain/kinds.ts";
import { verifyCheckpoint } from "./checkpoint.ts";
import { readEntry, type Entry } from "./entry.ts";
import type { NoteVerifier } from "./note.ts";
import {
  consistencyProof,
  emptyRoot,
  frontierRoot,
  inclusionProof,
  leafHash,
  readFrontier,
  verifyConsistency,
  verifyInclusion,
  type Frontier,
} from "./tree.ts";
import { named, type CheckpointNote, type LogFailure, type LogFault } from "./report.ts";

/** What a ledger stores of the entries before a checkpoint. Nothing of it is trusted. */
export interface StoredLog {
  /** Number of its leaves. */
  readonly size: number;
  /** Level 0 is a leaf hash. */
  node(level: number, index: number): Uint8Array | undefined;
  entryAt(sequence: number): string | undefined;
  /** Sequence of the decision of a request, as the request says. */
  decisionOf(requestId: RequestId): number | undefined;
}

export interface Start {
  /** Leaves that the checkpoint covers. */
  readonly size: number;
  readonly frontier: Frontier;
  /** Of the entry before, Unix milliseconds. */
  readonly latestTime: number;
  /** Number of older checkpoints that were checked. */
  readonly olderCheckpoints: number;
  /** Whether an entry before the checkpoint allows the request. */
  isAllowed(requestId: RequestId): boolean;
}

export type StartReport = { readonly verified: true; readonly start: Start } | LogFailure;

/** Ends `start` with a failure. */
class Refused extends Error {
  readonly failure: LogFailure;

  constructor(fault: LogFault, sequence: number, message: string) {
    super(message);
    this.failure = { verified: false, fault, sequence, message };
  }
}

interface LogKey {
  readonly origin: string;
  readonly verifier: NoteVerifier;
}

/** @param older smaller checkpoints, of which the one of `from` must be a continuation */
export function startAt(
  from: CheckpointNote,
  older: readonly CheckpointNote[],
  stored: StoredLog,
  key: LogKey,
): StartReport {
  try {
    return { verified: true, start: start(from, older, stored, key) };
  } catch (error) {
    if (error instanceof Refused) return error.failure;
    throw error;
  }
}

function start(
  from: CheckpointNote,
  older: readonly CheckpointNote[],
  stored: StoredLog,
  key: LogKey,
): Start {
  const { size } = from;
  const root = signedRoot(from, key);
  if (size > stored.size) {
    const message = `${named(from)} was signed for ${size} entries, but only ${stored.size} are here`;
    throw new Refused("checkpoint.beyond_log", stored.size, message);
  }
  const node = (level: number, index: number): Uint8Array => {
    const found = stored.node(level, index);
    if (found?.length === 32) return found;
    throw new Refused(
      "node.mismatch",
      (index + 1) * 2 ** level - 1,
      `node ${index} of level ${level} is missing`,
    );
  };
  const frontier = readFrontier(node, size);
  if (!equalBytes(frontierRoot(frontier), root)) {
    throw new Refused(
      "checkpoint.root",
      size,
      `${named(from)} was signed for other entries than those whose nodes are here`,
    );
  }
  for (const checkpoint of older) assertContinued(checkpoint, { size, root }, node, key);
  const prove = (sequence: number): Entry | undefined => {
    const text = stored.entryAt(sequence);
    if (text === undefined) return undefined;
    const proof = inclusionProof(node, sequence, size);
    const proven = verifyInclusion({ index: sequence, size, leaf: leafHash(utf8(text)), root, proof });
    return proven ? readEntry(text) : undefined;
  };
  const last = size === 0 ? undefined : prove(size - 1);
  if (size > 0 && last === undefined) {
    const message = `entry ${size - 1} is not the one that ${named(from)} was signed for`;
    throw new Refused("entry.hash", size - 1, message);
  }
  return {
    size,
    frontier,
    latestTime: last?.time ?? Number.NEGATIVE_INFINITY,
    olderCheckpoints: older.length,
    isAllowed(requestId) {
      const sequence = stored.decisionOf(requestId);
      if (sequence === undefined || !Number.isSafeInteger(sequence) || sequence < 0 || sequence >= size)
        return false;
      const entry = prove(sequence);
      return entry?.type === "decision" && entry.decision === "allow" && entry.requestId === requestId;
    },
  };
}

function assertContinued(
  checkpoint: CheckpointNote,
  { size, root }: { readonly size: number; readonly root: Uint8Array },
  node: (level: number, index: number) => Uint8Array,
  key: LogKey,
): void {
  const oldSize = checkpoint.size;
  const oldRoot = signedRoot(checkpoint, key);
  const continued =
    oldSize === 0
      ? equalBytes(oldRoot, emptyRoot())
      : verifyConsistency({
          oldSize,
          newSize: size,
          oldRoot,
          newRoot: root,
          proof: consistencyProof(node, oldSize, size),
        });
  if (!continued) {
    throw new Refused(
      "checkpoint.root",
      oldSize,
      `${named(checkpoint)} was signed for other entries than the ${oldSize} that are here`,
    );
  }
}

function signedRoot(checkpoint: CheckpointNote, { verifier, origin }: LogKey): Uint8Array {
  const verdict = verifyCheckpoint(checkpoint.note, verifier, origin);
  if (!verdict.verified) {
    throw new Refused("checkpoint.signature", checkpoint.size, `${named(checkpoint)}: ${verdict.reason}`);
  }
  if (verdict.checkpoint.size !== checkpoint.size) {
    throw new Refused(
      "checkpoint.root",
      checkpoint.size,
      `${named(checkpoint)} was signed for ${verdict.checkpoint.size} entries`,
    );
  }
  return verdict.checkpoint.root;
}
