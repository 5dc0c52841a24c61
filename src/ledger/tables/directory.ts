/** What the installation consists of: namespaces, principals, wallets, keys, policies, bindings. */
import type { Statement } from "better-sqlite3";
import type { PrincipalRecord } from "../../access/principals.ts";
import { canonicalJson } from "../../domain/canonical.ts";
import type { Freeze } from "../../domain/freezes.ts";
import type { Chain, Derivation, KeyAttributes, KeyRecord } from "../../domain/keys.ts";
import type { Binding, Policy } from "../../domain/policies.ts";
import type { Namespace, RegisteredDescriptor, Wallet } from "../../domain/wallets.ts";
import type { LedgerDatabase } from "../open.ts";
import {
  bindingOf,
  BINDING_COLUMNS,
  keyOf,
  KEY_COLUMNS,
  policyOf,
  POLICY_COLUMNS,
  principalOf,
  PRINCIPAL_COLUMNS,
  storedBinding,
  storedKey,
  storedPolicy,
  storedPrincipal,
  WALLET_COLUMNS,
  type BindingRow,
  type KeyRow,
  type PolicyRow,
  type PrincipalRow,
} from "../rows.ts";
import { DescriptorTable } from "./descriptors.ts";
import { FreezeTable } from "./freezes.ts";
import type {
  BindingId,
  KeyId,
  NamespaceName,
  PolicyDigest,
  PrincipalId,
  PublicKey,
} from "../../domain/kinds.ts";

/** All that is live, as it is read at start. */
export interface Installation {
  readonly namespaces: readonly Namespace[];
  readonly principals: readonly PrincipalRecord[];
  readonly wallets: readonly Wallet[];
  readonly keys: readonly KeyRecord[];
  readonly policies: readonly Policy[];
  readonly bindings: readonly Binding[];
  readonly descriptors: readonly RegisteredDescriptor[];
  /** Those in force. */
  readonly freezes: readonly Freeze[];
}

/** Plain inserts and whole-table reads; every reader names the namespace or rebuilds the start-up index. */
export class DirectoryTable {
  readonly #database: LedgerDatabase;
  #heldElsewhere: Statement<[Uint8Array, string, string], { id: string }> | undefined;
  #states: Statement<[Uint8Array, string], string> | undefined;

  constructor(database: LedgerDatabase) {
    this.#database = database;
  }

  /** False when there is a namespace of this name. */
  insertNamespace(namespace: Namespace): boolean {
    return (
      this.#database
        .prepare(
          "INSERT INTO namespace (name, created_at) VALUES (@name, @createdAt) ON CONFLICT (name) DO NOTHING",
        )
        .run(namespace).changes === 1
    );
  }

  /** Both versions begin at 1. */
  insertPrincipal(principal: PrincipalRecord): void {
    this.#database
      .prepare(
        `INSERT INTO principal (id, namespace, name, roles, groups, token_hash, created_at)
         VALUES (@id, @namespace, @name, @roles, @groups, @tokenHash, @createdAt)`,
      )
      .run(storedPrincipal(principal));
  }

  /** Live ones. */
  principals(namespace: NamespaceName): readonly PrincipalRecord[] {
    return this.#database
      .prepare<[string], PrincipalRow>(
        `SELECT ${PRINCIPAL_COLUMNS} FROM principal WHERE namespace = ? AND deleted_at IS NULL`,
      )
      .all(namespace)
      .map(principalOf);
  }

  /** Roles, groups, token and versions; the rest stays. */
  updatePrincipal(
    principal: PrincipalRecord,
    changed: { readonly roles: boolean; readonly groups: boolean },
  ): void {
    this.#database
      .prepare(
        `UPDATE principal SET roles = iif(@rolesChange, @roles, roles), groups = iif(@groupsChange, @groups, groups),
           token_hash = @tokenHash, version = @version, token_version = @tokenVersion
         WHERE id = @id AND namespace = @namespace AND deleted_at IS NULL`,
      )
      .run({
        ...storedPrincipal(principal),
        rolesChange: Number(changed.roles),
        groupsChange: Number(changed.groups),
      });
  }

