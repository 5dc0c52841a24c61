/** Rows of an interchange import that is staged, and their merge into the history, validator by validator. */
import type { LedgerDatabase } from "../open.ts";
import type { NamespaceName, ValidatorPublicKey } from "../../domain/kinds.ts";

/** Lowest and highest of one key's records in the file; null where it has none. */
export interface StagedRange {
  readonly minSlot: bigint | null;
  readonly maxSlot: bigint | null;
  readonly minSource: bigint | null;
  readonly maxSource: bigint | null;
  readonly minTarget: bigint | null;
  readonly maxTarget: bigint | null;
}

export interface StagedVote {
  readonly source: bigint;
  readonly target: bigint;
  /** A vote of the file; false: it was known before. */
  readonly staged: boolean;
}

type VoteRow = Omit<StagedVote, "staged"> & { readonly staged: bigint };

interface Place {
  readonly validator: bigint;
  readonly key: Uint8Array;
}

const ENTRIES = "entries (entry) AS (SELECT entry FROM slashing_staged_entry WHERE public_key = @key)";

const RANGE = `WITH ${ENTRIES} SELECT * FROM
  (SELECT min(slot) AS minSlot, max(slot) AS maxSlot FROM slashing_staged_block WHERE entry IN entries),
  (SELECT min(source) AS minSource, max(source) AS maxSource, min(target) AS minTarget,
     max(target) AS maxTarget FROM slashing_staged_attestation WHERE entry IN entries)`;

// At or below the watermark something else may have been signed of which no record is left. A record from there counts
// only as a contradiction of one that is still known: it must not pass for a repeat.
export const NEW_BLOCK = `(slot > @low OR EXISTS (SELECT 1 FROM slashing_block AS known
      WHERE known.validator = @validator AND known.slot = file.slot))`;
export const NEW_VOTE = `(target > @low OR EXISTS (SELECT 1 FROM slashing_attestation AS known
      WHERE known.validator = @validator AND known.target = file.target))`;

const MERGE_BLOCKS = `WITH ${ENTRIES} INSERT INTO slashing_block (validator, slot, signing_root)
  SELECT @validator, slot, signing_root FROM slashing_staged_block AS file WHERE entry IN entries AND ${NEW_BLOCK}
  ON CONFLICT DO NOTHING`;

const MERGE_VOTES = `WITH ${ENTRIES} INSERT INTO slashing_attestation (validator, source, target, signing_root)
  SELECT @validator, source, target, signing_root FROM slashing_staged_attestation AS file
  WHERE entry IN entries AND ${NEW_VOTE}
  ON CONFLICT DO NOTHING`;

const LATEST_SOURCE = `WITH ${ENTRIES} SELECT max(source) AS source FROM slashing_staged_attestation
  WHERE entry IN entries AND target <= @low`;

const DOUBLE_BLOCKS = `WITH ${ENTRIES}, doubles AS
    (SELECT slot FROM slashing_block WHERE validator = @validator GROUP BY slot HAVING count(*) > 1)
  SELECT DISTINCT slot FROM slashing_staged_block
  WHERE entry IN entries AND slot IN (SELECT slot FROM doubles) ORDER BY slot`;

/** Whether the file has this vote. */
const STAGED = `EXISTS (SELECT 1 FROM slashing_staged_attestation AS file WHERE file.entry IN entries
  AND file.target = votes.target AND file.source = votes.source) AS staged`;

const DOUBLE_VOTES = `WITH ${ENTRIES}, doubles AS
    (SELECT target FROM slashing_attestation WHERE validator = @validator GROUP BY target HAVING count(*) > 1
     INTERSECT SELECT target FROM slashing_staged_attestation WHERE entry IN entries)
  SELECT DISTINCT source, target, ${STAGED} FROM slashing_attestation AS votes
  WHERE validator = @validator AND target IN (SELECT target FROM doubles) ORDER BY target, source`;

const INVERTED_VOTES = `WITH ${ENTRIES} SELECT DISTINCT source, target, 1 AS staged FROM slashing_staged_attestation
  WHERE entry IN entries AND source > target ORDER BY target, source`;

// Surrounds are rare, and this tells in one pass by the primary key: without any, sources never fall as targets rise.
const HAS_SURROUNDS = `SELECT EXISTS (SELECT 1 FROM
    (SELECT source, lag(source) OVER (ORDER BY target, source) AS previous
     FROM slashing_attestation WHERE validator = @validator)
  WHERE source < previous) AS found`;

