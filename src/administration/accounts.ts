/**
 * Accounts of a wallet: extended public keys, descriptors and addresses, derived from the seed when they are asked for. They
 * need a separate right, since an account's public key and one private key below it are the whole account.
 * @module
 */
import { assertMay, type Principal } from "../access/principals.ts";
import { accountOfKey, accountOfName } from "../chains/account-plans.ts";
import type { AccountPlan, AddressRange } from "../chains/adapter.ts";
import type { Json } from "../domain/canonical.ts";
import { SignerError } from "../domain/errors.ts";
import type { KeyRecord } from "../domain/keys.ts";
import { byId, type Page, type PageRequest } from "./pages.ts";
import type { AdministrationParts } from "./parts.ts";
import type { KeyId, PublicKey, WalletId } from "../domain/kinds.ts";

/** Highest index that is answered: change beyond it is not recognised, and wallets do not look that far. */
const ADDRESS_INDEX_MAX = 1_000_000;

/** Addresses in one answer: each is a derivation, of taproot keys two milliseconds. */
const ADDRESSES_MAX = 100;

export interface Account {
  readonly id: string;
  readonly walletId: WalletId;
  readonly plan: AccountPlan;
  readonly masterFingerprint: string;
  /** What its chain says of it: extended public keys, descriptors. */
  readonly described: Readonly<Record<string, Json>>;
  /** Keys of the account that were not deleted. */
  readonly keyCount: number;
}

export interface AddressQuery {
  readonly branch: "receive" | "change";
  readonly from: number;
  readonly limit: number;
}

export interface AccountAddress {
  readonly index: number;
  readonly branch: AddressQuery["branch"];
  readonly path: string;
  readonly address: string;
  readonly publicKey: PublicKey;
  /** The key that signs for it; null where the wallet has made none. */
  readonly keyId: KeyId | null;
}

/** An account before its public key was derived. */
type ListedAccount = Pick<Account, "id" | "plan" | "keyCount">;

export class Accounts {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /**
   * Accounts in which the wallet has keys that were not deleted.
   * @throws SignerError `auth.forbidden`, `wallet.not_found`, `service.sealed`: the extended public key comes from the seed
   */
  async list(
    principal: Principal,
    walletId: WalletId,
    { cursor, limit }: PageRequest,
  ): Promise<Page<Account>> {
    const listed = accountsOf(this.#parts, principal, walletId);
    const page = byId(listed, { cursor, limit: Math.min(limit, ADDRESSES_MAX) });
    const items = [];
    // One after the other: the vault's queue is the signatures'.
    for (const account of page.items) items.push(await this.#describe(principal, walletId, account));
    return { items, next: page.next };
  }

  /** An account, whether or not it has keys. @throws SignerError as `list`; `request.not_found` for what is no account's name */
  async get(principal: Principal, walletId: WalletId, id: string): Promise<Account> {
    return this.#describe(principal, walletId, accountNamed(this.#parts, principal, walletId, id));
  }

  /** Addresses in order. @throws SignerError as `get`; `request.malformed` for an index past the last one */
  async addresses(
    principal: Principal,
    walletId: WalletId,
    id: string,
    query: AddressQuery,
  ): Promise<Page<AccountAddress>> {
    const { plan } = accountNamed(this.#parts, principal, walletId, id);
    const { namespace } = principal;
    const { branch } = query;
    const range = rangeOf(query);
    const key = await this.#parts.vault.accountKey({ namespace, walletId, path: plan.path });
    const derived = await this.#parts.chains.accountAddresses(plan, key, range);
    const items = derived.map(({ index, path, publicKey, address }) => {
      const keyId = keyInAccount(this.#parts, walletId, plan, path)?.id ?? null;
      return { index, branch, path, address, publicKey, keyId };
    });
    return { items, next: nextOf(range) };
  }

  async #describe({ namespace }: Principal, walletId: WalletId, account: ListedAccount): Promise<Account> {
    const { id, plan, keyCount } = account;
    const key = await this.#parts.vault.accountKey({ namespace, walletId, path: plan.path });
    const described = await this.#parts.chains.describeAccount(plan, key);
    return { id, walletId, plan, masterFingerprint: key.masterFingerprint, described, keyCount };
  }
}

/** @throws SignerError `request.malformed` for an index past the last one that is answered */
export function rangeOf({ branch, from, limit }: AddressQuery): AddressRange {
  if (from > ADDRESS_INDEX_MAX) {
    throw new SignerError("request.malformed", `/from: must be at most ${ADDRESS_INDEX_MAX}`, {
      field: "/from",
    });
  }
  const count = Math.max(0, Math.min(limit, ADDRESSES_MAX, ADDRESS_INDEX_MAX + 1 - from));
  return { branch: branch === "change" ? 1 : 0, from, count };
}

/** Where the next range begins; null where there is none. */
export function nextOf({ from, count }: AddressRange): string | null {
  const end = from + count;
  return end <= ADDRESS_INDEX_MAX ? String(end) : null;
}

/** @throws SignerError `auth.forbidden`, `wallet.not_found` */
function accountsOf(
  { directory }: AdministrationParts,
  principal: Principal,
  walletId: WalletId,
): readonly ListedAccount[] {
  assertMay(principal, "account.read");
  const wallet = directory.wallet(principal.namespace, walletId);
  const found = new Map<string, ListedAccount>();
  for (const { key, live } of directory.walletBranches(wallet.id)) {
    const plan = live === 0 ? undefined : accountOfKey(key);
    if (plan === undefined) continue;
    const keyCount = (found.get(plan.id)?.keyCount ?? 0) + live;
    found.set(plan.id, { id: plan.id, plan, keyCount });
  }
  return [...found.values()];
}

/** The wallet's key at a path of the account, deleted ones aside. */
function keyInAccount(
  { directory }: AdministrationParts,
  walletId: WalletId,
  { id, chain }: AccountPlan,
  path: string,
): KeyRecord | undefined {
  return directory
    .keysAtPath(walletId, chain, path)
    .findLast((key) => key.state !== "deleted" && accountOfKey(key)?.id === id);
}

function accountNamed(
  parts: AdministrationParts,
  principal: Principal,
  walletId: WalletId,
  id: string,
): ListedAccount {
  const known = accountsOf(parts, principal, walletId).find((account) => account.id === id);
  if (known !== undefined) return known;
  const plan = accountOfName(id);
  if (plan !== undefined) return { id, plan, keyCount: 0 };
  throw new SignerError(
    "request.not_found",
    "account: must be bitcoin-NETWORK-PURPOSE-ACCOUNT (purpose 44, 49, 84 or 86), bitcoin-NETWORK-48-ACCOUNT-SCRIPT " +
      "(1 or 2) or ethereum-ACCOUNT, e.g. bitcoin-mainnet-84-0",
  );
}