  /** False when there is no such live principal. */
  deletePrincipal(namespace: NamespaceName, id: PrincipalId, at: string): boolean {
    return (
      this.#database
        .prepare("UPDATE principal SET deleted_at = ? WHERE namespace = ? AND id = ? AND deleted_at IS NULL")
        .run(at, namespace, id).changes === 1
    );
  }

  insertWallet(wallet: Wallet): void {
    this.#database
      .prepare(
        "INSERT INTO wallet (id, namespace, name, created_at) VALUES (@id, @namespace, @name, @createdAt)",
      )
      .run(wallet);
  }

  insertKey(key: KeyRecord): void {
    this.#database
      .prepare(
        `INSERT INTO key (id, namespace, wallet_id, chain, curve, derivation, path, public_key, address, label,
           attributes, state, created_at)
         VALUES (@id, @namespace, @walletId, @chain, @curve, @derivation, @path, @publicKey, @address, @label,
           @attributes, @state, @createdAt)`,
      )
      .run(storedKey(key));
  }

  key(namespace: NamespaceName, id: KeyId): KeyRecord | undefined {
    const row = this.#database
      .prepare<[string, string], KeyRow>(`SELECT ${KEY_COLUMNS} FROM key WHERE id = ? AND namespace = ?`)
      .get(id, namespace);
    return row === undefined ? undefined : keyOf(row);
  }

  /** The namespace's keys of these ids, deleted ones too. */
  keysNamed(namespace: NamespaceName, ids: readonly KeyId[]): readonly KeyRecord[] {
    return this.#database
      .prepare<[string, string], KeyRow>(
        `SELECT ${KEY_COLUMNS} FROM key WHERE id IN (SELECT value FROM json_each(?)) AND namespace = ?`,
      )
      .all(JSON.stringify(ids), namespace)
      .map((row) => keyOf(row));
  }

  /** Live keys of all namespaces that were derived so. */
  keysDerivedBy(derivation: Derivation): readonly KeyRecord[] {
    return this.#database
      .prepare<[string], KeyRow>(
        `SELECT ${KEY_COLUMNS} FROM key WHERE derivation = ? AND deleted_at IS NULL ORDER BY id`,
      )
      .all(derivation)
      .map((row) => keyOf(row));
  }

  /** False when the key has that state already, was deleted, or is not there. */
  setKeyState(namespace: NamespaceName, id: KeyId, state: "active" | "disabled"): boolean {
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
  deleteKey(namespace: NamespaceName, id: KeyId, at: string): boolean {
    return (
      this.#database
        .prepare(
          `UPDATE key SET state = 'disabled', deleted_at = ?
           WHERE namespace = ? AND id = ? AND deleted_at IS NULL`,
        )
        .run(at, namespace, id).changes === 1
    );
  }

  /** A deleted key is active again. */
  reviveKey(namespace: NamespaceName, id: KeyId, attributes: KeyAttributes): void {
    this.#database
      .prepare(
        "UPDATE key SET state = 'active', deleted_at = NULL, attributes = ? WHERE namespace = ? AND id = ?",
      )
      .run(canonicalJson(attributes), namespace, id);
  }

  /** Whether another namespace has a key of `chain` with this public key that it did not delete. */
  isHeldElsewhere(key: Pick<KeyRecord, "namespace" | "chain" | "publicKey">): boolean {
    // Asked for ten thousand keys at once, so that it is prepared once.
    this.#heldElsewhere ??= this.#database.prepare<[Uint8Array, string, string], { id: string }>(
      "SELECT id FROM key WHERE public_key = ? AND chain = ? AND namespace <> ? AND deleted_at IS NULL LIMIT 1",
    );
    return this.#heldElsewhere.get(key.publicKey, key.chain, key.namespace) !== undefined;
  }

