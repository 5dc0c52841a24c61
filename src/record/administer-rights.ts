/** Principals and bindings changed in place: identity, counters and windows stay, and their version says that they changed. */
import { ROOT_NAMESPACE } from "../access/roles.ts";
import { SignerError } from "../domain/errors.ts";
import type { Json } from "../domain/canonical.ts";
import type { PrincipalRow } from "../ledger/tables/directory.ts";
import { assertUnused, finish, type AdministrationTables } from "./acts.ts";
import type { Actor, Input, Reply } from "./operations.ts";

export function updatePrincipal(
  tables: AdministrationTables,
  { actor, namespace, id, roles, groups }: Input<"updatePrincipal">,
): Reply<"updatePrincipal"> {
  assertAdministrator(tables, actor);
  if (actor.principal === id) {
    throw new SignerError(
      "auth.forbidden",
      "nobody changes their own roles or groups; ask another NamespaceAdmin",
    );
  }
  const before = live(tables, namespace, id);
  const next = { roles: roles ?? before.roles, groups: groups ?? before.groups };
  if (next.roles === before.roles && next.groups === before.groups) return before;
  tables.directory.updatePrincipal({ ...before, ...next, version: before.version + 1 });
  assertRootAdministered(tables);
  finish(tables, actor, null, {
    action: "principal.update",
    target: id,
    targetNamespace: namespace,
    roles: asJson(next.roles),
    groups: asJson(next.groups),
  });
  return live(tables, namespace, id);
}

export function rotatePrincipal(
  tables: AdministrationTables,
  { actor, namespace, id, tokenHash, answer }: Input<"rotatePrincipal">,
): Reply<"rotatePrincipal"> {
  assertUnused(tables, answer);
  assertAdministrator(tables, actor);
  const before = live(tables, namespace, id);
  tables.directory.updatePrincipal({
    ...before,
    token_hash: tokenHash,
    version: before.version + 1,
    token_version: before.token_version + 1,
  });
  finish(tables, actor, answer, { action: "principal.rotate", target: id, targetNamespace: namespace });
  return live(tables, namespace, id);
}

/** @throws SignerError `request.conflict` for the last administrator of the root namespace */
export function deletePrincipal(tables: AdministrationTables, input: Input<"deletePrincipal">): boolean {
  assertAdministrator(tables, input.actor);
  const at = tables.log.now();
  if (!tables.directory.deletePrincipal(input.namespace, input.id, at)) return false;
  assertRootAdministered(tables);
  finish(tables, input.actor, null, {
    action: "principal.delete",
    target: input.id,
    targetNamespace: input.namespace,
  });
  return true;
}

export function updateBinding(
  tables: AdministrationTables,
  { actor, row, version }: Input<"updateBinding">,
): Reply<"updateBinding"> {
  if (!tables.directory.updateBinding(row, version)) {
    throw new SignerError(
      "request.conflict",
      "the binding was changed or deleted meanwhile, so that its settings were checked against " +
        "another state; read it and " +
        "send the change again",
    );
  }
  finish(tables, actor, null, {
    action: "binding.update",
    target: row.id,
    policy: row.policy,
    mode: row.mode,
    settings: row.settings,
    fuelMax: row.fuel_max,
    version: row.version,
  });
}

/** Two administrators who take each other's roles at once: the second one is none any more. */
function assertAdministrator({ directory }: AdministrationTables, actor: Actor): void {
  const row = directory.principal(actor.namespace, actor.principal);
  if (row !== undefined && isAdministrator(row)) return;
  throw new SignerError("auth.forbidden", "you are no NamespaceAdmin any more; ask one");
}

/** @throws SignerError `request.conflict`, which undoes the act */
function assertRootAdministered({ directory }: AdministrationTables): void {
  if (directory.principals(ROOT_NAMESPACE).some(isAdministrator)) return;
  throw new SignerError(
    "request.conflict",
    `the last NamespaceAdmin of namespace ${ROOT_NAMESPACE} stays, or nobody could make another; ` +
      `create one first`,
  );
}

function isAdministrator({ roles }: PrincipalRow): boolean {
  const names: readonly string[] = JSON.parse(roles);
  return names.includes("NamespaceAdmin");
}

function live({ directory }: AdministrationTables, namespace: string, id: string): PrincipalRow {
  const row = directory.principal(namespace, id);
  if (row !== undefined) return row;
  throw new SignerError(
    "request.not_found",
    "no principal with this id in your namespace; list them with GET /v1/principals",
  );
}

function asJson(text: string): Json {
  const json: Json = JSON.parse(text);
  return json;
}
