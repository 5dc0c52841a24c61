/** Wallets are created with their sealed seed, and never changed. */
import { actOf } from "./act.ts";
import { assertOwn } from "./reach.ts";
import { row } from "./rows.ts";

export const createWallet = actOf<"createWallet">()({
  permission: "wallet.create",
  facts: () => ({}),
  judge({ wallet, sealed }, _, { caller }) {
    assertOwn(caller, wallet.namespace);
    return {
      reply: undefined,
      brought: null,
      rows: [row("walletAdded", { wallet, sealed })],
      leaves: [{ action: "wallet.create", target: wallet.id }],
      changes: [{ change: "walletAdded", wallet }],
    };
  },
});
