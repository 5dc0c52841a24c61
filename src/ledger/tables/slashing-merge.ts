/**
 * An interchange import that is merged in pieces: how far it has come, its keys, and the records that a piece takes from what is
 * staged. From the row of the import on its keys are marked; they sign again when its state is `merged`.
 * @module
 */
import type { ValidatorPublicKey } from "../../domain/kinds.ts";
import type { LedgerDatabase } from "../open.ts";
import { NEW_BLOCK, NEW_VOTE } from "./slashing-import.ts";

/** The last record of an entry that is in. `number`: slot or target; -1n before the first. */
export interface RecordPlace {
  readonly number: bigint;
  /** Of a vote. */
  readonly source: bigint;
  readonly signingRoot: Uint8Array;
}

/** Whose records go in next. */
export interface MergePlace extends RecordPlace {
  readonly entry: bigint;
  readonly part: "blocks" | "attestations";
}

export interface SlashingMerge extends MergePlace {
  readonly state: "merging" | "merged";
  readonly namespace: string;
  readonly principal: string;
  readonly minimal: boolean;
  /** The last key whose watermarks are raised; none before the first. */
  readonly raised: Uint8Array;
}

/** Whom the log names at its end, and whether only watermarks are kept. */
export type BegunMerge = Pick<SlashingMerge, "namespace" | "principal" | "minimal">;

/** A key of the import, with its watermarks before the first of its records went in. */
export interface MergingKey {
  readonly publicKey: ValidatorPublicKey;
  readonly begun: boolean;
  readonly lowSlot: bigint | null;
  readonly lowTarget: bigint | null;
}

/** What the import came to for one key. */
export interface MergedKey {
  readonly publicKey: ValidatorPublicKey;
  readonly blocks: number;
  readonly attestations: number;
  readonly conflictCount: number;
  /** JSON. */
  readonly conflicts: string;
}

export interface MergeTotals {
  readonly keys: number;
  readonly blocks: bigint;
  readonly attestations: bigint;
  readonly conflicts: bigint;
}

/** Before the first record, and after the last one. */
export const BEFORE_ALL: RecordPlace = { number: -1n, source: -1n, signingRoot: new Uint8Array() };
const AFTER_ALL: RecordPlace = {
  number: 2n ** 63n - 1n,
  source: 2n ** 63n - 1n,
  signingRoot: new Uint8Array(33).fill(255),
};

const BLOCK_AFTER = "(slot, signing_root) > (@number, @signingRoot)";
const VOTE_AFTER = "(target, source, signing_root) > (@number, @source, @signingRoot)";

const MERGE_BLOCKS = `INSERT INTO slashing_block (validator, slot, signing_root)
  SELECT @validator, slot, signing_root FROM slashing_staged_block AS file WHERE entry = @entry AND ${BLOCK_AFTER}
    AND (slot, signing_root) <= (@lastNumber, @lastRoot) AND ${NEW_BLOCK}
  ON CONFLICT DO NOTHING`;
const MERGE_VOTES = `INSERT INTO slashing_attestation (validator, source, target, signing_root)
  SELECT @validator, source, target, signing_root FROM slashing_staged_attestation AS file
  WHERE entry = @entry AND ${VOTE_AFTER}
    AND (target, source, signing_root) <= (@lastNumber, @lastSource, @lastRoot) AND ${NEW_VOTE}
  ON CONFLICT DO NOTHING`;

/** Every table of an import; keys and entries last, so that what is left of it is never read as another's. */
const STAGED = [
  ["slashing_staged_block", "entry, slot, signing_root"],
  ["slashing_staged_attestation", "entry, target, source, signing_root"],
  ["slashing_staged_entry", "entry"],
  ["slashing_import_key", "public_key"],
] as const;

type Rest = RecordPlace & { readonly entry: bigint };
type Ahead = Rest & { readonly skip: number };
type Piece = Rest & {
  readonly validator: bigint;
  readonly low: bigint;
  readonly lastNumber: bigint;
  readonly lastSource: bigint;
  readonly lastRoot: Uint8Array;
};
type MergeRow = Omit<SlashingMerge, "minimal"> & { readonly minimal: bigint };
type KeyRow = Omit<MergingKey, "begun"> & { readonly begun: bigint };

/** Call everything inside a transaction. */
export class SlashingMergeTable {
  readonly #database: LedgerDatabase;
  readonly #underWay;
  readonly #setPlace;
  readonly #entry;
  readonly #key;
  readonly #beginKey;
  readonly #count;
  readonly #found;
  readonly #ahead;
  readonly #rest;
  readonly #merge;

