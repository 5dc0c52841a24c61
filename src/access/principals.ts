/** Who calls, and what that caller may do. Default deny: role and namespace must both allow. */
import { SignerError } from "../domain/errors.ts";
import { Ordered, type OrderedItems } from "../domain/ordered.ts";
import { PERMISSIONS, ROOT_NAMESPACE, ROOT_PERMISSIONS, type Permission, type Role } from "./roles.ts";
import { hashToken, sameHash } from "./tokens.ts";
import type { NamespaceName, PrincipalId, TokenHash } from "../domain/kinds.ts";

export interface Principal {
  readonly id: PrincipalId;
  readonly namespace: NamespaceName;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly groups: readonly string[];
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  /**
   * `version` counts changes of roles, groups and token; `tokenVersion` of the token alone. Absent for callers that are
   * built in.
   */
  readonly version?: number;
  readonly tokenVersion?: number;
}

/** A principal that the ledger holds, and the SHA-256 of its token (32 bytes). */
export interface PrincipalRecord {
  readonly principal: Required<Principal>;
  readonly tokenHash: TokenHash;
}

interface Entry {
  readonly principal: Principal;
  readonly tokenHash: TokenHash;
}

/** What a right is judged by. */
type Entitled = Pick<Principal, "namespace" | "roles">;

/** True when one of the principal's roles carries `permission`, and the root namespace is there where it must be. */
export function may(principal: Entitled, permission: Permission): boolean {
  const roles: readonly Role[] = PERMISSIONS[permission];
  if (!principal.roles.some((role) => roles.includes(role))) return false;
  return !ROOT_PERMISSIONS.includes(permission) || principal.namespace === ROOT_NAMESPACE;
}

/** @throws SignerError `auth.forbidden` that names the roles which would do */
export function assertMay(principal: Entitled, permission: Permission): void {
  if (may(principal, permission)) return;
  const roles = PERMISSIONS[permission].join(" or ");
  const where = ROOT_PERMISSIONS.includes(permission) ? ` in namespace ${ROOT_NAMESPACE}` : "";
  throw new SignerError("auth.forbidden", `${permission} needs role ${roles}${where}; ask a NamespaceAdmin`, {
    permission,
  });
}

/** The live principals, by the hash of their token. */
export class PrincipalIndex {
  readonly #byHash = new Map<string, Entry>();
  readonly #byId = new Map<PrincipalId, Entry>();
  readonly #lists = new Map<NamespaceName, Ordered<Principal>>();

  /** In place of the one with this id, whose token is unknown from here on. */
  add(principal: Principal, tokenHash: TokenHash): void {
    this.remove(principal.id);
    const entry = { principal, tokenHash };
    this.#byHash.set(lookupKey(tokenHash), entry);
    this.#byId.set(principal.id, entry);
    const list = this.#lists.get(principal.namespace) ?? noPrincipals();
    this.#lists.set(principal.namespace, list);
    list.set(principal);
  }

  remove(id: PrincipalId): void {
    const entry = this.#byId.get(id);
    if (entry === undefined) return;
    this.#byId.delete(id);
    this.#byHash.delete(lookupKey(entry.tokenHash));
    this.#lists.get(entry.principal.namespace)?.delete(id);
  }

  get(id: PrincipalId): Principal | undefined {
    return this.#byId.get(id)?.principal;
  }

  /** The caller with the rights that it has now; undefined when it was deleted or its token withdrawn. */
  current(principal: Principal): Principal | undefined {
    if (principal.version === undefined) return principal;
    const now = this.get(principal.id);
    return now?.tokenVersion === principal.tokenVersion ? now : undefined;
  }

  /** As `current`. @throws SignerError `auth.missing` */
  assertCurrent(principal: Principal): Principal {
    const now = this.current(principal);
    if (now !== undefined) return now;
    throw new SignerError(
      "auth.missing",
      "the token of this request was withdrawn meanwhile; use a current one",
    );
  }

  /** Principals of one namespace, by id. */
  list(namespace: NamespaceName): OrderedItems<Principal> {
    return this.#lists.get(namespace) ?? noPrincipals();
  }

  /** The principal of a bearer token, or undefined. */
  authenticate(token: string): Principal | undefined {
    const hash = hashToken(token);
    // The map is keyed by a part of the hash, which says nothing of the token; the rest is compared in constant time.
    const entry = this.#byHash.get(lookupKey(hash));
    return entry !== undefined && sameHash(entry.tokenHash, hash) ? entry.principal : undefined;
  }
}

function noPrincipals(): Ordered<Principal> {
  return new Ordered(({ id }) => id);
}

function lookupKey(hash: Uint8Array): string {
  return Buffer.from(hash.subarray(0, 16)).toString("hex");
}
