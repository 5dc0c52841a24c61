/**
 * The offline check of a whole audit log, one entry at a time. It trusts nothing that is stored: every hash is computed
 * again, and memory is bounded by the number of decisions whose outcome is missing.
 * @module
 */
import { CLOCK_STEP, type AuditLeaf } from "../domain/audit-log.ts";
import { equalBytes, utf8 } from "../domain/bytes.ts";
import { canonicalJson, type Json } from "../domain/canonical.ts";
import { verifyCheckpoint } from "./checkpoint.ts";
import type { NoteVerifier } from "./note.ts";
import { appendLeaf, emptyFrontier, frontierRoot, leafHash, type Frontier } from "./tree.ts";
import type { RequestId } from "../domain/kinds.ts";

/** A leaf as the ledger or an export has it. Its entry has at least `type` and `at`; decisions and outcomes have `requestId`. */
export type WrittenLeaf = Pick<AuditLeaf, "sequence" | "entry" | "hash">;

/** A checkpoint as the check needs it: from the ledger, or from an export. */
export interface CheckpointNote {
  readonly size: number;
  /** The signed note, whose text says the same size. */
  readonly note: string;
}

/** The stored complete subtrees of levels ≥ 1. An export leaves them out: they follow from the leaves. */
export interface StoredNodes {
  readonly count: number;
  get(level: number, index: number): Uint8Array | undefined;
}

export interface LogOptions {
  readonly origin: string;
  readonly verifier: NoteVerifier;
  /** Ascending by size. Add those kept elsewhere: only they show that log and checkpoints were cut together. */
  readonly checkpoints: Iterable<CheckpointNote>;
  readonly nodes?: StoredNodes;
  /** How far an entry's time may be before the latest one so far, but for one that accepts a clock which came back. */
  readonly clockStepMaxMs: number;
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
  | "checkpoint.beyond_log";

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
  readonly checkpoints: number;
  /** Size of the last checkpoint: later entries are consistent with themselves, but nobody has signed for them. */
  readonly signedSize: number;
  /** Allowed decisions without an outcome: what a crash between record and signature leaves. */
  readonly openDecisions: number;
}

export type LogReport = LogSuccess | LogFailure;

type Checked = Omit<LogFailure, "verified" | "sequence"> | undefined;

/** Feed it every leaf in order, then `finish`. After a failure it repeats that failure: only the first one means anything. */
export class LogVerifier {
  readonly #options: LogOptions;
  readonly #frontier: Frontier = emptyFrontier();
  readonly #checkpoints: Iterator<CheckpointNote>;
  readonly #open = new Set<string>();
  #nextCheckpoint: CheckpointNote | undefined;
  #checkpointCount = 0;
  #signedSize = 0;
  #latestTime = Number.NEGATIVE_INFINITY;
  #nodeCount = 0;
  #failure: LogFailure | undefined;

  constructor(options: LogOptions) {
    this.#options = options;
    this.#checkpoints = options.checkpoints[Symbol.iterator]();
    this.#pullCheckpoint();
    this.#fail(this.#checkCheckpoints());
  }

  /** Checks the next leaf; the failure, if there is one by now. */
  add(leaf: WrittenLeaf): LogFailure | undefined {
    if (this.#failure !== undefined) return this.#failure;
    const sequence = this.#frontier.size;
    this.#fail(this.#checkLeaf(leaf), sequence);
    if (this.#failure === undefined) this.#fail(this.#checkCheckpoints());
    return this.#failure;
  }

  /** The verdict over all leaves that were added, and what only the end shows: a tail that was cut off. */
  finish(): LogReport {
    this.#fail(this.#checkEnd());
    if (this.#failure !== undefined) return this.#failure;
    return {
      verified: true,
      size: this.#frontier.size,
      root: frontierRoot(this.#frontier),
      checkpoints: this.#checkpointCount,
      signedSize: this.#signedSize,
      openDecisions: this.#open.size,
    };
  }

  #checkLeaf(leaf: WrittenLeaf): Checked {
    if (leaf.sequence !== this.#frontier.size) {
      return {
        fault: "sequence.gap",
        message: `expected entry ${this.#frontier.size}, found ${leaf.sequence}`,
      };
    }
    const hash = leafHash(utf8(leaf.entry));
    if (!equalBytes(hash, leaf.hash)) {
      return {
        fault: "entry.hash",
        message: `entry ${leaf.sequence} is not what its leaf hash was computed from`,
      };
    }
    const entry = parseEntry(leaf.entry);
    if (entry === undefined) {
      return {
        fault: "entry.malformed",
        message: `entry ${leaf.sequence} is no canonical entry with type and time`,
      };
    }
    return this.#checkEntry(entry) ?? this.#appendLeaf(hash);
  }

  #checkEntry(entry: Entry): Checked {
    if (entry.sequence !== undefined && entry.sequence !== this.#frontier.size) {
      return {
        fault: "sequence.gap",
        message: `entry ${this.#frontier.size} says that it is ${canonicalJson(entry.sequence)}`,
      };
    }
    const accepted = entry.acceptsFrom === this.#latestTime;
    if (entry.time < this.#latestTime - this.#options.clockStepMaxMs && !accepted) {
      const lag = this.#latestTime - entry.time;
      return {
        fault: "entry.time",
        message: `entry ${this.#frontier.size} is dated ${lag} ms before an earlier entry`,
      };
    }
    this.#latestTime = accepted ? entry.time : Math.max(this.#latestTime, entry.time);
    if (entry.type === "decision" && entry.decision === "allow") this.#open.add(entry.requestId);
    if (entry.type === "outcome" && !this.#open.delete(entry.requestId)) {
      const message = `outcome ${this.#frontier.size} has no earlier decision to allow request ${entry.requestId}`;
      return { fault: "outcome.unfounded", message };
    }
    return undefined;
  }

  #appendLeaf(hash: Uint8Array): Checked {
    const nodes = this.#options.nodes;
    let wrong: string | undefined;
    appendLeaf(this.#frontier, hash, (level, index, expected) => {
      this.#nodeCount += 1;
      if (nodes === undefined || wrong !== undefined) return;
      const stored = nodes.get(level, index);
      if (stored === undefined) wrong = `node ${index} of level ${level} is missing`;
      else if (!equalBytes(stored, expected))
        wrong = `node ${index} of level ${level} does not follow from its leaves`;
    });
    return wrong === undefined ? undefined : { fault: "node.mismatch", message: wrong };
  }

