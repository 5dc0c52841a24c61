/** Namespaces are created, and never deleted. */
import { SignerError } from "../../domain/errors.ts";
import type { Input } from "../contract.ts";
import { assertUnused, finish, type AdministrationTables } from "./act.ts";

export function createNamespace(tables: AdministrationTables, input: Input<"createNamespace">): void {
  assertUnused(tables, input.answer);
  if (!tables.directory.insertNamespace(input.created)) {
    throw new SignerError(
      "request.conflict",
      `/name: namespace ${input.created.name} exists already; choose another name`,
      {
        field: "/name",
      },
    );
  }
  finish(tables, input.actor, input.answer, { action: "namespace.create", target: input.created.name });
}
