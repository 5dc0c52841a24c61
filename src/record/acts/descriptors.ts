/** Descriptors registered and deleted: what is registered decides which outputs are a wallet's own. */
import { SignerError } from "../../domain/errors.ts";
import { actOf } from "./act.ts";
import { ask } from "./facts.ts";
import { assertOwn } from "./reach.ts";
import { row } from "./rows.ts";

/** Each one is looked at for each input and output that states a derivation. */
const DESCRIPTORS_MAX = 64;

export const createDescriptor = actOf<"createDescriptor">()({
  permission: "descriptor.create",
  facts: ({ descriptor: { namespace, walletId, network, descriptor } }) => ({
    walletExists: ask("scopeExists", { namespace, scope: { kind: "wallet", id: walletId } }),
    count: ask("descriptorCount", { walletId }),
    isRegistered: ask("isRegistered", { walletId, network, descriptor }),
  }),
  judge({ descriptor }, { walletExists, count, isRegistered }, { caller }) {
    assertOwn(caller, descriptor.namespace);
    if (!walletExists) {
      throw new SignerError(
        "wallet.not_found",
        "no wallet with this id in your namespace; list them with GET /v1/wallets",
      );
    }
    if (isRegistered) {
      throw new SignerError(
        "request.conflict",
        "/descriptor: this wallet has it already on this network; list them with GET /v1/wallets/{walletId}/descriptors",
        { field: "/descriptor" },
      );
    }
    assertRoom(count);
    const { id, walletId, network, descriptor: text, ownKeys } = descriptor;
    return {
      reply: undefined,
      brought: { kind: "descriptor", id },
      rows: [row("descriptorAdded", descriptor)],
      leaves: [
        {
          action: "descriptor.create",
          target: id,
          walletId,
          network,
          descriptor: text,
          // Text in the log, as it was from the start.
          ownKeys: JSON.stringify(ownKeys),
        },
      ],
      changes: [{ change: "descriptorAdded", descriptor }],
    };
  },
});

export const deleteDescriptor = actOf<"deleteDescriptor">()({
  permission: "descriptor.delete",
  facts: ({ namespace, id }) => ({ stored: ask("descriptor", { namespace, id }) }),
  judge({ namespace, id }, { stored }, { caller, at }) {
    assertOwn(caller, namespace);
    if (stored === null) return { reply: false };
    return {
      reply: true,
      rows: [row("descriptorDeleted", { descriptor: stored, at })],
      leaves: [{ action: "descriptor.delete", target: id }],
      changes: [{ change: "descriptorRemoved", id }],
    };
  },
});

/** @param count descriptors that the wallet has @throws SignerError `request.conflict` where it may have no other */
export function assertRoom(count: number): void {
  if (count < DESCRIPTORS_MAX) return;
  throw new SignerError(
    "request.conflict",
    `this wallet has ${DESCRIPTORS_MAX} descriptors, as many as it may; delete one first`,
  );
}
