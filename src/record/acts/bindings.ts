/** Bindings are created, changed and deleted. A changed one keeps its id and counters, and its version says that it changed. */
import { SignerError } from "../../domain/errors.ts";
import type { Binding, Policy, Scope } from "../../domain/policies.ts";
import { actOf } from "./act.ts";
import { ask } from "./facts.ts";
import { assertOwn } from "./reach.ts";
import { row } from "./rows.ts";

/** Bindings on one scope: each is one more evaluation of every request below it, from a queue that all namespaces share. */
export const BINDINGS_PER_SCOPE = 32;

export const createBinding = actOf<"createBinding">()({
  permission: "binding.create",
  facts: ({ binding: { namespace, policy, scope } }) => ({
    policy: ask("policy", { namespace, digest: policy }),
    scopeExists: ask("scopeExists", { namespace, scope }),
    count: ask("bindingCount", { namespace, scope }),
  }),
  judge({ binding }, { policy, scopeExists, count }, { caller }) {
    assertOwn(caller, binding.namespace);
    assertPolicy(policy);
    assertScope(binding.scope, scopeExists);
    if (count >= BINDINGS_PER_SCOPE) {
      throw new SignerError(
        "request.conflict",
        `/scope: has ${BINDINGS_PER_SCOPE} bindings, as many as it may; delete one, or join policies ` +
          `into one module`,
        { field: "/scope" },
      );
    }
    return {
      reply: undefined,
      brought: { kind: "binding", id: binding.id, version: binding.version },
      rows: [row("bindingAdded", binding)],
      leaves: [
        {
          action: "binding.create",
          target: binding.id,
          policy: binding.policy,
          scope: `${binding.scope.kind}:${binding.scope.id}`,
          ...ruleOf(binding),
        },
      ],
      changes: [{ change: "bindingChanged", binding }],
    };
  },
});

export const updateBinding = actOf<"updateBinding">()({
  permission: "binding.update",
  facts: ({ binding: { namespace, id, policy } }) => ({
    stored: ask("binding", { namespace, id }),
    policy: ask("policy", { namespace, digest: policy }),
  }),
  judge({ binding: asked, version }, { stored, policy }, { caller }) {
    assertOwn(caller, asked.namespace);
    if (stored?.version !== version) {
      throw new SignerError(
        "request.conflict",
        "the binding was changed or deleted meanwhile, so that its settings were checked against " +
          "another state; read it and " +
          "send the change again",
      );
    }
    assertPolicy(policy);
    // Where it is stays as it was: another place would be another binding.
    const { id, namespace, scope, createdAt } = stored;
    const binding: Binding = { ...asked, id, namespace, scope, createdAt };
    return {
      reply: undefined,
      rows: [row("bindingChanged", { binding, before: version })],
      leaves: [
        {
          action: "binding.update",
          target: id,
          policy: binding.policy,
          ...ruleOf(binding),
          version: binding.version,
        },
      ],
      changes: [{ change: "bindingChanged", binding }],
    };
  },
});

export const deleteBinding = actOf<"deleteBinding">()({
  permission: "binding.delete",
  facts: ({ namespace, id }) => ({ stored: ask("binding", { namespace, id }) }),
  judge({ namespace, id }, { stored }, { caller, at }) {
    assertOwn(caller, namespace);
    if (stored === null) return { reply: false };
    return {
      reply: true,
      rows: [row("bindingDeleted", { binding: stored, at })],
      leaves: [{ action: "binding.delete", target: id }],
      changes: [{ change: "bindingRemoved", id }],
    };
  },
});

function ruleOf({ mode, settings, fuelMax }: Binding) {
  return { mode, settings, fuelMax };
}

function assertPolicy(policy: Policy | null): void {
  if (policy !== null) return;
  throw new SignerError("policy.not_found", "no policy with this digest in your namespace; upload it first");
}

function assertScope({ kind }: Scope, exists: boolean): void {
  if (exists) return;
  if (kind === "key") {
    throw new SignerError(
      "key.not_found",
      "no key with this id in your namespace; list them with GET /v1/keys",
    );
  }
  if (kind === "wallet") {
    throw new SignerError(
      "wallet.not_found",
      "no wallet with this id in your namespace; list them with GET /v1/wallets",
    );
  }
  throw new SignerError(
    "auth.forbidden",
    "/scope/namespace: a binding can only be in your own namespace; name that one, or a wallet or key",
    { field: "/scope/namespace" },
  );
}
