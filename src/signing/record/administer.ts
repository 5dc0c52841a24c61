/** Administrative writes: the row, its audit leaf and the answer kept for its Idempotency-Key, all or nothing. */
import { SignerError } from "../../domain/errors.ts";
import type { Json } from "../../domain/canonical.ts";
import type { LedgerDatabase } from "../../ledger/open.ts";
import { insertSeal, type SealedRowWriter } from "../../ledger/sealed-rows.ts";
import type { AuditTable } from "../../ledger/tables/audit.ts";
import type { DirectoryTable, KeyRow } from "../../ledger/tables/directory.ts";
import type { LogWriter } from "./log-writer.ts";
import type { Actor, Operations, StoredAnswer } from "./operations.ts";

export interface AdministrationTables {
  readonly database: LedgerDatabase;
  readonly sealed: SealedRowWriter;
  readonly directory: DirectoryTable;
  readonly audit: AuditTable;
  readonly log: LogWriter;
}

type Input<Name extends keyof Operations> = Operations[Name][0];

export function initialise(tables: AdministrationTables, input: Input<"initialise">): null {
  insertSeal(tables.database, input.sealed);
  for (const row of input.namespaces) tables.directory.insertNamespace(row);
  return null;
}

export function createAuditLog(tables: AdministrationTables, input: Input<"createAuditLog">): null {
  tables.audit.insertLog(input.log);
  return null;
}

export function createNamespace(tables: AdministrationTables, input: Input<"createNamespace">): null {
  assertUnused(tables, input.answer);
  if (!tables.directory.insertNamespace(input.row)) {
    throw new SignerError("request.conflict", `/name: namespace ${input.row.name} exists already`, {
      field: "/name",
    });
  }
  finish(tables, input.actor, input.answer, { action: "namespace.create", target: input.row.name });
  return null;
}

export function createPrincipal(tables: AdministrationTables, input: Input<"createPrincipal">): null {
  const { row } = input;
  assertUnused(tables, input.answer);
  tables.directory.insertPrincipal(row);
  finish(tables, input.actor, input.answer, {
    action: "principal.create",
    target: row.id,
    targetNamespace: row.namespace,
    name: row.name,
    roles: row.roles,
  });
  return null;
}

export function deletePrincipal(tables: AdministrationTables, input: Input<"deletePrincipal">): boolean {
  const at = tables.log.now();
  if (!tables.directory.deletePrincipal(input.namespace, input.id, at)) return false;
  finish(tables, input.actor, null, {
    action: "principal.delete",
    target: input.id,
    targetNamespace: input.namespace,
  });
  return true;
}

export function createWallet(tables: AdministrationTables, input: Input<"createWallet">): null {
  assertUnused(tables, input.answer);
  tables.directory.insertWallet(input.row);
  tables.sealed.insertWallet(input.sealed);
  finish(tables, input.actor, input.answer, { action: "wallet.create", target: input.row.id });
  return null;
}

/** Inserts the key, or answers with the one that already has this address: one private key and address have one id. */
export function createKey(
  tables: AdministrationTables,
  input: Input<"createKey">,
): Operations["createKey"][1] {
  assertUnused(tables, input.answer);
  const existing = tables.directory.keyByAddress(input.row);
  if (existing !== undefined) return { row: existing, existed: true };
  refuseNetworkTwin(tables, input.row);
  tables.directory.insertKey(input.row);
  tables.sealed.insertKey(input.sealed);
  finish(tables, input.actor, input.answer, {
    action: input.row.wallet_id === null ? "key.import" : "key.create",
    target: input.row.id,
    chain: input.row.chain,
    address: input.row.address,
  });
  return { row: input.row, existed: false };
}

/** Keys of the actor's own namespace; one audit leaf for each that changed. */
export function setKeyState(
  tables: AdministrationTables,
  { actor, ids, state }: Input<"setKeyState">,
): Operations["setKeyState"][1] {
  const changed = ids.filter((id) => tables.directory.setKeyState(actor.namespace, id, state));
  const action = state === "active" ? "key.enable" : "key.disable";
  for (const target of changed) finish(tables, actor, null, { action, target });
  return { keys: changed.length };
}

/**
 * A Bitcoin signature names no network. The same private key as a key of a test network would sign for the coins of
 * mainnet under the rules of the test network.
 * @throws SignerError `request.conflict`
 */
function refuseNetworkTwin(tables: AdministrationTables, row: KeyRow): void {
  for (const other of tables.directory.keysByPublicKey(row)) {
    if (isMainnet(other) === isMainnet(row)) continue;
    throw new SignerError(
      "request.conflict",
      `/network: key ${other.id} has the same private key on ${isMainnet(other) ? "mainnet" : "a test network"}; ` +
        "choose another path, since a signature for one network is valid on the other",
      { field: "/network" },
    );
  }
}

function isMainnet(row: KeyRow): boolean {
  const attributes: Record<string, unknown> = JSON.parse(row.attributes);
  return attributes["network"] === "mainnet";
}

export function createPolicy(
  tables: AdministrationTables,
  input: Input<"createPolicy">,
): Operations["createPolicy"][1] {
  assertUnused(tables, input.answer);
  const existed = !tables.directory.insertPolicy(input.row, input.module);
  if (!existed) {
    finish(tables, input.actor, input.answer, {
      action: "policy.create",
      target: input.row.digest,
      name: input.row.name,
    });
  }
  return { existed };
}

export function createBinding(tables: AdministrationTables, input: Input<"createBinding">): null {
  const { row } = input;
  assertUnused(tables, input.answer);
  tables.directory.insertBinding(row);
  finish(tables, input.actor, input.answer, {
    action: "binding.create",
    target: row.id,
    policy: row.policy,
    scope: `${row.scope_kind}:${row.scope_id}`,
    mode: row.mode,
    settings: row.settings,
    fuelMax: row.fuel_max,
  });
  return null;
}

export function deleteBinding(tables: AdministrationTables, input: Input<"deleteBinding">): boolean {
  const at = tables.log.now();
  if (!tables.directory.deleteBinding(input.namespace, input.id, at)) return false;
  finish(tables, input.actor, null, { action: "binding.delete", target: input.id });
  return true;
}

/** An act that changes no row, such as sealing. */
export function note(tables: AdministrationTables, input: Input<"note">): null {
  finish(tables, input.actor, null, { action: input.action });
  return null;
}

/** The answer of a POST that changed nothing, so that it has no audit entry. */
export function remember(tables: AdministrationTables, input: Input<"remember">): null {
  assertUnused(tables, input.answer);
  tables.directory.insertAnswer({ ...input.answer, created_at: tables.log.now() });
  return null;
}

/** Before anything is written: of two requests with one Idempotency-Key the second must not meet another refusal. */
function assertUnused(tables: AdministrationTables, answer: StoredAnswer): void {
  if (answer === null) return;
  if (tables.directory.answer(answer.namespace, answer.principal, answer.idempotency_key) === undefined)
    return;
  throw new SignerError(
    "request.idempotency_conflict",
    "Idempotency-Key: another request with this key is already stored; use a new key",
  );
}

function finish(
  tables: AdministrationTables,
  actor: Actor,
  answer: StoredAnswer,
  members: Readonly<Record<string, Json>>,
): void {
  const at = tables.log.now();
  tables.log.append(actor.namespace, "administration", at, { principal: actor.principal, ...members });
  if (answer !== null) tables.directory.insertAnswer({ ...answer, created_at: at });
}
