/** Which namespaces a caller may name in an act. */
import type { LiveCaller } from "../../access/actors.ts";
import { ROOT_NAMESPACE } from "../../access/roles.ts";
import { SignerError } from "../../domain/errors.ts";
import type { NamespaceName } from "../../domain/kinds.ts";

/** Its own; whoever is of the root namespace any. */
export function reaches(caller: LiveCaller, namespace: NamespaceName): boolean {
  return caller.isInstallation || namespace === caller.namespace || caller.namespace === ROOT_NAMESPACE;
}

/**
 * What is made or changed is the caller's own; a command names the namespace that it works for.
 * @throws SignerError `auth.forbidden`
 */
export function assertOwn(
  caller: Pick<LiveCaller, "namespace" | "isInstallation">,
  namespace: NamespaceName,
): void {
  if (caller.isInstallation || namespace === caller.namespace) return;
  throw new SignerError("auth.forbidden", "this is another namespace's; name what is in your own");
}
