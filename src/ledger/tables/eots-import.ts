/** Rows of an EOTS history that is being imported, and their merge, key by key and chain by chain. */
import type { EotsPlace, EotsTrack, KeptMessage } from "../../domain/eots.ts";
import type { LedgerDatabase } from "../open.ts";
import { heightBytes, heightOf, keptMessage, type EotsRecord, type KeptRow } from "./eots.ts";

/** What a file has of one track. Null where it has none. */
export interface StagedTrack extends EotsTrack {
  readonly records: number;
  readonly lowest: bigint | null;
  readonly highest: bigint | null;
  readonly floor: bigint | null;
}

interface StagedRow {
  readonly public_key: Uint8Array;
  readonly chain_id: Uint8Array;
  readonly records: number;
  readonly lowest: Uint8Array | null;
  readonly highest: Uint8Array | null;
  readonly floor: Uint8Array | null;
}

/** What the file and the history keep of one height's message. */
export interface Difference extends EotsPlace {
  readonly file: KeptMessage;
  readonly known: KeptMessage;
}

interface DifferenceRow {
  readonly public_key: Uint8Array;
  readonly chain_id: Uint8Array;
  readonly height: Uint8Array;
  readonly message: Uint8Array;
  readonly message_hash: Uint8Array | null;
  readonly other: Uint8Array;
  readonly other_hash: Uint8Array | null;
}

const AT = "public_key = @publicKey AND chain_id = @chainId";
const SAME_PLACE =
  "known.public_key = file.public_key AND known.chain_id = file.chain_id AND known.height = file.height";

const TRACKS = `WITH tracks AS (
    SELECT public_key, chain_id FROM eots_staged_record GROUP BY public_key, chain_id
    UNION SELECT public_key, chain_id FROM eots_staged_floor)
  SELECT public_key, chain_id,
    (SELECT count(*) FROM eots_staged_record AS file
      WHERE file.public_key = tracks.public_key AND file.chain_id = tracks.chain_id) AS records,
    (SELECT min(height) FROM eots_staged_record AS file
      WHERE file.public_key = tracks.public_key AND file.chain_id = tracks.chain_id) AS lowest,
    (SELECT max(height) FROM eots_staged_record AS file
      WHERE file.public_key = tracks.public_key AND file.chain_id = tracks.chain_id) AS highest,
    (SELECT height FROM eots_staged_floor AS file
      WHERE file.public_key = tracks.public_key AND file.chain_id = tracks.chain_id) AS floor
  FROM tracks ORDER BY public_key, chain_id`;

// At or below a floor from before the import, something else may have been signed without a record here, because it was
// pruned or never came. So a file's record of such a height must not count as a repeat.
const ADDED = `WHERE ${AT} AND (@floor IS NULL OR height > @floor)
    AND NOT EXISTS (SELECT 1 FROM eots_record AS known WHERE ${SAME_PLACE})`;

const MERGE = `INSERT INTO eots_record (public_key, chain_id, height, message, message_hash, signature, recorded_at)
  SELECT public_key, chain_id, height, message, message_hash, signature, recorded_at FROM eots_staged_record AS file
  ${ADDED} ORDER BY height`;

const COUNT_ADDED = `SELECT count(*) AS added FROM eots_staged_record AS file ${ADDED}`;

const KNOWN = `SELECT count(*) AS known FROM eots_staged_record AS file
  WHERE ${AT} AND EXISTS (SELECT 1 FROM eots_record AS known WHERE ${SAME_PLACE})`;

const DIFFERENCES = `SELECT file.public_key, file.chain_id, file.height, file.message, file.message_hash,
    known.message AS other, known.message_hash AS other_hash
  FROM eots_staged_record AS file JOIN eots_record AS known ON ${SAME_PLACE}
  WHERE known.message <> file.message OR known.message_hash IS NOT file.message_hash
  ORDER BY file.public_key, file.chain_id, file.height`;

/** Call everything inside a transaction. */
export class EotsImportTable {
  readonly #database: LedgerDatabase;
  readonly #record;
  readonly #message;
  readonly #floor;
  readonly #tracks;
  readonly #differences;
  readonly #known;
  readonly #added;
  readonly #merge;

