/** /v1/principals: who may call, and with which roles. A token is in the answer that made it, and in no other. */
import { Type, type Static } from "typebox";
import { ROLES } from "../../access/roles.ts";
import { Identifier, Name, NamespaceName, strictObject, Timestamp } from "./common.ts";

const roles = Type.Array(
  Type.Union(
    ROLES.map((role) => Type.Literal(role)),
    { description: "What the principal may do." },
  ),
  { minItems: 1, maxItems: ROLES.length, uniqueItems: true },
);
const groups = Type.Array(Name, { maxItems: 32, uniqueItems: true });

export const PrincipalChange = strictObject(
  { roles: Type.Optional(roles), groups: Type.Optional(groups) },
  "What changes; what is left out stays, and at least one member is there.",
);
export type PrincipalChange = Static<typeof PrincipalChange>;

export const PrincipalRequest = strictObject({
  name: Name,
  roles,
  groups: Type.Optional(groups),
  namespace: Type.Optional(NamespaceName),
});
export type PrincipalRequest = Static<typeof PrincipalRequest>;

const principal = {
  id: Identifier,
  name: Type.String(),
  namespace: Type.String(),
  roles: Type.Array(Type.String()),
  groups: Type.Array(Type.String()),
  createdAt: Timestamp,
};
export const Principal = Type.Object(principal, { $id: "Principal" });
export const CreatedPrincipal = Type.Object(
  {
    ...principal,
    token: Type.Union([Type.String(), Type.Null()], {
      description: "Shown once. Null when an Idempotency-Key repeats the request.",
    }),
  },
  { $id: "CreatedPrincipal" },
);