// One pass in each direction: a vote is in a surround when a vote of an earlier target has a later source, or one of a
// later target an earlier source.
const SURROUNDS = `WITH ${ENTRIES}, votes AS (SELECT source, target,
      max(source) OVER (ORDER BY target RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before,
      min(source) OVER (ORDER BY target DESC RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS after
    FROM slashing_attestation WHERE validator = @validator)
  SELECT DISTINCT source, target, ${STAGED} FROM votes WHERE source < before OR source > after
  ORDER BY target, source`;

/** Whether the namespace has the key and has not deleted it. */
const IS_HELD = `EXISTS (SELECT 1 FROM key WHERE namespace = @namespace AND chain = 'ethereum-validator'
  AND public_key = @key AND deleted_at IS NULL)`;

// From the few keys of the file to their records, and not through all validators.
const KNOWN_OF = (records: string): string =>
  `SELECT 1 FROM slashing_import_key AS file CROSS JOIN slashing_validator AS known CROSS JOIN ${records}
   WHERE known.public_key = file.public_key AND validator = known.id`;
const KNOWN_RECORDS = `SELECT count(*) AS records FROM
  (${KNOWN_OF("slashing_attestation")} UNION ALL ${KNOWN_OF("slashing_block")} LIMIT ?)`;

interface Holder {
  readonly namespace: NamespaceName;
  readonly key: ValidatorPublicKey;
}

interface PlaceAbove extends Place {
  readonly low: bigint;
}

/** Call everything inside a transaction. */
export class SlashingImportTable {
  readonly #database: LedgerDatabase;
  readonly #entry;
  readonly #key;
  readonly #heldKey;
  readonly #cameKey;
  readonly #leftKey;
  readonly #known;
  readonly #named;
  readonly #block;
  readonly #vote;
  readonly #range;
  readonly #mergeBlocks;
  readonly #mergeVotes;
  readonly #latestSource;
  readonly #doubleBlocks;
  readonly #doubleVotes;
  readonly #invertedVotes;
  readonly #hasSurrounds;
  readonly #surrounds;

