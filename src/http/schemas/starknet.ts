/** Bodies of StarkNet sign requests. Felts are checked for form here and for range where they are decoded. */
import { Type } from "typebox";

const closed = { additionalProperties: false };

const Quantity = Type.Union(
  [
    Type.String({ pattern: "^(0|[1-9][0-9]*|0x[0-9a-fA-F]+)$", maxLength: 80 }),
    Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  ],
  { description: "0x-hex, decimal text, or an integer below 2^53", examples: ["0x1a"] },
);

const Felt = Type.Union(Quantity.anyOf, {
  description: "Field element below 2^251 + 17·2^192 + 1: 0x-hex, decimal text, or an integer below 2^53",
  examples: ["0x4718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938d"],
});

const Felts = Type.Array(Felt, { maxItems: 5_000 });

const ResourceBound = Type.Object(
  { max_amount: Quantity, max_price_per_unit: Quantity },
  {
    ...closed,
    description: "Units (64 bits) and fri per unit (128 bits)",
    examples: [{ max_amount: "0x186a0", max_price_per_unit: "0x174876e800" }],
  },
);

const ResourceBounds = Type.Object(
  { l1_gas: ResourceBound, l2_gas: ResourceBound, l1_data_gas: Type.Optional(ResourceBound) },
  {
    ...closed,
    description:
      "All three are needed: a transaction without l1_data_gas predates protocol 0.13.4 and is refused",
  },
);

const DataAvailabilityMode = Type.Union([Type.Literal("L1"), Type.Literal("L2")], { default: "L1" });

const common = {
  version: Type.Union(Felt.anyOf, {
    description: "0x3; versions 0 to 2 and query versions are refused",
    examples: ["0x3"],
  }),
  chainId: Type.String({
    description: "Chain name, or its felt in 0x-hex",
    pattern: "^([A-Z][A-Z0-9_]{0,30}|0x[0-9a-fA-F]{1,64})$",
    examples: ["SN_MAIN", "SN_SEPOLIA"],
  }),
  nonce: Felt,
  resource_bounds: ResourceBounds,
  tip: Type.Optional(
    Type.Union(Quantity.anyOf, { description: "Fri per unit of L2 gas, 64 bits", default: "0x0" }),
  ),
  paymaster_data: Type.Optional(
    Type.Array(Felt, { maxItems: 5_000, description: "Reserved; makes the request opaque unless empty" }),
  ),
  nonce_data_availability_mode: Type.Optional(DataAvailabilityMode),
  fee_data_availability_mode: Type.Optional(DataAvailabilityMode),
};

const accountDeploymentData = Type.Optional(
  Type.Array(Felt, { maxItems: 5_000, description: "Reserved; makes the request opaque unless empty" }),
);

const StarknetInvokeTransaction = Type.Object(
  {
    type: Type.Literal("INVOKE"),
    ...common,
    sender_address: Type.Union(Felt.anyOf, { description: "The key's account" }),
    calldata: Type.Array(Felt, {
      maxItems: 5_000,
      description: "Multicall of a Cairo 1 account: [n, (to, selector, length, data…)…], at most 64 calls",
    }),
    account_deployment_data: accountDeploymentData,
    proof_facts: Type.Optional(
      Type.Array(Felt, { maxItems: 5_000, description: "Hashed when not empty; makes the request opaque" }),
    ),
  },
  {
    ...closed,
    title: "StarknetInvokeTransaction",
    description: "INVOKE, version 3, as in StarkNet's JSON-RPC, plus chainId",
  },
);

const StarknetDeployAccountTransaction = Type.Object(
  {
    type: Type.Literal("DEPLOY_ACCOUNT"),
    ...common,
    class_hash: Felt,
    contract_address_salt: Felt,
    constructor_calldata: Felts,
  },
  {
    ...closed,
    title: "StarknetDeployAccountTransaction",
    description:
      "DEPLOY_ACCOUNT, version 3, plus chainId. It must deploy the key's own account; Braavos accounts are refused",
  },
);

