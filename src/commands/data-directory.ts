/** How commands reach a data directory: its ledger for reading beside a service, or all of it with the service stopped. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT_NAMESPACE, SYSTEM_NAMESPACE } from "../access/roles.ts";
import { loadConfig } from "../config/config.ts";
import { lockDirectory, type DirectoryLock } from "../ledger/lock.ts";
import { schemaVersion, migrations } from "../ledger/migrate.ts";
import { LEDGER_FILE, openLedger, type LedgerDatabase } from "../ledger/open.ts";
import { SealedRowReader } from "../ledger/sealed-rows.ts";
import { DirectoryTable } from "../ledger/tables/directory.ts";
import { startLedger, type Ledger } from "../record/ledger.ts";
import { startVault, type Vault } from "../vault/vault.ts";
import { CommandError } from "./output.ts";

/**
 * The ledger of `directory`, read-only.
 * @throws CommandError `ledger.missing`; `ledger.older`, `ledger.newer` when another release wrote it
 */
export function readLedger(directory: string): LedgerDatabase {
  assertLedger(directory);
  const database = openLedger(join(directory, LEDGER_FILE), { readonly: true });
  try {
    assertOfThisRelease(schemaVersion(database));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** @throws CommandError `ledger.missing` */
export function assertLedger(directory: string): void {
  if (existsSync(join(directory, LEDGER_FILE))) return;
  throw new CommandError("ledger.missing", `${directory} has no ledger; make one with claviger init`);
}

function assertOfThisRelease(version: number): void {
  const newest = migrations().length;
  if (version < newest) {
    throw new CommandError(
      "ledger.older",
      `ledger has schema ${version}, this release reads ${newest}; start the service once, which brings it forward`,
    );
  }
  if (version > newest) {
    throw new CommandError(
      "ledger.newer",
      `ledger has schema ${version}, this release reads ${newest}; run the newer release that wrote it`,
    );
  }
}

/** The first migration with a table for the seal. */
const SEAL_SCHEMA = 2;

/**
 * How far setting up `directory` has come: `begun` where that was interrupted, so that the same command goes on.
 * @throws CommandError `ledger.older`, `ledger.newer` when another release wrote the ledger
 */
export function setUpState(directory: string): "none" | "begun" | "done" {
  const path = join(directory, LEDGER_FILE);
  if (!existsSync(path)) return "none";
  const database = openLedger(path, { readonly: true });
  try {
    const version = schemaVersion(database);
    if (version < SEAL_SCHEMA || new SealedRowReader(database).seal() === undefined) return "begun";
    assertOfThisRelease(version);
    return new DirectoryTable(database).principals(ROOT_NAMESPACE).length > 0 ? "done" : "begun";
  } finally {
    database.close();
  }
}

/** Whether `directory`, which is set up, has a key or had one; the audit log's own does not count. */
export function holdsKeys(directory: string): boolean {
  const database = readLedger(directory);
  try {
    return new DirectoryTable(database)
      .everything()
      .keys.some(({ namespace }) => namespace !== SYSTEM_NAMESPACE);
  } finally {
    database.close();
  }
}

/** The configured data directory, locked: nothing else runs on it until the lock is released. @throws CommandError */
export function lockedDirectory(options: { readonly config?: string }): {
  readonly directory: string;
  readonly lock: DirectoryLock;
} {
  const directory = loadConfig({ file: options.config, preset: "production" }).storage.dataDir;
  assertLedger(directory);
  return { directory, lock: lockDirectory(directory) };
}

/** Whether a service or another command has the directory. @throws CommandError where there is no ledger */
export function isInUse(directory: string): boolean {
  assertLedger(directory);
  try {
    lockDirectory(directory).release();
    return false;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ledger.in_use") return true;
    throw error;
  }
}

/** Runs `work` on the ledger of the data directory, which no service may be using. */
export async function withLedger(
  options: { readonly config?: string },
  work: (ledger: Ledger) => Promise<void>,
): Promise<void> {
  const { directory, lock } = lockedDirectory(options);
  try {
    const ledger = await startLedger({ databasePath: join(directory, LEDGER_FILE) });
    try {
      await work(ledger);
    } finally {
      await ledger.close();
    }
  } finally {
    lock.release();
  }
}

/** Runs `work` on the unsealed vault of the data directory and its ledger, which no service may be using. */
export async function withUnsealed(
  options: { readonly config?: string },
  work: (parts: { readonly ledger: Ledger; readonly vault: Vault }) => Promise<void>,
): Promise<void> {
  const config = loadConfig({ file: options.config, preset: "production" });
  const { dataDir } = config.storage;
  const { passphraseFile } = config.seal;
  if (passphraseFile === "") {
    throw new CommandError(
      "seal.no_passphrase",
      "set CLAVIGER_SEAL__PASSPHRASE_FILE to the file with the data directory's passphrase",
      2,
    );
  }
  await withLedger(options, async (ledger) => {
    const vault = startVault({ databasePath: join(dataDir, LEDGER_FILE) });
    try {
      await vault.ready();
      await vault.unsealFromFile(passphraseFile);
      await work({ ledger, vault });
    } finally {
      await vault.close();
    }
  });
}
