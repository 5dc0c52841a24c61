/** Principals: who may call, with which roles, by which token. */
import { assertMay, may, type Principal, type PrincipalRecord } from "../access/principals.ts";
import { ROOT_NAMESPACE, type Role } from "../access/roles.ts";
import { createToken, hashToken } from "../access/tokens.ts";
import { SignerError } from "../domain/errors.ts";
import { newIdentifier } from "../directory/identifiers.ts";
import { pageOf, type Page, type PageRequest } from "./pages.ts";
import { actorOf, begin, kept, type AdministrationParts, type Caller } from "./parts.ts";
import type { NamespaceName, PrincipalId, TokenHash } from "../domain/kinds.ts";

export interface PrincipalRequest {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly groups?: readonly string[];
  readonly namespace?: NamespaceName;
}

/** The token is in this value only: it is shown once and stored as a hash. */
export interface CreatedPrincipal {
  readonly principal: Principal;
  readonly token: string;
}

/** As it is kept for a repeat, which is not shown the token again. */
export type KeptPrincipal = Pick<CreatedPrincipal, "principal"> & { readonly token: string | null };

export class Principals {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /** The principal of a bearer token, or undefined. */
  authenticate(token: string): Principal | undefined {
    return this.#parts.principals.authenticate(token);
  }

  /** @throws SignerError `auth.forbidden` */
  list(principal: Principal, page: PageRequest): Page<Principal> {
    assertMay(principal, "principal.read");
    return pageOf(this.#parts.principals.list(principal.namespace), page);
  }

  /** @throws SignerError `auth.forbidden`, also for another namespace unless the caller is of the root namespace */
  async create(caller: Caller<KeptPrincipal>, request: PrincipalRequest): Promise<CreatedPrincipal> {
    await begin(this.#parts, caller, "principal.create");
    const namespace = reachable(this.#parts, caller.principal, request.namespace);
    const token = createToken();
    const created = newPrincipal(namespace, request, hashToken(token));
    const { principal } = created;
    const answer = kept(caller, { principal, token: null });
    await this.#parts.ledger.createPrincipal({ actor: actorOf(caller.principal), created, answer });
    return { principal, token };
  }

  /**
   * Roles and groups in place; token and identity stay. What is recorded after the answer was judged under them.
   * @throws SignerError `auth.forbidden`, also for one's own; `request.not_found`, `request.conflict` for the last
   *   administrator
   */
  async update(caller: Principal, id: PrincipalId, { roles, groups }: PrincipalChange): Promise<Principal> {
    assertMay(caller, "principal.update");
    const { namespace } = visible(this.#parts, caller, id);
    const { principal } = await this.#parts.ledger.updatePrincipal({
      actor: actorOf(caller),
      namespace,
      id,
      roles: roles ?? null,
      groups: groups ?? null,
    });
    return principal;
  }

  /**
   * A new token; the old one stops in the commit, and no signature that it asked for leaves after the answer.
   * @throws SignerError `auth.forbidden`, `request.not_found`
   */
  async rotate(caller: Caller<KeptPrincipal>, id: PrincipalId): Promise<CreatedPrincipal> {
    await begin(this.#parts, caller, "principal.rotate");
    const before = visible(this.#parts, caller.principal, id);
    const token = createToken();
    const answer = kept(caller, { principal: before, token: null });
    const { principal } = await this.#parts.ledger.rotatePrincipal({
      actor: actorOf(caller.principal),
      namespace: before.namespace,
      id,
      tokenHash: hashToken(token),
      answer,
    });
    return { principal, token };
  }

  /**
   * No signature that its token asked for leaves after the answer.
   * @throws SignerError `auth.forbidden`, `request.not_found`, `request.conflict` for the last administrator
   */
  async delete(caller: Principal, id: PrincipalId): Promise<void> {
    assertMay(caller, "principal.delete");
    const { namespace } = visible(this.#parts, caller, id);
    await this.#parts.ledger.deletePrincipal({ actor: actorOf(caller), namespace, id });
  }
}

export interface PrincipalChange {
  readonly roles?: readonly Role[];
  readonly groups?: readonly string[];
}

/** A principal that the caller may name: one of the caller's namespace; for administrators of the root namespace any. */
function visible({ principals }: AdministrationParts, caller: Principal, id: PrincipalId): Principal {
  const found = principals.get(id);
  if (found !== undefined && (found.namespace === caller.namespace || caller.namespace === ROOT_NAMESPACE)) {
    return found;
  }
  throw new SignerError(
    "request.not_found",
    "no principal with this id in your namespace; list them with GET /v1/principals",
  );
}

/** A principal that is to be stored. */
export function newPrincipal(
  namespace: NamespaceName,
  { name, roles, groups = [] }: Pick<PrincipalRequest, "name" | "roles" | "groups">,
  tokenHash: TokenHash,
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
