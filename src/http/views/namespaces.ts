/** Namespaces as the API shows them. */
import type { Json } from "../../domain/canonical.ts";
import type { Namespace } from "../../domain/wallets.ts";

export function namespaceJson({ name, createdAt }: Namespace): Json {
  return { name, createdAt };
}