const StarknetDeclareTransaction = Type.Object(
  {
    type: Type.Literal("DECLARE"),
    ...common,
    sender_address: Type.Union(Felt.anyOf, { description: "The key's account" }),
    class_hash: Felt,
    compiled_class_hash: Felt,
    account_deployment_data: accountDeploymentData,
  },
  {
    ...closed,
    title: "StarknetDeclareTransaction",
    description: "DECLARE, version 3, plus chainId; the class by its hash",
  },
);

/**
 * `starknet.transaction`; 200 adds `transactionHash` and `signature: [r, s]`, 0x-hex without leading zeros, and `guardian` where
 * the account has one that signs, too.
 */
export const StarknetTransactionRequest = Type.Object(
  {
    type: Type.Literal("starknet.transaction"),
    transaction: Type.Union([
      StarknetInvokeTransaction,
      StarknetDeployAccountTransaction,
      StarknetDeclareTransaction,
    ]),
  },
  {
    ...closed,
    title: "StarknetTransactionRequest",
    examples: [
      {
        type: "starknet.transaction",
        transaction: {
          type: "INVOKE",
          version: "0x3",
          chainId: "SN_SEPOLIA",
          sender_address: "0x1f2e",
          calldata: [
            "0x1",
            "0x4718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938d",
            "0x83afd3f4caedc6eebf44246fe54e38c95e3179a5ec9ea81740eca5b482d12e",
            "0x3",
            "0x5678",
            "0xde0b6b3a7640000",
            "0x0",
          ],
          nonce: "0x0",
          resource_bounds: {
            l1_gas: { max_amount: "0x0", max_price_per_unit: "0x5af3107a4000" },
            l2_gas: { max_amount: "0x186a00", max_price_per_unit: "0x174876e800" },
            l1_data_gas: { max_amount: "0x400", max_price_per_unit: "0x5af3107a4000" },
          },
          tip: "0x0",
          paymaster_data: [],
          account_deployment_data: [],
          nonce_data_availability_mode: "L1",
          fee_data_availability_mode: "L1",
        },
      },
    ],
  },
);

const TypeDeclaration = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64 }),
    type: Type.String({ minLength: 1, maxLength: 512 }),
    contains: Type.Optional(
      Type.String({ description: "For enum and merkletree", minLength: 1, maxLength: 64 }),
    ),
  },
  closed,
);

const StarknetTypedData = Type.Object(
  {
    types: Type.Record(Type.String(), Type.Array(TypeDeclaration, { minItems: 1, maxItems: 64 })),
    primaryType: Type.String({ minLength: 1, maxLength: 64 }),
    domain: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]), {
      description:
        "StarkNetDomain (revision 0) or StarknetDomain (revision 1); revision absent means 0. Names one chain.",
    }),
    message: Type.Record(Type.String(), Type.Unknown(), {
      description: "As primaryType declares; no other member",
    }),
  },
  { ...closed, title: "StarknetTypedData", description: "SNIP-12 document, revision 0 or 1" },
);

/** `starknet.typedData`; 200 adds `messageHash` and `signature: [r, s]`, 0x-hex without leading zeros. */
export const StarknetTypedDataRequest = Type.Object(
  {
    type: Type.Literal("starknet.typedData"),
    typedData: StarknetTypedData,
    accountAddress: Type.Optional(
      Type.Union(Felt.anyOf, { description: "The key's account, and no other one" }),
    ),
  },
  {
    ...closed,
    title: "StarknetTypedDataRequest",
    examples: [
      {
        type: "starknet.typedData",
        typedData: {
          types: {
            StarknetDomain: [
              { name: "name", type: "shortstring" },
              { name: "version", type: "shortstring" },
              { name: "chainId", type: "shortstring" },
              { name: "revision", type: "shortstring" },
            ],
            Login: [{ name: "Statement", type: "string" }],
          },
          primaryType: "Login",
          domain: { name: "Example", version: "1", chainId: "SN_SEPOLIA", revision: "1" },
          message: { Statement: "I am the owner of this account" },
        },
      },
    ],
  },
);