  constructor(database: LedgerDatabase) {
    this.#database = database;
    this.#record = database.prepare(
      `INSERT INTO eots_staged_record (public_key, chain_id, height, message, message_hash, signature, recorded_at)
       VALUES (@publicKey, @chainId, @height, @message, @messageHash, @signature, @at) ON CONFLICT DO NOTHING`,
    );
    this.#message = database.prepare<unknown[], KeptRow>(
      `SELECT message, message_hash FROM eots_staged_record WHERE ${AT} AND height = @height`,
    );
    this.#floor = database.prepare(
      `INSERT INTO eots_staged_floor (public_key, chain_id, height) VALUES (@publicKey, @chainId, @height)
       ON CONFLICT DO UPDATE SET height = max(height, excluded.height)`,
    );
    this.#tracks = database.prepare<[], StagedRow>(TRACKS);
    this.#differences = database.prepare<[], DifferenceRow>(DIFFERENCES);
    this.#known = database.prepare<EotsTrack, { known: number }>(KNOWN);
    this.#added = database.prepare<EotsTrack & { readonly floor: Uint8Array | null }, { added: number }>(
      COUNT_ADDED,
    );
    this.#merge = database.prepare<EotsTrack & { readonly floor: Uint8Array | null }>(MERGE);
  }

  /** Forgets what was staged. */
  clear(): void {
    this.#database.exec("DELETE FROM eots_staged_record; DELETE FROM eots_staged_floor");
  }

  /** @returns the message that the file has for this place already; undefined when it had none */
  stageRecord(record: EotsRecord): KeptMessage | undefined {
    const { publicKey, chainId, height, message, messageHash = null, signature, at } = record;
    const place = { publicKey, chainId, height: heightBytes(height) };
    if (this.#record.run({ ...place, message, messageHash, signature, at }).changes === 1) return undefined;
    const row = this.#message.get(place);
    if (row === undefined) throw new Error("a staged record is neither new nor there");
    return keptMessage(row);
  }

  /** Of several floors of one track the highest counts. */
  stageFloor({ publicKey, chainId, height }: EotsPlace): void {
    this.#floor.run({ publicKey, chainId, height: heightBytes(height) });
  }

  /** Every key and chain of the file, ascending. */
  tracks(): StagedTrack[] {
    return this.#tracks.all().map((row) => ({
      publicKey: new Uint8Array(row.public_key),
      chainId: new Uint8Array(row.chain_id),
      records: row.records,
      lowest: optional(row.lowest),
      highest: optional(row.highest),
      floor: optional(row.floor),
    }));
  }

  /**
   * Records of the file that are not what is known, byte for byte, ascending. They may still be the same: one of them as a hash
   * and the other as the message itself.
   */
  *differences(): Generator<Difference> {
    for (const row of this.#differences.iterate()) {
      yield {
        publicKey: new Uint8Array(row.public_key),
        chainId: new Uint8Array(row.chain_id),
        height: heightOf(row.height),
        file: keptMessage(row),
        known: keptMessage({ message: row.other, message_hash: row.other_hash }),
      };
    }
  }

  /** How many of the file's records of this track are on record already. */
  known({ publicKey, chainId }: EotsTrack): number {
    return this.#known.get({ publicKey, chainId })?.known ?? 0;
  }

  /** How many of the file's records of this track are new and above `floor`. */
  added({ publicKey, chainId }: EotsTrack, floor: bigint | null): number {
    return this.#added.get({ publicKey, chainId, floor: bytesOf(floor) })?.added ?? 0;
  }

  /** Adds them. */
  merge({ publicKey, chainId }: EotsTrack, floor: bigint | null): void {
    this.#merge.run({ publicKey, chainId, floor: bytesOf(floor) });
  }
}

function bytesOf(floor: bigint | null): Uint8Array | null {
  return floor === null ? null : heightBytes(floor);
}

function optional(height: Uint8Array | null): bigint | null {
  return height === null ? null : heightOf(height);
}
