/** Rows of the audit log: leaves, complete subtrees, checkpoints. Append-only, by trigger. */
import type { LedgerDatabase } from "../open.ts";

export interface LeafRow {
  readonly sequence: number;
  readonly namespace: string;
  /** Canonical JSON. */
  readonly entry: string;
  /** 32 bytes: SHA-256(0x00 ‖ entry). */
  readonly hash: Uint8Array;
}

export interface CheckpointRow {
  readonly size: number;
  readonly note: string;
  readonly created_at: string;
}

export interface LogRow {
  readonly origin: string;
  readonly key_id: string;
  readonly public_key: Uint8Array;
}

export class AuditTable {
  readonly #database: LedgerDatabase;
  readonly #insertLeaf;
  readonly #insertNode;
  readonly #leafHash;
  readonly #node;
  readonly #size;

  constructor(database: LedgerDatabase) {
    this.#database = database;
    this.#insertLeaf = database.prepare<[number, string, string, Uint8Array]>(
      "INSERT INTO audit_leaf (sequence, namespace, entry, hash) VALUES (?, ?, ?, ?)",
    );
    this.#insertNode = database.prepare<[number, number, Uint8Array]>(
      "INSERT INTO audit_node (level, idx, hash) VALUES (?, ?, ?)",
    );
    this.#leafHash = database.prepare<[number], { hash: Uint8Array }>(
      "SELECT hash FROM audit_leaf WHERE sequence = ?",
    );
    this.#node = database.prepare<[number, number], { hash: Uint8Array }>(
      "SELECT hash FROM audit_node WHERE level = ? AND idx = ?",
    );
    this.#size = database.prepare<[], { size: number }>(
      "SELECT coalesce(max(sequence) + 1, 0) AS size FROM audit_leaf",
    );
  }

  /** Number of leaves. */
  size(): number {
    return this.#size.get()?.size ?? 0;
  }

  insertLeaf(row: LeafRow): void {
    this.#insertLeaf.run(row.sequence, row.namespace, row.entry, row.hash);
  }

  insertNode(level: number, index: number, hash: Uint8Array): void {
    this.#insertNode.run(level, index, hash);
  }

  /** Hash of the complete subtree `index` of `level`; level 0 is a leaf hash. @throws Error when it is not stored */
  node(level: number, index: number): Uint8Array {
    const found = this.findNode(level, index);
    if (found === undefined)
      throw new Error(`audit node ${level}/${index} is missing: run claviger audit verify`);
    return found;
  }

  /** As `node`, or undefined when it is not stored. */
  findNode(level: number, index: number): Uint8Array | undefined {
    const row = level === 0 ? this.#leafHash.get(index) : this.#node.get(level, index);
    return row === undefined ? undefined : new Uint8Array(row.hash);
  }

  /** Number of stored subtrees of level 1 and up. */
  nodeCount(): number {
    const row = this.#database
      .prepare<[], { count: number }>("SELECT count(*) AS count FROM audit_node")
      .get();
    return row?.count ?? 0;
  }

  /** Leaves of one namespace (all of them for null) from `from` on, ascending. */
  leaves(namespace: string | null, from: number, limit: number): LeafRow[] {
    return this.#database
      .prepare<[number, string | null, string | null, number], LeafRow>(
        `SELECT sequence, namespace, entry, hash FROM audit_leaf
         WHERE sequence >= ? AND (? IS NULL OR namespace = ?) ORDER BY sequence LIMIT ?`,
      )
      .all(from, namespace, namespace, limit);
  }

  /** All leaves in order, one row at a time. */
  eachLeaf(): IterableIterator<LeafRow> {
    return this.#database
      .prepare<[], LeafRow>("SELECT sequence, namespace, entry, hash FROM audit_leaf ORDER BY sequence")
      .iterate();
  }

  checkpoints(): CheckpointRow[] {
    return this.#database
      .prepare<[], CheckpointRow>("SELECT size, note, created_at FROM audit_checkpoint ORDER BY size")
      .all();
  }

  checkpoint(size: number): CheckpointRow | undefined {
    return this.#database
      .prepare<[number], CheckpointRow>("SELECT size, note, created_at FROM audit_checkpoint WHERE size = ?")
      .get(size);
  }

  insertCheckpoint(row: CheckpointRow): void {
    this.#database
      .prepare("INSERT INTO audit_checkpoint (size, note, created_at) VALUES (?, ?, ?)")
      .run(row.size, row.note, row.created_at);
  }

  log(): LogRow | undefined {
    return this.#database
      .prepare<[], LogRow>("SELECT origin, key_id, public_key FROM audit_log WHERE id = 1")
      .get();
  }

  insertLog(row: LogRow): void {
    this.#database
      .prepare("INSERT INTO audit_log (id, origin, key_id, public_key) VALUES (1, ?, ?, ?)")
      .run(row.origin, row.key_id, row.public_key);
  }
}
