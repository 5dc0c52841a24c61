/** The installation's public facts in memory: wallets, keys, policies, bindings. Filled at start, changed after COMMIT. */
import { SignerError } from "../domain/errors.ts";
import type { Chain, KeyRecord } from "../domain/keys.ts";
import type { Binding, Policy, Scope } from "../domain/policies.ts";
import type { Wallet } from "../domain/wallets.ts";
import { RegisteredDescriptors } from "./descriptors.ts";
import { WalletKeys } from "./wallet-keys.ts";
import type {
  Address,
  BindingId,
  KeyId,
  NamespaceName,
  PolicyDigest,
  PublicKeyText,
  WalletId,
} from "../domain/kinds.ts";

export class Directory {
  readonly namespaces = new Map<NamespaceName, string>();
  readonly descriptors = new RegisteredDescriptors();
  readonly #wallets = new Map<WalletId, Wallet>();
  readonly #keys = new Map<KeyId, KeyRecord>();
  readonly #walletKeys = new WalletKeys();
  /** Validator keys by namespace and public key, which is what their clients call them. */
  readonly #validators = new Map<string, KeyRecord>();
  /** Babylon keys by namespace and x-only public key, which is what their daemons call them: one, or one of each parity. */
  readonly #finalityProviders = new Map<string, readonly KeyRecord[]>();
  /** By namespace and digest: a module is visible only to the namespace that uploaded it. */
  readonly #policies = new Map<string, Policy>();
  readonly #bindings = new Map<BindingId, Binding>();
  /** Bindings by their scope, so that a request looks up three lists. */
  readonly #byScope = new Map<string, Binding[]>();

  addWallet(wallet: Wallet): void {
    this.#wallets.set(wallet.id, wallet);
  }

  /** What this says holds for every request that is not authorized yet. */
  setKeyState(id: KeyId, state: KeyRecord["state"]): void {
    const key = this.#keys.get(id);
    if (key !== undefined) this.addKey({ ...key, state });
  }

  /** In place of the one with this id, where there is one. */
  addKey(key: KeyRecord): void {
    this.#keys.set(key.id, key);
    this.#walletKeys.add(key);
    const name = `${key.namespace}\n${key.address}`;
    if (key.chain === "ethereum-validator") this.#validators.set(name, key);
    if (key.chain === "babylon") {
      const others = (this.#finalityProviders.get(name) ?? []).filter(({ id }) => id !== key.id);
      this.#finalityProviders.set(name, [...others, key]);
    }
  }

  addPolicy(policy: Policy): void {
    this.#policies.set(`${policy.namespace}\n${policy.digest}`, policy);
  }

  addBinding(binding: Binding): void {
    this.#bindings.set(binding.id, binding);
    const scope = scopeKey(binding);
    this.#byScope.set(scope, [...(this.#byScope.get(scope) ?? []), binding]);
  }

  /** Keeps its place among the bindings of its scope. */
  changeBinding(binding: Binding): void {
    this.#bindings.set(binding.id, binding);
    const scope = scopeKey(binding);
    const bindings = this.#byScope.get(scope) ?? [];
    this.#byScope.set(
      scope,
      bindings.map((other) => (other.id === binding.id ? binding : other)),
    );
  }

