/** Principals as the API shows them. */
import type { Principal } from "../../access/principals.ts";
import type { Json } from "../../domain/canonical.ts";
import type { KeptPrincipal } from "../../administration/principals.ts";

export function principalJson(principal: Principal): Record<string, Json> {
  return {
    id: principal.id,
    name: principal.name,
    namespace: principal.namespace,
    roles: principal.roles,
    groups: principal.groups,
    createdAt: principal.createdAt,
  };
}

/** With the token, which is null in an answer to a repeat. */
export function createdPrincipalJson({ principal, token }: KeptPrincipal): Json {
  return { ...principalJson(principal), token };
}
