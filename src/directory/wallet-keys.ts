/** Ids of wallets' keys by chain, address, path and account: who spends many addresses finds their keys at once. */
import { networksOf, type Chain, type KeyRecord } from "../domain/keys.ts";
import type { Address, KeyId, WalletId } from "../domain/kinds.ts";

/** Keys of a wallet that differ in the last, plain level of their paths alone: they are in one account together, or in none. */
interface Branch {
  readonly first: KeyId;
  /** How many of them were not deleted. */
  live: number;
}

/** A wallet's keys of one chain. */
class ChainKeys {
  readonly ids = new Set<KeyId>();
  readonly byAddress = new Map<string, KeyId>();
  /** The first key of each account whose extended public key is known. */
  readonly byAccount = new Map<string, KeyId>();
  readonly byPath = new Map<string, readonly KeyId[]>();
  readonly branches = new Map<string, Branch>();

  add(key: KeyRecord, before: KeyRecord | undefined): void {
    this.ids.add(key.id);
    for (const address of addressesOf(key)) this.byAddress.set(plainAddress(address), key.id);
    const { path } = key;
    if (path === null) return;
    this.#count(branchOf(key, path), key, before);
    if (before === undefined) {
      const others = this.byPath.get(path);
      this.byPath.set(path, others === undefined ? [key.id] : [...others, key.id]);
    }
    const account = accountPathOf(key);
    if (account !== undefined && !this.byAccount.has(account)) this.byAccount.set(account, key.id);
  }

  #count(name: string, key: KeyRecord, before: KeyRecord | undefined): void {
    const branch = this.branches.get(name);
    if (branch === undefined) this.branches.set(name, { first: key.id, live: liveness(key) });
    else branch.live += liveness(key) - liveness(before);
  }
}

export class WalletKeys {
  readonly #wallets = new Map<WalletId, Map<Chain, ChainKeys>>();

  /**
   * Also for a key that is there already, as it was in `before`: its path and account never change, and of its addresses none
   * goes.
   */
  add(key: KeyRecord, before: KeyRecord | undefined): void {
    const { walletId, chain } = key;
    if (walletId === null) return;
    const chains = this.#wallets.get(walletId) ?? new Map<Chain, ChainKeys>();
    this.#wallets.set(walletId, chains);
    const keys = chains.get(chain) ?? new ChainKeys();
    chains.set(chain, keys);
    keys.add(key, before);
  }

  ofChain(walletId: WalletId, chain: Chain): Iterable<KeyId> {
    return this.#keys(walletId, chain)?.ids ?? [];
  }

  at(walletId: WalletId, chain: Chain, address: Address): KeyId | undefined {
    return this.#keys(walletId, chain)?.byAddress.get(plainAddress(address));
  }

  atPath(walletId: WalletId, chain: Chain, path: string): readonly KeyId[] {
    return this.#keys(walletId, chain)?.byPath.get(path) ?? [];
  }

  inAccount(walletId: WalletId, chain: Chain, path: string): KeyId | undefined {
    return this.#keys(walletId, chain)?.byAccount.get(path);
  }

  /** Of all chains. */
  *branches(walletId: WalletId): Generator<Readonly<Branch>> {
    for (const keys of this.#wallets.get(walletId)?.values() ?? []) yield* keys.branches.values();
  }

  #keys(walletId: WalletId, chain: Chain): ChainKeys | undefined {
    return this.#wallets.get(walletId)?.get(chain);
  }
}

/** One, but for a Bitcoin key of several test networks. */
function addressesOf(key: KeyRecord): readonly Address[] {
  return key.chain === "bitcoin" ? [key.address, ...Object.values(networksOf(key))] : [key.address];
}

/** The path of the key's account, two levels up; undefined where its extended public key is not stored. */
export function accountPathOf({ path, attributes }: KeyRecord): string | undefined {
  if (path === null || attributes["accountXpub"] === undefined) return undefined;
  return path.split("/").slice(0, -2).join("/");
}

/** Keys with the same name here have the same account, or all have none. */
function branchOf({ attributes: { network, purpose } }: KeyRecord, path: string): string {
  const above = path.endsWith("'") ? path : path.slice(0, path.lastIndexOf("/") + 1);
  const kind = [network, purpose].map((value) => (typeof value === "object" ? "" : String(value)));
  return [...kind, above].join("\n");
}

function liveness(key: KeyRecord | undefined): 0 | 1 {
  return key === undefined || key.state === "deleted" ? 0 : 1;
}

/** 0x-hex is a number, whatever its case and its leading zeros; every other form is exact. */
function plainAddress(address: Address): string {
  return /^0x[0-9a-fA-F]+$/.test(address)
    ? `0x${address.slice(2).toLowerCase().replace(/^0+/, "")}`
    : address;
}
