/** The principal that a finality provider's daemon acts as over gRPC, where callers have no token of their own. */
import { builtInRoles } from "./actors.ts";
import type { Principal } from "./principals.ts";
import type { NamespaceName } from "../domain/kinds.ts";

/** It signs with the keys of one namespace and does nothing else; the ledger names it by this id. */
export function finalityProviderDaemon(namespace: NamespaceName): Principal {
  return {
    id: "finality-provider-daemon",
    namespace,
    name: "finality provider daemon over gRPC",
    roles: builtInRoles("finality-provider-daemon"),
    groups: [],
    createdAt: "1970-01-01T00:00:00.000Z",
  };
}
