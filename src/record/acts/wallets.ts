/** Wallets are created with their sealed seed, and never changed. */
import type { Input } from "../contract.ts";
import { assertUnused, finish, type AdministrationTables } from "./over-tables.ts";

export function createWallet(tables: AdministrationTables, input: Input<"createWallet">): void {
  assertUnused(tables, input.answer);
  tables.directory.insertWallet(input.wallet);
  tables.sealed.insertWallet(input.sealed);
  finish(tables, input.actor, input.answer, { action: "wallet.create", target: input.wallet.id });
}
