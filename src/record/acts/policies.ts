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
    // The same bytes again: the first name stays, and the answer that came with this one says another.
    if (existing !== null) return { reply: { existed: true }, answerHolds: false };
    return {
      reply: { existed: false },
      rows: [row("policyAdded", { policy, module })],
      leaves: [{ action: "policy.create", target: policy.digest, name: policy.name }],
      changes: [{ change: "policyAdded", policy }],
    };
  },
});
