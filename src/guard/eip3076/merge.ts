/**
 * The ledger's side of an import: a file is staged in chunks and merged in one transaction, or in one for each key that it
 * came with. A merge adds records and raises watermarks; it never removes or lowers one. Slashable history is accepted as
 * it is, and the watermark is then raised to the highest of the records in conflict.
 * @module
 */
import { equalBytes, toHex } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import type { ValidatorHistory, Watermarks } from "../../domain/guard.ts";
import type { SlashingImportTable, StagedVote } from "../../ledger/tables/slashing-import.ts";
import type { SlashingTable } from "../../ledger/tables/slashing.ts";
import { numberAt, publicKeyAt, rootAt, type ImportChunk } from "./chunks.ts";
import type { GenesisValidatorsRoot, ValidatorPublicKey } from "../../domain/kinds.ts";

export interface MergeOptions {
  /** Of the file, 32 bytes. */
  readonly genesisValidatorsRoot: GenesisValidatorsRoot;
  /** The root that the caller expects; needed where the data directory has none yet. */
  readonly expectedRoot: Uint8Array | null;
  /** Public keys as lowercase 0x-hex: others in the file are left out. Null: all. */
  readonly only: readonly string[] | null;
}

/** Records that contradict each other, in the file or with what was known. Numbers are decimal strings. */
export type ImportConflict =
  | { readonly kind: "double_proposal"; readonly slot: string }
  | {
      readonly kind: "double_vote" | "surround" | "source_after_target";
      readonly sourceEpoch: string;
      readonly targetEpoch: string;
    };

/** What an import did to one key. Watermarks are those after it, null while nothing of the kind is known. */
export interface ImportedKey {
  readonly publicKey: string;
  /** Records that were not known before. */
  readonly blocks: number;
  readonly attestations: number;
  readonly lowSlot: string | null;
  readonly lowSourceEpoch: string | null;
  readonly lowTargetEpoch: string | null;
  /** Records of the file in conflict; the first of them in `conflicts`. */
  readonly conflictCount: number;
  readonly conflicts: readonly ImportConflict[];
}

/** Conflicts named for one key; the others are counted. */
const CONFLICTS_MAX = 16;

export class ImportStage {
  readonly #slashing: SlashingTable;
  readonly #staged: SlashingImportTable;
  #current = 0;

  constructor(slashing: SlashingTable, staged: SlashingImportTable) {
    this.#slashing = slashing;
    this.#staged = staged;
  }

  /** Starts an import and ends one that is under way. @returns its number, for the other calls */
  begin(): number {
    this.#staged.clear();
    this.#current += 1;
    return this.#current;
  }

