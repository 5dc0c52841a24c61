/** What was decided about a request, and what `evaluate` says would be. */
import { Type } from "typebox";
import { Warnings } from "./common.ts";

export const Decision = Type.Object(
  {
    decision: Type.String({ enum: ["allow", "deny", "requireApproval"] }),
    code: Type.Optional(Type.String()),
    reason: Type.Optional(Type.String()),
    keyIds: Type.Array(Type.String(), {
      description: "All keys that would sign, in the order of what each signs first.",
    }),
    intent: Type.Unknown({ description: "The chain-neutral meaning, as the policies saw it." }),
    intentDigest: Type.String({ description: "`sha256:` and hex, over the canonical JSON of the intent." }),
    warnings: Type.Optional(Warnings),
    guard: Type.Optional(
      Type.Unknown({
        description:
          "What the double-sign guard says now: `verdict` `new`, `same` (this very message was signed before) or `refused` " +
          "with `code`, `detail` and what it conflicts with. Of a dry run, where the request has a guard.",
      }),
    ),
    limits: Type.Optional(
      Type.Array(Type.Unknown(), {
        description:
          "Each limit that a policy asked for: `amount` that this request asks of the counter, `spent` in the window " +
          "before it, `max`. Where it can replace what was signed: `replaces` says for which outpoint or nonce, and " +
          "`credited` how much of the amount is in `spent` already. Of a dry run.",
      }),
    ),
    evaluations: Type.Array(Type.Unknown(), {
      description:
        "Each binding's verdict and fuel. A dry run shows `logs` too: the lines that the policy wrote with claviger.log.",
    }),
  },
  {
    $id: "Decision",
    additionalProperties: true,
    description:
      "Of `evaluate` it is what `sign` would answer at this moment; nothing is reserved, so another request may come first.",
  },
);
