/**
 * Rows of the slashing protection: the chain, one row a validator, what each signed. Slots and epochs are bigint. Only
 * src/guard writes here; triggers hold what it promises.
 * @module
 */
import type { LedgerDatabase } from "../open.ts";

export type SlashingMode = "complete" | "minimal";
export type UnknownHistory = "accept" | "refuse" | "floor";

export interface SlashingChainRow {
  /** 32 bytes; null until it is pinned. */
  readonly genesis_validators_root: Uint8Array | null;
  readonly mode: SlashingMode;
  readonly unknown_history: UnknownHistory;
  readonly floor_slot: bigint | null;
  readonly floor_epoch: bigint | null;
  readonly stop_slot: bigint | null;
  readonly stop_epoch: bigint | null;
  /** JSON; null for the networks that are known. */
  readonly network: string | null;
}

export interface SlashingValidatorRow {
  readonly id: bigint;
  /** 48 bytes. */
  readonly public_key: Uint8Array;
  readonly low_slot: bigint | null;
  readonly low_source: bigint | null;
  readonly low_target: bigint | null;
  /** 0n or 1n. */
  readonly enabled: bigint;
  /** Nothing at or above is signed; null: no bound of this key's own. */
  readonly stop_slot: bigint | null;
  readonly stop_epoch: bigint | null;
  /** 1n once something was signed or a history, perhaps an empty one, was imported; a stop alone leaves 0n. */
  readonly known: bigint;
}

/** `signing_root`: 32 bytes, or none of them where the root is unknown. */
export interface SlashingBlockRow {
  readonly slot: bigint;
  readonly signing_root: Uint8Array;
}

/** `signing_root`: 32 bytes, or none of them where the root is unknown. */
export interface SlashingAttestationRow {
  readonly source: bigint;
  readonly target: bigint;
  readonly signing_root: Uint8Array;
}

type Vote = [validator: bigint, source: bigint, target: bigint];

const COLUMNS = "id, public_key, low_slot, low_source, low_target, enabled, stop_slot, stop_epoch, known";
const VALIDATOR = `SELECT ${COLUMNS} FROM slashing_validator`;
const VOTE = "SELECT source, target, signing_root FROM slashing_attestation";
const WITHOUT_ROW = `FROM key WHERE chain = 'ethereum-validator'
  AND public_key NOT IN (SELECT public_key FROM slashing_validator)`;
/** max() of SQLite is null as soon as one argument is. */
const RATCHET = (column: string): string =>
  `max(coalesce(${column}, @${column}), coalesce(@${column}, ${column}))`;

/** One row at a time; prepared once for each connection. */
export class SlashingTable {
  readonly #database: LedgerDatabase;
  readonly #chain;
  readonly #validator;
  readonly #insertValidator;
  readonly #markKnown;
  readonly #setEnabled;
  readonly #raise;
  readonly #blocksAt;
  readonly #insertBlock;
  readonly #votesAt;
  readonly #surrounding;
  readonly #surroundedBy;
  readonly #insertVote;
  readonly #deleteBlocks;
  readonly #deleteVotes;

