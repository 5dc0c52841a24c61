/** Policies are created under the digest of their module, and never changed. */
import type { Input, Reply } from "../contract.ts";
import { assertUnused, finish, type AdministrationTables } from "./act.ts";

export function createPolicy(
  tables: AdministrationTables,
  input: Input<"createPolicy">,
): Reply<"createPolicy"> {
  assertUnused(tables, input.answer);
  const existed = !tables.directory.insertPolicy(input.policy, input.module);
  if (!existed) {
    finish(tables, input.actor, input.answer, {
      action: "policy.create",
      target: input.policy.digest,
      name: input.policy.name,
    });
  }
  return { existed };
}
