/** How intents name tokens. */
import type { AccountMeta } from "@solana/kit";

export function mintAsset(mint: AccountMeta): string {
  return `spl:${mint.address}`;
}

/** For instructions that name no mint. */
export function accountAsset(account: AccountMeta): string {
  return `spl-account:${account.address}`;
}
