/**
 * The merge of a large import, piece by piece, each committed by itself. The first commit marks its keys: they sign nothing until
 * the last one lifts all marks at once. First all records go in; then conflicts are looked for beside the writer, key by key, and
 * watermarks are raised. Where it stopped is in the ledger, so that whoever opens it goes on.
 * @module
 */
import { parseJson } from "../../domain/canonical.ts";
import type { ValidatorPublicKey } from "../../domain/kinds.ts";
import type { SlashingImportTable } from "../../ledger/tables/slashing-import.ts";
import {
  BEFORE_ALL,
  type BegunMerge,
  type MergePlace,
  type MergeTotals,
  type MergingKey,
  type SlashingMerge,
  type SlashingMergeTable,
} from "../../ledger/tables/slashing-merge.ts";
import type { SlashingTable } from "../../ledger/tables/slashing.ts";
import { findingsOf, minimalFindings, type MergeFindings, type ImportConflict } from "./findings.ts";
import { coverSources, historyOf, importedKey, RECORDS_PER_KEY, type ImportedKey } from "./merge.ts";
import { higher } from "../../domain/heights.ts";

/**
 * What comes next. `rows`: the same call again; `examine`: `Examiner.next(after)`, and its findings to `raise`; `ended`: the
 * marks are lifted; `none`: no import is merged in pieces.
 */
export type NextPiece =
  | { readonly next: "rows" }
  | { readonly next: "examine"; readonly after: Uint8Array }
  | { readonly next: "ended" }
  | { readonly next: "none" };

/** `totals`: the marks were lifted just now. */
export type ImportStep = NextPiece & { readonly totals?: MergeTotals };

/** What was found of one key. */
export interface KeyFindings extends MergeFindings {
  readonly publicKey: ValidatorPublicKey;
  /** The latest source below that target watermark which the key will have; null where it will have none. */
  readonly cover: { readonly target: bigint; readonly source: bigint | null } | null;
}

export interface MergeTables {
  readonly slashing: SlashingTable;
  readonly merge: SlashingMergeTable;
}

/** The writer's side. Call everything inside a transaction. */
export class ImportPieces {
  readonly #slashing: SlashingTable;
  readonly #merge: SlashingMergeTable;

  constructor({ slashing, merge }: MergeTables) {
    this.#slashing = slashing;
    this.#merge = merge;
  }

  /** The import under way; undefined where there is none. */
  get underWay(): SlashingMerge | undefined {
    return this.#merge.underWay();
  }

  /** The first piece: marks the keys that were chosen while the file was staged. */
  mark(begun: BegunMerge): void {
    this.#merge.begin(begun);
  }

