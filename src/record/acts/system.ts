/** The installation itself is set up, and an act that changes no row is noted. */
import type { Need } from "../../access/actors.ts";
import { SignerError } from "../../domain/errors.ts";
import { actOf } from "./act.ts";
import { ask } from "./facts.ts";
import { row } from "./rows.ts";

/** Everything that an empty directory becomes, in one transaction: a directory with a seal has an administrator. */
export const initialise = actOf<"initialise">()({
  permission: "installation",
  facts: () => ({ isSealed: ask("isSealed", {}) }),
  judge({ sealed, namespaces, audit, administrator }, { isSealed }) {
    if (isSealed) throw new SignerError("request.conflict", "this directory is set up already; start on it");
    const { wallet, key, log } = audit;
    const { principal } = administrator;
    return {
      reply: undefined,
      rows: [
        row("sealAdded", sealed),
        ...namespaces.map((namespace) => row("namespaceAdded", namespace)),
        row("walletAdded", { wallet, sealed: audit.sealedWallet }),
        row("keyAdded", { key, sealed: audit.sealedKey }),
        row("auditLogAdded", log),
        row("principalAdded", administrator),
      ],
      leaves: [
        { action: "wallet.create", target: wallet.id },
        { action: "key.create", target: key.id, chain: key.chain, address: key.address },
        {
          action: "principal.create",
          target: principal.id,
          targetNamespace: principal.namespace,
          name: principal.name,
          // Text in the log, as it was from the start.
          roles: JSON.stringify(principal.roles),
        },
      ],
    };
  },
});

/** What is noted on behalf of callers; anything else a command did. */
const NOTED: Readonly<Record<string, Need>> = {
  "system.seal": "system.seal",
  "system.unseal": "system.unseal",
  "slashing.export": "slashing.disable",
  "eots.backup": "key.backup",
};

/** An act that changes no row, such as sealing. */
export const noteAct = actOf<"noteAct">()({
  // `eots.backup` names its key behind a space.
  permission: ({ action }) => [NOTED[action.split(" ", 1)[0] ?? ""] ?? "installation"],
  facts: () => ({}),
  judge: ({ action }) => ({ reply: undefined, leaves: [{ action }] }),
});
