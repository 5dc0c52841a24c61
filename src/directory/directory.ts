/** The installation's public facts in memory: wallets, keys, policies, bindings. Filled at start, changed after COMMIT. */
import { SignerError } from "../domain/errors.ts";
import type { Chain, Curve, Derivation, KeyAttributes, KeyRecord } from "../domain/keys.ts";
import { CHAINS, KEY_STATES } from "../domain/keys.ts";
import type { Json } from "../domain/canonical.ts";
import { RegisteredDescriptors } from "./descriptors.ts";
import type { BindingRow, KeyRow, PolicyRow, WalletRow } from "../ledger/tables/directory.ts";
import { WalletKeys } from "./wallet-keys.ts";

export interface Wallet {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly createdAt: string;
}

export interface Policy {
  readonly digest: string;
  readonly namespace: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly abi: string;
  readonly meter: Json;
  readonly createdAt: string;
}

export type ScopeKind = "namespace" | "wallet" | "key";

export interface Binding {
  readonly id: string;
  readonly namespace: string;
  readonly policy: string;
  readonly scope: { readonly kind: ScopeKind; readonly id: string };
  /** Canonical JSON object: goes into the policy input as it is. */
  readonly settings: string;
  readonly fuelMax: number;
  readonly mode: "enforce" | "shadow";
  readonly createdAt: string;
  /** Begins at 1 and rises with every change. */
  readonly version: number;
}

export class Directory {
  readonly namespaces = new Map<string, string>();
  readonly descriptors = new RegisteredDescriptors();
  readonly #wallets = new Map<string, Wallet>();
  readonly #keys = new Map<string, KeyRecord>();
  readonly #walletKeys = new WalletKeys();
  /** Validator keys by namespace and public key, which is what their clients call them. */
  readonly #validators = new Map<string, KeyRecord>();
  /** Babylon keys by namespace and x-only public key, which is what their daemons call them: one, or one of each parity. */
  readonly #finalityProviders = new Map<string, readonly KeyRecord[]>();
  /** By namespace and digest: a module is visible only to the tenant that uploaded it. */
  readonly #policies = new Map<string, Policy>();
  readonly #bindings = new Map<string, Binding>();
  /** Bindings by the scope that they stand on, so that a request looks up three lists. */
  readonly #byScope = new Map<string, Binding[]>();

  addWallet(row: WalletRow): Wallet {
    const wallet = { id: row.id, namespace: row.namespace, name: row.name, createdAt: row.created_at };
    this.#wallets.set(wallet.id, wallet);
    return wallet;
  }

  addKey(row: KeyRow): KeyRecord {
    return this.#keep(keyOf(row));
  }

  /** What this says holds for every request that is not authorized yet. */
  setKeyState(id: string, state: KeyRecord["state"]): void {
    const key = this.#keys.get(id);
    if (key !== undefined) this.#keep({ ...key, state });
  }

  #keep(key: KeyRecord): KeyRecord {
    this.#keys.set(key.id, key);
    this.#walletKeys.add(key);
    const name = `${key.namespace}\n${key.address}`;
    if (key.chain === "ethereum-validator") this.#validators.set(name, key);
    if (key.chain === "babylon") {
      const others = (this.#finalityProviders.get(name) ?? []).filter(({ id }) => id !== key.id);
      this.#finalityProviders.set(name, [...others, key]);
    }
    return key;
  }

  addPolicy(row: PolicyRow): Policy {
    const meter: Json = JSON.parse(row.meter);
    const policy = {
      digest: row.digest,
      namespace: row.namespace,
      name: row.name,
      sizeBytes: row.size_bytes,
      abi: row.abi,
      meter,
      createdAt: row.created_at,
    };
    this.#policies.set(`${row.namespace}\n${row.digest}`, policy);
    return policy;
  }

