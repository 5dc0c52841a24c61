/** How commands reach a data directory: its ledger for reading beside a service, or all of it with the service stopped. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../config.ts";
import { lockDirectory, type DirectoryLock } from "../ledger/lock.ts";
import { schemaVersion, migrations } from "../ledger/migrate.ts";
import { LEDGER_FILE, openLedger, type LedgerDatabase } from "../ledger/open.ts";
import { SealedRowReader } from "../ledger/sealed-rows.ts";
import { Ledger } from "../signing/record/ledger.ts";
import { Vault } from "../vault/vault.ts";
import { CommandError } from "./output.ts";

/**
 * The ledger of `directory`, read-only.
 * @throws CommandError when there is none, or when another release wrote it
 */
export function readLedger(directory: string): LedgerDatabase {
  const path = join(directory, LEDGER_FILE);
  if (!existsSync(path)) {
    throw new CommandError("ledger.missing", `${directory} has no ledger; make one with claviger init`);
  }
  const database = openLedger(path, { readonly: true });
  const version = schemaVersion(database);
  const newest = migrations().length;
  if (version !== newest) {
    database.close();
    throw new CommandError(
      "ledger.version",
      `ledger has schema ${version}, this release reads ${newest}; start the service once to migrate`,
    );
  }
  return database;
}

/** True when `directory` has a ledger that was sealed. An init that was interrupted before leaves one without. */
export function isInitialised(directory: string): boolean {
  if (!existsSync(join(directory, LEDGER_FILE))) return false;
  const database = readLedger(directory);
  try {
    return new SealedRowReader(database).seal() !== undefined;
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
  if (!existsSync(join(directory, LEDGER_FILE))) {
    throw new CommandError("ledger.missing", `${directory} has no ledger; make one with claviger init`);
  }
  return { directory, lock: lockDirectory(directory) };
}

/** Runs `work` on the ledger of the data directory, which no service may be using. */
export async function withLedger(
  options: { readonly config?: string },
  work: (ledger: Ledger) => Promise<void>,
): Promise<void> {
  const { directory, lock } = lockedDirectory(options);
  try {
    const ledger = await Ledger.start({ databasePath: join(directory, LEDGER_FILE) });
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
    const vault = Vault.start({ databasePath: join(dataDir, LEDGER_FILE) });
    try {
      await vault.ready();
      await vault.unsealFromFile(passphraseFile);
      await work({ ledger, vault });
    } finally {
      await vault.close();
    }
  });
}
