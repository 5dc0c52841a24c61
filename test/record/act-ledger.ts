/** A ledger in a file with namespaces and principals, and what tests of acts ask of it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { actorOf, commandActor, type Actor } from "../../src/access/actors.ts";
import type { PrincipalRecord } from "../../src/access/principals.ts";
import { ROOT_NAMESPACE, SYSTEM_NAMESPACE, type Role } from "../../src/access/roles.ts";
import { createToken, hashToken } from "../../src/access/tokens.ts";
import { newPrincipal } from "../../src/administration/principals.ts";
import type { KeyRecord } from "../../src/domain/keys.ts";
import type { Binding, Policy, Scope } from "../../src/domain/policies.ts";
import type { Wallet } from "../../src/domain/wallets.ts";
import { migrate } from "../../src/ledger/migrate.ts";
import { openLedger } from "../../src/ledger/open.ts";
import { DirectoryTable } from "../../src/ledger/tables/directory.ts";
import { startLedger, type Ledger } from "../../src/record/ledger.ts";

export const OPERATOR = commandActor(ROOT_NAMESPACE, "claviger test");
export const OTHER = "other";

/** An active key of the root namespace that is there from the start. */
export const KEY: KeyRecord = {
  id: "key_1",
  namespace: ROOT_NAMESPACE,
  walletId: null,
  chain: "ethereum",
  curve: "secp256k1",
  derivation: "imported",
  path: null,
  publicKey: new Uint8Array(33).fill(2),
  address: "0x1",
  label: null,
  attributes: {},
  state: "active",
  createdAt: "now",
};

export interface Member {
  readonly actor: Actor;
  readonly id: string;
  readonly record: PrincipalRecord;
}

let made = 0;

export class ActLedger {
  readonly ledger: Ledger;
  readonly #directory: string;

  private constructor(ledger: Ledger, directory: string) {
    this.ledger = ledger;
    this.#directory = directory;
  }

  static async start(): Promise<ActLedger> {
    const directory = mkdtempSync(join(tmpdir(), "claviger-acts-"));
    const databasePath = join(directory, "ledger.sqlite");
    const database = openLedger(databasePath, { readonly: false });
    migrate(database);
    for (const name of [ROOT_NAMESPACE, SYSTEM_NAMESPACE, OTHER])
      database.prepare("INSERT INTO namespace VALUES (?, 'now')").run(name);
    new DirectoryTable(database).insertKey(KEY);
    database.close();
    const ledger = await startLedger({ databasePath });
    return new ActLedger(ledger, directory);
  }

  /** As another act would, beside its sealed seed. */
  insertWallet(wallet: Wallet): void {
    const database = openLedger(join(this.#directory, "ledger.sqlite"), { readonly: false });
    new DirectoryTable(database).insertWallet(wallet);
    database.close();
  }

  async end(): Promise<void> {
    await this.ledger.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async member(roles: readonly Role[], namespace = ROOT_NAMESPACE): Promise<Member> {
    const record = newPrincipal(namespace, { name: "member", roles }, hashToken(createToken()));
    await this.ledger.createPrincipal({ actor: OPERATOR, created: record, answer: null });
    return { actor: actorOf(record.principal), id: record.principal.id, record };
  }

  /** As an operator who needs nobody's role. */
  delete({ id, record }: Member): Promise<boolean> {
    const { namespace } = record.principal;
    return this.ledger.deletePrincipal({ actor: OPERATOR, namespace, id });
  }

  async policy(): Promise<Policy> {
    made += 1;
    const policy: Policy = {
      namespace: ROOT_NAMESPACE,
      digest: `sha256:${made.toString(16).padStart(64, "0")}`,
      name: `policy ${made}`,
      sizeBytes: 1,
      abi: "1",
      meter: {},
      createdAt: new Date().toISOString(),
    };
    await this.ledger.createPolicy({ actor: OPERATOR, policy, module: new Uint8Array(1), answer: null });
    return policy;
  }

  /** The actions of the audit log, from the leaf `from` on. */
  async actions(from = 0): Promise<readonly string[]> {
    const leaves = await this.ledger.readLeaves({ namespace: null, from, limit: 1000 });
    return leaves.map(({ entry }) => JSON.parse(entry).action);
  }

  async size(): Promise<number> {
    return (await this.ledger.readHead()).size;
  }
}

export function bindingOf(policy: Policy, changes: Partial<Binding> = {}): Binding {
  made += 1;
  const scope: Scope = { kind: "namespace", id: ROOT_NAMESPACE };
  return {
    id: `bnd_${made}`,
    namespace: ROOT_NAMESPACE,
    policy: policy.digest,
    scope,
    settings: "{}",
    fuelMax: 1000,
    mode: "enforce",
    createdAt: new Date().toISOString(),
    version: 1,
    ...changes,
  };
}

/** The answer that is kept for an act of `actor`, whose request hashes to `request`. */
export function answerOf({ namespace, principal }: Actor, key: string, request: number, body = "{}") {
  const requestHash = new Uint8Array(32).fill(request);
  return { namespace, principal, idempotencyKey: key, requestHash, status: 201, body };
}
