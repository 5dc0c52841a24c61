/**
 * Rows of the slashing protection: the chain, one row a validator, what each signed. Slots and epochs are bigint. Only
 * src/guard writes here; triggers hold what it promises.
 * @module
 */
import type { Statement } from "better-sqlite3";
import type {
  AttestationRecord,
  BlockRecord,
  ValidatorBounds,
  GuardedChain,
  ValidatorHistory,
  Watermarks,
} from "../../domain/guard.ts";
import type { LedgerDatabase } from "../open.ts";
import {
  attestationOf,
  blockOf,
  chainOf,
  CHAIN_COLUMNS,
  validatorOf,
  VALIDATOR_COLUMNS as COLUMNS,
  type AttestationRow,
  type BlockRow,
  type ChainRow,
  type ValidatorRow,
} from "../guard-rows.ts";
import type { ValidatorPublicKey } from "../../domain/kinds.ts";

type Vote = [validator: bigint, source: bigint, target: bigint];

const VALIDATOR = `SELECT ${COLUMNS} FROM slashing_validator`;
const BLOCK = "SELECT slot, signing_root AS signingRoot FROM slashing_block";
const VOTE = "SELECT source, target, signing_root AS signingRoot FROM slashing_attestation";
const WITHOUT_ROW = `FROM key WHERE chain = 'ethereum-validator'
  AND public_key NOT IN (SELECT public_key FROM slashing_validator)`;
// `+?` and not `?`, here and in the searches for votes: SQLite plans a statement anew for each value of a parameter that it
// compares with an index and more, which takes ten times as long as the search.
const IS_MERGING = `SELECT 1 AS found FROM slashing_import JOIN slashing_import_key ON public_key = +?
  WHERE state = 'merging'`;
/** max() of SQLite is null as soon as one argument is. */
const RATCHET = (column: string, value: string): string =>
  `max(coalesce(${column}, @${value}), coalesce(@${value}, ${column}))`;

/** One row at a time; prepared once for each connection. */
export class SlashingTable {
  readonly #database: LedgerDatabase;
  readonly #chain;
  readonly #validator;
  readonly #merging;
  readonly #insertValidator;
  readonly #markKnown;
  readonly #setFrozen;
  readonly #raise;
  readonly #blocksAt;
  readonly #insertBlock;
  readonly #votesAt;
  readonly #surrounding;
  readonly #surroundedBy;
  readonly #insertVote;
  readonly #deleteBlocks;
  readonly #deleteVotes;
  #setBounds: Statement<ValidatorBounds & Pick<ValidatorHistory, "id">> | undefined;

