/**
 * What an import says of one key's watermarks, and which of its records contradict each other or what was known. Read when all
 * records of the key are in: this scans its whole history, so that a large import does it beside the writer.
 * @module
 */
import type { ValidatorPublicKey } from "../../domain/kinds.ts";
import type { Watermarks } from "../../domain/guard.ts";
import type { SlashingImportTable, StagedVote } from "../../ledger/tables/slashing-import.ts";
import { highest } from "../../domain/heights.ts";

/** Records that contradict each other, in the file or with what was known. Numbers are decimal strings. */
export type ImportConflict =
  | { readonly kind: "double_proposal"; readonly slot: string }
  | {
      readonly kind: "double_vote" | "surround" | "source_after_target";
      readonly sourceEpoch: string;
      readonly targetEpoch: string;
    };

export interface MergeFindings {
  /** What the watermarks are raised to, where they are lower. */
  readonly raise: Watermarks;
  /** Records of the file in conflict; the first of them in `conflicts`. */
  readonly conflictCount: number;
  readonly conflicts: readonly ImportConflict[];
}

/** Conflicts named for one key; the others are counted. */
const CONFLICTS_MAX = 16;

/** @param lowTarget of the key before its records went in */
export function findingsOf(
  staged: SlashingImportTable,
  {
    id,
    key,
    lowTarget,
  }: { readonly id: bigint; readonly key: ValidatorPublicKey; readonly lowTarget: bigint | null },
): MergeFindings {
  const blocks = doubleBlocks(staged, id, key);
  const badVotes = [
    conflicting("source_after_target", staged.invertedVotes(key)),
    conflicting("double_vote", staged.doubleVotes(id, key)),
    conflicting("surround", staged.surrounds(id, key)),
  ];
  const range = staged.range(key);
  const found = [blocks, ...badVotes];
  return {
    raise: {
      lowSlot: highest([range.minSlot, blocks.slot]),
      lowSource: highest([
        range.minSource,
        // Of those that were left out: nothing that is signed later may surround them.
        staged.latestSourceUpTo(key, lowTarget),
        ...badVotes.map((badVote) => badVote.source),
      ]),
      lowTarget: highest([range.minTarget, ...badVotes.map((badVote) => badVote.target)]),
    },
    conflictCount: found.reduce((sum, { count }) => sum + count, 0),
    conflicts: found.flatMap(({ first }) => first).slice(0, CONFLICTS_MAX),
  };
}

/** Minimal: nothing at or below the highest of the file is signed, so its records cannot conflict. */
export function minimalFindings(staged: SlashingImportTable, key: ValidatorPublicKey): MergeFindings {
  const range = staged.range(key);
  return {
    raise: {
      lowSlot: range.maxSlot,
      lowSource: range.maxSource,
      lowTarget: range.maxTarget,
    },
    conflictCount: 0,
    conflicts: [],
  };
}

interface Conflicts {
  /** Of the file. */
  readonly count: number;
  readonly first: readonly ImportConflict[];
}

/** The latest source and target among the votes of both sides. */
interface VoteConflicts extends Conflicts {
  readonly source: bigint | null;
  readonly target: bigint | null;
}

function doubleBlocks(
  staged: SlashingImportTable,
  id: bigint,
  key: ValidatorPublicKey,
): Conflicts & { readonly slot: bigint | null } {
  const first: ImportConflict[] = [];
  let count = 0;
  let last: bigint | null = null;
  for (const { slot } of staged.doubleBlocks(id, key)) {
    if (first.length < CONFLICTS_MAX) first.push({ kind: "double_proposal", slot: String(slot) });
    count += 1;
    last = highest([last, slot]);
  }
  return { count, first, slot: last };
}

/** The votes of both sides of a conflict count for the watermarks; none of them when no vote of the file is in one. */
function conflicting(
  kind: "double_vote" | "surround" | "source_after_target",
  votes: Iterable<StagedVote>,
): VoteConflicts {
  const first: ImportConflict[] = [];
  let count = 0;
  let source: bigint | null = null;
  let target: bigint | null = null;
  for (const vote of votes) {
    source = highest([source, vote.source]);
    target = highest([target, vote.target]);
    if (!vote.staged) continue;
    count += 1;
    if (first.length === CONFLICTS_MAX) continue;
    first.push({ kind, sourceEpoch: String(vote.source), targetEpoch: String(vote.target) });
  }
  return count > 0 ? { count, first, source, target } : { count, first, source: null, target: null };
}