  /** Whether a namespace has an active key of `chain` with this public key; null where none ever had one. */
  isActive(chain: Chain, publicKey: PublicKey): boolean | null {
    this.#states ??= this.#database
      .prepare<[Uint8Array, string], string>("SELECT state FROM key WHERE public_key = ? AND chain = ?")
      .pluck();
    const states = this.#states.all(publicKey, chain);
    return states.length === 0 ? null : states.includes("active");
  }

  /** The namespace's other keys of `chain` with this address, under whatever public key, that were not deleted. */
  liveKeysAt(key: Pick<KeyRecord, "id" | "namespace" | "chain" | "address">): readonly KeyRecord[] {
    return this.#database
      .prepare<[string, string, string, string], KeyRow>(
        `SELECT ${KEY_COLUMNS} FROM key
         WHERE namespace = ? AND chain = ? AND address = ? AND id <> ? AND deleted_at IS NULL`,
      )
      .all(key.namespace, key.chain, key.address, key.id)
      .map((row) => keyOf(row))
      .toSorted(byId);
  }

  /** The namespace's keys of `chain` with this public key, under whatever address. */
  keysByPublicKey(key: Pick<KeyRecord, "namespace" | "chain" | "publicKey">): readonly KeyRecord[] {
    return this.#database
      .prepare<[string, string, Uint8Array], KeyRow>(
        `SELECT ${KEY_COLUMNS} FROM key WHERE namespace = ? AND chain = ? AND public_key = ?`,
      )
      .all(key.namespace, key.chain, key.publicKey)
      .map((row) => keyOf(row))
      .toSorted(byId);
  }

  /** The namespace's keys of other chains whose secp256k1 public key has this x coordinate, and that were not deleted. */
  keysOfPoint(key: Pick<KeyRecord, "namespace" | "chain" | "publicKey">): readonly KeyRecord[] {
    const [even, odd] = [2, 3].map((parity) => Uint8Array.of(parity, ...key.publicKey.subarray(1)));
    return this.#database
      .prepare<[Uint8Array | undefined, Uint8Array | undefined, string, string], KeyRow>(
        // Left to itself, SQLite reads all keys of the namespace.
        `SELECT ${KEY_COLUMNS} FROM key INDEXED BY key_by_public_key_alone
         WHERE public_key IN (?, ?) AND namespace = ? AND chain <> ? AND deleted_at IS NULL`,
      )
      .all(even, odd, key.namespace, key.chain)
      .map((row) => keyOf(row))
      .toSorted(byId);
  }

  /** Attributes and derivation. False when they are no longer those of `before`, or the key is deleted or not there. */
  amendKey(key: KeyRecord, before: KeyRecord): boolean {
    return (
      this.#database
        .prepare(
          `UPDATE key SET attributes = @attributes, derivation = @derivation
           WHERE namespace = @namespace AND id = @id AND attributes = @attributesBefore
             AND derivation = @derivationBefore AND deleted_at IS NULL`,
        )
        .run({
          ...storedKey(key),
          attributesBefore: canonicalJson(before.attributes),
          derivationBefore: before.derivation,
        }).changes === 1
    );
  }

  /** False when the namespace has this module already. */
  insertPolicy(policy: Policy, module: Uint8Array): boolean {
    return (
      this.#database
        .prepare(
          `INSERT INTO policy (namespace, digest, name, size_bytes, abi, meter, module, created_at)
           VALUES (@namespace, @digest, @name, @sizeBytes, @abi, @meter, @module, @createdAt)
           ON CONFLICT (namespace, digest) DO NOTHING`,
        )
        .run({ ...storedPolicy(policy), module }).changes === 1
    );
  }

  /** The uploaded bytes of a policy, whichever namespace uploaded them. */
  module(digest: PolicyDigest): Uint8Array | undefined {
    const row = this.#database
      .prepare<[string], { module: Uint8Array }>("SELECT module FROM policy WHERE digest = ? LIMIT 1")
      .get(digest);
    return row === undefined ? undefined : new Uint8Array(row.module);
  }

