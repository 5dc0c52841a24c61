/** Bodies and answers of everything but the sign requests. */
import { Type, type Static } from "typebox";
import { ROLES } from "../../access/roles.ts";
import { CHAINS, KEY_STATES } from "../../domain/keys.ts";
import { BINDING_FUEL_MAX } from "../../administration/bindings.ts";
import { Digest, Identifier, Name, NamespaceName, strictObject, Warnings } from "./common.ts";

const Timestamp = Type.String({ description: "RFC 3339, UTC." });
const Hex = (description: string) => Type.String({ pattern: "^0x[0-9a-f]*$", description });
const Nullable = (schema: ReturnType<typeof Type.String>) => Type.Union([schema, Type.Null()]);

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

export const NamespaceRequest = strictObject({ name: NamespaceName });
export type NamespaceRequest = Static<typeof NamespaceRequest>;
export const Namespace = Type.Object({ name: Type.String(), createdAt: Timestamp }, { $id: "Namespace" });

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

export const Decision = Type.Object(
  {
    decision: Type.String({ enum: ["allow", "deny", "requireApproval"] }),
    code: Type.Optional(Type.String()),
    reason: Type.Optional(Type.String()),
    keyIds: Type.Array(Type.String(), {
      description: "All keys that would sign, in the order of what each signs first.",
    }),
    intent: Type.Unknown({ description: "The chain-neutral meaning, as the policies saw it." }),
    intentDigest: Type.String({ description: "`sha256:` and hex, over the canonical JSON of the intent." }),
    warnings: Type.Optional(Warnings),
    guard: Type.Optional(
      Type.Unknown({
        description:
          "What the double-sign guard says now: `verdict` `new`, `same` (this very message was signed before) or `refused` " +
          "with `code`, `detail` and what it conflicts with. Of a dry run, where the request has a guard.",
      }),
    ),
    limits: Type.Optional(
      Type.Array(Type.Unknown(), {
        description:
          "Each limit that a policy asked for: `amount` that this request asks of the counter, `spent` in the window " +
          "before it, `max`. Where it can replace what was signed: `replaces` says for which outpoint or nonce, and " +
          "`credited` how much of the amount is in `spent` already. Of a dry run.",
      }),
    ),
    evaluations: Type.Array(Type.Unknown(), {
      description:
        "Each binding's verdict and fuel. A dry run shows `logs` too: the lines that the policy wrote with claviger.log.",
    }),
  },
  {
    $id: "Decision",
    additionalProperties: true,
    description:
      "Of `evaluate` it is what `sign` would answer at this moment; nothing is reserved, so another request may come first.",
  },
);

export const UnsealRequest = strictObject({ passphrase: Type.String({ minLength: 1, maxLength: 1024 }) });
export type UnsealRequest = Static<typeof UnsealRequest>;

export const AuditQuery = strictObject({
  from: Type.Optional(
    Type.String({ pattern: "^(?:0|[1-9][0-9]{0,14})$", description: "First sequence. Default 0." }),
  ),
  limit: Type.Optional(
    Type.String({ pattern: "^[1-9][0-9]{0,3}$", description: "At most 500. Default 100." }),
  ),
});

const treeSize = (description: string) => Type.String({ pattern: "^(?:0|[1-9][0-9]{0,14})$", description });
export const InclusionQuery = strictObject({
  sequence: treeSize("The entry."),
  size: treeSize("Size of the tree, from a checkpoint."),
});
export const ConsistencyQuery = strictObject({
  from: treeSize("Size of the older tree."),
  to: treeSize("Size of the newer tree."),
});
