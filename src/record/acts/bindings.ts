/** Bindings are created, changed and deleted. A changed one keeps its id and counters, and its version says that it changed. */
import { SignerError } from "../../domain/errors.ts";
import type { Input, Reply } from "../contract.ts";
import { assertUnused, finish, type AdministrationTables } from "./act.ts";

export function createBinding(tables: AdministrationTables, input: Input<"createBinding">): void {
  const { binding } = input;
  assertUnused(tables, input.answer);
  tables.directory.insertBinding(binding);
  finish(tables, input.actor, input.answer, {
    action: "binding.create",
    target: binding.id,
    policy: binding.policy,
    scope: `${binding.scope.kind}:${binding.scope.id}`,
    mode: binding.mode,
    settings: binding.settings,
    fuelMax: binding.fuelMax,
  });
}

export function updateBinding(
  tables: AdministrationTables,
  { actor, binding, version }: Input<"updateBinding">,
): Reply<"updateBinding"> {
  if (!tables.directory.updateBinding(binding, version)) {
    throw new SignerError(
      "request.conflict",
      "the binding was changed or deleted meanwhile, so that its settings were checked against " +
        "another state; read it and " +
        "send the change again",
    );
  }
  finish(tables, actor, null, {
    action: "binding.update",
    target: binding.id,
    policy: binding.policy,
    mode: binding.mode,
    settings: binding.settings,
    fuelMax: binding.fuelMax,
    version: binding.version,
  });
}

export function deleteBinding(tables: AdministrationTables, input: Input<"deleteBinding">): boolean {
  const at = tables.log.now();
  if (!tables.directory.deleteBinding(input.namespace, input.id, at)) return false;
  finish(tables, input.actor, null, { action: "binding.delete", target: input.id });
  return true;
}