  constructor(database: LedgerDatabase) {
    this.#database = database;
    this.#entry = database.prepare<[number, Uint8Array]>(
      "INSERT INTO slashing_staged_entry (entry, public_key) VALUES (?, ?)",
    );
    this.#key = database.prepare<[Uint8Array]>(
      "INSERT INTO slashing_import_key (public_key) VALUES (?) ON CONFLICT DO NOTHING",
    );
    this.#heldKey = database.prepare<Holder>(
      `INSERT INTO slashing_import_key (public_key) SELECT @key WHERE ${IS_HELD} ON CONFLICT DO NOTHING`,
    );
    this.#cameKey = database.prepare<Holder>(
      `INSERT INTO slashing_import_key (public_key) SELECT @key WHERE ${IS_HELD}
         AND EXISTS (SELECT 1 FROM slashing_staged_entry WHERE public_key = @key) ON CONFLICT DO NOTHING`,
    );
    this.#leftKey = database.prepare<Holder>(
      `DELETE FROM slashing_import_key WHERE public_key = @key AND NOT ${IS_HELD}`,
    );
    this.#known = database.prepare<[number], { records: number }>(KNOWN_RECORDS);
    this.#named = database.prepare<[Uint8Array], { entry: number }>(
      "SELECT entry FROM slashing_staged_entry WHERE public_key = ? LIMIT 1",
    );
    this.#block = database.prepare<[number, bigint, Uint8Array]>(
      "INSERT INTO slashing_staged_block (entry, slot, signing_root) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    );
    this.#vote = database.prepare<[number, bigint, bigint, Uint8Array]>(
      `INSERT INTO slashing_staged_attestation (entry, source, target, signing_root) VALUES (?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    );
    this.#range = database.prepare<{ key: Uint8Array }, StagedRange>(RANGE).safeIntegers(true);
    this.#mergeBlocks = database.prepare<PlaceAbove>(MERGE_BLOCKS);
    this.#mergeVotes = database.prepare<PlaceAbove>(MERGE_VOTES);
    this.#latestSource = database
      .prepare<{ key: Uint8Array; low: bigint }, { source: bigint | null }>(LATEST_SOURCE)
      .safeIntegers(true);
    this.#doubleBlocks = database.prepare<Place, { slot: bigint }>(DOUBLE_BLOCKS).safeIntegers(true);
    this.#doubleVotes = database.prepare<Place, VoteRow>(DOUBLE_VOTES).safeIntegers(true);
    this.#invertedVotes = database.prepare<{ key: Uint8Array }, VoteRow>(INVERTED_VOTES).safeIntegers(true);
    this.#hasSurrounds = database.prepare<{ validator: bigint }, { found: number }>(HAS_SURROUNDS);
    this.#surrounds = database.prepare<Place, VoteRow>(SURROUNDS).safeIntegers(true);
  }

  /** Forgets what was staged, and what is left of an import that has ended. */
  clear(): void {
    this.#database.exec(
      `DELETE FROM slashing_staged_entry; DELETE FROM slashing_staged_block; DELETE FROM slashing_staged_attestation;
       DELETE FROM slashing_import_key; DELETE FROM slashing_import`,
    );
  }

  stageEntry(entry: number, publicKey: ValidatorPublicKey): void {
    this.#entry.run(entry, publicKey);
  }

  /** What the file says of the key counts. */
  choose(publicKey: ValidatorPublicKey): void {
    this.#key.run(publicKey);
  }

  /** As `choose`, if the namespace has the key. */
  chooseHeld(namespace: NamespaceName, key: ValidatorPublicKey): void {
    this.#heldKey.run({ namespace, key });
  }

  /** A key of the namespace came or was deleted: it is chosen where the namespace has it now and the file names it. */
  chooseAgain(namespace: NamespaceName, key: ValidatorPublicKey): void {
    this.#cameKey.run({ namespace, key });
    this.#leftKey.run({ namespace, key });
  }

  /** How many records the chosen keys have in the history; counted to `limit`, and no further. */
  knownRecords(limit: number): number {
    return this.#known.get(limit)?.records ?? 0;
  }

  stageBlock(entry: number, slot: bigint, signingRoot: Uint8Array): void {
    this.#block.run(entry, slot, signingRoot);
  }

  stageAttestation(entry: number, source: bigint, target: bigint, signingRoot: Uint8Array): void {
    this.#vote.run(entry, source, target, signingRoot);
  }

  /** Whether the file names the key, be it without a record. */
  names(key: ValidatorPublicKey): boolean {
    return this.#named.get(key) !== undefined;
  }

  /** The chosen keys, ascending. */
  publicKeys(): Uint8Array[] {
    return this.#database
      .prepare<[], { public_key: Uint8Array }>(
        "SELECT public_key FROM slashing_import_key ORDER BY public_key",
      )
      .all()
      .map((row) => new Uint8Array(row.public_key));
  }

  range(key: Uint8Array): StagedRange {
    const row = this.#range.get({ key });
    if (row === undefined) throw new Error("an aggregate gave no row");
    return row;
  }

  /** Adds the file's blocks of `key` above slot `low`, and those that contradict one below; number of new ones. */
  mergeBlocks(validator: bigint, key: Uint8Array, low: bigint | null): number {
    return this.#mergeBlocks.run({ validator, key, low: low ?? -1n }).changes;
  }

  /** Adds the file's votes of `key` above target `low`, and those that contradict one below; number of new ones. */
  mergeAttestations(validator: bigint, key: Uint8Array, low: bigint | null): number {
    return this.#mergeVotes.run({ validator, key, low: low ?? -1n }).changes;
  }

  /** The latest source among the file's votes of targets up to `low`. */
  latestSourceUpTo(key: Uint8Array, low: bigint | null): bigint | null {
    return this.#latestSource.get({ key, low: low ?? -1n })?.source ?? null;
  }

  /** Slots of the file that have several records now. */
  doubleBlocks(validator: bigint, key: Uint8Array): Iterable<{ readonly slot: bigint }> {
    return this.#doubleBlocks.iterate({ validator, key });
  }

  /** All votes of those targets of the file that have several records now. */
  doubleVotes(validator: bigint, key: Uint8Array): Iterable<StagedVote> {
    return votesOf(this.#doubleVotes.iterate({ validator, key }));
  }

  /** Votes of the file whose source is after their target. */
  invertedVotes(key: Uint8Array): Iterable<StagedVote> {
    return votesOf(this.#invertedVotes.iterate({ key }));
  }

  /** All votes that surround another or are surrounded by one. */
  surrounds(validator: bigint, key: Uint8Array): Iterable<StagedVote> {
    if (this.#hasSurrounds.get({ validator })?.found === 0) return [];
    return votesOf(this.#surrounds.iterate({ validator, key }));
  }
}

/** One by one: of a hostile file every vote may be in a conflict. */
function* votesOf(rows: Iterable<VoteRow>): Generator<StagedVote> {
  for (const { source, target, staged } of rows) yield { source, target, staged: staged === 1n };
}
