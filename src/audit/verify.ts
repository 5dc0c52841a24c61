/**
 * The offline check of an audit log, one entry at a time. It trusts nothing that is stored: every hash is computed again. Memory
 * is bounded by the decisions whose outcome is missing and, in a check that began at a checkpoint, by the outcomes of decisions
 * before it.
 * @module
 */
import type { AuditLeaf } from "../domain/audit-log.ts";
import { equalBytes } from "../domain/bytes.ts";
import { canonicalJson } from "../domain/canonical.ts";
import type { RequestId } from "../domain/kinds.ts";
import { verifyCheckpoint } from "./checkpoint.ts";
import { readEntry, type Entry } from "./entry.ts";
import type { NoteVerifier } from "./note.ts";
import { named, type CheckpointNote, type LogFailure, type LogFault, type LogReport } from "./report.ts";
import { RequestCheck, type StoredRequests } from "./requests.ts";
import type { Start } from "./start.ts";
import {
  appendLeaf,
  emptyFrontier,
  frontierRoot,
  hexOf,
  leafHashHex,
  nodeCountOf,
  type Frontier,
} from "./tree.ts";

/** A leaf as the ledger or an export has it. Its entry has at least `type` and `at`; decisions and outcomes have `requestId`. */
export interface WrittenLeaf extends Pick<AuditLeaf, "sequence" | "entry"> {
  /** 64 lowercase hex digits. */
  readonly hash: string;
}

/** The stored complete subtrees of levels ≥ 1. An export leaves them out: they follow from the leaves. */
export interface StoredNodes {
  readonly count: number;
  /** 64 lowercase hex digits; undefined where it is missing. Of each level it is asked for one index after the other. */
  get(level: number, index: number): string | undefined;
}

export interface LogOptions {
  readonly origin: string;
  readonly verifier: NoteVerifier;
  /** Ascending by size. Add those kept elsewhere: only they show that log and checkpoints were cut together. */
  readonly checkpoints: Iterable<CheckpointNote>;
  readonly nodes?: StoredNodes;
  /** The ledger's requests; those from `start` on where there is one. An export has none. */
  readonly requests?: StoredRequests;
  /** Where the check begins; left out for the whole log. */
  readonly start?: Start;
  /** How far an entry's time may be before the latest one so far, but for one that accepts a clock which came back. */
  readonly clockStepMaxMs: number;
}

type Checked = { readonly fault: LogFault; readonly message: string } | undefined;

/** Feed it every leaf in order, then `finish`. After a failure it repeats that failure: only the first one means anything. */
export class LogVerifier {
  readonly #options: LogOptions;
  readonly #frontier: Frontier;
  readonly #checkpoints: Iterator<CheckpointNote>;
  readonly #open = new Set<RequestId>();
  /** Requests whose outcome was found by a decision before the start. */
  readonly #earlier = new Set<RequestId>();
  readonly #requests: RequestCheck | undefined;
  #nextCheckpoint: CheckpointNote | undefined;
  #lastCheckpoint: CheckpointNote | undefined;
  #checkpointCount: number;
  #signedSize: number;
  #unsignedSince: number | undefined;
  #latestTime: number;
  #failure: LogFailure | undefined;

