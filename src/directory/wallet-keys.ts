/** Ids of wallets' keys by chain, address and account: a transaction that spends many addresses finds their keys at once. */
import { networksOf, type Chain, type KeyRecord } from "../domain/keys.ts";

export class WalletKeys {
  readonly #byChain = new Map<string, Set<string>>();
  readonly #byAddress = new Map<string, string>();
  /** The first key of each account whose extended public key is known. */
  readonly #byAccount = new Map<string, string>();

  /** Also for a key that is there already: its account never changes, and of its addresses none goes. */
  add(key: KeyRecord): void {
    const { walletId, chain } = key;
    if (walletId === null) return;
    const name = nameOf(walletId, chain);
    const keys = this.#byChain.get(name) ?? new Set();
    this.#byChain.set(name, keys.add(key.id));
    for (const address of addressesOf(key)) {
      this.#byAddress.set(nameOf(walletId, chain, plainAddress(address)), key.id);
    }
    const account = accountPathOf(key);
    if (account === undefined) return;
    const first = nameOf(walletId, chain, account);
    if (!this.#byAccount.has(first)) this.#byAccount.set(first, key.id);
  }

  ofChain(walletId: string, chain: Chain): readonly string[] {
    return [...(this.#byChain.get(nameOf(walletId, chain)) ?? [])];
  }

  at(walletId: string, chain: Chain, address: string): string | undefined {
    return this.#byAddress.get(nameOf(walletId, chain, plainAddress(address)));
  }

  inAccount(walletId: string, chain: Chain, path: string): string | undefined {
    return this.#byAccount.get(nameOf(walletId, chain, path));
  }
}

/** One, but for a Bitcoin key of several test networks. */
function addressesOf(key: KeyRecord): readonly string[] {
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
function plainAddress(address: string): string {
  return /^0x[0-9a-fA-F]+$/.test(address)
    ? `0x${address.slice(2).toLowerCase().replace(/^0+/, "")}`
    : address;
}
