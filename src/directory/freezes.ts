/** The freezes that were not lifted: found for a key at every request, by its scopes. */
import { concerns, frozen, type Freeze, type FreezeScope } from "../domain/freezes.ts";
import type { KeyRecord } from "../domain/keys.ts";
import type { FreezeId, NamespaceName } from "../domain/kinds.ts";
import { Ordered, type OrderedItems } from "../domain/ordered.ts";
import type { Wallet } from "../domain/wallets.ts";

export class Freezes {
  /** By id. */
  readonly all = new Ordered<Freeze>(({ id }) => id);
  readonly #byScope = new Map<string, readonly Freeze[]>();

  add(freeze: Freeze): void {
    this.all.set(freeze);
    const scope = scopeKey(freeze.scope);
    this.#byScope.set(scope, [...(this.#byScope.get(scope) ?? []), freeze]);
  }

  remove(id: FreezeId): void {
    const freeze = this.all.get(id);
    if (freeze === undefined) return;
    this.all.delete(id);
    const scope = scopeKey(freeze.scope);
    const others = (this.#byScope.get(scope) ?? []).filter((other) => other.id !== id);
    if (others.length === 0) this.#byScope.delete(scope);
    else this.#byScope.set(scope, others);
  }

  /** Those of exactly this scope, in the order of their making. */
  ofScope(scope: FreezeScope): readonly Freeze[] {
    return this.#byScope.get(scopeKey(scope)) ?? [];
  }

  /** Those that hold for something of the namespace. */
  concerning(namespace: NamespaceName): OrderedItems<Freeze> {
    const those = [...this.all].filter((freeze) => concerns(freeze, namespace));
    return new Ordered(this.all.nameOf, those);
  }

  /** Whether the key is frozen. */
  hasOver(key: KeyRecord): boolean {
    return this.#over(key) !== undefined;
  }

  /** @throws SignerError `key.frozen` that names the widest freeze over the key */
  assertNone(key: KeyRecord, which?: string): void {
    const { namespace, id: keyId, address } = key;
    const found = this.#over(key);
    if (found !== undefined) {
      throw frozen(found, { namespace, keyId, address, ...(which === undefined ? {} : { which }) });
    }
  }

  /** @throws SignerError `key.frozen` where all of the wallet is frozen */
  assertNoneOnWallet({ namespace, id: walletId }: Wallet): void {
    const found = this.#around(namespace, walletId);
    if (found !== undefined) throw frozen(found, { namespace, walletId, which: "this wallet" });
  }

  #over({ namespace, walletId, id }: KeyRecord): Freeze | undefined {
    return this.#around(namespace, walletId) ?? this.ofScope({ kind: "key", id, namespace }).at(0);
  }

  #around(namespace: NamespaceName, walletId: KeyRecord["walletId"]): Freeze | undefined {
    // Nearly always.
    if (this.#byScope.size === 0) return undefined;
    return (
      this.ofScope({ kind: "everything" }).at(0) ??
      this.ofScope({ kind: "namespace", namespace }).at(0) ??
      (walletId === null ? undefined : this.ofScope({ kind: "wallet", id: walletId, namespace }).at(0))
    );
  }
}

function scopeKey(scope: FreezeScope): string {
  switch (scope.kind) {
    case "everything":
      return scope.kind;
    case "namespace":
      return `${scope.kind}\n${scope.namespace}`;
    case "wallet":
    case "key":
      return `${scope.kind}\n${scope.id}`;
  }
}
