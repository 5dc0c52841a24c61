/** What an act asks of other rows before it writes its own: who calls, whether they are there, and how many. */
import type { PrincipalRecord } from "../../access/principals.ts";
import type { BindingId, NamespaceName, PolicyDigest, PrincipalId, WalletId } from "../../domain/kinds.ts";
import type { Binding, Policy, Scope } from "../../domain/policies.ts";
import type { Namespace } from "../../domain/wallets.ts";
import type { LedgerDatabase } from "../open.ts";
import {
  bindingOf,
  BINDING_COLUMNS,
  policyOf,
  POLICY_COLUMNS,
  principalOf,
  PRINCIPAL_COLUMNS,
  type BindingRow,
  type PolicyRow,
  type PrincipalRow,
} from "../rows.ts";

interface Count {
  readonly count: number;
}

/** Asked for every act, so that each statement is prepared once. Every reader names the namespace. */
export class PresenceTable {
  readonly #namespace;
  readonly #principal;
  readonly #policy;
  readonly #binding;
  readonly #bindings;
  readonly #wallet;
  readonly #key;

  constructor(database: LedgerDatabase) {
    this.#namespace = database.prepare<[string], Namespace>(
      "SELECT name, created_at AS createdAt FROM namespace WHERE name = ?",
    );
    this.#principal = database.prepare<[string, string], PrincipalRow>(
      `SELECT ${PRINCIPAL_COLUMNS} FROM principal WHERE id = ? AND namespace = ? AND deleted_at IS NULL`,
    );
    this.#policy = database.prepare<[string, string], PolicyRow>(
      `SELECT ${POLICY_COLUMNS} FROM policy WHERE namespace = ? AND digest = ?`,
    );
    this.#binding = database.prepare<[string, string], BindingRow>(
      `SELECT ${BINDING_COLUMNS} FROM binding WHERE id = ? AND namespace = ? AND deleted_at IS NULL`,
    );
    this.#bindings = database.prepare<[string, string, string], Count>(
      `SELECT count(*) AS count FROM binding
       WHERE namespace = ? AND scope_kind = ? AND scope_id = ? AND deleted_at IS NULL`,
    );
    this.#wallet = database.prepare<[string, string], Count>(
      "SELECT count(*) AS count FROM wallet WHERE id = ? AND namespace = ?",
    );
    this.#key = database.prepare<[string, string], Count>(
      "SELECT count(*) AS count FROM key WHERE id = ? AND namespace = ?",
    );
  }

  namespace(name: NamespaceName): Namespace | undefined {
    return this.#namespace.get(name);
  }

  /** A live one. */
  principal(namespace: NamespaceName, id: PrincipalId): PrincipalRecord | undefined {
    const row = this.#principal.get(id, namespace);
    return row === undefined ? undefined : principalOf(row);
  }

  policy(namespace: NamespaceName, digest: PolicyDigest): Policy | undefined {
    const row = this.#policy.get(namespace, digest);
    return row === undefined ? undefined : policyOf(row);
  }

  /** A live one. */
  binding(namespace: NamespaceName, id: BindingId): Binding | undefined {
    const row = this.#binding.get(id, namespace);
    return row === undefined ? undefined : bindingOf(row);
  }

  /** Live bindings on one scope. */
  bindingCount(namespace: NamespaceName, { kind, id }: Scope): number {
    return this.#bindings.get(namespace, kind, id)?.count ?? 0;
  }

  hasWallet(namespace: NamespaceName, id: WalletId): boolean {
    return this.#wallet.get(id, namespace)?.count === 1;
  }

  /** A key that was deleted too: its bindings stay. */
  hasScope(namespace: NamespaceName, { kind, id }: Scope): boolean {
    if (kind === "namespace") return id === namespace;
    if (kind === "wallet") return this.hasWallet(namespace, id);
    return this.#key.get(id, namespace)?.count === 1;
  }
}
