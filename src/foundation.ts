/** What holds state: the locked data directory, and the keeper with ledger and vault, sealed. A service or a command owns it. */
import { join } from "node:path";
import { Metrics } from "./metrics/metrics.ts";
import { lockDirectory, type DirectoryLock } from "./ledger/lock.ts";
import { LEDGER_FILE } from "./ledger/open.ts";
import { Keeper, type KeeperOptions } from "./keeper/keeper.ts";
import type { Ledger } from "./record/ledger.ts";
import type { Vault } from "./vault/vault.ts";

export interface Foundation {
  readonly lock: DirectoryLock;
  readonly keeper: Keeper;
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly metrics: Metrics;
}

/** What opening keystores may take of the machine. */
export type KeystoreRoom = Pick<KeeperOptions, "keystoreThreads" | "keystoreMemory">;

/**
 * Locks the data directory, opens and migrates its ledger, starts the keeper (sealed).
 * @param room unless given, what leaves a service a core to sign with and its memory
 */
export async function openFoundation(dataDirectory: string, room: KeystoreRoom = {}): Promise<Foundation> {
  const lock = lockDirectory(dataDirectory);
  const metrics = new Metrics();
  const databasePath = join(dataDirectory, LEDGER_FILE);
  const cores = navigator.hardwareConcurrency;
  const keeper = await Keeper.start({
    databasePath,
    onBatch: (size) => metrics.commitBatch(size),
    // Duties leave a core each for this thread and for the check of what was signed; keystores leave one for signing.
    blsThreads: Math.max(1, cores - 2),
    keystoreThreads: Math.max(1, cores - 1),
    randomnessThreads: Math.max(1, cores - 1),
    ...room,
  });
  return { lock, keeper, ledger: keeper.ledger, vault: keeper.vault, metrics };
}

export async function closeFoundation(foundation: Foundation): Promise<void> {
  await foundation.keeper.close();
  foundation.lock.release();
}
