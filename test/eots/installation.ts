/** Data directories with a real ledger and vault in this process, to move one finality provider's key between. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PrincipalIndex, type Principal } from "../../src/access/principals.ts";
import { ROOT_NAMESPACE } from "../../src/access/roles.ts";
import type { Chains } from "../../src/chains/chains.ts";
import { toHex } from "../../src/domain/bytes.ts";
import { SignerError } from "../../src/domain/errors.ts";
import { LEDGER_FILE } from "../../src/ledger/open.ts";
import type { AdministrationParts } from "../../src/administration/parts.ts";
import { initialiseInstallation } from "../../src/administration/initialisation.ts";
import { Core } from "../../src/core.ts";
import { applyChanges } from "../../src/directory/changes.ts";
import { Directory } from "../../src/directory/directory.ts";
import { newIdentifier } from "../../src/directory/identifiers.ts";
import { Keeper } from "../../src/keeper/keeper.ts";
import type { Ledger } from "../../src/record/ledger.ts";
import { Departures, IN_PROCESS } from "../../src/signing/departures.ts";
import { KDF_FLOOR } from "../../src/vault/seal/seal.ts";
import type { Vault } from "../../src/vault/vault.ts";
import { OBSERVER, unreached } from "../signing/parts.ts";
import { quietTurns } from "../record/turns.ts";

export const ACTOR = { namespace: ROOT_NAMESPACE, principal: "claviger test", tokenVersion: null } as const;

/** No key here has a binding, and what nobody asks needs no thread. */
const NO_POLICIES = { depth: 0, ask: unreached, prepare: unreached, validateSettings: unreached };

export interface Vote {
  readonly chainId: string;
  readonly height: bigint;
  /** 0x-hex. */
  readonly message: string;
}

export class EotsInstallation {
  readonly folder: string;
  readonly ledger: Ledger;
  readonly vault: Vault;
  /** A file with the passphrase that backups are made under. */
  readonly passphraseFile: string;
  readonly #chains: Chains;
  readonly #keeper: Keeper;

  private constructor(folder: string, keeper: Keeper, chains: Chains) {
    this.folder = folder;
    this.#keeper = keeper;
    this.ledger = keeper.ledger;
    this.vault = keeper.vault;
    this.#chains = chains;
    this.passphraseFile = join(folder, "backup.passphrase");
    writeFileSync(this.passphraseFile, "words of the backup\n", { mode: 0o600 });
  }

  /** Sealed at the lowest cost, and open. */
  static async create(chains: Chains): Promise<EotsInstallation> {
    const folder = mkdtempSync(join(tmpdir(), "claviger-eots-"));
    const databasePath = join(folder, LEDGER_FILE);
    const keeper = await Keeper.start({ databasePath });
    const { ledger, vault } = keeper;
    await initialiseInstallation(
      { ledger, vault, keeper },
      {
        passphrase: new TextEncoder().encode("only for this test"),
        kdf: KDF_FLOOR,
        administratorToken: "t".repeat(43),
        administratorName: "test",
        administratorRoles: "all",
      },
    );
    return new EotsInstallation(folder, keeper, chains);
  }

  /** The x-only public key of what was imported. */
  async import(privateKey: Uint8Array): Promise<Uint8Array> {
    const core = await this.core();
    const { key } = await core.keys.importRaw(
      { principal: await this.#administrator(), repeatable: null },
      {
        chain: "babylon",
        privateKey: toHex(privateKey),
      },
    );
    return key.publicKey.slice(1);
  }

  /** Has all roles. */
  async #administrator(): Promise<Principal> {
    const [record] = (await this.ledger.readDirectory()).principals;
    assert.ok(record);
    return record.principal;
  }

  /** Over what the ledger holds now, as after a start. */
  async core(): Promise<Core> {
    const directory = new Directory();
    const stored = await this.ledger.readDirectory();
    for (const namespace of stored.namespaces) directory.namespaces.set(namespace);
    for (const key of stored.keys) if (key.namespace === ROOT_NAMESPACE) directory.addKey(key);
    const { ledger, vault } = this;
    const departures = new Departures();
    const principals = new PrincipalIndex();
    for (const { principal, tokenHash } of stored.principals) principals.add(principal, tokenHash);
    ledger.followChanges((changes) => applyChanges({ directory, principals }, changes));
    const parts = {
      directory,
      chains: this.#chains,
      policies: NO_POLICIES,
      ledger,
      vault,
      keeper: this.#keeper,
      departures,
      principals,
    };
    const administration: AdministrationParts = {
      ...parts,
      imports: quietTurns(ledger),
      queues: () => ({ ledger: ledger.depth, vault: vault.depth, policy: 0, chains: 0 }),
      allowImport: true,
      backupPassphraseFile: "",
    };
    return new Core({ ...parts, onLostOutcome: () => undefined }, administration, OBSERVER);
  }

  /** One signature after the other: 0x-hex, or the code of the refusal. */
  async sign(publicKey: Uint8Array, votes: readonly Vote[]): Promise<string[]> {
    const [core, principal] = [await this.core(), await this.#administrator()];
    const address = toHex(publicKey).slice(2);
    const { keys } = await this.ledger.readDirectory();
    const keyId = keys.find((row) => row.address === address)?.id ?? "";
    const outcomes: string[] = [];
    for (const { chainId, height, message } of votes) {
      const request = { type: "babylon.eots", chainId, height: height.toString(), message };
      const requestId = newIdentifier("req");
      const call = {
        principal,
        asked: { keyId },
        request,
        requestId,
        idempotencyKey: null,
        outlet: IN_PROCESS,
      };
      outcomes.push(
        await core.sign(call).then(
          ({ fields }) => JSON.stringify(fields["signature"]).slice(1, -1),
          (error: unknown) => {
            assert.ok(error instanceof SignerError, String(error));
            return error.code;
          },
        ),
      );
    }
    return outcomes;
  }

  async remove(): Promise<void> {
    await this.#keeper.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
