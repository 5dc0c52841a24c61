/**
 * The ledger's side of an import: a file is staged in chunks. A small one is merged in one transaction, or in one for each key
 * that it came with; a large one in pieces (merge-pieces.ts). A merge adds records and raises watermarks; it never removes or
 * lowers one. Slashable history is accepted as it is, and the watermark is then raised to the highest of the records in conflict.
 * @module
 */
import { toHex } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import type { RootNamedBy, ValidatorHistory, Watermarks } from "../../domain/guard.ts";
import type { SlashingImportTable } from "../../ledger/tables/slashing-import.ts";
import type { SlashingTable } from "../../ledger/tables/slashing.ts";
import { findingsOf, minimalFindings, type MergeFindings, type ImportConflict } from "./findings.ts";
import { numberAt, publicKeyAt, rootAt, type ImportChunk } from "./chunks.ts";
import type { GenesisValidatorsRoot, NamespaceName, ValidatorPublicKey } from "../../domain/kinds.ts";

export interface MergeOptions {
  /** Of the file, 32 bytes. */
  readonly genesisValidatorsRoot: GenesisValidatorsRoot;
  /** The root that the caller expects; needed where the data directory has none yet. */
  readonly expectedRoot: Uint8Array | null;
  /** Who expects it; the caller where it is left out. */
  readonly namedBy?: RootNamedBy;
}

/** Whose histories a file may add to. What it says of other keys is left out. */
export type ImportReach =
  | { readonly of: "everyKey" }
  /** The validator keys that the namespace has, and has not deleted, when the merge begins. */
  | { readonly of: "namespace"; readonly namespace: NamespaceName }
  /** Lowercase 0x-hex. */
  | { readonly of: "keys"; readonly publicKeys: ReadonlySet<string> };

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

/** What a document has. */
export interface DocumentSize {
  readonly entries: number;
  readonly records: number;
}

/** Records that are merged in one transaction at most: about 20 ms of the writer. A key costs as much as some records. */
const RECORDS_AT_ONCE = 4000;
export const RECORDS_PER_KEY = 20;
/** Records of the history that are read for conflicts while one is merged. */
const READ_PER_RECORD = 4;

interface Staging extends DocumentSize {
  readonly reach: ImportReach;
}

/** What is staged, for whoever judges whether it may be merged, and how. */
export interface StagedImport extends Staging {
  /**
   * It is merged in pieces: in one transaction it would keep all keys from signing for too long. Conflicts are looked for in the
   * whole history of its keys, so that a short file is large where that is long.
   */
  readonly isLarge: boolean;
}

export class ImportStage {
  readonly #slashing: SlashingTable;
  readonly #staged: SlashingImportTable;
  #current = 0;
  /** Null when nothing is. */
  #staging: Staging | null = null;

  constructor(slashing: SlashingTable, staged: SlashingImportTable) {
    this.#slashing = slashing;
    this.#staged = staged;
  }

  /**
   * Starts an import and ends one that is being staged. @returns its number, for the other calls
   * @throws SignerError `request.conflict` while another one is merged in pieces
   */
  begin(reach: ImportReach): number {
    if (this.#slashing.mergingKeys(1).length > 0) throw underWay();
    this.#staged.clear();
    this.#current += 1;
    this.#staging = { reach, entries: 0, records: 0 };
    return this.#current;
  }

  /** Whether a document is being staged. */
  get isStaging(): boolean {
    return this.#staging !== null;
  }

  /** Null when another import has begun. */
  staged(number: number): StagedImport | null {
    if (number !== this.#current || this.#staging === null) return null;
    return { ...this.#staging, isLarge: this.#isLarge(this.#staging) };
  }

  /** A key came into the namespace, or was deleted there: what counts is what it has when the merge begins. */
  follow({
    namespace,
    publicKey,
  }: {
    readonly namespace: NamespaceName;
    readonly publicKey: Uint8Array;
  }): void {
    const reach = this.#staging?.reach;
    if (reach?.of === "namespace" && reach.namespace === namespace)
      this.#staged.chooseAgain(namespace, publicKey);
  }

  /** @throws SignerError `request.conflict` when another import has begun */
  stage(number: number, chunk: ImportChunk): void {
    const before = this.#assertCurrent(number);
    const { entries, blocks, attestations } = chunk;
    for (const [index, entry] of entries.entry.entries()) {
      const publicKey = publicKeyAt(chunk, index);
      this.#staged.stageEntry(entry, publicKey);
      this.#choose(before.reach, publicKey);
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
    this.#staging = {
      ...before,
      entries: before.entries + entries.entry.length,
      records: before.records + blocks.entry.length + attestations.entry.length,
    };
  }

  /** Ends an import that is being staged, and leaves its rows, which mean nothing; harmless when another one has begun. */
  leave(number: number): void {
    if (number === this.#current) this.#staging = null;
  }

  /** What a small document says, when it may be merged. @throws SignerError `request.conflict` */
  merge(number: number): ImportedKey[] {
    this.#assertCurrent(number);
    return this.#slashing.atomically(() => {
      const minimal = this.#slashing.chain().mode === "minimal";
      const report = this.#staged
        .publicKeys()
        .map((key) => (minimal ? this.#mergeMinimal(key) : this.#mergeComplete(key)));
      this.#staged.clear();
      this.#staging = null;
      return report;
    });
  }

  /**
   * What the document says of one key, when it may be merged; null where it says nothing. The records of other keys stay staged.
   * @throws SignerError `request.conflict`
   */
  mergeKey(number: number, publicKey: ValidatorPublicKey): ImportedKey | null {
    this.#assertCurrent(number);
    if (!this.#staged.names(publicKey)) return null;
    return this.#slashing.atomically(() => {
      const minimal = this.#slashing.chain().mode === "minimal";
      return minimal ? this.#mergeMinimal(publicKey) : this.#mergeComplete(publicKey);
    });
  }

  /** A namespace's keys are looked up now, and once more whenever one comes or goes. */
  #choose(reach: ImportReach, publicKey: ValidatorPublicKey): void {
    if (reach.of === "namespace") this.#staged.chooseHeld(reach.namespace, publicKey);
    else if (reach.of === "everyKey" || reach.publicKeys.has(toHex(publicKey)))
      this.#staged.choose(publicKey);
  }

  #isLarge({ entries, records }: DocumentSize): boolean {
    const left = RECORDS_AT_ONCE - records - entries * RECORDS_PER_KEY;
    // Watermarks alone are read where they alone are kept.
    if (left < 0 || this.#slashing.chain().mode === "minimal") return left < 0;
    const readable = left * READ_PER_RECORD;
    return this.#staged.knownRecords(readable + 1) > readable;
  }

  #assertCurrent(number: number): Staging {
    if (number === this.#current && this.#staging !== null) return this.#staging;
    throw importIsGone();
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

/** Of an import whose number is not that of what is staged. */
export function importIsGone(): SignerError {
  return new SignerError(
    "request.conflict",
    "another import has begun; nothing of this one was kept, repeat it",
  );
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

function text(value: bigint | null | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}
