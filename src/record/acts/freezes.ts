/** Freezes are ordered and lifted. From the commit on nothing in the scope is recorded, and so nothing of it is signed. */
import { assertAllowed, type LiveCaller, type Need } from "../../access/actors.ts";
import { SignerError } from "../../domain/errors.ts";
import { scopeText, type Freeze, type FreezeScope } from "../../domain/freezes.ts";
import type { NamespaceName } from "../../domain/kinds.ts";
import { actOf, type Leaf } from "./act.ts";
import { ask } from "./facts.ts";
import { assertOwn } from "./reach.ts";
import { row } from "./rows.ts";

export const createFreeze = actOf<"createFreeze">()({
  permission: ({ actor, freeze: { scope } }) => [
    isElsewhere(scope, actor.namespace) ? "freeze.everything" : "freeze.create",
  ],
  facts: ({ actor, freeze: { scope } }) => ({
    existing: ask("orderedFreeze", { scope, orderedBy: actor.principal }),
    namespace: ask("namespace", { name: scope.kind === "everything" ? "" : scope.namespace }),
    isThere: ask("scopeExists", placeOf(scope)),
  }),
  judge({ freeze: asked, answerFor }, { existing, namespace, isThere }, { caller }) {
    const { scope } = asked;
    if (scope.kind === "key" || scope.kind === "wallet") assertOwn(caller, scope.namespace);
    if (scope.kind !== "everything" && (namespace === null || !isThere)) throw notThere();
    // What the caller has ordered before holds. An answer that names another is not kept.
    if (existing !== null) {
      return {
        reply: { freeze: existing, existed: true },
        answerHolds: existing.id === answerFor,
        brought: { kind: "freeze", id: existing.id },
      };
    }
    const freeze: Freeze = { ...asked, orderedBy: caller.principal, orderedIn: caller.namespace };
    return {
      reply: { freeze, existed: false },
      rows: [row("freezeAdded", freeze)],
      leaves: [leafOf("freeze.create", freeze)],
      changes: [{ change: "freezeAdded", freeze }],
      answerHolds: freeze.id === answerFor,
      brought: { kind: "freeze", id: freeze.id },
    };
  },
});

/** By the namespace that ordered it alone. */
export const liftFreeze = actOf<"liftFreeze">()({
  permission: { anyOf: ["freeze.lift", "freeze.liftNamespace"] },
  facts: ({ id }) => ({ stored: ask("freeze", { id }) }),
  judge({ id }, { stored }, { caller, at }) {
    if (stored === null) return { reply: false };
    assertMayLift(caller, stored);
    return {
      reply: true,
      rows: [row("freezeLifted", { id, by: caller.principal, at })],
      leaves: [leafOf("freeze.lift", stored)],
      changes: [{ change: "freezeLifted", id }],
    };
  },
});

/** Everything, or a namespace that is not the caller's. */
function isElsewhere(scope: FreezeScope, own: NamespaceName): boolean {
  return scope.kind === "everything" || scope.namespace !== own;
}

function placeOf(scope: FreezeScope) {
  if (scope.kind === "everything") return { namespace: "", scope: { kind: "namespace", id: "" } } as const;
  const { namespace, kind } = scope;
  if (kind === "namespace") return { namespace, scope: { kind, id: namespace } } as const;
  if (kind === "wallet") return { namespace, scope: { kind, id: scope.id } } as const;
  return { namespace, scope: { kind: "key", id: scope.id } } as const;
}

/** Lifting is the stricter of the two: a key's or wallet's as a key is enabled, a wider one as rights are granted. */
function assertMayLift(caller: LiveCaller, { scope, orderedIn }: Freeze): void {
  const need: Need = scope.kind === "key" || scope.kind === "wallet" ? "freeze.lift" : "freeze.liftNamespace";
  assertAllowed(caller, need);
  if (orderedIn === caller.namespace) return;
  throw new SignerError(
    "auth.forbidden",
    `this freeze was ordered in namespace ${orderedIn} and is lifted there; ask an administrator of it`,
  );
}

function leafOf(action: "freeze.create" | "freeze.lift", { id, scope }: Freeze): Leaf {
  return { action, target: id, scope: scopeText(scope) };
}

function notThere(): SignerError {
  return new SignerError(
    "request.not_found",
    "/scope: names nothing that is there; list keys, wallets or namespaces, and name one of them",
    {
      field: "/scope",
    },
  );
}
