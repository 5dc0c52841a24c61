/** Rows of the audit log: leaves, complete subtrees, checkpoints. Append-only, by trigger. */
import type { AuditLeaf, AuditLog, StoredCheckpoint } from "../../domain/audit-log.ts";
import type { LedgerDatabase } from "../open.ts";
import type { NamespaceName } from "../../domain/kinds.ts";

const CHECKPOINT = "SELECT size, note, created_at AS createdAt FROM audit_checkpoint";

export class AuditTable {
  readonly #database: LedgerDatabase;
  readonly #insertLeaf;
  readonly #insertNode;
  readonly #leafHash;
  readonly #node;
  readonly #size;
  readonly #entry;

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
    this.#entry = database
      .prepare<[number], string>("SELECT entry FROM audit_leaf WHERE sequence = ?")
      .pluck();
    this.#size = database.prepare<[], { size: number }>(
      "SELECT coalesce(max(sequence) + 1, 0) AS size FROM audit_leaf",
    );
  }

  /** Number of leaves. */
  size(): number {
    return this.#size.get()?.size ?? 0;
  }

  insertLeaf({ sequence, namespace, entry, hash }: AuditLeaf): void {
    this.#insertLeaf.run(sequence, namespace, entry, hash);
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

  /** Text of one entry. */
  entry(sequence: number): string | undefined {
    return this.#entry.get(sequence);
  }

  /** Leaves of one namespace (all of them for null) from `from` on, ascending. */
  leaves(namespace: NamespaceName | null, from: number, limit: number): AuditLeaf[] {
    return this.#database
      .prepare<[number, string | null, string | null, number], AuditLeaf>(
        `SELECT sequence, namespace, entry, hash FROM audit_leaf
         WHERE sequence >= ? AND (? IS NULL OR namespace = ?) ORDER BY sequence LIMIT ?`,
      )
      .all(from, namespace, namespace, limit)
      .map(leafOf);
  }

  checkpoint(size: number): StoredCheckpoint | undefined {
    return this.#database.prepare<[number], StoredCheckpoint>(`${CHECKPOINT} WHERE size = ?`).get(size);
  }

  insertCheckpoint({ size, note, createdAt }: StoredCheckpoint): void {
    this.#database
      .prepare("INSERT INTO audit_checkpoint (size, note, created_at) VALUES (?, ?, ?)")
      .run(size, note, createdAt);
  }

  log(): AuditLog | undefined {
    const row = this.#database
      .prepare<[], AuditLog>(
        "SELECT origin, key_id AS keyId, public_key AS publicKey FROM audit_log WHERE id = 1",
      )
      .get();
    return row === undefined ? undefined : { ...row, publicKey: new Uint8Array(row.publicKey) };
  }

  insertLog({ origin, keyId, publicKey }: AuditLog): void {
    this.#database
      .prepare("INSERT INTO audit_log (id, origin, key_id, public_key) VALUES (1, ?, ?, ?)")
      .run(origin, keyId, publicKey);
  }
}

/** SQLite's bytes are a Buffer over memory that others share. */
function leafOf(row: AuditLeaf): AuditLeaf {
  return { ...row, hash: new Uint8Array(row.hash) };
}
