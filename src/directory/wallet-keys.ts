/** Ids of wallets' keys by chain, address and account: a transaction that spends many addresses finds their keys at once. */
import { networksOf, type Chain, type KeyRecord } from "../domain/keys.ts";
import type { Address, KeyId, WalletId } from "../domain/kinds.ts";

export class WalletKeys {
  readonly #byChain = new Map<string, Set<KeyId>>();
  readonly #byAddress = new Map<string, KeyId>();
  /** The first key of each account whose extended public key is known. */
  readonly #byAccount = new Map<string, KeyId>();

  /** Also for a key that is there already: its account never changes, and of its addresses none goes. */
  add(key: KeyRecord): void {
    const { walletId, chain } = key;
    if (walletId === null) return;
    const name = nameOf(walletId, chain);
    const keys = this.#byChain.get(name) ?? new Set<KeyId>();
    this.#byChain.set(name, keys.add(key.id));
    for (const address of addressesOf(key)) {
      this.#byAddress.set(nameOf(walletId, chain, plainAddress(address)), key.id);
    }
    const account = accountPathOf(key);
    if (account === undefined) return;
    const first = nameOf(walletId, chain, account);
    if (!this.#byAccount.has(first)) this.#byAccount.set(first, key.id);
  }

  ofChain(walletId: WalletId, chain: Chain): readonly KeyId[] {
    return [...(this.#byChain.get(nameOf(walletId, chain)) ?? [])];
  }

  at(walletId: WalletId, chain: Chain, address: Address): KeyId | undefined {
    return this.#byAddress.get(nameOf(walletId, chain, plainAddress(address)));
  }

  inAccount(walletId: WalletId, chain: Chain, path: string): KeyId | undefined {
    return this.#byAccount.get(nameOf(walletId, chain, path));
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

function nameOf(...parts: readonly string[]): string {
  return parts.join("\n");
}

/** 0x-hex is a number, whatever its case and its leading zeros; every other form is exact. */
function plainAddress(address: Address): string {
  return /^0x[0-9a-fA-F]+$/.test(address)
    ? `0x${address.slice(2).toLowerCase().replace(/^0+/, "")}`
    : address;
}
