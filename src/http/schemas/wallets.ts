/** /v1/wallets: a generated or imported seed. */
import { Type, type Static } from "typebox";
import { Identifier, Name, strictObject, Timestamp } from "./common.ts";

export const WalletRequest = strictObject(
  {
    name: Name,
    words: Type.Optional(
      Type.Union([Type.Literal(12), Type.Literal(24)], {
        description: "Length of a generated mnemonic. Default 24.",
      }),
    ),
    mnemonic: Type.Optional(
      Type.String({
        maxLength: 512,
        description:
          "BIP-39 words to import instead, of any of its ten languages; single spaces between them, in Japanese also " +
          "ideographic ones. Never returned.",
      }),
    ),
    passphrase: Type.Optional(
      Type.String({ maxLength: 256, description: "BIP-39 passphrase of the imported mnemonic." }),
    ),
  },
  "A new wallet: generated, or imported from a mnemonic.",
);
export type WalletRequest = Static<typeof WalletRequest>;

export const Wallet = Type.Object(
  { id: Identifier, name: Type.String(), namespace: Type.String(), createdAt: Timestamp },
  { $id: "Wallet" },
);