  constructor(database: LedgerDatabase) {
    this.#database = database;
    this.#chain = database
      .prepare<[], ChainRow>(`SELECT ${CHAIN_COLUMNS} FROM slashing_chain WHERE id = 1`)
      .safeIntegers(true);
    this.#validator = database
      .prepare<[Uint8Array], ValidatorRow>(`${VALIDATOR} WHERE public_key = ?`)
      .safeIntegers(true);
    this.#merging = database.prepare<[Uint8Array], { found: number }>(IS_MERGING);
    this.#insertValidator = database
      .prepare<[Uint8Array], ValidatorRow>(
        `INSERT INTO slashing_validator (public_key) VALUES (?) RETURNING ${COLUMNS}`,
      )
      .safeIntegers(true);
    this.#markKnown = database.prepare<[bigint]>("UPDATE slashing_validator SET known = 1 WHERE id = ?");
    this.#setFrozen = database.prepare<[number, Uint8Array]>(
      "UPDATE slashing_validator SET enabled = ? WHERE public_key = ?",
    );
    this.#raise = database.prepare<Watermarks & { readonly id: bigint }>(
      `UPDATE slashing_validator SET low_slot = ${RATCHET("low_slot", "lowSlot")},
         low_source = ${RATCHET("low_source", "lowSource")}, low_target = ${RATCHET("low_target", "lowTarget")}
         WHERE id = @id`,
    );
    this.#blocksAt = database
      .prepare<[bigint, bigint], BlockRow>(`${BLOCK} WHERE validator = ? AND slot = ? ORDER BY signing_root`)
      .safeIntegers(true);
    this.#insertBlock = database.prepare<[bigint, bigint, Uint8Array]>(
      "INSERT INTO slashing_block (validator, slot, signing_root) VALUES (?, ?, ?)",
    );
    this.#votesAt = database
      .prepare<[bigint, bigint], AttestationRow>(`${VOTE} WHERE validator = ? AND target = ?`)
      .safeIntegers(true);
    // By the primary key: later targets are few at the head of the chain.
    this.#surrounding = database
      .prepare<Vote, AttestationRow>(
        `${VOTE} NOT INDEXED WHERE validator = +? AND source < +? AND target > +? ORDER BY target LIMIT 1`,
      )
      .safeIntegers(true);
    this.#surroundedBy = database
      .prepare<Vote, AttestationRow>(
        `${VOTE} INDEXED BY slashing_attestation_by_source
         WHERE validator = +? AND source > +? AND target < +? ORDER BY source LIMIT 1`,
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

  /** All or nothing: a new transaction, or a savepoint inside an open one. */
  atomically<Result>(work: () => Result): Result {
    return this.#database.transaction(work).immediate();
  }

  chain(): GuardedChain {
    const row = this.#chain.get();
    if (row === undefined) throw new Error("slashing_chain has no row: the ledger was not migrated");
    return chainOf(row);
  }

  /** Writes what is given; a genesis validators root only once. */
  setChain(changes: Partial<GuardedChain>): void {
    const next: GuardedChain = { ...this.chain(), ...changes };
    this.#database
      .prepare<GuardedChain>(
        `UPDATE slashing_chain SET genesis_validators_root = @genesisValidatorsRoot, mode = @mode,
           unknown_history = @unknownHistory, floor_slot = @floorSlot, floor_epoch = @floorEpoch,
           stop_slot = @slotBound, stop_epoch = @epochBound, network = @network`,
      )
      .run(next);
  }

  validator(publicKey: ValidatorPublicKey): ValidatorHistory | undefined {
    const row = this.#validator.get(publicKey);
    return row === undefined ? undefined : validatorOf(row);
  }

  /** Whether an import merges the key's history in pieces and has not ended: what is here is half a history. */
  isMerging(publicKey: ValidatorPublicKey): boolean {
    return this.#merging.get(publicKey) !== undefined;
  }

  /** Up to `limit` keys that are merging. */
  mergingKeys(limit: number): ValidatorPublicKey[] {
    return this.#database
      .prepare<[number], { public_key: Uint8Array }>(
        `SELECT public_key FROM slashing_import JOIN slashing_import_key WHERE state = 'merging' LIMIT ?`,
      )
      .all(limit)
      .map((row) => new Uint8Array(row.public_key));
  }

  /** A key of which nothing is known yet. */
  insertValidator(publicKey: ValidatorPublicKey): ValidatorHistory {
    const row = this.#insertValidator.get(publicKey);
    if (row === undefined) throw new Error("INSERT RETURNING gave no row");
    return validatorOf(row);
  }

  /** The key has a history from now on. */
  markKnown(id: bigint): void {
    this.#markKnown.run(id);
  }

  /** Up to `limit` validators with an id above `after`, by id. */
  validatorsAfter(after: bigint, limit: number): ValidatorHistory[] {
    return this.#database
      .prepare<[bigint, number], ValidatorRow>(`${VALIDATOR} WHERE id > ? ORDER BY id LIMIT ?`)
      .safeIntegers(true)
      .all(after, limit)
      .map(validatorOf);
  }

  /** All validators, by public key. */
  validators(): ValidatorHistory[] {
    return this.#database
      .prepare<[], ValidatorRow>(`${VALIDATOR} ORDER BY public_key`)
      .safeIntegers(true)
      .all()
      .map(validatorOf);
  }

  /** Up to `limit` validators whose public key is above `after`, by public key. */
  validatorsByKeyAfter(after: Uint8Array, limit: number): ValidatorHistory[] {
    return this.#database
      .prepare<[Uint8Array, number], ValidatorRow>(
        `${VALIDATOR} WHERE public_key > ? ORDER BY public_key LIMIT ?`,
      )
      .safeIntegers(true)
      .all(after, limit)
      .map(validatorOf);
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

  setFrozen(publicKey: ValidatorPublicKey, frozen: boolean): void {
    this.#setFrozen.run(frozen ? 0 : 1, publicKey);
  }

  /** Unlike a watermark, a bound moves both ways. */
  setBounds(id: bigint, { slotBound, epochBound }: ValidatorBounds): void {
    // Bounds of ten thousand keys come at once.
    this.#setBounds ??= this.#database.prepare(
      "UPDATE slashing_validator SET stop_slot = @slotBound, stop_epoch = @epochBound WHERE id = @id",
    );
    this.#setBounds.run({ id, slotBound, epochBound });
  }

  /** Moves each given watermark up to its value; one that is higher already stays. */
  raise(id: bigint, watermarks: Partial<Watermarks>): void {
    const { lowSlot = null, lowSource = null, lowTarget = null } = watermarks;
    this.#raise.run({ id, lowSlot, lowSource, lowTarget });
  }

  blocksAt(validator: bigint, slot: bigint): BlockRecord[] {
    return this.#blocksAt.all(validator, slot).map(blockOf);
  }

  insertBlock(validator: bigint, { slot, signingRoot }: BlockRecord): void {
    this.#insertBlock.run(validator, slot, signingRoot.bytes);
  }

  attestationsAt(validator: bigint, target: bigint): AttestationRecord[] {
    return this.#votesAt.all(validator, target).map(attestationOf);
  }

  /** The nearest vote with an earlier source and a later target. */
  surrounding(validator: bigint, source: bigint, target: bigint): AttestationRecord | undefined {
    const row = this.#surrounding.get(validator, source, target);
    return row === undefined ? undefined : attestationOf(row);
  }

  /** The nearest vote with a later source and an earlier target. */
  surroundedBy(validator: bigint, source: bigint, target: bigint): AttestationRecord | undefined {
    const row = this.#surroundedBy.get(validator, source, target);
    return row === undefined ? undefined : attestationOf(row);
  }

  insertAttestation(validator: bigint, { source, target, signingRoot }: AttestationRecord): void {
    this.#insertVote.run(validator, source, target, signingRoot.bytes);
  }

  /** All blocks of one validator from `slot` on, by slot and root. */
  *blocksFrom(validator: bigint, slot: bigint): Generator<BlockRecord> {
    const rows = this.#database
      .prepare<[bigint, bigint], BlockRow>(
        `${BLOCK} WHERE validator = ? AND slot >= ? ORDER BY slot, signing_root`,
      )
      .safeIntegers(true)
      .iterate(validator, slot);
    for (const row of rows) yield blockOf(row);
  }

  /** All votes of one validator from target epoch `target` on, by target, source and root. */
  *attestationsFrom(validator: bigint, target: bigint): Generator<AttestationRecord> {
    const rows = this.#database
      .prepare<[bigint, bigint], AttestationRow>(
        `${VOTE} WHERE validator = ? AND target >= ? ORDER BY target, source, signing_root`,
      )
      .safeIntegers(true)
      .iterate(validator, target);
    for (const row of rows) yield attestationOf(row);
  }

  /** The highest slot, source and target on record, each by itself. */
  highest(validator: bigint): Watermarks {
    const row = this.#database
      .prepare<{ validator: bigint }, Watermarks>(
        `SELECT (SELECT max(slot) FROM slashing_block WHERE validator = @validator) AS lowSlot,
           (SELECT max(source) FROM slashing_attestation WHERE validator = @validator) AS lowSource,
           (SELECT max(target) FROM slashing_attestation WHERE validator = @validator) AS lowTarget`,
      )
      .safeIntegers(true)
      .get({ validator });
    return row ?? NO_WATERMARKS;
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

const NO_WATERMARKS: Watermarks = { lowSlot: null, lowSource: null, lowTarget: null };
