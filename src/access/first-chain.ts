/**
 * Who may tie the data directory to a chain of validators, for good: one rule, for every door and every size of a history. It
 * is asked in the transaction that would do it, of the caller as it is then. A duty that is signed ties it too, and asks nothing
 * here.
 * @module
 */
import { SignerError } from "../domain/errors.ts";
import type { RootNamedBy } from "../domain/guard.ts";
import { isAllowed, type LiveCaller } from "./actors.ts";

/** @throws SignerError `auth.forbidden` */
export function assertMayTie(caller: LiveCaller, namedBy: RootNamedBy): void {
  // What the configuration says is the installation's word: whoever brings a key or its history adds none to it.
  if (namedBy === "configuration" || isAllowed(caller, "slashing.everyKey")) return;
  throw new SignerError(
    "auth.forbidden",
    "this data directory has no chain yet, and the first one is for all namespaces and for good: that needs the role " +
      "NamespaceAdmin in the root namespace, or validators.genesisValidatorsRoot in the configuration; nothing was changed",
  );
}
