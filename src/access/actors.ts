/**
 * Who does an act, as it travels to the ledger, and what that caller may do at the moment of the act. A stored principal is read
 * again there; a caller that is built in has no row, and the roles that are written here.
 * @module
 */
import { SignerError } from "../domain/errors.ts";
import type { NamespaceName, PrincipalId } from "../domain/kinds.ts";
import { assertMay, may, type Principal } from "./principals.ts";
import type { Permission, Role } from "./roles.ts";

/** Callers without a token of ours, by the ids that the ledger names them by. No stored principal has such an id. */
const BUILT_IN = {
  "anonymous-validator-client": ["KeyUser"],
  "anonymous-keymanager-client": ["KeyAdmin"],
  "keymanager-client": ["KeyAdmin"],
  "finality-provider-daemon": ["KeyUser"],
} as const satisfies Readonly<Record<string, readonly Role[]>>;

const COMMITMENT_MODULE = "commit-boost-module:";
const MODULE_ROLES: readonly Role[] = ["KeyUser"];

/** The installation itself: its set-up, and its commands, which whoever holds the data directory runs while no service does. */
export type InstallationId = "system" | `claviger ${string}`;
export type BuiltInId = keyof typeof BUILT_IN | `commit-boost-module:${string}` | InstallationId;

/** A principal with a row, under the token that it was authenticated by. */
export interface StoredActor {
  readonly namespace: NamespaceName;
  readonly principal: PrincipalId;
  readonly tokenVersion: number;
}

export interface BuiltInActor {
  readonly namespace: NamespaceName;
  readonly principal: BuiltInId;
  readonly tokenVersion: null;
}

/** Who did an act, for its right and its audit leaf. */
export type Actor = StoredActor | BuiltInActor;

/** What a caller must be allowed. `installation`: what only commands do. `live`: whoever may call at all. */
export type Need = Permission | "installation" | "live" | { readonly anyOf: readonly Permission[] };

/** A caller as it is at the moment of an act. */
export interface LiveCaller {
  readonly namespace: NamespaceName;
  readonly principal: PrincipalId;
  readonly roles: readonly Role[];
  /** It may everything, in every namespace. */
  readonly isInstallation: boolean;
}

/** The roles of a caller that is built in; the same wherever it calls. */
export function builtInRoles(id: Exclude<BuiltInId, InstallationId>): readonly Role[] {
  return isNamed(id) ? BUILT_IN[id] : MODULE_ROLES;
}

/** A command of the installation as an actor, named as it is typed. */
export function commandActor(namespace: NamespaceName, command: `claviger ${string}`): BuiltInActor {
  return { namespace, principal: command, tokenVersion: null };
}

/** The caller as an actor. @throws Error for one without versions that is not built in: nobody passes as built in by accident */
export function actorOf({ namespace, id, tokenVersion }: Principal): Actor {
  if (tokenVersion !== undefined) return { namespace, principal: id, tokenVersion };
  if (isBuiltIn(id)) return { namespace, principal: id, tokenVersion: null };
  throw new Error("a principal without a version of its token is not one of those that are built in");
}

/**
 * The caller with the rights that it has now.
 * @param stored its live row; null where there is none
 * @throws SignerError `auth.missing` for one that was deleted, or whose token was replaced since
 */
export function liveCaller(actor: Actor, stored: Principal | null): LiveCaller {
  const { namespace, principal, tokenVersion } = actor;
  if (tokenVersion === null) return builtInCaller(namespace, principal);
  if (stored !== null && stored.namespace === namespace && stored.tokenVersion === tokenVersion) {
    return { namespace, principal, roles: stored.roles, isInstallation: false };
  }
  throw missing();
}

/** @throws SignerError `auth.forbidden` that names the roles which would do */
export function assertAllowed(caller: LiveCaller, need: Need): void {
  if (isAllowed(caller, need)) return;
  if (need === "installation" || need === "live") {
    throw new SignerError("auth.forbidden", "only a command of the installation may do this; run it there");
  }
  const [first] = typeof need === "string" ? [need] : need.anyOf;
  if (first === undefined) throw new Error("a need names at least one permission");
  assertMay(caller, first);
}

export function isAllowed(caller: LiveCaller, need: Need): boolean {
  if (caller.isInstallation || need === "live") return true;
  if (need === "installation") return false;
  return typeof need === "string"
    ? may(caller, need)
    : need.anyOf.some((permission) => may(caller, permission));
}

function builtInCaller(namespace: NamespaceName, principal: string): LiveCaller {
  // It came in a message, so it is looked up here: no stored principal has the id of one that is built in.
  if (!isBuiltIn(principal)) throw missing();
  if (isInstallationId(principal)) return { namespace, principal, roles: [], isInstallation: true };
  return { namespace, principal, roles: builtInRoles(principal), isInstallation: false };
}

function missing(): SignerError {
  return new SignerError(
    "auth.missing",
    "the caller was deleted, or got another token, after this request began; nothing was changed: call again with a token that " +
      "is known",
  );
}

function isBuiltIn(id: string): id is BuiltInId {
  return isNamed(id) || id.startsWith(COMMITMENT_MODULE) || isInstallationId(id);
}

function isNamed(id: string): id is keyof typeof BUILT_IN {
  return Object.hasOwn(BUILT_IN, id);
}

function isInstallationId(id: string): id is InstallationId {
  return id === "system" || id.startsWith("claviger ");
}
