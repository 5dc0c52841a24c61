/** Fills the directory and the principals from what the ledger holds; the system namespace's own rows are not shown. */
import { principalOf, PrincipalIndex } from "../access/principals.ts";
import { SYSTEM_NAMESPACE } from "../access/roles.ts";
import type { StoredDirectory } from "../ledger/tables/directory.ts";
import { Directory } from "./directory.ts";

export function loadDirectory(stored: StoredDirectory): {
  directory: Directory;
  principals: PrincipalIndex;
} {
  const directory = new Directory();
  const principals = new PrincipalIndex();
  for (const row of stored.namespaces) {
    if (row.name !== SYSTEM_NAMESPACE) directory.namespaces.set(row.name, row.created_at);
  }
  for (const row of stored.principals) principals.add(principalOf(row), new Uint8Array(row.token_hash));
  for (const row of stored.wallets) if (row.namespace !== SYSTEM_NAMESPACE) directory.addWallet(row);
  for (const row of stored.keys) if (row.namespace !== SYSTEM_NAMESPACE) directory.addKey(row);
  for (const row of stored.policies) directory.addPolicy(row);
  for (const row of stored.bindings) directory.addBinding(row);
  for (const row of stored.descriptors) directory.descriptors.add(row);
  return { directory, principals };
}
