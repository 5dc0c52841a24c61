/**
 * Rows of the EOTS guard: one message for each key, chain and height, floors, and the state of keys. Heights are bigint
 * here and 8 bytes big-endian in the file. Only src/guard writes here; triggers hold what it promises.
 * @module
 */
import { bigintToBytes, bytesToBigint } from "../../domain/bytes.ts";
import type { EotsPlace, EotsTrack, KeptMessage } from "../../domain/eots.ts";
import type { LedgerDatabase } from "../open.ts";
import type { XOnlyKey } from "../../domain/kinds.ts";

/** `signature`: 32 bytes, only where it was imported; `at`: RFC 3339 in UTC. */
export interface EotsRecord extends EotsPlace, KeptMessage {
  readonly signature: Uint8Array | null;
  readonly at: string;
}

/** What was set for one public key. */
export interface EotsKey {
  /** It signs nothing new on a chain that it has no floor on. */
  readonly requiresFloor: boolean;
  /** It signs nothing, in any namespace. */
  readonly frozen: boolean;
}

/** 0 or 1 each. */
interface EotsKeyRow {
  readonly requiresFloor: number;
  readonly enabled: number;
}

/** Lowest and highest recorded height of a track. */
export interface EotsRange {
  readonly lowest: bigint;
  readonly highest: bigint;
}

interface RecordRow {
  readonly public_key: Uint8Array;
  readonly chain_id: Uint8Array;
  readonly height: Uint8Array;
  readonly message: Uint8Array;
  readonly message_hash: Uint8Array | null;
  readonly signature: Uint8Array | null;
  readonly recorded_at: string;
}
/** Columns of what is kept of a message. */
export type KeptRow = Pick<RecordRow, "message" | "message_hash">;

interface TrackRow {
  readonly public_key: Uint8Array;
  readonly chain_id: Uint8Array;
}

/** Before every track: no public key is shorter. */
const BEFORE_ALL: EotsTrack = { publicKey: new Uint8Array(), chainId: new Uint8Array() };
const AT = "public_key = @publicKey AND chain_id = @chainId";
const RECORD =
  "SELECT public_key, chain_id, height, message, message_hash, signature, recorded_at FROM eots_record";
const BY_PLACE = "ORDER BY public_key, chain_id, height";

/** At or below the floor, lowest first, and never the newest. */
const SUPERFLUOUS = `SELECT height FROM eots_record WHERE ${AT}
         AND height <= (SELECT height FROM eots_floor WHERE ${AT})
         AND +height < (SELECT max(height) FROM eots_record WHERE ${AT}) ORDER BY height LIMIT @limit`;

const NEXT_TRACK = (table: string): string =>
  `SELECT * FROM (SELECT public_key, chain_id FROM ${table}
     WHERE (public_key, chain_id) > (@publicKey, @chainId) ORDER BY public_key, chain_id LIMIT 1)`;

/** One row at a time; prepared once for each connection. */
export class EotsTable {
  readonly #database: LedgerDatabase;
  readonly #key;
  readonly #floor;
  readonly #message;
  readonly #insert;
  readonly #nextTrack;
  readonly #raise;
  readonly #lowest;
  readonly #highest;
  readonly #prune;
  readonly #superfluous;

