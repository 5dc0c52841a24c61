/** A throw-away data directory with a seal at the lowest permitted cost, for tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "../../src/ledger/migrate.ts";
import { LEDGER_FILE, openLedger, type LedgerDatabase } from "../../src/ledger/open.ts";
import { insertSeal, SealedRowWriter } from "../../src/ledger/sealed-rows.ts";
import { utf8 } from "../../src/domain/bytes.ts";
import { KDF_FLOOR } from "../../src/vault/seal/seal.ts";
import { Strongroom } from "../../src/vault/strongroom.ts";

export const PASSPHRASE = "correct horse battery staple";

/** A fresh copy each time: the vault wipes what it is given. */
export function passphrase(text: string = PASSPHRASE): Uint8Array {
  return utf8(text);
}

export interface Directory {
  readonly folder: string;
  readonly databasePath: string;
  readonly database: LedgerDatabase;
  readonly rows: SealedRowWriter;
  remove(): void;
}

/** An empty ledger with all tables. */
export function emptyDirectory(): Directory {
  const folder = mkdtempSync(join(tmpdir(), "claviger-vault-"));
  const databasePath = join(folder, LEDGER_FILE);
  const database = openLedger(databasePath, { readonly: false });
  migrate(database);
  return {
    folder,
    databasePath,
    database,
    rows: new SealedRowWriter(database),
    remove() {
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A sealed directory and an unsealed strongroom over it, in this thread. */
export function openStrongroom(): Directory & { readonly strongroom: Strongroom } {
  const directory = emptyDirectory();
  const strongroom = new Strongroom(directory.databasePath);
  insertSeal(directory.database, strongroom.initialise({ passphrase: passphrase(), kdf: KDF_FLOOR }));
  strongroom.unseal(passphrase());
  return {
    ...directory,
    strongroom,
    remove() {
      strongroom.close();
      directory.remove();
    },
  };
}
