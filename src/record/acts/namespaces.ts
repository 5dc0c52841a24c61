/** Namespaces are created, and never deleted. */
import { SignerError } from "../../domain/errors.ts";
import { actOf } from "./act.ts";
import { ask } from "./facts.ts";
import { row } from "./rows.ts";

export const createNamespace = actOf<"createNamespace">()({
  permission: "namespace.create",
  facts: ({ created: { name } }) => ({ existing: ask("namespace", { name }) }),
  judge({ created }, { existing }) {
    const { name } = created;
    if (existing !== null) {
      throw new SignerError(
        "request.conflict",
        `/name: namespace ${name} exists already; choose another name`,
        { field: "/name" },
      );
    }
    return {
      reply: undefined,
      brought: null,
      rows: [row("namespaceAdded", created)],
      leaves: [{ action: "namespace.create", target: name }],
      changes: [{ change: "namespaceAdded", namespace: created }],
    };
  },
});
