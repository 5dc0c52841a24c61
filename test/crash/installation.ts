/** A data directory that outlives its service: keys of four chains in one wallet, and its ledger read beside it. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { auditVerify } from "../../src/commands/audit/verify.ts";
import { LEDGER_FILE, openLedger, type LedgerDatabase } from "../../src/ledger/open.ts";
import { RunningService, type Reply } from "../running/service.ts";
import type { Keys, SignBody } from "./requests.ts";

export interface Recorded {
  readonly id: string;
  readonly decision: string;
  readonly result: string | null;
  readonly entry: string;
}

/** What an installation begins with. */
export interface Made {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly service: RunningService;
  readonly walletId: string;
  readonly keys: Keys;
}

export class Installation {
  readonly directory: string;
  /** Of every start that names no other. */
  readonly environment: Readonly<Record<string, string>>;
  service: RunningService;
  readonly walletId: string;
  readonly keys: Keys;

  constructor({ directory, environment, service, walletId, keys }: Made) {
    this.directory = directory;
    this.environment = environment;
    this.service = service;
    this.walletId = walletId;
    this.keys = keys;
  }

  /** In `directory`, which must be empty, or in a new temporary one. */
  static async create(directory = mkdtempSync(join(tmpdir(), "claviger-crash-"))): Promise<Installation> {
    return new Installation(await Installation.make(directory));
  }

  /** A started service with a wallet and its keys. */
  static async make(directory: string, environment: Readonly<Record<string, string>> = {}): Promise<Made> {
    const service = await RunningService.start({ dataDirectory: directory, environment });
    const wallet = await made(service, "/v1/wallets", { name: "crash" });
    const key = (chain: string, index = 0) =>
      made(service, `/v1/wallets/${wallet.id}/keys`, { chain, index });
    const keys: Keys = {
      ethereum: await key("ethereum"),
      solana: await key("solana"),
      bitcoin: await key("bitcoin"),
      secondBitcoin: await key("bitcoin", 1),
      starknet: await key("starknet"),
    };
    return { directory, environment, service, walletId: wallet.id, keys };
  }

  /** Starts again on the same directory. */
  async restart(environment = this.environment): Promise<void> {
    this.service = await RunningService.start({ dataDirectory: this.directory, environment });
  }

  /** Uploads a policy; resolves with its digest. */
  async upload(module: Uint8Array): Promise<string> {
    const policy = await this.service.call("POST", "/v1/policies?name=test", module);
    assert.equal(policy.status, 201, policy.text);
    return policy.body.digest;
  }

  /** Binds `digest` to the wallet. */
  async bind(digest: string): Promise<string> {
    const scope = { walletId: this.walletId };
    return (await made(this.service, "/v1/bindings", { policy: digest, scope })).id;
  }

  async unbind(bindingId: string): Promise<void> {
    const reply = await this.service.call("DELETE", `/v1/bindings/${bindingId}`);
    assert.ok(reply.status < 300, reply.text);
  }

  sign({ keyId, walletId, body }: SignBody, idempotencyKey?: string): Promise<Reply> {
    const path = walletId === undefined ? `/v1/keys/${keyId}` : `/v1/wallets/${walletId}`;
    const headers = idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey };
    return this.service.call("POST", `${path}/sign`, body, headers);
  }

  /** What the file says, while a service may be running on it. */
  read<Result>(query: (database: LedgerDatabase) => Result): Result {
    const database = openLedger(join(this.directory, LEDGER_FILE), { readonly: true });
    try {
      return query(database);
    } finally {
      database.close();
    }
  }

  /** Re-checks the whole log from the file, as `claviger audit verify` does; throws with the first fault. */
  async verifyAudit(): Promise<void> {
    process.env["CLAVIGER_STORAGE__DATA_DIR"] = this.directory;
    await auditVerify({ output: "silent" });
  }

  /** Stops the service and removes what it wrote. */
  async end(): Promise<void> {
    await this.service.stop();
    this.remove();
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

async function made(service: RunningService, path: string, body: unknown): Promise<any> {
  const reply = await service.call("POST", path, body);
  assert.equal(reply.status, 201, reply.text);
  return reply.body;
}

const RECORDED = `SELECT request.id, request.decision, request.result, audit_leaf.entry FROM request
  JOIN audit_leaf ON audit_leaf.sequence = request.sequence`;

/** The decision with this request id, with its audit entry. */
export function decisionById(database: LedgerDatabase, id: string): Recorded | undefined {
  return database.prepare<[string], Recorded>(`${RECORDED} WHERE request.id = ?`).get(id);
}

/** All decisions under this Idempotency-Key: more than one would be a second signature. */
export function decisionsByKey(database: LedgerDatabase, key: string): Recorded[] {
  return database.prepare<[string], Recorded>(`${RECORDED} WHERE request.idempotency_key = ?`).all(key);
}

/** Sum of what is reserved on a binding's counters. */
export function reserved(database: LedgerDatabase, bindingId: string): bigint {
  return database
    .prepare<[string], { amount: string; moved: string }>(
      "SELECT amount, moved FROM limit_spend WHERE binding_id = ?",
    )
    .all(bindingId)
    .reduce((sum, row) => sum + BigInt(row.amount) - BigInt(row.moved), 0n);
}

/** Number of groups on a binding's counters: one for each nonce or outpoint that was signed. */
export function groups(database: LedgerDatabase, bindingId: string): number {
  const count = database.prepare("SELECT count(*) FROM limit_group WHERE binding_id = ?").pluck();
  return Number(count.get(bindingId));
}

/** Number of allowed decisions that a binding took part in, from leaf `from` on; of one request type or of all. */
export function allowed(database: LedgerDatabase, bindingId: string, from: number, type = "%"): number {
  const row = database
    .prepare<[number, string, string], { count: number }>(
      `SELECT count(*) AS count FROM audit_leaf WHERE sequence >= ?
       AND json_extract(entry, '$.type') = 'decision' AND json_extract(entry, '$.decision') = 'allow'
       AND instr(entry, ?) > 0 AND json_extract(entry, '$.request') LIKE ?`,
    )
    .get(from, bindingId, type);
  return row?.count ?? 0;
}

/** Number of leaves. */
export function leafCount(database: LedgerDatabase): number {
  return (
    database.prepare<[], { count: number }>("SELECT count(*) AS count FROM audit_leaf").get()?.count ?? 0
  );
}
