/** The options that `eots pop export` and `eots pop verify` share. */
import { CommandError } from "../../output.ts";
import { accountBytes } from "./account.ts";

/** @throws CommandError with exit code 2 unless `address` is a Babylon account's */
export function assertAccount(address: string): void {
  if (accountBytes(address) !== undefined) return;
  throw new CommandError("usage", `--address: ${address} must be a bbn1… address`, 2);
}

/** Empty without. */
export function contextOf({ signingContext = "" }: { readonly signingContext?: string }): string {
  if (/^(?:[0-9a-f]{64})?$/.test(signingContext)) return signingContext;
  throw new CommandError("usage", "--signing-context: must be 64 lowercase hex digits", 2);
}
