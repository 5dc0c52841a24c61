/** Principals and namespaces: who may call, and the walls between tenants. */
import { assertMay, may, type Principal, type PrincipalRecord } from "../access/principals.ts";
import { ROOT_NAMESPACE, type Role } from "../access/roles.ts";
import { createToken, hashToken } from "../access/tokens.ts";
import type { Json } from "../domain/canonical.ts";
import { SignerError } from "../domain/errors.ts";
import type { Namespace } from "../domain/wallets.ts";
import { newIdentifier } from "../directory/identifiers.ts";
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
  const created = newPrincipal(namespace, request, hashToken(token));
  const { principal, tokenHash } = created;
  // A repeat of this POST answers without the token: it was shown once.
  const answer = caller.remember(201, { ...principalJson(principal), token: null });
  await parts.ledger.createPrincipal({ actor: actorOf(caller.principal), created, answer });
  parts.principals.add(principal, tokenHash);
  return { principal, token };
}

export interface PrincipalChange {
  readonly roles?: readonly Role[];
  readonly groups?: readonly string[];
}

/**
 * Roles and groups in place; token and identity stay. What is recorded after the answer was judged under them.
 * @throws SignerError `auth.forbidden`, also for one's own; `request.not_found`, `request.conflict` for the last
 *   administrator
 */
export async function updatePrincipal(
  parts: AdministrationParts,
  caller: Caller,
  id: string,
  { roles, groups }: PrincipalChange,
): Promise<Principal> {
  assertMay(caller.principal, "principal.update");
  const { namespace } = visible(parts, caller.principal, id);
  const changed = await parts.ledger.updatePrincipal({
    actor: actorOf(caller.principal),
    namespace,
    id,
    roles: roles ?? null,
    groups: groups ?? null,
  });
  return keep(parts, changed);
}

/**
 * A new token; the old one stops in the commit, and no signature that it asked for leaves after the answer.
 * @throws SignerError `auth.forbidden`, `request.not_found`
 */
export async function rotatePrincipal(
  parts: AdministrationParts,
  caller: Caller,
  id: string,
): Promise<CreatedPrincipal> {
  assertMay(caller.principal, "principal.rotate");
  const before = visible(parts, caller.principal, id);
  const token = createToken();
  const answer = caller.remember(200, { ...principalJson(before), token: null });
  const rotated = await parts.ledger.rotatePrincipal({
    actor: actorOf(caller.principal),
    namespace: before.namespace,
    id,
    tokenHash: hashToken(token),
    answer,
  });
  const principal = keep(parts, rotated);
  await parts.underWay.settled([id]);
  return { principal, token };
}

/**
 * No signature that its token asked for leaves after the answer.
 * @throws SignerError `auth.forbidden`, `request.not_found`, `request.conflict` for the last administrator
 */
export async function deletePrincipal(parts: AdministrationParts, caller: Caller, id: string): Promise<void> {
  assertMay(caller.principal, "principal.delete");
  const { namespace } = visible(parts, caller.principal, id);
  await parts.ledger.deletePrincipal({ actor: actorOf(caller.principal), namespace, id });
  parts.principals.remove(id);
  await parts.underWay.settled([id]);
}

/** A principal that the caller may name: of its own namespace, or for the root namespace's administrators of any. */
function visible({ principals }: AdministrationParts, caller: Principal, id: string): Principal {
  const found = principals.get(id);
  if (found !== undefined && (found.namespace === caller.namespace || caller.namespace === ROOT_NAMESPACE)) {
    return found;
  }
  throw new SignerError(
    "request.not_found",
    "no principal with this id in your namespace; list them with GET /v1/principals",
  );
}

/** As the ledger has it. Replies come in the order of their commits, so the newest wins. */
function keep({ principals }: AdministrationParts, { principal, tokenHash }: PrincipalRecord): Principal {
  principals.add(principal, tokenHash);
  return principal;
}

/** @throws SignerError `auth.forbidden`, `request.conflict` */
export async function createNamespace(
  parts: AdministrationParts,
  caller: Caller,
  name: string,
): Promise<Namespace> {
  assertMay(caller.principal, "namespace.create");
  // Whether the name is taken, the ledger says: it looks at the Idempotency-Key first.
  const created = { name, createdAt: new Date().toISOString() };
  const answer = caller.remember(201, created);
  await parts.ledger.createNamespace({ actor: actorOf(caller.principal), created, answer });
  parts.directory.namespaces.set(name, created.createdAt);
  return created;
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

/** A principal that is to be stored. */
export function newPrincipal(
  namespace: string,
  { name, roles, groups = [] }: Pick<PrincipalRequest, "name" | "roles" | "groups">,
  tokenHash: Uint8Array,
): PrincipalRecord {
  const createdAt = new Date().toISOString();
  const id = newIdentifier("prn");
  return {
    principal: { id, namespace, name, roles, groups, createdAt, version: 1, tokenVersion: 1 },
    tokenHash,
  };
}

/** Only the root namespace's administrators may name another namespace; to others it does not exist. */
function reachable(parts: AdministrationParts, principal: Principal, asked: string | undefined): string {
  if (asked === undefined || asked === principal.namespace) return principal.namespace;
  if (may(principal, "namespace.create") && parts.directory.namespaces.has(asked)) return asked;
  throw new SignerError(
    "auth.forbidden",
    "/namespace: no such namespace within your reach; leave it out for your own",
    {
      field: "/namespace",
    },
  );
}
