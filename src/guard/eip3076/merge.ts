/**
 * The ledger's side of an import: a file is staged in chunks. A small one is merged in one transaction, or in one for each key
 * that it came with; a large one in pieces (merge-pieces.ts). A merge adds records and raises watermarks; it never removes or
 * lowers one. Slashable history is accepted as it is, and the watermark is then raised to the highest of the records in conflict.
 * @module
 */
import { equalBytes, toHex } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import type { ValidatorHistory, Watermarks } from "../../domain/guard.ts";
import type { SlashingImportTable } from "../../ledger/tables/slashing-import.ts";
import type { SlashingTable } from "../../ledger/tables/slashing.ts";
import { findingsOf, minimalFindings, type MergeFindings, type ImportConflict } from "./findings.ts";
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

/** What a document has, to see whether it is large. */
export interface DocumentSize {
  readonly entries: number;
  readonly records: number;
}

/** Records that are merged in one transaction at most: about 20 ms of the writer. A key costs as much as some records. */
const RECORDS_AT_ONCE = 4000;
export const RECORDS_PER_KEY = 20;

/** Whether a document is merged in pieces: in one transaction it would keep all keys from signing for too long. */
export function isLarge({ entries, records }: DocumentSize): boolean {
  return records + entries * RECORDS_PER_KEY > RECORDS_AT_ONCE;
}

export class ImportStage {
  readonly #slashing: SlashingTable;
  readonly #staged: SlashingImportTable;
  #current = 0;
  /** Of the import that is being staged; null when there is none. */
  #size: DocumentSize | null = null;

  constructor(slashing: SlashingTable, staged: SlashingImportTable) {
    this.#slashing = slashing;
    this.#staged = staged;
  }

  /**
   * Starts an import and ends one that is being staged. @returns its number, for the other calls
   * @throws SignerError `request.conflict` while another one is merged in pieces
   */
  begin(): number {
    if (this.#slashing.mergingKeys(1).length > 0) throw underWay();
    this.#staged.clear();
    this.#current += 1;
    this.#size = { entries: 0, records: 0 };
    return this.#current;
  }

  /** Whether a document is being staged. */
  get isStaging(): boolean {
    return this.#size !== null;
  }

  /** Of what is staged. @throws SignerError `request.conflict` when another import has begun */
  size(number: number): DocumentSize {
    this.#assertCurrent(number);
    return this.#size ?? { entries: 0, records: 0 };
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
    const before = this.size(number);
    this.#size = {
      entries: before.entries + entries.entry.length,
      records: before.records + blocks.entry.length + attestations.entry.length,
    };
  }

  /** Ends an import that is being staged, and leaves its rows, which mean nothing; harmless when another one has begun. */
  leave(number: number): void {
    if (number === this.#current) this.#size = null;
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
      this.#size = null;
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
    if (number === this.#current && this.#size !== null) return;
    throw new SignerError(
      "request.conflict",
      "another import has begun; nothing of this one was kept, repeat it",
    );
  }

  #mergeComplete(key: ValidatorPublicKey): ImportedKey {
    const { id, lowSlot, lowTarget } = historyOf(this.#slashing, key);
    const blocks = this.#staged.mergeBlocks(id, key, lowSlot);
    const attestations = this.#staged.mergeAttestations(id, key, lowTarget);
    const findings = findingsOf(this.#staged, { id, key, lowTarget });
    this.#slashing.raise(id, findings.raise);
    coverSources(this.#slashing, id, key);
    return importedKey(this.#slashing, { publicKey: key, blocks, attestations, ...findings });
  }

  #mergeMinimal(key: ValidatorPublicKey): ImportedKey {
    const findings = minimalFindings(this.#staged, key);
    this.#slashing.raise(historyOf(this.#slashing, key).id, findings.raise);
    return importedKey(this.#slashing, { publicKey: key, blocks: 0, attestations: 0, ...findings });
  }
}

function underWay(): SignerError {
  return new SignerError(
    "request.conflict",
    "another import is being merged; repeat this one when it has ended",
  );
}

/** The key's row; it has a history from now on. */
export function historyOf(slashing: SlashingTable, key: ValidatorPublicKey): ValidatorHistory {
  const row = slashing.validator(key) ?? slashing.insertValidator(key);
  // Also by an empty history: whoever exported it says that nothing was signed.
  if (!row.known) slashing.markKnown(row.id);
  return row;
}

/** What an import came to for a key, with its watermarks as they are now. */
export function importedKey(
  slashing: SlashingTable,
  {
    publicKey,
    blocks,
    attestations,
    conflictCount,
    conflicts,
  }: Omit<MergeFindings, "raise"> & {
    readonly publicKey: ValidatorPublicKey;
    readonly blocks: number;
    readonly attestations: number;
  },
): ImportedKey {
  const low: Watermarks | undefined = slashing.validator(publicKey);
  return {
    publicKey: toHex(publicKey),
    blocks,
    attestations,
    lowSlot: text(low?.lowSlot),
    lowSourceEpoch: text(low?.lowSource),
    lowTargetEpoch: text(low?.lowTarget),
    conflictCount,
    conflicts,
  };
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

function text(value: bigint | null | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}