  /** @throws SignerError `request.conflict` when another import has begun */
  stage(number: number, chunk: ImportChunk): void {
    this.#assertCurrent(number);
    const { entries, blocks, attestations } = chunk;
    for (const [index, entry] of entries.entry.entries()) {
      this.#staged.stageEntry(entry, publicKeyAt(chunk, index));
    }
    for (const [index, entry] of blocks.entry.entries()) {
      this.#staged.stageBlock(entry, numberAt(blocks.slot, index), rootAt(blocks, index));
    }
    for (const [index, entry] of attestations.entry.entries()) {
      const { source, target } = attestations;
      this.#staged.stageAttestation(
        entry,
        numberAt(source, index),
        numberAt(target, index),
        rootAt(attestations, index),
      );
    }
  }

  /** Forgets what was staged; harmless when another import has begun. */
  discard(number: number): void {
    if (number === this.#current) this.#staged.clear();
  }

  /** @throws SignerError `guard.genesis_root`, `request.conflict` */
  merge(number: number, options: MergeOptions): ImportedKey[] {
    this.#assertCurrent(number);
    return this.#slashing.atomically(() => {
      pinGenesisRoot(this.#slashing, options.genesisValidatorsRoot, options.expectedRoot);
      const only = options.only === null ? null : new Set(options.only);
      const keys = this.#staged.publicKeys().filter((key) => only === null || only.has(toHex(key)));
      const minimal = this.#slashing.chain().mode === "minimal";
      const report = keys.map((key) => (minimal ? this.#mergeMinimal(key) : this.#mergeComplete(key)));
      this.#staged.clear();
      return report;
    });
  }

  /**
   * What the document says of one key; null where it says nothing. The records of other keys stay staged.
   * @throws SignerError `guard.genesis_root`, `request.conflict`
   */
  mergeKey(
    number: number,
    { genesisValidatorsRoot, expectedRoot }: Omit<MergeOptions, "only">,
    publicKey: ValidatorPublicKey,
  ): ImportedKey | null {
    this.#assertCurrent(number);
    return this.#slashing.atomically(() => {
      pinGenesisRoot(this.#slashing, genesisValidatorsRoot, expectedRoot);
      if (!this.#staged.names(publicKey)) return null;
      const minimal = this.#slashing.chain().mode === "minimal";
      return minimal ? this.#mergeMinimal(publicKey) : this.#mergeComplete(publicKey);
    });
  }

  #assertCurrent(number: number): void {
    if (number === this.#current) return;
    throw new SignerError(
      "request.conflict",
      "another import has begun; nothing of this one was kept, repeat it",
    );
  }

  #mergeComplete(key: Uint8Array): ImportedKey {
    const { id, lowSlot, lowTarget } = this.#validator(key);
    const blocks = this.#staged.mergeBlocks(id, key, lowSlot);
    const attestations = this.#staged.mergeAttestations(id, key, lowTarget);
    const doubleBlocks = this.#staged.doubleBlocks(id, key);
    const badVotes = [
      ...conflicting("source_after_target", this.#staged.invertedVotes(key)),
      ...conflicting("double_vote", this.#staged.doubleVotes(id, key)),
      ...conflicting("surround", this.#staged.surrounds(id, key)),
    ];
    const range = this.#staged.range(key);
    this.#slashing.raise(id, {
      lowSlot: highest([range.minSlot, ...doubleBlocks.map((doubleBlock) => doubleBlock.slot)]),
      lowSource: highest([
        range.minSource,
        // Of those that were left out: nothing that is signed later may surround them.
        this.#staged.latestSourceUpTo(key, lowTarget),
        ...badVotes.map((badVote) => badVote.source),
      ]),
      lowTarget: highest([range.minTarget, ...badVotes.map((badVote) => badVote.target)]),
    });
    coverSources(this.#slashing, id, key);
    const conflicts = [
      ...doubleBlocks.map(({ slot }) => ({ kind: "double_proposal", slot: String(slot) }) as const),
      ...badVotes.filter((badVote) => badVote.staged).map(described),
    ];
    return this.#report(key, blocks, attestations, conflicts);
  }

  /** Minimal: nothing at or below the highest of the file is signed, so its records cannot conflict. */
  #mergeMinimal(key: Uint8Array): ImportedKey {
    const range = this.#staged.range(key);
    this.#slashing.raise(this.#validator(key).id, {
      lowSlot: range.maxSlot,
      lowSource: range.maxSource,
      lowTarget: range.maxTarget,
    });
    return this.#report(key, 0, 0, []);
  }

  #validator(key: Uint8Array): ValidatorHistory {
    const row = this.#slashing.validator(key) ?? this.#slashing.insertValidator(key);
    // Also by an empty history: whoever exported it says that nothing was signed.
    if (!row.known) this.#slashing.markKnown(row.id);
    return row;
  }

  #report(
    key: Uint8Array,
    blocks: number,
    attestations: number,
    conflicts: readonly ImportConflict[],
  ): ImportedKey {
    const low: Watermarks | undefined = this.#slashing.validator(key);
    return {
      publicKey: toHex(key),
      blocks,
      attestations,
      lowSlot: text(low?.lowSlot),
      lowSourceEpoch: text(low?.lowSource),
      lowTargetEpoch: text(low?.lowTarget),
      conflictCount: conflicts.length,
      conflicts: conflicts.slice(0, CONFLICTS_MAX),
    };
  }
}

/** No vote below the target watermark keeps a source above the source watermark: prune and export count on it. */
export function coverSources(tables: SlashingTable, id: bigint, key: Uint8Array): void {
  const target = tables.validator(key)?.lowTarget ?? null;
  if (target !== null) tables.raise(id, { lowSource: tables.latestSourceBelow(id, target) });
}

/**
 * Ties the data directory to a chain. `expected`: what the caller says it is; needed where it has none yet.
 * @throws SignerError `guard.genesis_root` for another chain, or when nobody says which one it is
 */
export function pinGenesisRoot(tables: SlashingTable, root: Uint8Array, expected: Uint8Array | null): void {
  const pinned = tables.chain().genesisValidatorsRoot;
  const known = pinned ?? expected;
  if (known === null) {
    throw new SignerError(
      "guard.genesis_root",
      `this data directory has no chain yet; name it (--genesis-validators-root ${toHex(root)}, or the query ` +
        `parameter genesisValidatorsRoot) if that is yours`,
      { genesisValidatorsRoot: toHex(root) },
    );
  }
  const wrong = [root, expected ?? known].find((genesis) => !equalBytes(genesis, known));
  if (wrong !== undefined) {
    throw new SignerError(
      "guard.genesis_root",
      `genesis_validators_root: ${toHex(wrong)} is another chain than ${toHex(known)}; nothing was ` +
        `changed. Take a file of this chain, or another data directory`,
      { genesisValidatorsRoot: toHex(wrong), pinned: toHex(known) },
    );
  }
  if (pinned === null) tables.setChain({ genesisValidatorsRoot: root });
}

type VoteConflict = StagedVote & { readonly kind: "double_vote" | "surround" | "source_after_target" };

/** The votes of both sides of a conflict; none when no vote of the file is in one. */
function conflicting(kind: VoteConflict["kind"], votes: readonly StagedVote[]): VoteConflict[] {
  return votes.some((vote) => vote.staged) ? votes.map((vote) => ({ ...vote, kind })) : [];
}

function described({ kind, source, target }: VoteConflict): ImportConflict {
  return { kind, sourceEpoch: String(source), targetEpoch: String(target) };
}

function highest(values: readonly (bigint | null)[]): bigint | null {
  return values.reduce(
    (high, value) => (high === null || (value !== null && value > high) ? value : high),
    null,
  );
}

function text(value: bigint | null | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}
