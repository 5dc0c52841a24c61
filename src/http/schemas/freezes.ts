/** Freezes: what signs nothing until they are lifted. */
import { Type, type Static } from "typebox";
import { Identifier, NamespaceName, strictObject, Timestamp } from "./common.ts";

const scope = {
  keyId: Type.Optional(Identifier),
  walletId: Type.Optional(Identifier),
  namespace: Type.Optional(NamespaceName),
  everything: Type.Optional(Type.Literal(true)),
};

export const FreezeRequest = strictObject(
  {
    scope: strictObject(
      scope,
      "Exactly one: one key, one wallet, one namespace, or the whole installation (root namespace only).",
    ),
  },
  "Nothing in the scope signs from the answer on, keys that are made later included.",
);
export type FreezeRequest = Static<typeof FreezeRequest>;

export const Freeze = Type.Object(
  {
    id: Identifier,
    scope: Type.Object(scope),
    orderedBy: Type.Union([Type.String(), Type.Null()], {
      description: "The principal; null where another namespace ordered it.",
    }),
    orderedIn: Type.String({ description: "The namespace that ordered it. Only there it is lifted." }),
    createdAt: Timestamp,
  },
  { $id: "Freeze" },
);
