/**
 * One validator while claims are judged: what was read of it, and what the claims before have added. It answers only what was
 * asked for when the facts were read.
 * @module
 */
import type { AttestationRecord, BlockRecord, ValidatorHistory, Watermarks } from "../../domain/guard.ts";
import type { Journal } from "../../domain/journal.ts";
import type { ValidatorFacts, ValidatorRows } from "./facts.ts";
import { higher } from "../../domain/heights.ts";

export class WorkingHistory {
  readonly #facts: ValidatorFacts;
  readonly #journal: Journal;
  readonly #newBlocks: BlockRecord[] = [];
  readonly #newVotes: AttestationRecord[] = [];
  #row: ValidatorHistory | undefined;
  /** No vote has a later source, or a later target: most claims are ahead of both, and need no search. */
  #lastSource = -1n;
  #lastTarget = -1n;

  constructor(facts: ValidatorFacts, journal: Journal) {
    this.#facts = facts;
    this.#journal = journal;
    this.#row = facts.row;
    for (const vote of facts.votes) this.#widen(vote);
  }

  /** Half a history: nothing is judged by it. */
  get isMerging(): boolean {
    return this.#facts.merging;
  }

  /** As it is by now. */
  get row(): ValidatorHistory | undefined {
    return this.#row;
  }

  blocksAt(slot: bigint): readonly BlockRecord[] {
    const isHere = (block: BlockRecord): boolean => block.slot === slot;
    return [...this.#facts.blocks.filter(isHere), ...this.#newBlocks.filter(isHere)];
  }

  attestationsAt(target: bigint): readonly AttestationRecord[] {
    if (target > this.#lastTarget) return [];
    return this.#votes()
      .filter((vote) => vote.target === target)
      .toSorted((a, b) => compare(a.source, b.source) || compareRoots(a, b));
  }

  surrounding(source: bigint, target: bigint): AttestationRecord | undefined {
    if (target >= this.#lastTarget) return undefined;
    return firstOf(
      this.#votes().filter((vote) => vote.source < source && vote.target > target),
      (a, b) => compare(a.target, b.target) || compare(a.source, b.source),
    );
  }

  surroundedBy(source: bigint, target: bigint): AttestationRecord | undefined {
    if (source >= this.#lastSource) return undefined;
    return firstOf(
      this.#votes().filter((vote) => vote.source > source && vote.target < target),
      (a, b) => compare(a.source, b.source) || compare(a.target, b.target),
    );
  }

  addBlock(block: BlockRecord): void {
    this.#newBlocks.push(block);
    this.#journal.did(() => this.#newBlocks.pop());
  }

  addVote(vote: AttestationRecord): void {
    this.#newVotes.push(vote);
    // That votes seem to reach further than they do costs a search, and no more: it is not taken back.
    this.#widen(vote);
    this.#journal.did(() => this.#newVotes.pop());
  }

  /** From now on it is what `row` says, with watermarks at least as high as these. */
  become(row: ValidatorHistory, { lowSlot, lowSource, lowTarget }: Partial<Watermarks> = {}): void {
    const before = this.#row;
    this.#row = {
      ...row,
      known: true,
      lowSlot: higher(row.lowSlot, lowSlot ?? null),
      lowSource: higher(row.lowSource, lowSource ?? null),
      lowTarget: higher(row.lowTarget, lowTarget ?? null),
    };
    this.#journal.did(() => {
      this.#row = before;
    });
  }

  /** What was added; undefined where nothing was. */
  rows(): ValidatorRows | undefined {
    const { publicKey, row: before } = this.#facts;
    const becomesKnown = this.#row?.known === true && before?.known !== true;
    const raised = this.#raised();
    const blocks = this.#newBlocks;
    const votes = this.#newVotes;
    if (!becomesKnown && raised === null && blocks.length + votes.length === 0) return undefined;
    return { publicKey, id: before?.id ?? null, becomesKnown, raised, blocks, votes };
  }

  #raised(): Watermarks | null {
    const before = this.#facts.row;
    if (this.#row === undefined || this.#row === before) return null;
    const { lowSlot, lowSource, lowTarget } = this.#row;
    const same =
      lowSlot === (before?.lowSlot ?? null) &&
      lowSource === (before?.lowSource ?? null) &&
      lowTarget === (before?.lowTarget ?? null);
    return same ? null : { lowSlot, lowSource, lowTarget };
  }

  #votes(): readonly AttestationRecord[] {
    return [...this.#facts.votes, ...this.#newVotes];
  }

  #widen({ source, target }: AttestationRecord): void {
    if (source > this.#lastSource) this.#lastSource = source;
    if (target > this.#lastTarget) this.#lastTarget = target;
  }
}

type Order = (a: AttestationRecord, b: AttestationRecord) => number;

/** The first in `order`; of two with the same epochs the one of the lower root, as in every list of records. */
function firstOf(votes: readonly AttestationRecord[], order: Order): AttestationRecord | undefined {
  let first: AttestationRecord | undefined;
  for (const vote of votes) {
    if (first === undefined || (order(vote, first) || compareRoots(vote, first)) < 0) first = vote;
  }
  return first;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}

/** An unknown root has no bytes, and comes first. */
function compareRoots(a: AttestationRecord, b: AttestationRecord): number {
  return Buffer.compare(a.signingRoot.bytes, b.signingRoot.bytes);
}
