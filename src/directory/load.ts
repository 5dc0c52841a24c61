/** Fills the directory and the principals from what the ledger holds; the system namespace's own rows are not shown. */
import { PrincipalIndex } from "../access/principals.ts";
import { SYSTEM_NAMESPACE } from "../access/roles.ts";
import { openLedger } from "../ledger/open.ts";
import { readSnapshot } from "../ledger/snapshot.ts";
import { DirectoryTable, type Installation } from "../ledger/tables/directory.ts";
import { Directory } from "./directory.ts";

/**
 * What the ledger's file holds now, read by this thread: of a hundred thousand keys a message between threads would be a second
 * copy, that takes as long as the reading.
 * @throws SignerError `service.internal` for a row that does not check
 */
export async function readInstallation(databasePath: string): Promise<Installation> {
  const database = openLedger(databasePath, { readonly: true });
  return readSnapshot(database, () => new DirectoryTable(database).everything());
}

export function loadDirectory(stored: Installation): {
  directory: Directory;
  principals: PrincipalIndex;
} {
  const directory = new Directory();
  const principals = new PrincipalIndex();
  for (const namespace of stored.namespaces) {
    if (namespace.name !== SYSTEM_NAMESPACE) directory.namespaces.set(namespace);
  }
  for (const { principal, tokenHash } of stored.principals) principals.add(principal, tokenHash);
  for (const wallet of stored.wallets) if (wallet.namespace !== SYSTEM_NAMESPACE) directory.addWallet(wallet);
  for (const key of stored.keys) if (key.namespace !== SYSTEM_NAMESPACE) directory.addKey(key);
  for (const policy of stored.policies) directory.addPolicy(policy);
  for (const binding of stored.bindings) directory.setBinding(binding);
  for (const descriptor of stored.descriptors) directory.descriptors.add(descriptor);
  for (const freeze of stored.freezes) directory.freezes.add(freeze);
  return { directory, principals };
}
