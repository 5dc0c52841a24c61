/** A keeper over a new data directory in this process, with one key of each kind that its tests need. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT_NAMESPACE } from "../../src/access/roles.ts";
import { initialiseInstallation } from "../../src/administration/initialisation.ts";
import type { SigningPayload } from "../../src/chains/adapter.ts";
import type { Chain, Curve, KeyRecord } from "../../src/domain/keys.ts";
import type { KeepCall } from "../../src/keeper/contract.ts";
import { Keeper } from "../../src/keeper/keeper.ts";
import { LEDGER_FILE, openLedger, type LedgerDatabase } from "../../src/ledger/open.ts";
import type { DecisionCall } from "../../src/record/decision.ts";
import { KDF_FLOOR } from "../../src/vault/seal/seal.ts";

/** Who acts where no principal does. */
export const ACTOR = { namespace: ROOT_NAMESPACE, principal: "claviger test", tokenVersion: null } as const;
const PASSPHRASE = "only for this test";
const CHAINS: Readonly<Record<Curve, Chain>> = {
  secp256k1: "ethereum",
  ed25519: "solana",
  stark: "starknet",
  "bls12-381": "ethereum-validator",
};

export class KeptInstallation {
  readonly keeper: Keeper;
  readonly #folder: string;
  #requests = 0;

  private constructor(keeper: Keeper, folder: string) {
    this.keeper = keeper;
    this.#folder = folder;
  }

  /** Unsealed. */
  static async create(): Promise<KeptInstallation> {
    const folder = mkdtempSync(join(tmpdir(), "claviger-kept-"));
    const keeper = await Keeper.start({ databasePath: join(folder, LEDGER_FILE), blsThreads: 2 });
    await initialiseInstallation(
      { ledger: keeper.ledger, vault: keeper.vault, keeper },
      {
        passphrase: new TextEncoder().encode(PASSPHRASE),
        kdf: KDF_FLOOR,
        administratorToken: "t".repeat(43),
        administratorName: "test",
        administratorRoles: "all",
      },
    );
    return new KeptInstallation(keeper, folder);
  }

  unseal(): Promise<void> {
    return this.keeper.vault.unseal(new TextEncoder().encode(PASSPHRASE));
  }

  /** An imported key, stored. */
  async key(curve: Curve): Promise<KeyRecord> {
    const { ledger, vault } = this.keeper;
    const id = `key_${randomBytes(8).toString("hex")}`;
    // Below every curve's order.
    const privateKey = new Uint8Array(Buffer.concat([Buffer.of(1), randomBytes(31)]));
    const { publicKey, rows: sealed } = await vault.importKey({
      namespace: ROOT_NAMESPACE,
      keyId: id,
      curve,
      privateKey,
    });
    const key: KeyRecord = {
      id,
      namespace: ROOT_NAMESPACE,
      walletId: null,
      chain: CHAINS[curve],
      curve,
      derivation: "imported",
      path: null,
      publicKey,
      address: id,
      label: null,
      attributes: {},
      state: "active",
      createdAt: new Date().toISOString(),
    };
    await ledger.createKey({ actor: ACTOR, key, found: null, sealed, answer: null });
    return key;
  }

  /** An allow that nobody but the record step judges any more. */
  call(
    key: Pick<KeyRecord, "id">,
    payloads: readonly SigningPayload[],
    changes: Partial<DecisionCall> = {},
  ): KeepCall {
    this.#requests += 1;
    return {
      decision: {
        id: `req_${String(this.#requests).padStart(8, "0")}`,
        namespace: ROOT_NAMESPACE,
        keyId: key.id,
        principal: "prn_1",
        type: "test",
        receivedAt: "2026-01-01T00:00:00.000Z",
        idempotencyKey: null,
        bodyHash: new Uint8Array(32),
        problem: null,
        reservations: [],
        payloads,
        evaluations: [],
        evidence: JSON.stringify({ intent: {}, evaluations: [] }),
        judgedUnder: { principal: null, bindings: [] },
        ...changes,
      },
    };
  }

  /** What the file says. */
  read<Result>(query: (database: LedgerDatabase) => Result): Result {
    const database = openLedger(join(this.#folder, LEDGER_FILE), { readonly: true });
    try {
      return query(database);
    } finally {
      database.close();
    }
  }

  /** Ids of all requests that were recorded. */
  recorded(): readonly string[] {
    return this.read((database) => database.prepare<[], string>("SELECT id FROM request").pluck().all());
  }

  async end(): Promise<void> {
    await this.keeper.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
