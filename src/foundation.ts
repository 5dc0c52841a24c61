/** What holds state: the locked data directory, its ledger, and its vault, sealed. A service or one command owns it. */
import { join } from "node:path";
import { Metrics } from "./metrics/metrics.ts";
import { lockDirectory, type DirectoryLock } from "./ledger/lock.ts";
import { LEDGER_FILE } from "./ledger/open.ts";
import { startLedger, type Ledger } from "./record/ledger.ts";
import { startVault, type Vault, type VaultOptions } from "./vault/vault.ts";

export interface Foundation {
  readonly lock: DirectoryLock;
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly metrics: Metrics;
}

/** What opening keystores may take of the machine. */
export type KeystoreRoom = Pick<VaultOptions, "keystoreThreads" | "keystoreMemory">;

/**
 * Locks the data directory, opens and migrates its ledger, starts the vault (sealed).
 * @param room unless given, what leaves a service a core to sign with and its memory
 */
export async function openFoundation(dataDirectory: string, room: KeystoreRoom = {}): Promise<Foundation> {
  const lock = lockDirectory(dataDirectory);
  const metrics = new Metrics();
  const databasePath = join(dataDirectory, LEDGER_FILE);
  const ledger = await startLedger({ databasePath, onBatch: (size) => metrics.commitBatch(size) });
  const cores = navigator.hardwareConcurrency;
  const vault = startVault({
    databasePath,
    // Duties leave a core each for this thread and for the check of what was signed; keystores leave one for signing.
    blsThreads: Math.max(1, cores - 2),
    keystoreThreads: Math.max(1, cores - 1),
    randomnessThreads: Math.max(1, cores - 1),
    ...room,
  });
  await vault.ready();
  return { lock, ledger, vault, metrics };
}

export async function closeFoundation(foundation: Foundation): Promise<void> {
  await foundation.vault.close();
  await foundation.ledger.close();
  foundation.lock.release();
}
