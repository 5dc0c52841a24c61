/** Rows that describe the installation: namespaces, principals, wallets, keys, policies, bindings, stored answers. */
import type { LedgerDatabase } from "../open.ts";
import { DescriptorTable, type DescriptorRow } from "./descriptors.ts";

export interface NamespaceRow {
  readonly name: string;
  readonly created_at: string;
}

export interface PrincipalRow {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  /** JSON array of role names. */
  readonly roles: string;
  /** JSON array. */
  readonly groups: string;
  /** SHA-256 of the token, 32 bytes. */
  readonly token_hash: Uint8Array;
  readonly created_at: string;
  /** Rises with every change of roles, groups or token. */
  readonly version: number;
  /** Rises with every new token. */
  readonly token_version: number;
}

/** Both versions begin at 1. */
export type NewPrincipalRow = Omit<PrincipalRow, "version" | "token_version">;

export interface WalletRow {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly created_at: string;
}

export interface KeyRow {
  readonly id: string;
  readonly namespace: string;
  readonly wallet_id: string | null;
  readonly chain: string;
  readonly curve: string;
  readonly derivation: string;
  readonly path: string | null;
  readonly public_key: Uint8Array;
  readonly address: string;
  readonly label: string | null;
  /** Canonical JSON object. */
  readonly attributes: string;
  /** `active`, `disabled` or `deleted`. */
  readonly state: string;
  readonly created_at: string;
}

export interface PolicyRow {
  readonly namespace: string;
  readonly digest: string;
  readonly name: string;
  readonly size_bytes: number;
  readonly abi: string;
  /** Canonical JSON. */
  readonly meter: string;
  readonly created_at: string;
}

export interface BindingRow {
  readonly id: string;
  readonly namespace: string;
  readonly policy: string;
  readonly scope_kind: string;
  readonly scope_id: string;
  /** Canonical JSON object. */
  readonly settings: string;
  readonly fuel_max: number;
  readonly mode: string;
  readonly created_at: string;
  /** Begins at 1 and rises with every change. */
  readonly version: number;
}

export interface AnswerRow {
  readonly namespace: string;
  readonly principal: string;
  readonly idempotency_key: string;
  readonly request_hash: Uint8Array;
  readonly status: number;
  readonly body: string;
  readonly created_at: string;
}

/** A key that is deleted has a date for it, and the state that it had for those who do not look at the date. */
const KEY_COLUMNS = `id, namespace, wallet_id, chain, curve, derivation, path, public_key, address, label, attributes,
  CASE WHEN deleted_at IS NULL THEN state ELSE 'deleted' END AS state, created_at`;

const PRINCIPAL_COLUMNS =
  "id, namespace, name, roles, groups, token_hash, created_at, version, token_version";

/** All of it, as it is read at start. */
export interface StoredDirectory {
  readonly namespaces: readonly NamespaceRow[];
  readonly principals: readonly PrincipalRow[];
  readonly wallets: readonly WalletRow[];
  readonly keys: readonly KeyRow[];
  readonly policies: readonly PolicyRow[];
  readonly bindings: readonly BindingRow[];
  readonly descriptors: readonly DescriptorRow[];
}

/** Plain inserts and whole-table reads; every reader names the namespace or rebuilds the start-up index. */
export class DirectoryTable {
  readonly #database: LedgerDatabase;

  constructor(database: LedgerDatabase) {
    this.#database = database;
  }

  /** False when there is a namespace of this name. */
  insertNamespace(row: NamespaceRow): boolean {
    return (
      this.#database
        .prepare(
          "INSERT INTO namespace (name, created_at) VALUES (@name, @created_at) ON CONFLICT (name) DO NOTHING",
        )
        .run(row).changes === 1
    );
  }

  insertPrincipal(row: NewPrincipalRow): void {
    this.#database
      .prepare(
        `INSERT INTO principal (id, namespace, name, roles, groups, token_hash, created_at)
         VALUES (@id, @namespace, @name, @roles, @groups, @token_hash, @created_at)`,
      )
      .run(row);
  }

  /** Live ones. */
  principals(namespace: string): readonly PrincipalRow[] {
    return this.#database
      .prepare<[string], PrincipalRow>(
        `SELECT ${PRINCIPAL_COLUMNS} FROM principal WHERE namespace = ? AND deleted_at IS NULL`,
      )
      .all(namespace);
  }

  /** A live one. */
  principal(namespace: string, id: string): PrincipalRow | undefined {
    return this.#database
      .prepare<[string, string], PrincipalRow>(
        `SELECT ${PRINCIPAL_COLUMNS} FROM principal WHERE id = ? AND namespace = ? AND deleted_at IS NULL`,
      )
      .get(id, namespace);
  }