  constructor(database: LedgerDatabase) {
    this.#database = database;
    this.#chain = database
      .prepare<[], SlashingChainRow>("SELECT * FROM slashing_chain WHERE id = 1")
      .safeIntegers(true);
    this.#validator = database
      .prepare<[Uint8Array], SlashingValidatorRow>(`${VALIDATOR} WHERE public_key = ?`)
      .safeIntegers(true);
    this.#insertValidator = database
      .prepare<[Uint8Array], SlashingValidatorRow>(
        `INSERT INTO slashing_validator (public_key) VALUES (?) RETURNING ${COLUMNS}`,
      )
      .safeIntegers(true);
    this.#markKnown = database.prepare<[bigint]>("UPDATE slashing_validator SET known = 1 WHERE id = ?");
    this.#setEnabled = database.prepare<[number, Uint8Array]>(
      "UPDATE slashing_validator SET enabled = ? WHERE public_key = ?",
    );
    this.#raise = database.prepare<SlashingWatermark & { readonly id: bigint }>(
      `UPDATE slashing_validator SET low_slot = ${RATCHET("low_slot")}, low_source = ${RATCHET("low_source")},
         low_target = ${RATCHET("low_target")} WHERE id = @id`,
    );
    this.#blocksAt = database
      .prepare<[bigint, bigint], SlashingBlockRow>(
        "SELECT slot, signing_root FROM slashing_block WHERE validator = ? AND slot = ? ORDER BY signing_root",
      )
      .safeIntegers(true);
    this.#insertBlock = database.prepare<[bigint, bigint, Uint8Array]>(
      "INSERT INTO slashing_block (validator, slot, signing_root) VALUES (?, ?, ?)",
    );
    this.#votesAt = database
      .prepare<[bigint, bigint], SlashingAttestationRow>(`${VOTE} WHERE validator = ? AND target = ?`)
      .safeIntegers(true);
    // By the primary key: later targets are few at the head of the chain.
    this.#surrounding = database
      .prepare<Vote, SlashingAttestationRow>(
        `${VOTE} NOT INDEXED WHERE validator = ? AND source < ? AND target > ? ORDER BY target LIMIT 1`,
      )
      .safeIntegers(true);
    this.#surroundedBy = database
      .prepare<Vote, SlashingAttestationRow>(
        `${VOTE} INDEXED BY slashing_attestation_by_source
         WHERE validator = ? AND source > ? AND target < ? ORDER BY source LIMIT 1`,
      )
      .safeIntegers(true);
    this.#insertVote = database.prepare<[bigint, bigint, bigint, Uint8Array]>(
      "INSERT INTO slashing_attestation (validator, source, target, signing_root) VALUES (?, ?, ?, ?)",
    );
    // A slot or target goes as a whole: of two records that contradict each other the one left would pass for a repeat.
    this.#deleteBlocks = database.prepare<{ validator: bigint; limit: number }>(
      `DELETE FROM slashing_block WHERE validator = @validator AND slot IN
         (SELECT slot FROM slashing_block WHERE validator = @validator AND slot <
           (SELECT low_slot FROM slashing_validator WHERE id = @validator) ORDER BY slot LIMIT @limit)`,
    );
    this.#deleteVotes = database.prepare<{ validator: bigint; limit: number }>(
      `DELETE FROM slashing_attestation WHERE validator = @validator
         AND source <= (SELECT low_source FROM slashing_validator WHERE id = @validator) AND target IN
         (SELECT target FROM slashing_attestation JOIN slashing_validator ON id = validator
          WHERE validator = @validator AND target < low_target AND source <= low_source
          ORDER BY target LIMIT @limit)`,
    );
  }

  /** All or nothing: a transaction of its own, or a savepoint inside an open one. */
  atomically<Result>(work: () => Result): Result {
    return this.#database.transaction(work).immediate();
  }

  chain(): SlashingChainRow {
    const row = this.#chain.get();
    if (row === undefined) throw new Error("slashing_chain has no row: the ledger was not migrated");
    return row;
  }

  /** Writes what is given; a genesis validators root only once. */
  setChain(changes: Partial<SlashingChainRow>): void {
    const next = { ...this.chain(), ...changes };
    this.#database
      .prepare(
        `UPDATE slashing_chain SET genesis_validators_root = @genesis_validators_root, mode = @mode,
           unknown_history = @unknown_history, floor_slot = @floor_slot, floor_epoch = @floor_epoch,
           stop_slot = @stop_slot, stop_epoch = @stop_epoch, network = @network`,
      )
      .run(next);
  }

  validator(publicKey: Uint8Array): SlashingValidatorRow | undefined {
    return this.#validator.get(publicKey);
  }

  /** A key of which nothing is known yet. */
  insertValidator(publicKey: Uint8Array): SlashingValidatorRow {
    const row = this.#insertValidator.get(publicKey);
    if (row === undefined) throw new Error("INSERT RETURNING gave no row");
    return row;
  }

  /** The key has a history from now on. */
  markKnown(id: bigint): void {
    this.#markKnown.run(id);
  }

  /** Up to `limit` validators with an id above `after`, by id. */
  validatorsAfter(after: bigint, limit: number): SlashingValidatorRow[] {
    return this.#database
      .prepare<[bigint, number], SlashingValidatorRow>(`${VALIDATOR} WHERE id > ? ORDER BY id LIMIT ?`)
      .safeIntegers(true)
      .all(after, limit);
  }

  /** All validators, by public key. */
  validators(): SlashingValidatorRow[] {
    return this.#database
      .prepare<[], SlashingValidatorRow>(`${VALIDATOR} ORDER BY public_key`)
      .safeIntegers(true)
      .all();
  }

  /** Up to `limit` validators whose public key is above `after`, by public key. */
  validatorsByKeyAfter(after: Uint8Array, limit: number): SlashingValidatorRow[] {
    return this.#database
      .prepare<[Uint8Array, number], SlashingValidatorRow>(
        `${VALIDATOR} WHERE public_key > ? ORDER BY public_key LIMIT ?`,
      )
      .safeIntegers(true)
      .all(after, limit);
  }

  counts(): SlashingCounts {
    const row = this.#database
      .prepare<[], SlashingCounts>(
        `SELECT count(*) + (SELECT count(DISTINCT public_key) ${WITHOUT_ROW}) AS keys,
           coalesce(sum(enabled = 0), 0) AS disabled, coalesce(sum(known), 0) AS known FROM slashing_validator`,
      )
      .get();
    if (row === undefined) throw new Error("an aggregate gave no row");
    return row;
  }

  /** Public keys of validators that this installation holds and that never signed: they have no row here. */
  keysWithoutRow(): Uint8Array[] {
    return this.#database
      .prepare<[], { public_key: Uint8Array }>(
        `SELECT DISTINCT public_key ${WITHOUT_ROW} ORDER BY public_key`,
      )
      .all()
      .map((row) => new Uint8Array(row.public_key));
  }

  setEnabled(publicKey: Uint8Array, enabled: boolean): void {
    this.#setEnabled.run(enabled ? 1 : 0, publicKey);
  }

  /** Unlike a watermark, a bound moves both ways. */
  setBounds(id: bigint, bounds: Pick<SlashingValidatorRow, "stop_slot" | "stop_epoch">): void {
    this.#database
      .prepare<Pick<SlashingValidatorRow, "id" | "stop_slot" | "stop_epoch">>(
        "UPDATE slashing_validator SET stop_slot = @stop_slot, stop_epoch = @stop_epoch WHERE id = @id",
      )
      .run({ id, ...bounds });
  }

  /** Moves each given watermark up to its value; one that is higher already stays. */
  raise(id: bigint, watermark: Partial<SlashingWatermark>): void {
    const { low_slot = null, low_source = null, low_target = null } = watermark;
    this.#raise.run({ id, low_slot, low_source, low_target });
  }

  blocksAt(validator: bigint, slot: bigint): SlashingBlockRow[] {
    return this.#blocksAt.all(validator, slot);
  }

  insertBlock(validator: bigint, row: SlashingBlockRow): void {
    this.#insertBlock.run(validator, row.slot, row.signing_root);
  }

  attestationsAt(validator: bigint, target: bigint): SlashingAttestationRow[] {
    return this.#votesAt.all(validator, target);
  }

  /** The nearest vote with an earlier source and a later target. */
  surrounding(validator: bigint, source: bigint, target: bigint): SlashingAttestationRow | undefined {
    return this.#surrounding.get(validator, source, target);
  }

  /** The nearest vote with a later source and an earlier target. */
  surroundedBy(validator: bigint, source: bigint, target: bigint): SlashingAttestationRow | undefined {
    return this.#surroundedBy.get(validator, source, target);
  }

  insertAttestation(validator: bigint, row: SlashingAttestationRow): void {
    this.#insertVote.run(validator, row.source, row.target, row.signing_root);
  }

  /** All blocks of one validator from `slot` on, by slot and root. */
  blocksFrom(validator: bigint, slot: bigint): IterableIterator<SlashingBlockRow> {
    return this.#database
      .prepare<[bigint, bigint], SlashingBlockRow>(
        "SELECT slot, signing_root FROM slashing_block WHERE validator = ? AND slot >= ? ORDER BY slot, signing_root",
      )
      .safeIntegers(true)
      .iterate(validator, slot);
  }

  /** All votes of one validator from target epoch `target` on, by target, source and root. */
  attestationsFrom(validator: bigint, target: bigint): IterableIterator<SlashingAttestationRow> {
    return this.#database
      .prepare<[bigint, bigint], SlashingAttestationRow>(
        `${VOTE} WHERE validator = ? AND target >= ? ORDER BY target, source, signing_root`,
      )
      .safeIntegers(true)
      .iterate(validator, target);
  }

  /** The highest slot, source and target on record, each by itself. */
  highest(validator: bigint): SlashingWatermark {
    const row = this.#database
      .prepare<{ validator: bigint }, SlashingWatermark>(
        `SELECT (SELECT max(slot) FROM slashing_block WHERE validator = @validator) AS low_slot,
           (SELECT max(source) FROM slashing_attestation WHERE validator = @validator) AS low_source,
           (SELECT max(target) FROM slashing_attestation WHERE validator = @validator) AS low_target`,
      )
      .safeIntegers(true)
      .get({ validator });
    return row ?? NO_WATERMARK;
  }

  /** The lowest source and the lowest target, each by itself, among votes of target epoch `target` and later. */
  lowestFrom(
    validator: bigint,
    target: bigint,
  ): { readonly source: bigint | null; readonly target: bigint | null } {
    const row = this.#database
      .prepare<[bigint, bigint], { source: bigint | null; target: bigint | null }>(
        `SELECT min(source) AS source, min(target) AS target FROM slashing_attestation
         WHERE validator = ? AND target >= ?`,
      )
      .safeIntegers(true)
      .get(validator, target);
    return row ?? { source: null, target: null };
  }

  /** The latest source among votes of targets before `target`; null without any. */
  latestSourceBelow(validator: bigint, target: bigint): bigint | null {
    const row = this.#database
      .prepare<[bigint, bigint], { source: bigint }>(
        // From the newest source down: the first votes that it meets are the few of later targets.
        `SELECT source FROM slashing_attestation INDEXED BY slashing_attestation_by_source
         WHERE validator = ? AND target < ? ORDER BY source DESC LIMIT 1`,
      )
      .safeIntegers(true)
      .get(validator, target);
    return row?.source ?? null;
  }

  /** The first recorded slot at or after `slot`. */
  firstSlotFrom(validator: bigint, slot: bigint): bigint | null {
    const row = this.#database
      .prepare<[bigint, bigint], { slot: bigint | null }>(
        "SELECT min(slot) AS slot FROM slashing_block WHERE validator = ? AND slot >= ?",
      )
      .safeIntegers(true)
      .get(validator, slot);
    return row?.slot ?? null;
  }

  /**
   * Deletes records that the watermarks make superfluous, oldest first; the number of them. It is `limit` at most, but
   * for the last slot or target, of which all go.
   */
  deleteBelowWatermark(validator: bigint, limit: number): number {
    const blocks = this.#deleteBlocks.run({ validator, limit }).changes;
    if (blocks >= limit) return blocks;
    return blocks + this.#deleteVotes.run({ validator, limit: limit - blocks }).changes;
  }
}

/** How many keys there are, those that never signed included; how many may not sign, and have a history. */
export interface SlashingCounts {
  readonly keys: number;
  readonly disabled: number;
  readonly known: number;
}

export interface SlashingWatermark {
  readonly low_slot: bigint | null;
  readonly low_source: bigint | null;
  readonly low_target: bigint | null;
}

const NO_WATERMARK: SlashingWatermark = { low_slot: null, low_source: null, low_target: null };