  insertBinding(binding: Binding): void {
    this.#database
      .prepare(
        `INSERT INTO binding (id, namespace, policy, scope_kind, scope_id, settings, fuel_max, mode, created_at)
         VALUES (@id, @namespace, @policy, @scopeKind, @scopeId, @settings, @fuelMax, @mode, @createdAt)`,
      )
      .run(storedBinding(binding));
  }

  /** False when there is no such live binding of version `before`. Id, scope and date stay. */
  updateBinding(binding: Binding, before: number): boolean {
    return (
      this.#database
        .prepare(
          `UPDATE binding SET policy = @policy, settings = @settings, fuel_max = @fuelMax, mode = @mode,
             version = @version
           WHERE id = @id AND namespace = @namespace AND version = @before AND deleted_at IS NULL`,
        )
        .run({ ...storedBinding(binding), before }).changes === 1
    );
  }

  /** False when there is no such live binding. */
  deleteBinding(namespace: NamespaceName, id: BindingId, at: string): boolean {
    return (
      this.#database
        .prepare("UPDATE binding SET deleted_at = ? WHERE namespace = ? AND id = ? AND deleted_at IS NULL")
        .run(at, namespace, id).changes === 1
    );
  }

  /** Of all namespaces, deleted keys too; each as often as it is held. */
  publicKeys(chain: string): Uint8Array[] {
    return this.#database
      .prepare<[string], { public_key: Uint8Array }>("SELECT public_key FROM key WHERE chain = ?")
      .all(chain)
      .map((row) => new Uint8Array(row.public_key));
  }

  /** Live ones of all namespaces, in the order of their ids. */
  everyPrincipal(): readonly PrincipalRecord[] {
    return this.#database
      .prepare<[], PrincipalRow>(
        `SELECT ${PRINCIPAL_COLUMNS} FROM principal WHERE deleted_at IS NULL ORDER BY id`,
      )
      .all()
      .map(principalOf);
  }

  /** Deleted ones too. */
  keysOfChain(namespace: NamespaceName, chain: Chain): readonly KeyRecord[] {
    return this.#database
      .prepare<[string, string], KeyRow>(`SELECT ${KEY_COLUMNS} FROM key WHERE namespace = ? AND chain = ?`)
      .all(namespace, chain)
      .map((row) => keyOf(row));
  }

  /** Everything that is live, for the index that the main thread keeps in memory. @throws SignerError as rows.ts */
  everything(): Installation {
    const all = <Row>(sql: string): Row[] => this.#database.prepare<[], Row>(sql).all();
    return {
      namespaces: all("SELECT name, created_at AS createdAt FROM namespace ORDER BY name"),
      principals: this.everyPrincipal(),
      wallets: all(`SELECT ${WALLET_COLUMNS} FROM wallet ORDER BY id`),
      keys: this.#everyKey(),
      policies: all<PolicyRow>(`SELECT ${POLICY_COLUMNS} FROM policy ORDER BY created_at, digest`).map(
        policyOf,
      ),
      bindings: all<BindingRow>(
        `SELECT ${BINDING_COLUMNS} FROM binding WHERE deleted_at IS NULL ORDER BY id`,
      ).map(bindingOf),
      descriptors: new DescriptorTable(this.#database).everything(),
      freezes: new FreezeTable(this.#database).inForce(),
    };
  }

  /** A hundred thousand keys have a handful of attributes between them: equal texts are read once, and kept once. */
  #everyKey(): readonly KeyRecord[] {
    const known = new Map<string, KeyAttributes>();
    const keys: KeyRecord[] = [];
    for (const row of this.#database
      .prepare<[], KeyRow>(`SELECT ${KEY_COLUMNS} FROM key ORDER BY id`)
      .iterate()) {
      const key = keyOf(row, known.get(row.attributes));
      known.set(row.attributes, key.attributes);
      keys.push(key);
    }
    return keys;
  }
}

/** SQLite would read them by an index that is no order to rely on. */
function byId(key: KeyRecord, other: KeyRecord): number {
  return key.id < other.id ? -1 : 1;
}
