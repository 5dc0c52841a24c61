/** Bodies and answers of registered descriptors. */
import { Type, type Static } from "typebox";
import { Identifier, Name, strictObject } from "./common.ts";

export const DescriptorRequest = strictObject(
  {
    name: Name,
    descriptor: Type.String({
      minLength: 10,
      maxLength: 8300,
      description:
        "wsh(…), sh(wsh(…)) or tr(key,{…}) of multi, sortedmulti or miniscript, with its checksum (BIP-380). Extended keys end " +
        "with /<0;1>/*, of which 0 receives and 1 is change (BIP-389). Ours is the keyExpression of the account.",
    }),
    network: Type.Optional(
      Type.String({ maxLength: 16, description: "mainnet (default), testnet, signet or regtest." }),
    ),
  },
  "An output that several keys share, one of which at least is the wallet's.",
);
export type DescriptorRequest = Static<typeof DescriptorRequest>;

const Nullable = (description: string) => Type.Union([Type.String(), Type.Null()], { description });

export const Descriptor = Type.Object(
  {
    id: Identifier,
    walletId: Type.String(),
    name: Type.String(),
    network: Type.String(),
    type: Type.String({ enum: ["wsh", "sh(wsh)", "tr"] }),
    descriptor: Type.String({ description: "With its checksum, hardened steps marked by '." }),
    checksum: Type.String(),
    keys: Type.Array(
      Type.Object({
        name: Type.String({ description: "k0 is the first." }),
        key: Type.String(),
        keyId: Nullable("The wallet's key, which signs for all keys below it; null for somebody else's."),
      }),
    ),
    firstAddresses: Type.Object(
      { receive: Type.String(), change: Nullable("Null where the descriptor has one branch.") },
      { description: "At index 0. Compare them with those of the other signers before money arrives." },
    ),
    createdAt: Type.String({ description: "RFC 3339, UTC." }),
  },
  { $id: "Descriptor" },
);

export const DescriptorAddress = Type.Object(
  {
    index: Type.Integer(),
    branch: Type.String({ enum: ["receive", "change"] }),
    address: Type.String(),
  },
  { $id: "DescriptorAddress" },
);
