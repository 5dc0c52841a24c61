/** Administrative writes: the row, its audit leaf and the answer kept for its Idempotency-Key, all or nothing. */
import { SignerError } from "../domain/errors.ts";
import { insertSeal } from "../ledger/sealed-rows.ts";
import { assertUnused, finish, type AdministrationTables } from "./acts.ts";
import type { Input, Reply } from "./contract.ts";

export function initialise(tables: AdministrationTables, input: Input<"initialise">): void {
  insertSeal(tables.database, input.sealed);
  for (const namespace of input.namespaces) tables.directory.insertNamespace(namespace);
}

export function createAuditLog(tables: AdministrationTables, input: Input<"createAuditLog">): void {
  tables.audit.insertLog(input.log);
}

export function createNamespace(tables: AdministrationTables, input: Input<"createNamespace">): void {
  assertUnused(tables, input.answer);
  if (!tables.directory.insertNamespace(input.created)) {
    throw new SignerError(
      "request.conflict",
      `/name: namespace ${input.created.name} exists already; choose another name`,
      {
        field: "/name",
      },
    );
  }
  finish(tables, input.actor, input.answer, { action: "namespace.create", target: input.created.name });
}

export function createPrincipal(tables: AdministrationTables, input: Input<"createPrincipal">): void {
  const { principal } = input.created;
  assertUnused(tables, input.answer);
  tables.directory.insertPrincipal(input.created);
  finish(tables, input.actor, input.answer, {
    action: "principal.create",
    target: principal.id,
    targetNamespace: principal.namespace,
    name: principal.name,
    // Text in the log, as it was from the start.
    roles: JSON.stringify(principal.roles),
  });
}

export function createWallet(tables: AdministrationTables, input: Input<"createWallet">): void {
  assertUnused(tables, input.answer);
  tables.directory.insertWallet(input.wallet);
  tables.sealed.insertWallet(input.sealed);
  finish(tables, input.actor, input.answer, { action: "wallet.create", target: input.wallet.id });
}

export function createPolicy(
  tables: AdministrationTables,
  input: Input<"createPolicy">,
): Reply<"createPolicy"> {
  assertUnused(tables, input.answer);
  const existed = !tables.directory.insertPolicy(input.policy, input.module);
  if (!existed) {
    finish(tables, input.actor, input.answer, {
      action: "policy.create",
      target: input.policy.digest,
      name: input.policy.name,
    });
  }
  return { existed };
}

export function createBinding(tables: AdministrationTables, input: Input<"createBinding">): void {
  const { binding } = input;
  assertUnused(tables, input.answer);
  tables.directory.insertBinding(binding);
  finish(tables, input.actor, input.answer, {
    action: "binding.create",
    target: binding.id,
    policy: binding.policy,
    scope: `${binding.scope.kind}:${binding.scope.id}`,
    mode: binding.mode,
    settings: binding.settings,
    fuelMax: binding.fuelMax,
  });
}

export function deleteBinding(tables: AdministrationTables, input: Input<"deleteBinding">): boolean {
  const at = tables.log.now();
  if (!tables.directory.deleteBinding(input.namespace, input.id, at)) return false;
  finish(tables, input.actor, null, { action: "binding.delete", target: input.id });
  return true;
}

/** An act that changes no row, such as sealing. */
export function note(tables: AdministrationTables, input: Input<"note">): void {
  finish(tables, input.actor, null, { action: input.action });
}

/** The answer of a POST that changed nothing, so that it has no audit entry. */
export function remember(tables: AdministrationTables, input: Input<"remember">): void {
  assertUnused(tables, input.answer);
  tables.directory.insertAnswer({ ...input.answer, createdAt: tables.log.now() });
}
