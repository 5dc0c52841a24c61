/** Keys: derived from a wallet or imported, with what each chain asks about them. */
import { Type, type Static } from "typebox";
import { CHAINS, KEY_STATES } from "../../domain/keys.ts";
import { Identifier, Name, strictObject, Timestamp } from "./common.ts";

const Hex = (description: string) => Type.String({ pattern: "^0x[0-9a-f]*$", description });
const Nullable = (schema: ReturnType<typeof Type.String>) => Type.Union([schema, Type.Null()]);

const chain = Type.Union(
  CHAINS.map((name) => Type.Literal(name)),
  { description: "Which chain the key signs for." },
);

const felt = (description: string) => Type.String({ pattern: "^0x[0-9a-fA-F]{1,64}$", description });

const keyOptions = {
  account: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1, description: "Account level of the path." }),
  ),
  index: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1, description: "Last level of the path." }),
  ),
  path: Type.Optional(
    Type.String({
      maxLength: 256,
      description:
        "Derivation path instead of account and index, e.g. m/44'/60'/0'/0/7. Hardened levels end in ', h or H.",
    }),
  ),
  purpose: Type.Optional(Type.Integer({ description: "Bitcoin: 44, 49, 84 (default) or 86." })),
  network: Type.Optional(
    Type.String({
      description:
        "Bitcoin: mainnet (default), testnet, signet or regtest. Validators: mainnet, hoodi, sepolia, holesky, gnosis, " +
        "chiado, minimal or the operator's own; the one that validators.network configures is the default.",
    }),
  ),
  accountType: Type.Optional(
    Type.String({ description: "StarkNet: openzeppelin (default), argent or braavos." }),
  ),
  scheme: Type.Optional(
    Type.String({
      description:
        "StarkNet, account type argent: argent-wallet (default), as Ready derives; argent-32-byte-seed, as keys were made here " +
        "before, for wallets whose Ethereum key begins with a zero byte.",
    }),
  ),
  accountAddress: Type.Optional(
    felt(
      "StarkNet: the account that exists already. Known classes of the account type that give this key this address are found " +
        "(addressSource derived); otherwise it is taken as stated.",
    ),
  ),
  classHash: Type.Optional(
    felt(
      "StarkNet: class that the account was deployed with, or a proxied implementation's. It must give the address.",
    ),
  ),
  guardian: Type.Optional(
    felt("StarkNet, account type argent: public key of the guardian, which signs beside this key."),
  ),
  salt: Type.Optional(
    felt("StarkNet: salt of the account's address where it is not the public key. It must give the address."),
  ),
  label: Type.Optional(Name),
};

export const KeyRequest = strictObject({ chain, ...keyOptions }, "A key derived from the wallet.");
export type KeyRequest = Static<typeof KeyRequest>;

export const KeyImportRequest = strictObject(
  {
    chain,
    privateKey: Type.Union(
      [
        Type.String({ pattern: "^(?:0x[0-9a-fA-F]{1,128}|[1-9A-HJ-NP-Za-km-z]{32,128})$" }),
        Type.Array(Type.Integer({ minimum: 0, maximum: 255 }), { minItems: 64, maxItems: 64 }),
      ],
      {
        description:
          "32 bytes as 0x and 64 hex digits, for every chain (StarkNet: without leading zeros too). Bitcoin also: WIF of a " +
          "compressed key, whose network must be `network`. Solana also: the 64 bytes of seed and public key, in base58 " +
          "or as the list of numbers that solana-keygen writes. Sealed at once, never returned.",
      },
    ),
    purpose: keyOptions.purpose,
    network: keyOptions.network,
    accountType: keyOptions.accountType,
    accountAddress: keyOptions.accountAddress,
    classHash: keyOptions.classHash,
    guardian: keyOptions.guardian,
    salt: keyOptions.salt,
    label: keyOptions.label,
  },
  "One raw private key, without a wallet.",
);
export type KeyImportRequest = Static<typeof KeyImportRequest>;

export const Key = Type.Object(
  {
    id: Identifier,
    walletId: Nullable(Type.String()),
    chain: Type.String(),
    path: Nullable(Type.String()),
    publicKey: Hex("33 bytes compressed (secp256k1), 32 bytes (Ed25519), 32 bytes x (Stark)."),
    address: Type.String({ description: "In the chain's own notation." }),
    label: Nullable(Type.String()),
    state: Type.String({ enum: [...KEY_STATES], description: "Only active keys sign." }),
    source: Type.Optional(
      Type.String({
        enum: ["raw"],
        description: "Of a validator's key that came as a raw key and not as a keystore.",
      }),
    ),
    createdAt: Timestamp,
  },
  { $id: "Key", additionalProperties: true },
);