  removeBinding(id: BindingId): void {
    const binding = this.#bindings.get(id);
    if (binding === undefined) return;
    this.#bindings.delete(id);
    const scope = scopeKey(binding);
    const bindings = this.#byScope.get(scope) ?? [];
    this.#byScope.set(
      scope,
      bindings.filter((other) => other.id !== id),
    );
  }

  /** @throws SignerError `key.not_found`, also for a key of another namespace */
  key(namespace: NamespaceName, id: KeyId): KeyRecord {
    const key = this.#keys.get(id);
    if (key?.namespace === namespace) return key;
    throw new SignerError(
      "key.not_found",
      "no key with this id in your namespace; list them with GET /v1/keys",
    );
  }

  /** By its public key in lowercase 0x-hex; undefined also for a key of another namespace. */
  validator(namespace: NamespaceName, publicKey: PublicKeyText): KeyRecord | undefined {
    return this.#validators.get(`${namespace}\n${publicKey}`);
  }

  /** Validator keys, disabled and deleted ones too, by public key. */
  validators(namespace: NamespaceName): readonly KeyRecord[] {
    return [...this.#validators.values()]
      .filter((validator) => validator.namespace === namespace)
      .toSorted((a, b) => (a.address < b.address ? -1 : 1));
  }

  /**
   * The Babylon key with this x-only public key in lowercase hex; undefined also for a key of another namespace.
   * @throws SignerError `request.conflict` where an active key and its negative are both here: they share the public key but
   * not the nonces, and a guess would make votes that miss what was committed
   */
  finalityProvider(namespace: NamespaceName, publicKey: PublicKeyText): KeyRecord | undefined {
    const found = this.#finalityProviders.get(`${namespace}\n${publicKey}`) ?? [];
    const active = found.filter(({ state }) => state === "active");
    if (active.length < 2) return active[0] ?? found.find(({ state }) => state !== "deleted") ?? found[0];
    throw new SignerError(
      "request.conflict",
      "two keys of this namespace have this x-only public key, one of each parity; keep the one whose randomness is committed",
    );
  }

  /** Number of Babylon keys in all namespaces that were not deleted. */
  get finalityProviderCount(): number {
    let count = 0;
    for (const keys of this.#finalityProviders.values()) {
      count += keys.filter(({ state }) => state !== "deleted").length;
    }
    return count;
  }

  /** Number of active validator keys in all namespaces. */
  get validatorCount(): number {
    let count = 0;
    for (const { state } of this.#validators.values()) if (state === "active") count += 1;
    return count;
  }

  /** @throws SignerError `wallet.not_found`, also for a wallet of another namespace */
  wallet(namespace: NamespaceName, id: WalletId): Wallet {
    const wallet = this.#wallets.get(id);
    if (wallet?.namespace === namespace) return wallet;
    throw new SignerError(
      "wallet.not_found",
      "no wallet with this id in your namespace; list them with GET /v1/wallets",
    );
  }

  /** The wallet's keys of a chain, deleted ones too, in the order of their making. */
  walletKeys(walletId: WalletId, chain: Chain): readonly KeyRecord[] {
    return this.#walletKeys.ofChain(walletId, chain).flatMap((id) => this.#keys.get(id) ?? []);
  }

  /** The wallet's key at an address; 0x-hex in whatever case and with or without leading zeros. */
  keyAt(walletId: WalletId, chain: Chain, address: Address): KeyRecord | undefined {
    const id = this.#walletKeys.at(walletId, chain, address);
    return id === undefined ? undefined : this.#keys.get(id);
  }

  /** One of the wallet's keys in the account at this path; undefined where it has none there. */
  keyInAccount(walletId: WalletId, chain: Chain, accountPath: string): KeyRecord | undefined {
    const id = this.#walletKeys.inAccount(walletId, chain, accountPath);
    return id === undefined ? undefined : this.#keys.get(id);
  }

  /** @throws SignerError `policy.not_found`, also for a policy that only another namespace uploaded */
  policy(namespace: NamespaceName, digest: PolicyDigest): Policy {
    const policy = this.#policies.get(`${namespace}\n${digest}`);
    if (policy !== undefined) return policy;
    throw new SignerError(
      "policy.not_found",
      "no policy with this digest in your namespace; upload it first",
    );
  }

  /** @throws SignerError `request.not_found`, also for a binding of another namespace */
  binding(namespace: NamespaceName, id: BindingId): Binding {
    const binding = this.#bindings.get(id);
    if (binding?.namespace === namespace) return binding;
    throw new SignerError(
      "request.not_found",
      "no binding with this id in your namespace; list them with GET /v1/bindings",
    );
  }

  wallets(namespace: NamespaceName): readonly Wallet[] {
    return [...this.#wallets.values()].filter((wallet) => wallet.namespace === namespace);
  }

  keys(namespace: NamespaceName): readonly KeyRecord[] {
    return [...this.#keys.values()].filter((key) => key.namespace === namespace);
  }

  policies(namespace: NamespaceName): readonly Policy[] {
    return [...this.#policies.values()].filter((policy) => policy.namespace === namespace);
  }

  bindings(namespace: NamespaceName): readonly Binding[] {
    return [...this.#bindings.values()].filter((binding) => binding.namespace === namespace);
  }

  /** Number of keys in all namespaces that were not deleted. */
  get keyCount(): number {
    let count = 0;
    for (const { state } of this.#keys.values()) if (state !== "deleted") count += 1;
    return count;
  }

  /** Number of bindings of this scope itself, not of those around it. */
  bindingCount(namespace: NamespaceName, scope: Scope): number {
    return this.#ofScope(namespace, scope).length;
  }

  /** Bindings that apply to `key`: its namespace's, its wallet's, its own. */
  bindingsFor({ namespace, walletId, id }: KeyRecord): readonly Binding[] {
    const ofNamespace = this.#ofScope(namespace, { kind: "namespace", id: namespace });
    const own = this.#ofScope(namespace, { kind: "key", id });
    if (walletId === null) return [...ofNamespace, ...own];
    return [...ofNamespace, ...this.#ofScope(namespace, { kind: "wallet", id: walletId }), ...own];
  }

  #ofScope(namespace: NamespaceName, scope: Scope): readonly Binding[] {
    return this.#byScope.get(scopeKey({ namespace, scope })) ?? [];
  }
}

function scopeKey({ namespace, scope: { kind, id } }: Pick<Binding, "namespace" | "scope">): string {
  return `${namespace}\n${kind}\n${id}`;
}
