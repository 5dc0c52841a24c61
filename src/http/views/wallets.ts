/** Wallets as the API shows them. */
import type { Json } from "../../domain/canonical.ts";
import type { Wallet } from "../../domain/wallets.ts";

export function walletJson({ id, name, namespace, createdAt }: Wallet): Json {
  return { id, name, namespace, createdAt };
}