  /** Checks each checkpoint of the size that the log has just reached. */
  #checkCheckpoints(): Checked {
    for (;;) {
      const checkpoint = this.#nextCheckpoint;
      if (checkpoint === undefined || checkpoint.size > this.#frontier.size) return undefined;
      const problem = this.#checkCheckpoint(checkpoint);
      if (problem !== undefined) return problem;
      this.#checkpointCount += 1;
      this.#signedSize = checkpoint.size;
      this.#pullCheckpoint();
    }
  }

  #checkCheckpoint(checkpoint: CheckpointNote): Checked {
    const { size, note } = checkpoint;
    if (size !== this.#frontier.size) {
      return { fault: "checkpoint.order", message: `checkpoint of size ${size} comes after a larger one` };
    }
    const verdict = verifyCheckpoint(note, this.#options.verifier, this.#options.origin);
    if (!verdict.verified) {
      return { fault: "checkpoint.signature", message: `checkpoint of size ${size}: ${verdict.reason}` };
    }
    const expected = frontierRoot(this.#frontier);
    const signed = verdict.checkpoint;
    if (signed.size !== size || !equalBytes(signed.root, expected)) {
      const message = `checkpoint of size ${size} was signed for other entries than the ${size} that are here`;
      return { fault: "checkpoint.root", message };
    }
    return undefined;
  }

  #checkEnd(): Checked {
    if (this.#failure !== undefined) return undefined;
    const beyond = this.#nextCheckpoint;
    if (beyond !== undefined) {
      const message = `a checkpoint was signed for ${beyond.size} entries, but only ${this.#frontier.size} are here`;
      return { fault: "checkpoint.beyond_log", message };
    }
    const stored = this.#options.nodes?.count;
    if (stored !== undefined && stored !== this.#nodeCount) {
      const message = `${stored} nodes are stored, where ${this.#frontier.size} leaves make ${this.#nodeCount}`;
      return { fault: "node.surplus", message };
    }
    return undefined;
  }

  #pullCheckpoint(): void {
    const next = this.#checkpoints.next();
    this.#nextCheckpoint = next.done === true ? undefined : next.value;
  }

  #fail(problem: Checked, sequence = this.#frontier.size): void {
    if (problem === undefined) return;
    this.#failure ??= { verified: false, ...problem, sequence };
  }
}

/** Checks a whole log whose leaves are at hand; stops at the first failure. */
export function verifyLog(leaves: Iterable<WrittenLeaf>, options: LogOptions): LogReport {
  const verifier = new LogVerifier(options);
  for (const leaf of leaves) {
    if (verifier.add(leaf) !== undefined) break;
  }
  return verifier.finish();
}

interface Entry {
  readonly type: string;
  /** Unix milliseconds. */
  readonly time: number;
  readonly requestId: RequestId;
  readonly decision: Json | undefined;
  readonly sequence: Json | undefined;
  /** Of an entry that accepts a clock which came back: the time that it came back from, Unix milliseconds. */
  readonly acceptsFrom: number | undefined;
}

const UTC_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

function parseEntry(text: string): Entry | undefined {
  const members = parseCanonicalObject(text);
  if (members === undefined) return undefined;
  const { type, at, requestId, decision, sequence } = members;
  if (typeof type !== "string" || typeof at !== "string" || !UTC_TIME.test(at)) return undefined;
  const time = Date.parse(at);
  if (Number.isNaN(time)) return undefined;
  const needsRequest = type === "decision" || type === "outcome";
  if (needsRequest && (typeof requestId !== "string" || requestId === "")) return undefined;
  return {
    type,
    time,
    requestId: typeof requestId === "string" ? requestId : "",
    decision,
    sequence,
    acceptsFrom: acceptedTime(members),
  };
}

/** Undefined for any other entry, and for one that does not say what it steps back from. */
function acceptedTime({
  type,
  action,
  from,
}: Readonly<Record<string, Json | undefined>>): number | undefined {
  if (type !== "administration" || action !== CLOCK_STEP) return undefined;
  return typeof from === "string" && UTC_TIME.test(from) ? Date.parse(from) : undefined;
}

/** A second spelling of the same entry (repeated names, other order) would be read differently by other programs. */
function parseCanonicalObject(text: string): Record<string, Json | undefined> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && canonicalJson(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, Json | undefined> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