  constructor(database: LedgerDatabase) {
    this.#database = database;
    this.#underWay = database
      .prepare<[], MergeRow>(
        `SELECT state, namespace, principal, minimal, entry, part, number, source, signing_root AS signingRoot, raised
         FROM slashing_import`,
      )
      .safeIntegers(true);
    this.#setPlace = database.prepare<MergePlace>(
      `UPDATE slashing_import SET entry = @entry, part = @part, number = @number, source = @source,
         signing_root = @signingRoot`,
    );
    this.#entry = database
      .prepare<[bigint], { entry: bigint; publicKey: Uint8Array }>(
        `SELECT entry, public_key AS publicKey FROM slashing_staged_entry WHERE entry >= ? ORDER BY entry LIMIT 1`,
      )
      .safeIntegers(true);
    this.#key = database
      .prepare<[Uint8Array], KeyRow>(
        `SELECT public_key AS publicKey, begun, low_slot AS lowSlot, low_target AS lowTarget FROM slashing_import_key
         WHERE public_key = ?`,
      )
      .safeIntegers(true);
    this.#beginKey = database.prepare<Omit<MergingKey, "begun">>(
      `UPDATE slashing_import_key SET begun = 1, low_slot = @lowSlot, low_target = @lowTarget
       WHERE public_key = @publicKey`,
    );
    this.#count = database.prepare<[number, number, Uint8Array]>(
      "UPDATE slashing_import_key SET blocks = blocks + ?, attestations = attestations + ? WHERE public_key = ?",
    );
    this.#found = database.prepare<[number, string, Uint8Array]>(
      "UPDATE slashing_import_key SET conflict_count = ?, conflicts = ? WHERE public_key = ?",
    );
    this.#ahead = {
      blocks: database
        .prepare<Ahead, RecordPlace>(
          `SELECT slot AS number, -1 AS source, signing_root AS signingRoot FROM slashing_staged_block
           WHERE entry = @entry AND ${BLOCK_AFTER} ORDER BY slot, signing_root LIMIT 1 OFFSET @skip`,
        )
        .safeIntegers(true),
      attestations: database
        .prepare<Ahead, RecordPlace>(
          `SELECT target AS number, source, signing_root AS signingRoot FROM slashing_staged_attestation
           WHERE entry = @entry AND ${VOTE_AFTER} ORDER BY target, source, signing_root LIMIT 1 OFFSET @skip`,
        )
        .safeIntegers(true),
    };
    this.#rest = {
      blocks: database.prepare<Rest, { rows: number }>(
        `SELECT count(*) AS rows FROM slashing_staged_block WHERE entry = @entry AND ${BLOCK_AFTER}`,
      ),
      attestations: database.prepare<Rest, { rows: number }>(
        `SELECT count(*) AS rows FROM slashing_staged_attestation WHERE entry = @entry AND ${VOTE_AFTER}`,
      ),
    };
    this.#merge = {
      blocks: database.prepare<Piece>(MERGE_BLOCKS),
      attestations: database.prepare<Piece>(MERGE_VOTES),
    };
  }

  /** Undefined where no import is merged in pieces, and nothing of one is left. */
  underWay(): SlashingMerge | undefined {
    const row = this.#underWay.get();
    return row === undefined ? undefined : { ...row, minimal: row.minimal === 1n };
  }

  /** From now on the chosen keys are marked. */
  begin(merge: BegunMerge): void {
    this.#database
      .prepare<[string, string, number]>(
        "INSERT INTO slashing_import (id, state, namespace, principal, minimal) VALUES (1, 'merging', ?, ?, ?)",
      )
      .run(merge.namespace, merge.principal, merge.minimal ? 1 : 0);
  }

  setPlace({ entry, part, number, source, signingRoot }: MergePlace): void {
    this.#setPlace.run({ entry, part, number, source, signingRoot });
  }

  /** The first entry of the file from `entry` on. */
  entryFrom(entry: bigint): { readonly entry: bigint; readonly publicKey: ValidatorPublicKey } | undefined {
    const row = this.#entry.get(entry);
    return row === undefined ? undefined : { ...row, publicKey: new Uint8Array(row.publicKey) };
  }

  /** Undefined for a key of the file that the import leaves out. */
  key(publicKey: ValidatorPublicKey): MergingKey | undefined {
    const row = this.#key.get(publicKey);
    return row === undefined ? undefined : keyOf(row);
  }

  /** Up to `limit` keys of the import (-1: all) above `after`, ascending. */
  keysAfter(after: Uint8Array, limit: number): readonly MergingKey[] {
    return this.#database
      .prepare<[Uint8Array, number], KeyRow>(
        `SELECT public_key AS publicKey, begun, low_slot AS lowSlot, low_target AS lowTarget FROM slashing_import_key
         WHERE public_key > ? ORDER BY public_key LIMIT ?`,
      )
      .safeIntegers(true)
      .all(after, limit)
      .map(keyOf);
  }

  /** How many keys wait for the import. */
  keyCount(): number {
    const row = this.#database
      .prepare<[], { count: number }>(
        `SELECT count(*) AS count FROM slashing_import JOIN slashing_import_key WHERE state = 'merging'`,
      )
      .get();
    return row?.count ?? 0;
  }

  beginKey(key: Omit<MergingKey, "begun">): void {
    this.#beginKey.run(key);
  }

  /** The record `rows` places after `place`; undefined where the entry ends before. */
  ahead({ entry, part, number, source, signingRoot }: MergePlace, rows: number): RecordPlace | undefined {
    const row = this.#ahead[part].get({ entry, number, source, signingRoot, skip: rows - 1 });
    return row === undefined ? undefined : { ...row, signingRoot: new Uint8Array(row.signingRoot) };
  }

  /** How many records the entry has after `place`. */
  rowsAfter({ entry, part, number, source, signingRoot }: MergePlace): number {
    return this.#rest[part].get({ entry, number, source, signingRoot })?.rows ?? 0;
  }

  /** Adds the records after `place` up to `last` (undefined: all of the entry); number of new ones. */
  merge(
    { entry, part, number, source, signingRoot }: MergePlace,
    last: RecordPlace = AFTER_ALL,
    into: { readonly validator: bigint; readonly low: bigint | null },
  ): number {
    return this.#merge[part].run({
      entry,
      number,
      source,
      signingRoot,
      lastNumber: last.number,
      lastSource: last.source,
      lastRoot: last.signingRoot,
      validator: into.validator,
      low: into.low ?? -1n,
    }).changes;
  }

  count(publicKey: ValidatorPublicKey, part: MergePlace["part"], added: number): void {
    if (added === 0) return;
    this.#count.run(part === "blocks" ? added : 0, part === "attestations" ? added : 0, publicKey);
  }

  /** What was found of the key, whose watermarks are raised: the next one's are next. */
  raised(publicKey: ValidatorPublicKey, conflictCount: number, conflicts: string): void {
    this.#found.run(conflictCount, conflicts, publicKey);
    this.#database
      .prepare<[Uint8Array, number]>("UPDATE slashing_import SET raised = ?, conflicts = conflicts + ?")
      .run(publicKey, conflictCount);
  }

  /** Lifts the marks of all keys. */
  end(): MergeTotals {
    const totals = this.#database
      .prepare<[], Record<keyof MergeTotals, bigint>>(
        `SELECT count(*) AS keys, coalesce(sum(blocks), 0) AS blocks, coalesce(sum(attestations), 0) AS attestations,
           (SELECT conflicts FROM slashing_import) AS conflicts FROM slashing_import_key`,
      )
      .safeIntegers(true)
      .get();
    if (totals === undefined) throw new Error("an aggregate gave no row");
    this.#database.exec("UPDATE slashing_import SET state = 'merged'");
    return { ...totals, keys: Number(totals.keys) };
  }

  /** Up to `limit` keys above `after`, ascending, when the import has ended. */
  reportAfter(after: Uint8Array, limit: number): readonly MergedKey[] {
    return this.#database
      .prepare<[Uint8Array, number], MergedKey>(
        `SELECT public_key AS publicKey, blocks, attestations, conflict_count AS conflictCount, conflicts
         FROM slashing_import_key WHERE public_key > ? ORDER BY public_key LIMIT ?`,
      )
      .all(after, limit)
      .map((row) => ({ ...row, publicKey: new Uint8Array(row.publicKey) }));
  }

  /** Forgets about `rows` rows of what is staged; false when nothing is left. Never of an import that is not merged. */
  clearSome(rows: number): boolean {
    let left = rows;
    for (const [table, key] of STAGED) {
      const deleted = this.#database
        .prepare<[number]>(`DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} LIMIT ?)`)
        .run(left).changes;
      left -= deleted;
      if (left <= 0) return true;
    }
    this.#database.exec("DELETE FROM slashing_import");
    return false;
  }
}

function keyOf({ begun, ...row }: KeyRow): MergingKey {
  return { ...row, publicKey: new Uint8Array(row.publicKey), begun: begun === 1n };
}