  addBinding(row: BindingRow): Binding {
    const binding = bindingOf(row);
    this.#bindings.set(binding.id, binding);
    const scope = scopeKey(binding.namespace, binding.scope.kind, binding.scope.id);
    this.#byScope.set(scope, [...(this.#byScope.get(scope) ?? []), binding]);
    return binding;
  }

  /** In its place among those that it stands with. */
  changeBinding(row: BindingRow): Binding {
    const binding = bindingOf(row);
    this.#bindings.set(binding.id, binding);
    const scope = scopeKey(binding.namespace, binding.scope.kind, binding.scope.id);
    const others = this.#byScope.get(scope) ?? [];
    this.#byScope.set(
      scope,
      others.map((other) => (other.id === binding.id ? binding : other)),
    );
    return binding;
  }

  removeBinding(id: string): void {
    const binding = this.#bindings.get(id);
    if (binding === undefined) return;
    this.#bindings.delete(id);
    const scope = scopeKey(binding.namespace, binding.scope.kind, binding.scope.id);
    this.#byScope.set(
      scope,
      (this.#byScope.get(scope) ?? []).filter((one) => one.id !== id),
    );
  }

  /** @throws SignerError `key.not_found`, also for a key of another namespace */
  key(namespace: string, id: string): KeyRecord {
    const key = this.#keys.get(id);
    if (key?.namespace === namespace) return key;
    throw new SignerError(
      "key.not_found",
      "no key with this id in your namespace; list them with GET /v1/keys",
    );
  }

  /** By its public key in lowercase 0x-hex; undefined also for a key of another namespace. */
  validator(namespace: string, publicKey: string): KeyRecord | undefined {
    return this.#validators.get(`${namespace}\n${publicKey}`);
  }

  /** Validator keys, disabled and deleted ones too, by public key. */
  validators(namespace: string): readonly KeyRecord[] {
    return [...this.#validators.values()]
      .filter((validator) => validator.namespace === namespace)
      .toSorted((a, b) => (a.address < b.address ? -1 : 1));
  }

  /**
   * The Babylon key with this x-only public key in lowercase hex; undefined also for a key of another namespace.
   * @throws SignerError `request.conflict` where an active key and its negative are both here: they share the public key but
   * not the nonces, and a guess would make votes that miss what was committed
   */
  finalityProvider(namespace: string, publicKey: string): KeyRecord | undefined {
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
  wallet(namespace: string, id: string): Wallet {
    const wallet = this.#wallets.get(id);
    if (wallet?.namespace === namespace) return wallet;
    throw new SignerError(
      "wallet.not_found",
      "no wallet with this id in your namespace; list them with GET /v1/wallets",
    );
  }

  /** The wallet's keys of a chain, deleted ones too, in the order of their making. */
  walletKeys(walletId: string, chain: Chain): readonly KeyRecord[] {
    return this.#walletKeys.ofChain(walletId, chain).flatMap((id) => this.#keys.get(id) ?? []);
  }

  /** The wallet's key at an address; 0x-hex in whatever case and with or without leading zeros. */
  keyAt(walletId: string, chain: Chain, address: string): KeyRecord | undefined {
    const id = this.#walletKeys.at(walletId, chain, address);
    return id === undefined ? undefined : this.#keys.get(id);
  }

  /** One of the wallet's keys in the account at this path; undefined where it has none there. */
  keyInAccount(walletId: string, chain: Chain, accountPath: string): KeyRecord | undefined {
    const id = this.#walletKeys.inAccount(walletId, chain, accountPath);
    return id === undefined ? undefined : this.#keys.get(id);
  }

  /** @throws SignerError `policy.not_found`, also for a policy that only another namespace uploaded */
  policy(namespace: string, digest: string): Policy {
    const policy = this.#policies.get(`${namespace}\n${digest}`);
    if (policy !== undefined) return policy;
    throw new SignerError(
      "policy.not_found",
      "no policy with this digest in your namespace; upload it first",
    );
  }

  /** @throws SignerError `request.not_found`, also for a binding of another namespace */
  binding(namespace: string, id: string): Binding {
    const binding = this.#bindings.get(id);
    if (binding?.namespace === namespace) return binding;
    throw new SignerError(
      "request.not_found",
      "no binding with this id in your namespace; list them with GET /v1/bindings",
    );
  }

  wallets(namespace: string): readonly Wallet[] {
    return [...this.#wallets.values()].filter((wallet) => wallet.namespace === namespace);
  }

  keys(namespace: string): readonly KeyRecord[] {
    return [...this.#keys.values()].filter((key) => key.namespace === namespace);
  }

  policies(namespace: string): readonly Policy[] {
    return [...this.#policies.values()].filter((policy) => policy.namespace === namespace);
  }

  bindings(namespace: string): readonly Binding[] {
    return [...this.#bindings.values()].filter((binding) => binding.namespace === namespace);
  }

  /** Number of keys in all namespaces that were not deleted. */
  get keyCount(): number {
    let count = 0;
    for (const { state } of this.#keys.values()) if (state !== "deleted") count += 1;
    return count;
  }

  /** Number of bindings that stand on this scope itself. */
  bindingCount(namespace: string, kind: ScopeKind, id: string): number {
    return this.#byScope.get(scopeKey(namespace, kind, id))?.length ?? 0;
  }

  /** Bindings that apply to `key`: its namespace's, its wallet's, its own. */
  bindingsFor(key: KeyRecord): readonly Binding[] {
    const namespace = this.#byScope.get(scopeKey(key.namespace, "namespace", key.namespace)) ?? [];
    const own = this.#byScope.get(scopeKey(key.namespace, "key", key.id)) ?? [];
    if (key.walletId === null) return [...namespace, ...own];
    return [
      ...namespace,
      ...(this.#byScope.get(scopeKey(key.namespace, "wallet", key.walletId)) ?? []),
      ...own,
    ];
  }
}

function scopeKey(namespace: string, kind: ScopeKind, id: string): string {
  return `${namespace}\n${kind}\n${id}`;
}

/** A key's public record. */
export function keyOf(row: KeyRow): KeyRecord {
  const attributes: KeyAttributes = JSON.parse(row.attributes);
  return {
    id: row.id,
    namespace: row.namespace,
    walletId: row.wallet_id,
    chain: member<Chain>(CHAINS, row.chain),
    curve: member<Curve>(["secp256k1", "ed25519", "stark", "bls12-381"], row.curve),
    derivation: member<Derivation>(DERIVATIONS, row.derivation),
    path: row.path,
    publicKey: new Uint8Array(row.public_key),
    address: row.address,
    label: row.label,
    attributes,
    state: member(KEY_STATES, row.state),
    createdAt: row.created_at,
  };
}

const DERIVATIONS: readonly Derivation[] = [
  "bip32-secp256k1",
  "slip10-ed25519",
  "starknet-bip32-grind",
  "starknet-argent-grind",
  "starknet-argent-wallet-grind",
  "eip2333",
  "imported",
];

/** A stored binding. */
export function bindingOf(row: BindingRow): Binding {
  return {
    id: row.id,
    namespace: row.namespace,
    policy: row.policy,
    scope: { kind: member(["namespace", "wallet", "key"] as const, row.scope_kind), id: row.scope_id },
    settings: row.settings,
    fuelMax: row.fuel_max,
    mode: member(["enforce", "shadow"] as const, row.mode),
    createdAt: row.created_at,
    version: row.version,
  };
}

/** A stored word that this release does not know means a newer schema: better not to start than to guess. */
function member<Word extends string>(words: readonly Word[], text: string): Word {
  const found = words.find((word) => word === text);
  if (found === undefined)
    throw new Error(`ledger has the unknown value ${JSON.stringify(text)}; run a newer release`);
  return found;
}
