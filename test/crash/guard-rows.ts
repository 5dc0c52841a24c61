/** Validator keys of an installation, and what its double-sign guard has on disk for them. */
import assert from "node:assert/strict";
import type { LedgerDatabase } from "../../src/ledger/open.ts";
import type { Reply } from "../running/service.ts";
import type { Duty, Message } from "./duties.ts";
import type { Installation } from "./installation.ts";

export interface ValidatorKey {
  readonly id: string;
  /** 0x-hex. */
  readonly publicKey: string;
}

/** The first `count` validator keys of the installation's wallet, made now. */
export async function validatorKeys(
  { service, walletId }: Installation,
  count: number,
): Promise<ValidatorKey[]> {
  const made = Array.from({ length: count }, async (_, index) => {
    const body = { chain: "ethereum-validator", index };
    const reply = await service.call("POST", `/v1/wallets/${walletId}/keys`, body);
    assert.equal(reply.status, 201, reply.text);
    const { id, publicKey } = reply.body;
    return { id, publicKey };
  });
  return Promise.all(made);
}

/** Asks as a validator client does. */
export function signDutyWith({ service }: Installation, publicKey: string, duty: Duty): Promise<Reply> {
  const headers = { accept: "application/json" };
  return service.call("POST", `/api/v1/eth2/sign/${publicKey}`, duty.body, headers);
}

export function hasGuardRow(installation: Installation, publicKey: string, { message }: Duty): boolean {
  return installation.read(guardRows).get(publicKey)?.has(message.signingRoot) === true;
}

interface Row {
  readonly key: string;
  readonly root: string;
}

/** By public key, then by signing root, read by SQL alone. */
export function guardRows(database: LedgerDatabase): Map<string, Map<string, Message>> {
  const rows = new Map<string, Map<string, Message>>();
  const add = ({ key, root }: Row, message: Message): void => {
    const ofKey = rows.get(key) ?? new Map<string, Message>();
    assert.equal(ofKey.has(root), false, "one row for one root");
    rows.set(key, ofKey.set(root, message));
  };
  const columns = "'0x' || lower(hex(public_key)) AS key, '0x' || lower(hex(signing_root)) AS root";
  const joined = "JOIN slashing_validator ON slashing_validator.id = validator";
  for (const row of database
    .prepare<[], Row & { slot: number }>(`SELECT ${columns}, slot FROM slashing_block ${joined}`)
    .all()) {
    add(row, { kind: "block", slot: row.slot, signingRoot: row.root });
  }
  for (const row of database
    .prepare<[], Row & { source: number; target: number }>(
      `SELECT ${columns}, source, target FROM slashing_attestation ${joined}`,
    )
    .all()) {
    add(row, { kind: "vote", source: row.source, target: row.target, signingRoot: row.root });
  }
  return rows;
}

/** Everything that the guard knows, row by row, without what an import has only staged. */
export function guardState(database: LedgerDatabase): Readonly<Record<string, readonly unknown[]>> {
  const tables = ["slashing_chain", "slashing_validator", "slashing_block", "slashing_attestation"];
  return Object.fromEntries(
    tables.map((table) => [table, database.prepare<[]>(`SELECT * FROM ${table}`).safeIntegers().all()]),
  );
}