  /** Roles, groups, token and versions; the rest stays. */
  updatePrincipal(row: PrincipalRow): void {
    this.#database
      .prepare(
        `UPDATE principal SET roles = @roles, groups = @groups, token_hash = @token_hash, version = @version,
           token_version = @token_version
         WHERE id = @id AND namespace = @namespace AND deleted_at IS NULL`,
      )
      .run(row);
  }

  /** False when there is no such live principal. */
  deletePrincipal(namespace: string, id: string, at: string): boolean {
    return (
      this.#database
        .prepare("UPDATE principal SET deleted_at = ? WHERE namespace = ? AND id = ? AND deleted_at IS NULL")
        .run(at, namespace, id).changes === 1
    );
  }

  insertWallet(row: WalletRow): void {
    this.#database
      .prepare(
        "INSERT INTO wallet (id, namespace, name, created_at) VALUES (@id, @namespace, @name, @created_at)",
      )
      .run(row);
  }

  insertKey(row: KeyRow): void {
    this.#database
      .prepare(
        `INSERT INTO key (id, namespace, wallet_id, chain, curve, derivation, path, public_key, address, label,
           attributes, state, created_at)
         VALUES (@id, @namespace, @wallet_id, @chain, @curve, @derivation, @path, @public_key, @address, @label,
           @attributes, @state, @created_at)`,
      )
      .run(row);
  }

  key(namespace: string, id: string): KeyRow | undefined {
    return this.#database
      .prepare<[string, string], KeyRow>(`SELECT ${KEY_COLUMNS} FROM key WHERE id = ? AND namespace = ?`)
      .get(id, namespace);
  }

  /** Live keys of all namespaces that were derived so. */
  keysDerivedBy(derivation: string): readonly KeyRow[] {
    return this.#database
      .prepare<[string], KeyRow>(
        `SELECT ${KEY_COLUMNS} FROM key WHERE derivation = ? AND deleted_at IS NULL ORDER BY id`,
      )
      .all(derivation);
  }

  /** False when the key has that state already, was deleted, or is not there. */
  setKeyState(namespace: string, id: string, state: "active" | "disabled"): boolean {
    return (
      this.#database
        .prepare(
          `UPDATE key SET state = @state
           WHERE namespace = @namespace AND id = @id AND state <> @state AND deleted_at IS NULL`,
        )
        .run({ namespace, id, state }).changes === 1
    );
  }

  /** False when the key was deleted before, or is not there. */
  deleteKey(namespace: string, id: string, at: string): boolean {
    return (
      this.#database
        .prepare(
          `UPDATE key SET state = 'disabled', deleted_at = ?
           WHERE namespace = ? AND id = ? AND deleted_at IS NULL`,
        )
        .run(at, namespace, id).changes === 1
    );
  }

  /** A deleted key is active again. @param attributes canonical JSON */
  reviveKey(namespace: string, id: string, attributes: string): void {
    this.#database
      .prepare(
        "UPDATE key SET state = 'active', deleted_at = NULL, attributes = ? WHERE namespace = ? AND id = ?",
      )
      .run(attributes, namespace, id);
  }

  /** Whether another namespace has a key of `chain` with this public key that it did not delete. */
  isHeldElsewhere(row: Pick<KeyRow, "namespace" | "chain" | "public_key">): boolean {
    return (
      this.#database
        .prepare<[Uint8Array, string, string], { id: string }>(
          "SELECT id FROM key WHERE public_key = ? AND chain = ? AND namespace <> ? AND deleted_at IS NULL LIMIT 1",
        )
        .get(row.public_key, row.chain, row.namespace) !== undefined
    );
  }

  /** The namespace's other keys of `chain` with this address, under whatever public key, that were not deleted. */
  liveKeysAt(row: Pick<KeyRow, "id" | "namespace" | "chain" | "address">): readonly KeyRow[] {
    return this.#database
      .prepare<[string, string, string, string], KeyRow>(
        `SELECT ${KEY_COLUMNS} FROM key
         WHERE namespace = ? AND chain = ? AND address = ? AND id <> ? AND deleted_at IS NULL`,
      )
      .all(row.namespace, row.chain, row.address, row.id);
  }

  /** The namespace's keys of `chain` with this public key, under whatever address. */
  keysByPublicKey(row: Pick<KeyRow, "namespace" | "chain" | "public_key">): readonly KeyRow[] {
    return this.#database
      .prepare<[string, string, Uint8Array], KeyRow>(
        `SELECT ${KEY_COLUMNS} FROM key WHERE namespace = ? AND chain = ? AND public_key = ?`,
      )
      .all(row.namespace, row.chain, row.public_key);
  }

  /** The namespace's keys of other chains whose secp256k1 public key has this x coordinate, and that were not deleted. */
  keysOfPoint(row: Pick<KeyRow, "namespace" | "chain" | "public_key">): readonly KeyRow[] {
    const [even, odd] = [2, 3].map((parity) => Uint8Array.of(parity, ...row.public_key.subarray(1)));
    return this.#database
      .prepare<[Uint8Array | undefined, Uint8Array | undefined, string, string], KeyRow>(
        `SELECT ${KEY_COLUMNS} FROM key
         WHERE public_key IN (?, ?) AND namespace = ? AND chain <> ? AND deleted_at IS NULL`,
      )
      .all(even, odd, row.namespace, row.chain);
  }

