/** The installation itself is set up, an act that changes no row is noted, and an answer is kept without an act. */
import { insertSeal } from "../../ledger/sealed-rows.ts";
import { assertUnused, finish, type AdministrationTables } from "./act.ts";
import type { Input } from "../contract.ts";

export function initialise(tables: AdministrationTables, input: Input<"initialise">): void {
  insertSeal(tables.database, input.sealed);
  for (const namespace of input.namespaces) tables.directory.insertNamespace(namespace);
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
