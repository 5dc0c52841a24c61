/** Principals and namespaces: who may call, and the walls between tenants. */
import { assertMay, may, type Principal } from "../../access/principals.ts";
import { ROOT_NAMESPACE, type Role } from "../../access/roles.ts";
import { createToken, hashToken } from "../../access/tokens.ts";
import type { Json } from "../../domain/canonical.ts";
import { SignerError } from "../../domain/errors.ts";
import { newIdentifier } from "../identifiers.ts";
import { actorOf, type AdministrationParts, type Caller } from "./parts.ts";

export interface PrincipalRequest {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly groups?: readonly string[];
  readonly namespace?: string;
}

/** The token is in this value only: it is shown once and stored as a hash. */
export interface CreatedPrincipal {
  readonly principal: Principal;
  readonly token: string;
}

/** @throws SignerError `auth.forbidden`, also for another namespace unless the caller is of the root namespace */
export async function createPrincipal(
  parts: AdministrationParts,
  caller: Caller,
  request: PrincipalRequest,
): Promise<CreatedPrincipal> {
  assertMay(caller.principal, "principal.create");
  const namespace = reachable(parts, caller.principal, request.namespace);
  const token = createToken();
  const row = principalRow(namespace, request, hashToken(token));
  const principal = principalOf(row, request);
  // A repeat of this POST answers without the token: it was shown once.
  const answer = caller.remember(201, { ...principalJson(principal), token: null });
  await parts.ledger.call("createPrincipal", { actor: actorOf(caller.principal), row, answer });
  parts.principals.add(principal, row.token_hash);
  return { principal, token };
}

/** @throws SignerError `auth.forbidden`, `request.not_found`, `request.conflict` for the last administrator */
export async function deletePrincipal(parts: AdministrationParts, caller: Caller, id: string): Promise<void> {
  assertMay(caller.principal, "principal.delete");
  const found = parts.principals.get(id);
  const visible =
    found !== undefined &&
    (found.namespace === caller.principal.namespace || caller.principal.namespace === ROOT_NAMESPACE);
  if (!visible) throw new SignerError("request.not_found", "no principal with this id in your namespace");
  if (isLastRoot(parts, found)) {
    throw new SignerError(
      "request.conflict",
      `the last NamespaceAdmin of namespace ${ROOT_NAMESPACE} stays, or nobody could make another; create one first`,
    );
  }
  await parts.ledger.call("deletePrincipal", {
    actor: actorOf(caller.principal),
    namespace: found.namespace,
    id,
  });
  parts.principals.remove(id);
}

/** @throws SignerError `auth.forbidden`, `request.conflict` */
export async function createNamespace(
  parts: AdministrationParts,
  caller: Caller,
  name: string,
): Promise<{ readonly name: string; readonly createdAt: string }> {
  assertMay(caller.principal, "namespace.create");
  // Whether the name is taken, the ledger says: it looks at the Idempotency-Key first.
  const row = { name, created_at: new Date().toISOString() };
  const answer = caller.remember(201, { name, createdAt: row.created_at });
  await parts.ledger.call("createNamespace", { actor: actorOf(caller.principal), row, answer });
  parts.directory.namespaces.set(name, row.created_at);
  return { name, createdAt: row.created_at };
}

/** Principal as the API shows it. */
export function principalJson(principal: Principal): Record<string, Json> {
  return {
    id: principal.id,
    name: principal.name,
    namespace: principal.namespace,
    roles: principal.roles,
    groups: principal.groups,
    createdAt: principal.createdAt,
  };
}

/** The stored row of a new principal. */
export function principalRow(
  namespace: string,
  request: Pick<PrincipalRequest, "name" | "roles" | "groups">,
  tokenHash: Uint8Array,
): {
  id: string;
  namespace: string;
  name: string;
  roles: string;
  groups: string;
  token_hash: Uint8Array;
  created_at: string;
} {
  return {
    id: newIdentifier("prn"),
    namespace,
    name: request.name,
    roles: JSON.stringify(request.roles),
    groups: JSON.stringify(request.groups ?? []),
    token_hash: tokenHash,
    created_at: new Date().toISOString(),
  };
}

function principalOf(row: ReturnType<typeof principalRow>, request: PrincipalRequest): Principal {
  return {
    id: row.id,
    namespace: row.namespace,
    name: row.name,
    roles: request.roles,
    groups: request.groups ?? [],
    createdAt: row.created_at,
  };
}

function isLastRoot(parts: AdministrationParts, principal: Principal): boolean {
  const others = parts.principals.list(ROOT_NAMESPACE).filter((one) => one.id !== principal.id);
  return may(principal, "namespace.create") && !others.some((one) => may(one, "namespace.create"));
}

/** Only the root namespace's administrators may name another namespace; to others it does not exist. */
function reachable(parts: AdministrationParts, principal: Principal, asked: string | undefined): string {
  if (asked === undefined || asked === principal.namespace) return principal.namespace;
  if (may(principal, "namespace.create") && parts.directory.namespaces.has(asked)) return asked;
  throw new SignerError("auth.forbidden", "/namespace: no such namespace within your reach", {
    field: "/namespace",
  });
}