  constructor(database: LedgerDatabase) {
    this.#database = database;
    this.#key = database.prepare<[Uint8Array], EotsKeyRow>(
      "SELECT requires_floor AS requiresFloor, enabled FROM eots_key WHERE public_key = ?",
    );
    this.#floor = database.prepare<EotsTrack, { height: Uint8Array }>(
      `SELECT height FROM eots_floor WHERE ${AT}`,
    );
    this.#message = database.prepare<Parameters, KeptRow>(
      `SELECT message, message_hash FROM eots_record WHERE ${AT} AND height = @height`,
    );
    this.#insert = database.prepare(
      `INSERT INTO eots_record (public_key, chain_id, height, message, signature, recorded_at)
       VALUES (@publicKey, @chainId, @height, @message, @signature, @at)`,
    );
    // From one track to the next along the primary key, however many records each of them has.
    this.#nextTrack = database.prepare<EotsTrack, TrackRow>(
      `${NEXT_TRACK("eots_record")} UNION ${NEXT_TRACK("eots_floor")} ORDER BY public_key, chain_id LIMIT 1`,
    );
    this.#raise = database.prepare<Parameters>(
      `INSERT INTO eots_floor (public_key, chain_id, height) SELECT @publicKey, @chainId, @height
       WHERE NOT EXISTS (SELECT 1 FROM eots_floor WHERE ${AT} AND height >= @height)
       ON CONFLICT (public_key, chain_id) DO UPDATE SET height = excluded.height`,
    );
    this.#lowest = database.prepare<EotsTrack, { height: Uint8Array | null }>(
      `SELECT min(height) AS height FROM eots_record WHERE ${AT}`,
    );
    this.#highest = database.prepare<EotsTrack, { height: Uint8Array | null }>(
      `SELECT max(height) AS height FROM eots_record WHERE ${AT}`,
    );
    this.#prune = database.prepare<EotsTrack & { readonly limit: number }>(
      `DELETE FROM eots_record WHERE ${AT} AND height IN (${SUPERFLUOUS})`,
    );
    this.#superfluous = database.prepare<EotsTrack & { readonly limit: number }, { count: number }>(
      `SELECT count(*) AS count FROM (${SUPERFLUOUS})`,
    );
  }

  /** All or nothing: a new transaction, or a savepoint inside an open one. */
  atomically<Result>(work: () => Result): Result {
    return this.#database.transaction(work).immediate();
  }

  /** Undefined for a key that nothing was ever set for: it is not frozen, and needs no floor. */
  key(publicKey: XOnlyKey): EotsKey | undefined {
    const row = this.#key.get(publicKey);
    // Whatever is not known to be free is frozen, and needs a floor.
    return row === undefined
      ? undefined
      : { requiresFloor: row.requiresFloor !== 0, frozen: row.enabled !== 1 };
  }

  /** Null: no floor. */
  floor({ publicKey, chainId }: EotsTrack): bigint | null {
    const row = this.#floor.get({ publicKey, chainId });
    return row === undefined ? null : heightOf(row.height);
  }

  /** The one message of this height; null: none is recorded. */
  message(place: EotsPlace): KeptMessage | null {
    const row = this.#message.get(parameters(place));
    return row === undefined ? null : keptMessage(row);
  }

  insert(record: EotsRecord): void {
    const { message, signature, at } = record;
    this.#insert.run({ ...parameters(record), message, signature, at });
  }

  /** Moves the floor up to `height`; one that is higher already stays. */
  raiseFloor(place: EotsPlace): void {
    this.#raise.run(parameters(place));
  }

  /** Writes what is given. That a key needs a floor is never taken back. */
  setKey(publicKey: XOnlyKey, changes: { readonly requiresFloor?: true; readonly frozen?: boolean }): void {
    const before = this.key(publicKey);
    const requiresFloor = changes.requiresFloor === true || before?.requiresFloor === true;
    const frozen = changes.frozen ?? before?.frozen === true;
    const statement =
      before === undefined
        ? "INSERT INTO eots_key (public_key, requires_floor, enabled) VALUES (@publicKey, @requiresFloor, @enabled)"
        : "UPDATE eots_key SET requires_floor = @requiresFloor, enabled = @enabled WHERE public_key = @publicKey";
    this.#database
      .prepare(statement)
      .run({ publicKey, requiresFloor: Number(requiresFloor), enabled: Number(!frozen) });
  }

  /** Every key that a state was ever set for, ascending. */
  keys(): Uint8Array[] {
    return this.#database
      .prepare<[], { public_key: Uint8Array }>("SELECT public_key FROM eots_key ORDER BY public_key")
      .all()
      .map((row) => new Uint8Array(row.public_key));
  }

  /** Every key and chain with a record or a floor, ascending; those after `after`. */
  *tracks(after: EotsTrack = BEFORE_ALL): Generator<EotsTrack> {
    for (let at: EotsTrack = after; ;) {
      const row = this.#nextTrack.get({ publicKey: at.publicKey, chainId: at.chainId });
      if (row === undefined) return;
      at = { publicKey: new Uint8Array(row.public_key), chainId: new Uint8Array(row.chain_id) };
      yield at;
    }
  }

  /** Null without any record. */
  range({ publicKey, chainId }: EotsTrack): EotsRange | null {
    const lowest = this.#lowest.get({ publicKey, chainId })?.height ?? null;
    const highest = this.#highest.get({ publicKey, chainId })?.height ?? null;
    return lowest === null || highest === null
      ? null
      : { lowest: heightOf(lowest), highest: heightOf(highest) };
  }

  /** Reads every record of the track. */
  count({ publicKey, chainId }: EotsTrack): number {
    const row = this.#database
      .prepare<EotsTrack, { count: number }>(`SELECT count(*) AS count FROM eots_record WHERE ${AT}`)
      .get({ publicKey, chainId });
    return row?.count ?? 0;
  }

  /** Up to `limit` records by key, chain and height: those after `after`; of one key alone where it is named. */
  records(publicKey: XOnlyKey | null, after: EotsPlace | null, limit: number): EotsRecord[] {
    // Within one key the place is compared without it, or every record of the key would be read for each page.
    const columns = publicKey === null ? "public_key, chain_id, height" : "chain_id, height";
    const values = publicKey === null ? "@publicKey, @chainId, @height" : "@chainId, @height";
    const conditions = [
      ...(publicKey === null ? [] : ["public_key = @only"]),
      ...(after === null ? [] : [`(${columns}) > (${values})`]),
    ];
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
    return this.#database
      .prepare<unknown[], RecordRow>(`${RECORD} ${where} ${BY_PLACE} LIMIT @limit`)
      .all({
        limit,
        ...(publicKey === null ? {} : { only: publicKey }),
        ...(after === null ? {} : parameters(after)),
      })
      .map(toRecord);
  }

  /** How many records can go, up to `limit`. */
  superfluous({ publicKey, chainId }: EotsTrack, limit: number): number {
    return this.#superfluous.get({ publicKey, chainId, limit })?.count ?? 0;
  }

  /** Deletes at most `limit` records at or below the floor, lowest first, never the newest; the number of them. */
  prune({ publicKey, chainId }: EotsTrack, limit: number): number {
    return this.#prune.run({ publicKey, chainId, limit }).changes;
  }
}

interface Parameters extends EotsTrack {
  readonly height: Uint8Array;
}

function parameters({ publicKey, chainId, height }: EotsPlace): Parameters {
  return { publicKey, chainId, height: heightBytes(height) };
}

/** 8 bytes big-endian. */
export function heightBytes(height: bigint): Uint8Array {
  return bigintToBytes(height, 8);
}

/** @param bytes 8, big-endian */
export function heightOf(bytes: Uint8Array): bigint {
  return bytesToBigint(bytes);
}

export function keptMessage({ message, message_hash: hash }: KeptRow): KeptMessage {
  const kept = { message: new Uint8Array(message) };
  return hash === null ? kept : { ...kept, messageHash: new Uint8Array(hash) };
}

function toRecord(row: RecordRow): EotsRecord {
  return {
    publicKey: new Uint8Array(row.public_key),
    chainId: new Uint8Array(row.chain_id),
    height: heightOf(row.height),
    ...keptMessage(row),
    signature: row.signature === null ? null : new Uint8Array(row.signature),
    at: row.recorded_at,
  };
}
