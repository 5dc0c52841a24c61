/**
 * Reads the audit log from one end to the other. Checkpoints and nodes come in pieces, so that no statement stays open while
 * others are asked. Hashes are lowercase hex, which costs less than bytes.
 * @module
 */
import type { AuditLeaf, StoredCheckpoint } from "../../domain/audit-log.ts";
import type { LedgerDatabase } from "../open.ts";

const NODES_OF_A_PIECE = 512;
const CHECKPOINTS_OF_A_PIECE = 512;

/** Leaves from sequence `from` on, ascending. With -Infinity also those that somebody wrote below 0. */
export function* eachLeaf(
  database: LedgerDatabase,
  from = Number.NEGATIVE_INFINITY,
): Generator<Pick<AuditLeaf, "sequence" | "entry"> & { readonly hash: string }> {
  const rows = database
    .prepare<[number], [number, string, string]>(
      "SELECT sequence, entry, lower(hex(hash)) FROM audit_leaf WHERE sequence >= ? ORDER BY sequence",
    )
    .raw()
    .iterate(from);
  for (const [sequence, entry, hash] of rows) yield { sequence, entry, hash };
}

/**
 * Checkpoints from `from` leaves on, ascending. The first whose size is no safe integer is the last: it is beyond every log, and
 * cannot be counted on from.
 */
export function* eachCheckpoint(
  database: LedgerDatabase,
  from = Number.NEGATIVE_INFINITY,
): Generator<Pick<StoredCheckpoint, "size" | "note">> {
  const read = database
    .prepare<[number, number], [number, string]>(
      "SELECT size, note FROM audit_checkpoint WHERE size >= ? ORDER BY size LIMIT ?",
    )
    .raw();
  for (let next = from; ;) {
    const rows = read.all(next, CHECKPOINTS_OF_A_PIECE);
    for (const [size, note] of rows) {
      next = size + 1;
      yield { size, note };
    }
    if (rows.length < CHECKPOINTS_OF_A_PIECE || next > Number.MAX_SAFE_INTEGER) return;
  }
}

interface Piece {
  readonly rows: readonly (readonly [index: number, hash: string])[];
  at: number;
}

/** The stored nodes, where each level is asked for one index after the other. */
export class NodeWalk {
  readonly #read;
  readonly #pieces: Piece[] = [];

  constructor(database: LedgerDatabase) {
    this.#read = database
      .prepare<[number, number, number], [number, string]>(
        "SELECT idx, lower(hex(hash)) FROM audit_node WHERE level = ? AND idx >= ? ORDER BY idx LIMIT ?",
      )
      .raw();
  }

  /** 64 lowercase hex digits, or undefined where it is not stored. */
  get(level: number, index: number): string | undefined {
    let piece = this.#pieces[level];
    if (piece?.rows[piece.at]?.[0] !== index) {
      piece = { rows: this.#read.all(level, index, NODES_OF_A_PIECE), at: 0 };
      this.#pieces[level] = piece;
    }
    const row = piece.rows[piece.at];
    if (row?.[0] !== index) return undefined;
    piece.at += 1;
    return row[1];
  }
}
