/** Accounts of a wallet and their addresses as the API shows them. */
import { toHex } from "../../domain/bytes.ts";
import type { Json } from "../../domain/canonical.ts";
import type { Account, AccountAddress } from "../../administration/accounts.ts";

export function accountJson({ walletId, plan, masterFingerprint, described, keyCount }: Account): Json {
  return {
    id: plan.id,
    walletId,
    chain: plan.chain,
    network: plan.network ?? null,
    purpose: plan.purpose,
    account: plan.account,
    path: plan.path,
    masterFingerprint,
    ...described,
    keyCount,
  };
}

export function accountAddressJson(item: AccountAddress): Json {
  const { index, branch, path, address, publicKey, keyId } = item;
  return { index, branch, path, address, publicKey: toHex(publicKey), keyId };
}
