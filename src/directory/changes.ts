/** Acts that are on disk, in the memory of the main thread. Nothing else changes the directory after its start. */
import type { PrincipalIndex } from "../access/principals.ts";
import { SYSTEM_NAMESPACE } from "../access/roles.ts";
import type { NamespaceName } from "../domain/kinds.ts";
import type { Change } from "../record/acts/change.ts";
import type { Directory } from "./directory.ts";

export interface Memory {
  readonly directory: Directory;
  readonly principals: PrincipalIndex;
}

/** In the order of their commits, so that the newest wins. */
export function applyChanges(memory: Memory, changes: readonly Change[]): void {
  for (const change of changes) apply(memory, change);
}

function apply({ directory, principals }: Memory, change: Change): void {
  switch (change.change) {
    case "namespaceAdded":
      if (isShown(change.namespace.name)) directory.namespaces.set(change.namespace);
      return;
    case "principalChanged":
      principals.add(change.principal.principal, change.principal.tokenHash);
      return;
    case "principalRemoved":
      principals.remove(change.id);
      return;
    case "walletAdded":
      if (isShown(change.wallet.namespace)) directory.addWallet(change.wallet);
      return;
    case "keyChanged":
      if (isShown(change.key.namespace)) directory.addKey(change.key);
      return;
    case "policyAdded":
      directory.addPolicy(change.policy);
      return;
    case "bindingChanged":
      directory.setBinding(change.binding);
      return;
    case "bindingRemoved":
      directory.removeBinding(change.id);
      return;
    case "descriptorAdded":
      directory.descriptors.add(change.descriptor);
      return;
    case "freezeAdded":
      directory.freezes.add(change.freeze);
      return;
    case "freezeLifted":
      directory.freezes.remove(change.id);
      return;
    case "descriptorRemoved":
      directory.descriptors.remove(change.id);
      return;
  }
}

/** The system namespace's own rows are shown to nobody. */
function isShown(namespace: NamespaceName): boolean {
  return namespace !== SYSTEM_NAMESPACE;
}
