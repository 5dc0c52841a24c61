/** A data directory that is sealed quickly, and keystore folders, for the commands that bring validator keys in. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { toHex } from "../../src/domain/bytes.ts";
import { LEDGER_FILE, openLedger } from "../../src/ledger/open.ts";
import { closeFoundation, openFoundation } from "../../src/foundation.ts";
import { initialiseInstallation } from "../../src/administration/initialisation.ts";
import { blsPublicKey } from "../../src/vault/sign/bls.ts";
import { TOKEN } from "../running/service.ts";
import { keystoreOf, validatorKey, type Cost } from "../vault/keystores/keystores.ts";
import { claviger, temporary, type Ended } from "./claviger.ts";

export const PASSWORD = "correct horse";
const PASSPHRASE = "one two three four five six";
/** The cheapest seal there is. */
const KDF = { memoryKiB: 65_536, passes: 3, lanes: 4 };

/** A folder of the test's own with copies of one sealed data directory. */
export class Installations {
  readonly root = temporary("validators");
  #made = 0;

  async prepare(): Promise<void> {
    const directory = join(this.root, "sealed");
    mkdirSync(directory);
    writeFileSync(join(this.root, "passphrase"), `${PASSPHRASE}\n`, { mode: 0o600 });
    const foundation = await openFoundation(directory);
    const passphrase = new TextEncoder().encode(PASSPHRASE);
    await initialiseInstallation(foundation, {
      passphrase,
      kdf: KDF,
      administratorToken: TOKEN,
      administratorName: "administrator",
      administratorRoles: "all",
    });
    await closeFoundation(foundation);
  }

  make(): Installation {
    const directory = join(this.root, `data-${this.#made++}`);
    cpSync(join(this.root, "sealed"), directory, { recursive: true });
    return new Installation(directory, join(this.root, "passphrase"));
  }

  /** Writes files into a new folder: texts, or values as JSON. @returns the folder's path */
  folder(files: Readonly<Record<string, unknown>>): string {
    const folder = join(this.root, `folder-${this.#made++}`);
    mkdirSync(folder);
    writeInto(folder, files);
    return folder;
  }
}

export function writeInto(folder: string, files: Readonly<Record<string, unknown>>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content), { mode: 0o600 });
  }
}

export class Installation {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;

  constructor(directory: string, passphraseFile: string) {
    this.directory = directory;
    this.environment = {
      CLAVIGER_STORAGE__DATA_DIR: directory,
      CLAVIGER_SEAL__PASSPHRASE_FILE: passphraseFile,
    };
  }

  run(...words: readonly string[]): Promise<Ended> {
    return claviger(words, this.environment);
  }

  /** State of each validator key, by public key. */
  keys(): Readonly<Record<string, string>> {
    const database = openLedger(join(this.directory, LEDGER_FILE), { readonly: true });
    try {
      const rows = database
        .prepare<[], { address: string; state: string }>(
          "SELECT address, state FROM key WHERE chain = 'ethereum-validator'",
        )
        .all();
      return Object.fromEntries(rows.map((row) => [row.address, row.state]));
    } finally {
      database.close();
    }
  }

  /** Runs SQL on a directory that nobody uses. */
  edit(sql: string): void {
    const database = openLedger(join(this.directory, LEDGER_FILE), { readonly: false });
    database.exec(sql);
    database.close();
  }
}

/** 0x-hex. */
export function publicKeyOf(index: number): string {
  return toHex(blsPublicKey(validatorKey(index)));
}

/** Key `index` as staking-deposit-cli writes it. */
export function keystore(index: number, cost?: Cost, password = PASSWORD): Record<string, unknown> {
  return { ...keystoreOf(validatorKey(index), password, cost), path: `m/12381/3600/${index}/0/0` };
}

/** An interchange document. */
export function historyOf(root: string, ...publicKeys: readonly string[]): object {
  return {
    metadata: { interchange_format_version: "5", genesis_validators_root: root },
    data: publicKeys.map((pubkey) => ({
      pubkey,
      signed_blocks: [{ slot: "100" }],
      signed_attestations: [{ source_epoch: "10", target_epoch: "11" }],
    })),
  };
}

/** The one JSON object on stdout, of a command that may have failed. */
export function reportOf(ended: Ended): any {
  assert.equal(ended.stdout.trim().split("\n").length, 1, ended.stdout + ended.stderr);
  return JSON.parse(ended.stdout);
}
