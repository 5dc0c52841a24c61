/** Policies are created under the digest of their module, and never changed. */
import { actOf } from "./act.ts";
import { ask } from "./facts.ts";
import { assertOwn } from "./reach.ts";
import { row } from "./rows.ts";

export const createPolicy = actOf<"createPolicy">()({
  permission: "policy.create",
  facts: ({ policy: { namespace, digest } }) => ({ existing: ask("policy", { namespace, digest }) }),
  judge({ policy, module }, { existing }, { caller }) {
    assertOwn(caller, policy.namespace);
    // The same bytes again: the first name stays. An answer that says another is not kept.
    if (existing !== null) {
      const answerHolds = existing.name === policy.name && existing.createdAt === policy.createdAt;
      return { reply: { stored: existing }, answerHolds, brought: null };
    }
    return {
      reply: { stored: policy },
      brought: null,
      rows: [row("policyAdded", { policy, module })],
      leaves: [{ action: "policy.create", target: policy.digest, name: policy.name }],
      changes: [{ change: "policyAdded", policy }],
    };
  },
});
