/** Principals are created, changed, given a new token and deleted. The version of a changed one says that it changed. */
import type { PrincipalRecord } from "../../access/principals.ts";
import { ROOT_NAMESPACE } from "../../access/roles.ts";
import { SignerError } from "../../domain/errors.ts";
import { assertUnused, finish, type AdministrationTables } from "./act.ts";
import type { Actor, Input, Reply } from "../contract.ts";
import type { NamespaceName, PrincipalId } from "../../domain/kinds.ts";

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
  const { principal } = before;
  const next = { roles: roles ?? principal.roles, groups: groups ?? principal.groups };
  if (sameTexts(next.roles, principal.roles) && sameTexts(next.groups, principal.groups)) return before;
  tables.directory.updatePrincipal(
    { ...before, principal: { ...principal, ...next, version: principal.version + 1 } },
    { roles: roles !== null, groups: groups !== null },
  );
  assertRootAdministered(tables);
  finish(tables, actor, null, {
    action: "principal.update",
    target: id,
    targetNamespace: namespace,
    roles: next.roles,
    groups: next.groups,
  });
  return live(tables, namespace, id);
}

export function rotatePrincipal(
  tables: AdministrationTables,
  { actor, namespace, id, tokenHash, answer }: Input<"rotatePrincipal">,
): Reply<"rotatePrincipal"> {
  assertUnused(tables, answer);
  assertAdministrator(tables, actor);
  const { principal } = live(tables, namespace, id);
  const { version, tokenVersion } = principal;
  tables.directory.updatePrincipal(
    { principal: { ...principal, version: version + 1, tokenVersion: tokenVersion + 1 }, tokenHash },
    { roles: false, groups: false },
  );
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

/** Two administrators who take each other's roles at once: the second one is none any more. */
function assertAdministrator({ directory }: AdministrationTables, actor: Actor): void {
  const stored = directory.principal(actor.namespace, actor.principal);
  if (stored !== undefined && isAdministrator(stored)) return;
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

function isAdministrator({ principal }: PrincipalRecord): boolean {
  return principal.roles.includes("NamespaceAdmin");
}

function live(
  { directory }: AdministrationTables,
  namespace: NamespaceName,
  id: PrincipalId,
): PrincipalRecord {
  const stored = directory.principal(namespace, id);
  if (stored !== undefined) return stored;
  throw new SignerError(
    "request.not_found",
    "no principal with this id in your namespace; list them with GET /v1/principals",
  );
}

/** The same ones in the same order. */
function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}