  /** Attributes and derivation. False when they are no longer those of `before`, or the key is deleted or not there. */
  amendKey(row: KeyRow, before: KeyRow): boolean {
    return (
      this.#database
        .prepare(
          `UPDATE key SET attributes = @attributes, derivation = @derivation
           WHERE namespace = @namespace AND id = @id AND attributes = @attributesBefore
             AND derivation = @derivationBefore AND deleted_at IS NULL`,
        )
        .run({
          namespace: row.namespace,
          id: row.id,
          attributes: row.attributes,
          derivation: row.derivation,
          attributesBefore: before.attributes,
          derivationBefore: before.derivation,
        }).changes === 1
    );
  }

  insertPolicy(row: PolicyRow, module: Uint8Array): boolean {
    return (
      this.#database
        .prepare(
          `INSERT INTO policy (namespace, digest, name, size_bytes, abi, meter, module, created_at)
           VALUES (@namespace, @digest, @name, @size_bytes, @abi, @meter, @module, @created_at)
           ON CONFLICT (namespace, digest) DO NOTHING`,
        )
        .run({ ...row, module }).changes === 1
    );
  }

  /** The uploaded bytes of a policy, whichever namespace uploaded them. */
  module(digest: string): Uint8Array | undefined {
    const row = this.#database
      .prepare<[string], { module: Uint8Array }>("SELECT module FROM policy WHERE digest = ? LIMIT 1")
      .get(digest);
    return row === undefined ? undefined : new Uint8Array(row.module);
  }

  insertBinding(row: BindingRow): void {
    this.#database
      .prepare(
        `INSERT INTO binding (id, namespace, policy, scope_kind, scope_id, settings, fuel_max, mode, created_at)
         VALUES (@id, @namespace, @policy, @scope_kind, @scope_id, @settings, @fuel_max, @mode, @created_at)`,
      )
      .run(row);
  }

  /** False when there is no such live binding of version `before`. Id, scope and date stay. */
  updateBinding(row: BindingRow, before: number): boolean {
    return (
      this.#database
        .prepare(
          `UPDATE binding SET policy = @policy, settings = @settings, fuel_max = @fuel_max, mode = @mode,
             version = @version
           WHERE id = @id AND namespace = @namespace AND version = @before AND deleted_at IS NULL`,
        )
        .run({ ...row, before }).changes === 1
    );
  }

  /** False when there is no such live binding. */
  deleteBinding(namespace: string, id: string, at: string): boolean {
    return (
      this.#database
        .prepare("UPDATE binding SET deleted_at = ? WHERE namespace = ? AND id = ? AND deleted_at IS NULL")
        .run(at, namespace, id).changes === 1
    );
  }

  answer(namespace: string, principal: string, key: string): AnswerRow | undefined {
    return this.#database
      .prepare<[string, string, string], AnswerRow>(
        "SELECT * FROM idempotent_answer WHERE namespace = ? AND principal = ? AND idempotency_key = ?",
      )
      .get(namespace, principal, key);
  }

  insertAnswer(row: AnswerRow): void {
    this.#database
      .prepare(
        `INSERT INTO idempotent_answer (namespace, principal, idempotency_key, request_hash, status, body, created_at)
         VALUES (@namespace, @principal, @idempotency_key, @request_hash, @status, @body, @created_at)`,
      )
      .run(row);
  }

  /** Of all namespaces, deleted keys too; each as often as it is held. */
  publicKeys(chain: string): Uint8Array[] {
    return this.#database
      .prepare<[string], { public_key: Uint8Array }>("SELECT public_key FROM key WHERE chain = ?")
      .all(chain)
      .map((row) => new Uint8Array(row.public_key));
  }

  /** Everything that is live, for the index that the main thread keeps in memory. */
  everything(): StoredDirectory {
    const all = <Row>(sql: string): Row[] => this.#database.prepare<[], Row>(sql).all();
    return {
      namespaces: all("SELECT name, created_at FROM namespace ORDER BY name"),
      principals: all(`SELECT ${PRINCIPAL_COLUMNS} FROM principal WHERE deleted_at IS NULL ORDER BY id`),
      wallets: all("SELECT * FROM wallet ORDER BY id"),
      keys: all(`SELECT ${KEY_COLUMNS} FROM key ORDER BY id`),
      policies: all(
        "SELECT namespace, digest, name, size_bytes, abi, meter, created_at FROM policy ORDER BY created_at, digest",
      ),
      bindings: all("SELECT * FROM binding WHERE deleted_at IS NULL ORDER BY id"),
      descriptors: new DescriptorTable(this.#database).everything(),
    };
  }
}
