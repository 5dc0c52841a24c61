/** Policies and bindings. How a module comes in is not here: it is bytes. */
import { Type, type Static } from "typebox";
import { BINDING_FUEL_MAX } from "../../administration/bindings.ts";
import { Digest, Identifier, Name, NamespaceName, strictObject, Timestamp } from "./common.ts";

export const Policy = Type.Object(
  {
    digest: Digest,
    name: Type.String(),
    sizeBytes: Type.Integer(),
    abi: Type.String(),
    meter: Type.Unknown({ description: "Version of the meter, cost schedule and limits." }),
    createdAt: Timestamp,
  },
  { $id: "Policy" },
);

export const PolicyQuery = strictObject({ name: Name });

const bindingOptions = {
  settings: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      description: "The policy's own settings; it checks them itself.",
    }),
  ),
  fuelMax: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: BINDING_FUEL_MAX,
      description: "Fuel of one evaluation. Default 10,000,000.",
    }),
  ),
  mode: Type.Optional(
    Type.Union([Type.Literal("enforce"), Type.Literal("shadow")], {
      description: "`shadow` is asked and reported, but decides nothing. Default enforce.",
    }),
  ),
};

export const BindingRequest = strictObject(
  {
    policy: Digest,
    scope: strictObject(
      {
        namespace: Type.Optional(NamespaceName),
        walletId: Type.Optional(Identifier),
        keyId: Type.Optional(Identifier),
      },
      "Exactly one: the whole namespace, one wallet, or one key.",
    ),
    ...bindingOptions,
  },
  "Asks a policy about every request in the scope.",
);
export type BindingRequest = Static<typeof BindingRequest>;

export const BindingChange = strictObject(
  { policy: Type.Optional(Digest), ...bindingOptions },
  "What changes; what is left out stays, and at least one member is there.",
);
export type BindingChange = Static<typeof BindingChange>;

export const Binding = Type.Object(
  {
    id: Identifier,
    policy: Digest,
    scope: Type.Unknown(),
    settings: Type.Unknown(),
    fuelMax: Type.Integer(),
    mode: Type.String(),
    createdAt: Timestamp,
    version: Type.Integer({ description: "1 at first; rises with every change." }),
  },
  { $id: "Binding" },
);
