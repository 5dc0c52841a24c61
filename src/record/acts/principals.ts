/** Principals are created, changed, given a new token and deleted. The version of a changed one says that it changed. */
import type { LiveCaller } from "../../access/actors.ts";
import type { PrincipalRecord } from "../../access/principals.ts";
import { ROOT_NAMESPACE, SYSTEM_NAMESPACE, type Role } from "../../access/roles.ts";
import { SignerError } from "../../domain/errors.ts";
import type { NamespaceName, PrincipalId } from "../../domain/kinds.ts";
import { actOf } from "./act.ts";
import { ask } from "./facts.ts";
import { reaches } from "./reach.ts";
import { row } from "./rows.ts";

export const createPrincipal = actOf<"createPrincipal">()({
  permission: "principal.create",
  facts: ({ created: { principal } }) => ({ namespace: ask("namespace", { name: principal.namespace }) }),
  judge({ created }, { namespace }, { caller }) {
    const { id, name, roles, namespace: targetNamespace, version } = created.principal;
    if (namespace === null || targetNamespace === SYSTEM_NAMESPACE || !reaches(caller, targetNamespace)) {
      throw new SignerError(
        "auth.forbidden",
        "/namespace: no such namespace within your reach; leave it out for your own",
        { field: "/namespace" },
      );
    }
    return {
      reply: undefined,
      brought: { kind: "principal", namespace: targetNamespace, id, version },
      rows: [row("principalAdded", created)],
      leaves: [
        {
          action: "principal.create",
          target: id,
          targetNamespace,
          name,
          // Text in the log, as it was from the start.
          roles: JSON.stringify(roles),
        },
      ],
      changes: [{ change: "principalChanged", principal: created }],
    };
  },
});

/** The principal that is acted on, and whoever administers the root namespace. */
function factsOf({ namespace, id }: { readonly namespace: NamespaceName; readonly id: PrincipalId }) {
  return {
    stored: ask("principal", { namespace, id }),
    administrators: ask("administrators", { namespace: ROOT_NAMESPACE }),
  };
}

export const updatePrincipal = actOf<"updatePrincipal">()({
  permission: "principal.update",
  facts: factsOf,
  judge({ id, roles, groups }, { stored, administrators }, { caller }) {
    if (caller.principal === id) {
      throw new SignerError(
        "auth.forbidden",
        "nobody changes their own roles or groups; ask another NamespaceAdmin",
      );
    }
    const before = visible(caller, stored);
    const { principal, tokenHash } = before;
    const next = { roles: roles ?? principal.roles, groups: groups ?? principal.groups };
    if (sameTexts(next.roles, principal.roles) && sameTexts(next.groups, principal.groups)) {
      return { reply: before };
    }
    if (!isAdministrator(next.roles)) assertAnotherAdministers(administrators, id);
    const changed = { principal: { ...principal, ...next, version: principal.version + 1 }, tokenHash };
    const leaf = { action: "principal.update", target: id, targetNamespace: principal.namespace, ...next };
    return {
      reply: changed,
      rows: [row("principalChanged", { principal: changed, roles: roles !== null, groups: groups !== null })],
      leaves: [leaf],
      changes: [{ change: "principalChanged", principal: changed }],
    };
  },
});

export const rotatePrincipal = actOf<"rotatePrincipal">()({
  permission: "principal.rotate",
  facts: ({ namespace, id }) => ({ stored: ask("principal", { namespace, id }) }),
  judge({ id, tokenHash }, { stored }, { caller }) {
    const { principal } = visible(caller, stored);
    const { version, tokenVersion } = principal;
    const rotated = {
      principal: { ...principal, version: version + 1, tokenVersion: tokenVersion + 1 },
      tokenHash,
    };
    return {
      reply: rotated,
      brought: { kind: "principal", namespace: principal.namespace, id, version: version + 1 },
      rows: [row("principalChanged", { principal: rotated, roles: false, groups: false })],
      leaves: [{ action: "principal.rotate", target: id, targetNamespace: principal.namespace }],
      changes: [{ change: "principalChanged", principal: rotated }],
    };
  },
});

export const deletePrincipal = actOf<"deletePrincipal">()({
  permission: "principal.delete",
  facts: factsOf,
  judge({ namespace, id }, { stored, administrators }, { caller, at }) {
    // One that is deleted already: a repeat changes nothing.
    if (stored === null) return { reply: false };
    visible(caller, stored);
    assertAnotherAdministers(administrators, id);
    return {
      reply: true,
      rows: [row("principalDeleted", { namespace, id, at })],
      leaves: [{ action: "principal.delete", target: id, targetNamespace: namespace }],
      changes: [{ change: "principalRemoved", id }],
    };
  },
});

/** @throws SignerError `request.conflict` where `id` is the last one that administers the root namespace */
function assertAnotherAdministers(administrators: readonly PrincipalId[], id: PrincipalId): void {
  if (!administrators.includes(id) || administrators.length > 1) return;
  throw new SignerError(
    "request.conflict",
    `the last NamespaceAdmin of namespace ${ROOT_NAMESPACE} stays, or nobody could make another; ` +
      `create one first`,
  );
}

function isAdministrator(roles: readonly Role[]): boolean {
  return roles.includes("NamespaceAdmin");
}

/** @throws SignerError `request.not_found`, also for one that is beyond the caller's reach */
function visible(caller: LiveCaller, stored: PrincipalRecord | null): PrincipalRecord {
  if (stored !== null && reaches(caller, stored.principal.namespace)) return stored;
  throw new SignerError(
    "request.not_found",
    "no principal with this id in your namespace; list them with GET /v1/principals",
  );
}

/** The same ones in the same order. */
function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}
