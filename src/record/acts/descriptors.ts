/** Descriptors registered and deleted: what is registered decides which outputs are a wallet's own. */
import { SignerError } from "../../domain/errors.ts";
import { assertUnused, finish, type AdministrationTables } from "./over-tables.ts";
import type { Input } from "../contract.ts";

/** @throws SignerError `request.conflict` when the wallet has it already */
export function createDescriptor(tables: AdministrationTables, input: Input<"createDescriptor">): void {
  const { descriptor } = input;
  assertUnused(tables, input.answer);
  if (!tables.descriptors.insert(descriptor)) {
    throw new SignerError(
      "request.conflict",
      "/descriptor: this wallet has it already on this network; list them with GET /v1/wallets/{walletId}/descriptors",
      { field: "/descriptor" },
    );
  }
  finish(tables, input.actor, input.answer, {
    action: "descriptor.create",
    target: descriptor.id,
    walletId: descriptor.walletId,
    network: descriptor.network,
    descriptor: descriptor.descriptor,
    // Text in the log, as it was from the start.
    ownKeys: JSON.stringify(descriptor.ownKeys),
  });
}

export function deleteDescriptor(tables: AdministrationTables, input: Input<"deleteDescriptor">): boolean {
  const at = tables.log.now();
  if (!tables.descriptors.delete(input.namespace, input.id, at)) return false;
  finish(tables, input.actor, null, { action: "descriptor.delete", target: input.id });
  return true;
}
