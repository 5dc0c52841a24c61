/** The installation itself is set up, an act that changes no row is noted, and an answer is kept without an act. */
import { insertSeal } from "../../ledger/sealed-rows.ts";
import { assertUnused, finish, type AdministrationTables } from "./over-tables.ts";
import { createKeyWhereverItIs } from "./keys.ts";
import { createWallet } from "./wallets.ts";
import type { Input } from "../contract.ts";

/** Everything that an empty directory becomes, in one transaction: a directory with a seal has an administrator. */
export function initialise(tables: AdministrationTables, input: Input<"initialise">): void {
  const { actor, sealed, namespaces, audit, administrator } = input;
  insertSeal(tables.database, sealed);
  for (const namespace of namespaces) tables.directory.insertNamespace(namespace);
  createWallet(tables, { actor, wallet: audit.wallet, sealed: audit.sealedWallet, answer: null });
  createKeyWhereverItIs(tables, { actor, key: audit.key, sealed: audit.sealedKey });
  createAuditLog(tables, { log: audit.log });
  const { principal } = administrator;
  tables.directory.insertPrincipal(administrator);
  finish(tables, actor, null, {
    action: "principal.create",
    target: principal.id,
    targetNamespace: principal.namespace,
    name: principal.name,
    // Text in the log, as it was from the start.
    roles: JSON.stringify(principal.roles),
  });
}

export function createAuditLog(tables: AdministrationTables, input: Input<"createAuditLog">): void {
  tables.audit.insertLog(input.log);
}

/** An act that changes no row, such as sealing. */
export function noteAct(tables: AdministrationTables, input: Input<"noteAct">): void {
  finish(tables, input.actor, null, { action: input.action });
}

/** The answer of a POST that changed nothing, so that it has no audit entry. */
export function keepAnswer(tables: AdministrationTables, input: Input<"keepAnswer">): void {
  assertUnused(tables, input.answer);
  tables.directory.insertAnswer({ ...input.answer, createdAt: tables.log.now() });
}
