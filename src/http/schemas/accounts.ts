/** Answers and queries of accounts. */
import { Type, type Static } from "typebox";
import { strictObject } from "./common.ts";

const Descriptor = (what: string) => Type.String({ description: `${what}, with its BIP-380 checksum.` });

export const Account = Type.Object(
  {
    id: Type.String({ description: "E.g. `bitcoin-mainnet-84-0`." }),
    walletId: Type.String(),
    chain: Type.String(),
    network: Type.Union([Type.String(), Type.Null()], { description: "Bitcoin's; null for other chains." }),
    purpose: Type.Integer(),
    account: Type.Integer(),
    path: Type.String({ description: "Of the account node, e.g. m/84'/0'/0'." }),
    masterFingerprint: Type.String({ pattern: "^[0-9a-f]{8}$", description: "BIP-32, of the wallet." }),
    extendedPublicKey: Type.String({
      description:
        "xpub, or tpub on a test network. With one private key of the account it gives all of them.",
    }),
    keyExpression: Type.Optional(
      Type.String({ description: "Bitcoin: the account as descriptors name it, `[fingerprint/path]xpub`." }),
    ),
    descriptors: Type.Optional(
      Type.Object(
        {
          receive: Descriptor("What is received"),
          change: Descriptor("Change"),
          both: Descriptor("Both as one multipath descriptor (BIP-389)"),
        },
        { description: "Bitcoin; a BIP-48 account has none, since it is one key of several." },
      ),
    ),
    keyCount: Type.Integer({ description: "Keys of the account that were not deleted." }),
  },
  { $id: "Account" },
);

export const AccountAddress = Type.Object(
  {
    index: Type.Integer(),
    branch: Type.String({ enum: ["receive", "change"] }),
    path: Type.String(),
    address: Type.String(),
    publicKey: Type.String({ description: "33 bytes, compressed, 0x-hex." }),
    keyId: Type.Union([Type.String(), Type.Null()], {
      description: "The key that signs for the address; null until it is created at the path.",
    }),
  },
  { $id: "AccountAddress" },
);

export const AddressQuery = strictObject({
  branch: Type.Optional(
    Type.Union([Type.Literal("receive"), Type.Literal("change")], { description: "Default receive." }),
  ),
  from: Type.Optional(
    Type.String({
      pattern: "^(?:0|[1-9][0-9]{0,6})$",
      description: "First index, up to 1000000. Default 0.",
    }),
  ),
  limit: Type.Optional(
    Type.String({
      pattern: "^(?:[1-9]|[1-9][0-9]|100)$",
      description: "How many, up to 100. Default 20. `next` is the first index of the next page.",
    }),
  ),
});
export type AddressQuery = Static<typeof AddressQuery>;
