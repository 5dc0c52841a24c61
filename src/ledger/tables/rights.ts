/**
 * What a decision depends on, read again in its record transaction: keys, freezes, bindings, descriptors and caller, as they are
 * now.
 */
import type { LedgerDatabase } from "../open.ts";
import type { DescriptorId, KeyId, NamespaceName, PrincipalId, WalletId } from "../../domain/kinds.ts";

const NOT_FROZEN = (kind: string, id: string): string =>
  `NOT EXISTS (SELECT 1 FROM freeze WHERE lifted_at IS NULL AND scope_kind = '${kind}' AND scope_id = ${id})`;

/** Asked for every decision. */
export class RightsTable {
  readonly #key;
  readonly #bindings;
  readonly #descriptor;
  readonly #principal;

  constructor(database: LedgerDatabase) {
    this.#key = database.prepare<[string, string], { wallet_id: string | null }>(
      // A search for each scope: one condition over all four would read every freeze in force for every decision.
      `SELECT wallet_id FROM key WHERE id = ? AND namespace = ? AND state = 'active'
         AND ${NOT_FROZEN("everything", "''")} AND ${NOT_FROZEN("namespace", "key.namespace")}
         AND ${NOT_FROZEN("wallet", "key.wallet_id")} AND ${NOT_FROZEN("key", "key.id")}`,
    );
    const live = "SELECT id, version FROM binding WHERE namespace = @namespace AND deleted_at IS NULL AND";
    this.#bindings = database.prepare<
      [{ readonly namespace: NamespaceName; readonly walletId: WalletId | null; readonly keyId: KeyId }],
      { id: string; version: number }
    >(
      `${live} scope_kind = 'namespace' AND scope_id = @namespace UNION ALL
       ${live} scope_kind = 'wallet' AND scope_id = @walletId UNION ALL
       ${live} scope_kind = 'key' AND scope_id = @keyId`,
    );
    this.#descriptor = database.prepare<[string, string], { id: string }>(
      "SELECT id FROM descriptor WHERE id = ? AND namespace = ? AND deleted_at IS NULL",
    );
    this.#principal = database.prepare<[string, string], { version: number }>(
      "SELECT version FROM principal WHERE id = ? AND namespace = ? AND deleted_at IS NULL",
    );
  }

  /** `id:version` of each binding in scope of any of the keys, once; undefined where one is not there, not active, or frozen. */
  bindings(namespace: NamespaceName, keyIds: readonly KeyId[]): string[] | undefined {
    const names = new Set<string>();
    for (const keyId of keyIds) {
      const key = this.#key.get(keyId, namespace);
      if (key === undefined) return undefined;
      const bindings = this.#bindings.all({ namespace, walletId: key.wallet_id, keyId });
      for (const { id, version } of bindings) names.add(`${id}:${version}`);
    }
    return [...names];
  }

  /** Whether all of these are descriptors of the namespace that were not deleted. */
  areRegistered(namespace: NamespaceName, descriptorIds: readonly DescriptorId[]): boolean {
    return descriptorIds.every((id) => this.#descriptor.get(id, namespace) !== undefined);
  }

  /** Undefined for a principal that was deleted or never was. */
  principalVersion(namespace: NamespaceName, id: PrincipalId): number | undefined {
    return this.#principal.get(id, namespace)?.version;
  }
}
