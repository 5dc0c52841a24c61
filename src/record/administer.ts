/** Administrative writes: the row, its audit leaf and the answer kept for its Idempotency-Key, all or nothing. */
import { SignerError } from "../domain/errors.ts";
import { insertSeal } from "../ledger/sealed-rows.ts";
import { assertUnused, finish, type AdministrationTables, type Input } from "./acts.ts";
import type { Operations } from "./operations.ts";

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
    throw new SignerError(
      "request.conflict",
      `/name: namespace ${input.row.name} exists already; choose another name`,
      {
        field: "/name",
      },
    );
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

export function createWallet(tables: AdministrationTables, input: Input<"createWallet">): null {
  assertUnused(tables, input.answer);
  tables.directory.insertWallet(input.row);
  tables.sealed.insertWallet(input.sealed);
  finish(tables, input.actor, input.answer, { action: "wallet.create", target: input.row.id });
  return null;
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