  /** One piece of about `rowsMax` records, or the last one. */
  step(rowsMax: number): ImportStep {
    const merge = this.#merge.underWay();
    if (merge === undefined) return { next: "none" };
    if (merge.state === "merged") return { next: "ended" };
    if (!merge.minimal && !this.#mergeRows(merge, rowsMax)) return { next: "rows" };
    if (this.#merge.keysAfter(merge.raised, 1).length > 0) return { next: "examine", after: merge.raised };
    return { next: "ended", totals: this.#merge.end() };
  }

  /** Raises the watermarks of keys, in order, of which all records are in. */
  raise(findings: readonly KeyFindings[]): void {
    for (const { publicKey, raise, cover, conflictCount, conflicts } of findings) {
      const { id } = historyOf(this.#slashing, publicKey);
      this.#slashing.raise(id, raise);
      const target = this.#slashing.validator(publicKey)?.lowTarget ?? null;
      if (target === (cover?.target ?? null)) this.#slashing.raise(id, { lowSource: cover?.source ?? null });
      // Somebody raised a floor since the history was read.
      else coverSources(this.#slashing, id, publicKey);
      this.#merge.raised(publicKey, conflictCount, JSON.stringify(conflicts));
    }
  }

  /** What the import came to, of up to `limit` keys above `after`, when it has ended. */
  report(after: Uint8Array, limit: number): readonly ImportedKey[] {
    return this.#merge
      .reportAfter(after, limit)
      .map(({ conflicts, ...key }) =>
        importedKey(this.#slashing, { ...key, conflicts: readConflicts(conflicts) }),
      );
  }

  /** True when all records of all keys are in. */
  #mergeRows(merge: SlashingMerge, rowsMax: number): boolean {
    let place: MergePlace = merge;
    let left = rowsMax;
    let more = this.#merge.entryFrom(place.entry);
    while (more !== undefined && left > 0) {
      if (more.entry !== place.entry) place = { ...BEFORE_ALL, entry: more.entry, part: "blocks" };
      const piece = this.#mergePiece(place, more.publicKey, left);
      ({ place } = piece);
      left -= piece.rows;
      more = this.#merge.entryFrom(place.entry);
    }
    this.#merge.setPlace(place);
    return more === undefined;
  }

  /** At most `left` records of one entry; the place after them, and what it cost. */
  #mergePiece(
    place: MergePlace,
    publicKey: ValidatorPublicKey,
    left: number,
  ): { readonly place: MergePlace; readonly rows: number } {
    const { entry, part } = place;
    const nextEntry: MergePlace = { ...BEFORE_ALL, entry: entry + 1n, part: "blocks" };
    const key = this.#merge.key(publicKey);
    if (key === undefined) return { place: nextEntry, rows: 1 };
    const { id } = historyOf(this.#slashing, publicKey);
    const { lowSlot, lowTarget } = this.#begun(key);
    const last = this.#merge.ahead(place, left);
    const low = part === "blocks" ? lowSlot : lowTarget;
    this.#merge.count(publicKey, part, this.#merge.merge(place, last, { validator: id, low }));
    if (last !== undefined) return { place: { ...last, entry, part }, rows: left };
    const after: MergePlace = part === "blocks" ? { ...BEFORE_ALL, entry, part: "attestations" } : nextEntry;
    return { place: after, rows: this.#merge.rowsAfter(place) + RECORDS_PER_KEY };
  }

  /** Its watermarks before the first of its records went in: those of this import must not pass for known ones. */
  #begun(key: MergingKey): Pick<MergingKey, "lowSlot" | "lowTarget"> {
    if (key.begun) return key;
    const { publicKey } = key;
    const { lowSlot, lowTarget } = historyOf(this.#slashing, publicKey);
    this.#merge.beginKey({ publicKey, lowSlot, lowTarget });
    return { lowSlot, lowTarget };
  }
}

/** The reader's side: on a connection of its own, beside the writer. What is merging does not change beside the import. */
export class Examiner {
  readonly #slashing: SlashingTable;
  readonly #staged: SlashingImportTable;
  readonly #merge: SlashingMergeTable;

  constructor({ slashing, merge, staged }: MergeTables & { readonly staged: SlashingImportTable }) {
    this.#slashing = slashing;
    this.#staged = staged;
    this.#merge = merge;
  }

  /** MergeFindings of up to `limit` keys above `after`, in order. All records of all keys must be in. */
  next(after: Uint8Array, limit: number): readonly KeyFindings[] {
    const minimal = this.#merge.underWay()?.minimal === true;
    return this.#merge
      .keysAfter(after, limit)
      .map((key) => (minimal ? this.#minimal(key) : this.#complete(key)));
  }

  #complete({ publicKey, lowTarget }: MergingKey): KeyFindings {
    const row = this.#slashing.validator(publicKey);
    // A key that the file has no entry of is none of the import.
    if (row === undefined) throw new Error("the records of a key are not in");
    const findings = findingsOf(this.#staged, { id: row.id, key: publicKey, lowTarget });
    const target = higher(row.lowTarget, findings.raise.lowTarget);
    const cover =
      target === null ? null : { target, source: this.#slashing.latestSourceBelow(row.id, target) };
    return { publicKey, ...findings, cover };
  }

  /** Without records there is nothing that a watermark must cover. */
  #minimal({ publicKey }: MergingKey): KeyFindings {
    const findings = minimalFindings(this.#staged, publicKey);
    const target = higher(this.#slashing.validator(publicKey)?.lowTarget ?? null, findings.raise.lowTarget);
    return { publicKey, ...findings, cover: target === null ? null : { target, source: null } };
  }
}

function readConflicts(text: string): readonly ImportConflict[] {
  // As `raise` wrote it, in a table that nobody else writes.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return parseJson(text) as unknown as readonly ImportConflict[];
}
