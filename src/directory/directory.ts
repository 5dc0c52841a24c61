/** The installation's public facts in memory: wallets, keys, policies, bindings. Filled at start, changed after COMMIT. */
import { SignerError } from "../domain/errors.ts";
import type { Chain, KeyRecord } from "../domain/keys.ts";
import type { Binding, Policy, Scope } from "../domain/policies.ts";
import { Ordered, type OrderedItems } from "../domain/ordered.ts";
import type { Namespace, Wallet } from "../domain/wallets.ts";
import { ByNamespace } from "./by-namespace.ts";
import { RegisteredDescriptors } from "./descriptors.ts";
import { Freezes } from "./freezes.ts";
import { KeyCounts } from "./key-counts.ts";
import { NamedKeys, type NamedKey } from "./named-keys.ts";
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
  /** By name. */
  readonly namespaces = new Ordered<Namespace>(({ name }) => name);
  readonly descriptors = new RegisteredDescriptors();
  readonly freezes = new Freezes();
  readonly counts = new KeyCounts();
  /** Validator keys, deleted ones too, by the public key that their clients call them by (0x-hex). */
  readonly #validators = new NamedKeys();
  /** Babylon keys, deleted ones too, by the x-only public key that their daemons call them by. */
  readonly #finalityProviders = new NamedKeys();
  readonly #wallets = new ByNamespace<Wallet>(({ id }) => id);
  readonly #keys = new Map<KeyId, KeyRecord>();
  readonly #keyLists = new ByNamespace<KeyRecord>(({ id }) => id);
  readonly #walletKeys = new WalletKeys();
  /** A module is visible only to the namespace that uploaded it. */
  readonly #policies = new ByNamespace<Policy>(({ digest }) => digest);
  readonly #bindings = new Map<BindingId, Binding>();
  readonly #bindingLists = new ByNamespace<Binding>(({ id }) => id);
  /** Bindings by their scope, so that a request looks up three lists. */
  readonly #byScope = new Map<string, readonly Binding[]>();

  addWallet(wallet: Wallet): void {
    this.#wallets.set(wallet);
  }

  /** What this says holds for every request that is not authorized yet. */
  setKeyState(id: KeyId, state: KeyRecord["state"]): void {
    const key = this.#keys.get(id);
    if (key !== undefined) this.addKey({ ...key, state });
  }

  /** In place of the one with this id, where there is one. */
  addKey(key: KeyRecord): void {
    const before = this.#keys.get(key.id);
    this.#keys.set(key.id, key);
    this.#keyLists.set(key);
    this.#walletKeys.add(key, before);
    this.counts.change(before, key);
    if (key.chain === "ethereum-validator") this.#validators.add(key);
    if (key.chain === "babylon") this.#finalityProviders.add(key);
  }

  addPolicy(policy: Policy): void {
    this.#policies.set(policy);
  }

  /** In place of the one with this id, and where that is among the bindings of its scope; or else the last. */
  setBinding(binding: Binding): void {
    const isKnown = this.#bindings.has(binding.id);
    this.#store(binding);
    const scope = scopeKey(binding);
    const bindings = this.#byScope.get(scope) ?? [];
    this.#byScope.set(
      scope,
      isKnown ? bindings.map((other) => (other.id === binding.id ? binding : other)) : [...bindings, binding],
    );
  }

  removeBinding(id: BindingId): void {
    const binding = this.#bindings.get(id);
    if (binding === undefined) return;
    this.#bindings.delete(id);
    this.#bindingLists.delete(binding, id);
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
    return this.#validators.find(namespace, publicKey).at(-1);
  }

  /** Validator keys of a namespace, or of all, disabled and deleted ones too, in the order of their public keys. */
  validators(namespace?: NamespaceName): OrderedItems<NamedKey> {
    return namespace === undefined ? this.#validators.all : this.#validators.ofNamespace(namespace);
  }

  /** Validator keys of all namespaces with this public key (lowercase 0x-hex), disabled and deleted ones too. */
  validatorHolders(publicKey: PublicKeyText): readonly KeyRecord[] {
    return this.#validators.holders(publicKey);
  }

  /** Public keys (0x-hex) of the namespace's validators that sign, ascending; the same array until one of its keys changes. */
  activeValidators(namespace: NamespaceName): readonly PublicKeyText[] {
    return this.#validators.active(namespace);
  }

  /**
   * The Babylon key with this x-only public key in lowercase hex; undefined also for a key of another namespace.
   * @throws SignerError `request.conflict` where an active key and its negative are both here: they share the public key but
   * not the nonces, and a guess would make votes that miss what was committed
   */
  finalityProvider(namespace: NamespaceName, publicKey: PublicKeyText): KeyRecord | undefined {
    const found = this.#finalityProviders.find(namespace, publicKey);
    const active = found.filter(({ state }) => state === "active");
    if (active.length < 2) return active[0] ?? found.find(({ state }) => state !== "deleted") ?? found[0];
    throw new SignerError(
      "request.conflict",
      "two keys of this namespace have this x-only public key, one of each parity; keep the one whose randomness is committed",
    );
  }

  /** Babylon keys of a namespace, or of all, disabled and deleted ones too, in the order of their x-only public keys. */
  finalityProviders(namespace?: NamespaceName): OrderedItems<NamedKey> {
    return namespace === undefined
      ? this.#finalityProviders.all
      : this.#finalityProviders.ofNamespace(namespace);
  }

  /** @throws SignerError `wallet.not_found`, also for a wallet of another namespace */
  wallet(namespace: NamespaceName, id: WalletId): Wallet {
    const wallet = this.#wallets.get(namespace, id);
    if (wallet !== undefined) return wallet;
    throw new SignerError(
      "wallet.not_found",
      "no wallet with this id in your namespace; list them with GET /v1/wallets",
    );
  }

  /** The wallet's keys of a chain, deleted ones too, in the order of their making, one by one. */
  *walletKeys(walletId: WalletId, chain: Chain): Generator<KeyRecord> {
    yield* this.#known(this.#walletKeys.ofChain(walletId, chain));
  }

  /** The wallet's keys of a chain at a path, deleted ones too: of Bitcoin there can be one for each of its kinds. */
  keysAtPath(walletId: WalletId, chain: Chain, path: string): readonly KeyRecord[] {
    return [...this.#known(this.#walletKeys.atPath(walletId, chain, path))];
  }

  /** The wallet's branches, each by one of its keys and the number of those that were not deleted. */
  *walletBranches(walletId: WalletId): Generator<{ readonly key: KeyRecord; readonly live: number }> {
    for (const { first, live } of this.#walletKeys.branches(walletId)) {
      for (const key of this.#known([first])) yield { key, live };
    }
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

  /** Undefined also for a policy that only another namespace uploaded. */
  findPolicy(namespace: NamespaceName, digest: PolicyDigest): Policy | undefined {
    return this.#policies.get(namespace, digest);
  }

  /** @throws SignerError `policy.not_found`, also for a policy that only another namespace uploaded */
  policy(namespace: NamespaceName, digest: PolicyDigest): Policy {
    const policy = this.findPolicy(namespace, digest);
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

  wallets(namespace: NamespaceName): OrderedItems<Wallet> {
    return this.#wallets.list(namespace);
  }

  keys(namespace: NamespaceName): OrderedItems<KeyRecord> {
    return this.#keyLists.list(namespace);
  }

  policies(namespace: NamespaceName): OrderedItems<Policy> {
    return this.#policies.list(namespace);
  }

  bindings(namespace: NamespaceName): OrderedItems<Binding> {
    return this.#bindingLists.list(namespace);
  }

  /** Bindings that apply to `key`: its namespace's, its wallet's, its own. */
  bindingsFor({ namespace, walletId, id }: KeyRecord): readonly Binding[] {
    const ofNamespace = this.#ofScope(namespace, { kind: "namespace", id: namespace });
    const own = this.#ofScope(namespace, { kind: "key", id });
    if (walletId === null) return [...ofNamespace, ...own];
    return [...ofNamespace, ...this.#ofScope(namespace, { kind: "wallet", id: walletId }), ...own];
  }

  *#known(ids: Iterable<KeyId>): Generator<KeyRecord> {
    for (const id of ids) {
      const key = this.#keys.get(id);
      if (key !== undefined) yield key;
    }
  }

  #store(binding: Binding): void {
    this.#bindings.set(binding.id, binding);
    this.#bindingLists.set(binding);
  }

  #ofScope(namespace: NamespaceName, scope: Scope): readonly Binding[] {
    return this.#byScope.get(scopeKey({ namespace, scope })) ?? [];
  }
}

function scopeKey({ namespace, scope: { kind, id } }: Pick<Binding, "namespace" | "scope">): string {
  return `${namespace}\n${kind}\n${id}`;
}
