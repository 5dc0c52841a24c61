/**
 * Accounts of a wallet: extended public keys, descriptors and addresses, derived from the seed when they are asked for. They
 * need a right of their own, since an account's public key and one private key below it are the whole account.
 * @module
 */
import { assertMay } from "../access/principals.ts";
import { accountOfKey, accountOfName } from "../chains/account-plans.ts";
import type { AccountPlan } from "../chains/adapter.ts";
import { toHex } from "../domain/bytes.ts";
import type { Json } from "../domain/canonical.ts";
import { SignerError } from "../domain/errors.ts";
import type { AdministrationParts, Caller } from "./parts.ts";

/** Highest index that is answered: change beyond it is not recognised, and wallets do not look that far. */
export const ADDRESS_INDEX_MAX = 1_000_000;

/** Addresses in one answer: each is a derivation, of taproot keys two milliseconds. */
export const ADDRESSES_MAX = 100;

type Asker = Pick<Caller, "principal">;

/** An account that has keys, before it was asked for its public key. */
export interface ListedAccount {
  readonly id: string;
  readonly plan: AccountPlan;
  /** Keys of the account that were not deleted. */
  readonly keyCount: number;
}

/** Accounts in which the wallet has keys that were not deleted. @throws SignerError `auth.forbidden`, `wallet.not_found` */
export function accountsOf(
  parts: AdministrationParts,
  { principal }: Asker,
  walletId: string,
): readonly ListedAccount[] {
  assertMay(principal, "account.read");
  const wallet = parts.directory.wallet(principal.namespace, walletId);
  const found = new Map<string, ListedAccount>();
  for (const key of parts.directory.keys(principal.namespace)) {
    if (key.walletId !== wallet.id || key.state === "deleted") continue;
    const plan = accountOfKey(key);
    if (plan === undefined) continue;
    const keyCount = (found.get(plan.id)?.keyCount ?? 0) + 1;
    found.set(plan.id, { id: plan.id, plan, keyCount });
  }
  return [...found.values()];
}

/**
 * An account, whether or not it has keys.
 * @throws SignerError `auth.forbidden`, `wallet.not_found`, `request.not_found` for what is no account's name
 */
export function accountNamed(
  parts: AdministrationParts,
  asker: Asker,
  walletId: string,
  id: string,
): ListedAccount {
  const known = accountsOf(parts, asker, walletId).find((one) => one.id === id);
  if (known !== undefined) return known;
  const plan = accountOfName(id);
  if (plan !== undefined) return { id, plan, keyCount: 0 };
  throw new SignerError(
    "request.not_found",
    "account: must be bitcoin-NETWORK-PURPOSE-ACCOUNT (purpose 44, 49, 84 or 86), bitcoin-NETWORK-48-ACCOUNT-SCRIPT " +
      "(1 or 2) or ethereum-ACCOUNT, e.g. bitcoin-mainnet-84-0",
  );
}

/** Account as the API shows it. @throws SignerError `service.sealed`: the extended public key comes from the seed */
export async function accountJson(
  parts: AdministrationParts,
  { principal }: Asker,
  walletId: string,
  { plan, keyCount }: ListedAccount,
): Promise<Record<string, Json>> {
  const { namespace } = principal;
  const key = await parts.vault.accountKey({ namespace, walletId, path: plan.path });
  return {
    id: plan.id,
    walletId,
    chain: plan.chain,
    network: plan.network ?? null,
    purpose: plan.purpose,
    account: plan.account,
    path: plan.path,
    masterFingerprint: key.masterFingerprint,
    ...(await parts.chains.describeAccount(plan, key)),
    keyCount,
  };
}

export interface AddressQuery {
  readonly branch: "receive" | "change";
  readonly from: number;
  readonly limit: number;
}

/** Addresses in order, with the key that signs for each one where there is one. @throws SignerError as `accountJson` */
export async function accountAddresses(
  parts: AdministrationParts,
  { principal }: Asker,
  walletId: string,
  { plan }: ListedAccount,
  { branch, from, limit }: AddressQuery,
): Promise<{ readonly items: readonly Json[]; readonly next: string | null }> {
  const { namespace } = principal;
  const count = Math.max(0, Math.min(limit, ADDRESSES_MAX, ADDRESS_INDEX_MAX + 1 - from));
  const key = await parts.vault.accountKey({ namespace, walletId, path: plan.path });
  const range = { branch: branch === "change" ? 1 : 0, from, count };
  const derived = await parts.chains.accountAddresses(plan, key, range);
  const keyIds = new Map<string | null, string>();
  for (const one of parts.directory.keys(namespace)) {
    const inAccount =
      one.walletId === walletId && one.state !== "deleted" && accountOfKey(one)?.id === plan.id;
    if (inAccount) keyIds.set(one.path, one.id);
  }
  const items = derived.map(({ index, path, publicKey, address }) => {
    return { index, branch, path, address, publicKey: toHex(publicKey), keyId: keyIds.get(path) ?? null };
  });
  const end = from + count;
  return { items, next: end <= ADDRESS_INDEX_MAX ? `${end}` : null };
}
