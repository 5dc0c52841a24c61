/** What an act asks of other rows before it writes its own: whether they are there, and how many. */
import type { BindingId, NamespaceName, PolicyDigest, WalletId } from "../../domain/kinds.ts";
import type { Binding, Policy, Scope } from "../../domain/policies.ts";
import type { Namespace } from "../../domain/wallets.ts";
import type { LedgerDatabase } from "../open.ts";
import {
  bindingOf,
  BINDING_COLUMNS,
  policyOf,
  POLICY_COLUMNS,
  type BindingRow,
  type PolicyRow,
} from "../rows.ts";

/** Every reader names the namespace. */
export class PresenceTable {
  readonly #database: LedgerDatabase;

  constructor(database: LedgerDatabase) {
    this.#database = database;
  }

  namespace(name: NamespaceName): Namespace | undefined {
    return this.#database
      .prepare<[string], Namespace>("SELECT name, created_at AS createdAt FROM namespace WHERE name = ?")
      .get(name);
  }

  policy(namespace: NamespaceName, digest: PolicyDigest): Policy | undefined {
    const row = this.#database
      .prepare<[string, string], PolicyRow>(
        `SELECT ${POLICY_COLUMNS} FROM policy WHERE namespace = ? AND digest = ?`,
      )
      .get(namespace, digest);
    return row === undefined ? undefined : policyOf(row);
  }

  /** A live one. */
  binding(namespace: NamespaceName, id: BindingId): Binding | undefined {
    const row = this.#database
      .prepare<[string, string], BindingRow>(
        `SELECT ${BINDING_COLUMNS} FROM binding WHERE id = ? AND namespace = ? AND deleted_at IS NULL`,
      )
      .get(id, namespace);
    return row === undefined ? undefined : bindingOf(row);
  }

  /** Live bindings on one scope. */
  bindingCount(namespace: NamespaceName, { kind, id }: Scope): number {
    return this.#count(
      `SELECT count(*) AS count FROM binding
       WHERE namespace = ? AND scope_kind = ? AND scope_id = ? AND deleted_at IS NULL`,
      namespace,
      kind,
      id,
    );
  }

  hasWallet(namespace: NamespaceName, id: WalletId): boolean {
    return (
      this.#count("SELECT count(*) AS count FROM wallet WHERE id = ? AND namespace = ?", id, namespace) > 0
    );
  }

  /** A key that was deleted too: its bindings stay. */
  hasScope(namespace: NamespaceName, { kind, id }: Scope): boolean {
    if (kind === "namespace") return id === namespace;
    if (kind === "wallet") return this.hasWallet(namespace, id);
    return this.#count("SELECT count(*) AS count FROM key WHERE id = ? AND namespace = ?", id, namespace) > 0;
  }

  #count(sql: string, ...parameters: readonly string[]): number {
    return this.#database.prepare<string[], { count: number }>(sql).get(...parameters)?.count ?? 0;
  }
}