  constructor(options: LogOptions) {
    this.#options = options;
    const { start, checkpoints, requests } = options;
    this.#frontier = start?.frontier ?? emptyFrontier();
    this.#signedSize = start?.size ?? 0;
    this.#latestTime = start?.latestTime ?? Number.NEGATIVE_INFINITY;
    this.#checkpointCount = start?.olderCheckpoints ?? 0;
    this.#requests = requests && new RequestCheck(requests);
    this.#checkpoints = checkpoints[Symbol.iterator]();
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

  /** Checks a checkpoint that comes between the leaves: it must cover those so far. The failure, if there is one by now. */
  addCheckpoint(checkpoint: CheckpointNote): LogFailure | undefined {
    if (this.#failure === undefined) this.#fail(this.#passCheckpoint(checkpoint));
    return this.#failure;
  }

  /** The verdict over all leaves that were added, and what only the end shows: a tail that was cut off. */
  finish(): LogReport {
    this.#fail(this.#checkEnd());
    if (this.#failure !== undefined) return this.#failure;
    const { size } = this.#frontier;
    return {
      verified: true,
      size,
      root: frontierRoot(this.#frontier),
      from: this.#options.start?.size ?? 0,
      checkpoints: this.#checkpointCount,
      lastCheckpoint: this.#lastCheckpoint,
      signedSize: this.#signedSize,
      unsignedSince: size > this.#signedSize ? this.#unsignedSince : undefined,
      openDecisions: this.#open.size,
      earlierDecisions: this.#earlier.size,
    };
  }

  #checkLeaf(leaf: WrittenLeaf): Checked {
    if (leaf.sequence !== this.#frontier.size) {
      return {
        fault: "sequence.gap",
        message: `expected entry ${this.#frontier.size}, found ${leaf.sequence}`,
      };
    }
    const hash = leafHashHex(leaf.entry);
    if (hash !== leaf.hash) {
      return {
        fault: "entry.hash",
        message: `entry ${leaf.sequence} is not what its leaf hash was computed from`,
      };
    }
    const entry = readEntry(leaf.entry);
    if (entry === undefined) {
      return {
        fault: "entry.malformed",
        message: `entry ${leaf.sequence} is no canonical entry with type and time`,
      };
    }
    return this.#checkEntry(entry) ?? this.#appendLeaf(hash);
  }

  #checkEntry(entry: Entry): Checked {
    const sequence = this.#frontier.size;
    if (entry.sequence !== undefined && entry.sequence !== sequence) {
      return {
        fault: "sequence.gap",
        message: `entry ${sequence} says that it is ${canonicalJson(entry.sequence)}`,
      };
    }
    const accepted = entry.acceptsFrom === this.#latestTime;
    if (entry.time < this.#latestTime - this.#options.clockStepMaxMs && !accepted) {
      const lag = this.#latestTime - entry.time;
      return { fault: "entry.time", message: `entry ${sequence} is dated ${lag} ms before an earlier entry` };
    }
    this.#latestTime = accepted ? entry.time : Math.max(this.#latestTime, entry.time);
    if (entry.type === "decision" && entry.decision === "allow") this.#open.add(entry.requestId);
    if (entry.type === "outcome" && !this.#open.delete(entry.requestId) && !this.#isEarlier(entry)) {
      const message = `outcome ${sequence} has no earlier decision to allow request ${entry.requestId}`;
      return { fault: "outcome.unfounded", message };
    }
    if (sequence === this.#signedSize) this.#unsignedSince = entry.time;
    this.#requests?.add(sequence, entry);
    return undefined;
  }

  /** A decision has one outcome. One that it had before the start is not known. */
  #isEarlier({ requestId }: Entry): boolean {
    const { start } = this.#options;
    if (start === undefined || this.#earlier.has(requestId) || !start.isAllowed(requestId)) return false;
    this.#earlier.add(requestId);
    return true;
  }

  #appendLeaf(hash: string): Checked {
    const nodes = this.#options.nodes;
    let wrong: string | undefined;
    appendLeaf(this.#frontier, new Uint8Array(Buffer.from(hash, "hex")), (level, index, expected) => {
      if (nodes === undefined || wrong !== undefined) return;
      const stored = nodes.get(level, index);
      if (stored === undefined) wrong = `node ${index} of level ${level} is missing`;
      else if (stored !== hexOf(expected))
        wrong = `node ${index} of level ${level} does not follow from its leaves`;
    });
    return wrong === undefined ? undefined : { fault: "node.mismatch", message: wrong };
  }

  /** Checks each checkpoint of the size that the log has just reached. */
  #checkCheckpoints(): Checked {
    for (;;) {
      const checkpoint = this.#nextCheckpoint;
      if (checkpoint === undefined || checkpoint.size > this.#frontier.size) return undefined;
      const problem = this.#passCheckpoint(checkpoint);
      if (problem !== undefined) return problem;
      this.#pullCheckpoint();
    }
  }

  #passCheckpoint(checkpoint: CheckpointNote): Checked {
    const problem = this.#checkCheckpoint(checkpoint);
    if (problem !== undefined) return problem;
    this.#checkpointCount += 1;
    this.#signedSize = checkpoint.size;
    this.#lastCheckpoint = checkpoint;
    return undefined;
  }

  #checkCheckpoint(checkpoint: CheckpointNote): Checked {
    const { size, note } = checkpoint;
    if (size > this.#frontier.size) return this.#beyondLog(checkpoint);
    if (size < this.#frontier.size) {
      return { fault: "checkpoint.order", message: `${named(checkpoint)} comes after a larger one` };
    }
    const verdict = verifyCheckpoint(note, this.#options.verifier, this.#options.origin);
    if (!verdict.verified) {
      return { fault: "checkpoint.signature", message: `${named(checkpoint)}: ${verdict.reason}` };
    }
    const expected = frontierRoot(this.#frontier);
    const signed = verdict.checkpoint;
    if (signed.size !== size || !equalBytes(signed.root, expected)) {
      const message = `${named(checkpoint)} was signed for other entries than the ${size} that are here`;
      return { fault: "checkpoint.root", message };
    }
    return undefined;
  }

  #checkEnd(): Checked {
    if (this.#failure !== undefined) return undefined;
    const { size } = this.#frontier;
    const beyond = this.#nextCheckpoint;
    if (beyond !== undefined) return this.#beyondLog(beyond);
    const stored = this.#options.nodes?.count;
    if (stored !== undefined && stored !== nodeCountOf(size)) {
      const message = `${stored} nodes are stored, where ${size} leaves make ${nodeCountOf(size)}`;
      return { fault: "node.surplus", message };
    }
    const strays = this.#requests?.strays() ?? 0;
    if (strays === 0) return undefined;
    const message =
      `${strays} requests contradict their audit entry or have none: the ledger was edited; keep ` +
      `it, and compare it with an export or a checkpoint from elsewhere`;
    return { fault: "request.unfounded", message };
  }

  #beyondLog(checkpoint: CheckpointNote): Checked {
    const where = checkpoint.kept === undefined ? "a checkpoint" : named(checkpoint);
    const message = `${where} was signed for ${checkpoint.size} entries, but only ${this.#frontier.size} are here`;
    return { fault: "checkpoint.beyond_log", message };
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
