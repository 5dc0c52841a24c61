/**
 * Bodies of Ethereum sign requests. The schema settles shapes and names; the chain's decode step settles values, and
 * refuses what a schema cannot express (checksums, combinations, ABI).
 * @module
 */
import { Type, type TSchema } from "typebox";
import { OPAQUE_MESSAGES, signInExample } from "./sign-in-example.ts";

const STRICT = { additionalProperties: false } as const;
const ADDRESS_EXAMPLE = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045";
const WORD_EXAMPLE = "0x01ecbc98026bec75cc99701e9dbf9d1a7edf9db4106e01c171822da8b1f7f392";

const TRANSACTION_EXAMPLE = {
  chainId: "1",
  nonce: "7",
  to: ADDRESS_EXAMPLE,
  value: "1000000000000000000",
  gas: "21000",
  maxFeePerGas: "30000000000",
  maxPriorityFeePerGas: "1000000000",
};
/** TRANSACTION_EXAMPLE as it is hashed for the signature. */
const RAW_TRANSACTION_EXAMPLE =
  "0x02f00107843b9aca008506fc23ac0082520894d8da6bf26964af9d7eed9e03e53415d37aa96045880de0b6b3a764000080c0";
const TYPED_DATA_EXAMPLE = {
  types: { Login: [{ name: "statement", type: "string" }] },
  primaryType: "Login",
  domain: { name: "Example", version: "1", chainId: "1" },
  message: { statement: "I am the owner of this account" },
};

/** execute(address,uint256,bytes): 1 wei to the address of the examples. */
const CALL_DATA_EXAMPLE =
  "0xb61d27f6" +
  `${"0".repeat(24)}d8da6bf26964af9d7eed9e03e53415d37aa96045` +
  "1".padStart(64, "0") +
  "60".padStart(64, "0") +
  "0".repeat(64);
const USER_OPERATION_EXAMPLE = {
  type: "ethereum.userOperation",
  entryPoint: "0x0000000071727De22E5E9d8BAf0edAc6f37da032",
  version: "0.7",
  chainId: "1",
  account: "eip191",
  userOperation: {
    sender: ADDRESS_EXAMPLE,
    nonce: "0",
    callData: CALL_DATA_EXAMPLE,
    callGasLimit: "100000",
    verificationGasLimit: "150000",
    preVerificationGas: "50000",
    maxFeePerGas: "30000000000",
    maxPriorityFeePerGas: "1000000000",
  },
};
const MESSAGE_EXAMPLE = {
  text: signInExample("Ethereum", ADDRESS_EXAMPLE, "1"),
};

const quantity = (description: string, example: string) =>
  Type.Union(
    [
      Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
      Type.String({ pattern: "^(?:0|[1-9][0-9]{0,77}|0x[0-9a-fA-F]{1,64})$" }),
    ],
    {
      description: `${description} A decimal string, 0x-hex, or a JSON integer below 2^53.`,
      examples: [example],
    },
  );

const address = (description: string) =>
  Type.String({
    pattern: "^0x[0-9a-fA-F]{40}$",
    description: `${description} 20 bytes of 0x-hex; mixed case must satisfy EIP-55.`,
    examples: [ADDRESS_EXAMPLE],
  });

const bytes = (description: string, example = "0x") =>
  Type.String({ pattern: "^0x(?:[0-9a-fA-F]{2})*$", description, examples: [example] });

const word = (description: string) =>
  Type.String({ pattern: "^0x[0-9a-fA-F]{64}$", description, examples: [WORD_EXAMPLE] });

const SignedAuthorization = Type.Object(
  {
    chainId: quantity("The transaction's chain id, or 0 for every chain.", "1"),
    address: address("Contract whose code the account will run."),
    nonce: quantity("Nonce of the authorising account.", "0"),
    yParity: quantity("0 or 1.", "0"),
    r: quantity("First half of the signature.", WORD_EXAMPLE),
    s: quantity("Second half of the signature, at most half the group order.", WORD_EXAMPLE),
    v: Type.Optional(quantity("27 plus yParity, where a library repeats it.", "27")),
  },
  { ...STRICT, description: "A signed EIP-7702 authorization." },
);

const AccessListEntry = Type.Object(
  {
    address: address("Contract that will be touched."),
    storageKeys: Type.Array(word("32-byte storage key."), { maxItems: 1000 }),
  },
  STRICT,
);

/** Libraries write null where a transaction has no such member. */
const optional = (schema: TSchema) => Type.Optional(Type.Union([schema, Type.Null()]));

const UNSIGNED = Type.Optional(
  Type.Null({ description: "Null or absent: a transaction that has one is signed already." }),
);

const TransactionTypeName = Type.Union(
  [
    ...["legacy", "eip2930", "eip1559", "eip4844", "eip7702"].map((name) => Type.Literal(name)),
    Type.Integer({ minimum: 0, maximum: 4 }),
    Type.String({ pattern: "^0x0?[0-4]$" }),
  ],
  {
    description:
      "Follows from the fields; when stated it must agree with them. A word, or the number of EIP-2718 as JSON-RPC writes it.",
    examples: ["eip1559"],
  },
);

const Transaction = Type.Object(
  {
    type: optional(TransactionTypeName),
    chainId: quantity("EIP-155 chain id; never 0.", "1"),
    nonce: quantity("Number of transactions that the account has sent.", "7"),
    from: optional(address("The sender; must be the key's own address.")),
    to: optional(address("Recipient or contract; absent or null creates a contract from data.")),
    value: optional(quantity("Wei to send; default 0.", "1000000000000000000")),
    data: optional(bytes("Call data or init code; default empty.")),
    input: optional(bytes("JSON-RPC's other name of data; where both are there they must be equal.")),
    gas: optional(quantity("Gas limit; required, under this name or as gasLimit.", "21000")),
    gasLimit: optional(quantity("Another name of gas; where both are there they must be equal.", "21000")),
    gasPrice: optional(quantity("Wei per gas; legacy and eip2930 only.", "30000000000")),
    maxFeePerGas: optional(quantity("Most wei per gas, tip included.", "30000000000")),
    maxPriorityFeePerGas: optional(quantity("Most wei per gas for the block's proposer.", "1000000000")),
    accessList: optional(
      Type.Array(AccessListEntry, {
        maxItems: 1000,
        description: "EIP-2930 access list: at most 1,000 addresses and storage keys together.",
      }),
    ),
    maxFeePerBlobGas: optional(quantity("Most wei per blob gas; eip4844 only.", "1")),
    blobVersionedHashes: optional(
      Type.Array(word("Versioned hash of a blob; starts with 0x01."), {
        maxItems: 32,
        description: "eip4844 only. The blobs themselves are not signed and not sent here.",
      }),
    ),
    authorizationList: optional(
      Type.Array(SignedAuthorization, { maxItems: 16, description: "eip7702 only; signed authorizations." }),
    ),
    hash: UNSIGNED,
    r: UNSIGNED,
    s: UNSIGNED,
    v: UNSIGNED,
    yParity: UNSIGNED,
    sig: UNSIGNED,
    signature: UNSIGNED,
  },
  {
    ...STRICT,
    description:
      "An unsigned transaction, also as JSON-RPC, viem, ethers and web3.js write it. Fees are gasPrice, or maxFeePerGas and " +
      "maxPriorityFeePerGas. Optional members may be null.",
    examples: [TRANSACTION_EXAMPLE],
  },
);

const Message = Type.Union(
  [
    Type.Object({ text: Type.String({ description: "Signed as its UTF-8 bytes." }) }, STRICT),
    Type.Object({ hex: bytes("The message's bytes.", "0xdeadbeef") }, STRICT),
  ],
  {
    description: "The message in exactly one encoding (EIP-191).",
    examples: [MESSAGE_EXAMPLE],
  },
);

const TypedDataField = Type.Object(
  {
    name: Type.String({ description: "Member name.", examples: ["owner"] }),
    type: Type.String({ description: "EIP-712 type or a name in types.", examples: ["address"] }),
  },
  STRICT,
);

const TypedDataDomain = Type.Object(
  {
    name: Type.Optional(Type.String({ examples: ["USD Coin"] })),
    version: Type.Optional(Type.String({ examples: ["2"] })),
    chainId: Type.Optional(quantity("Chain on which the signature is meant.", "1")),
    verifyingContract: Type.Optional(address("Contract that will verify the signature.")),
    salt: Type.Optional(word("Last-resort disambiguation.")),
  },
  { ...STRICT, description: "Members that are absent are not part of the domain." },
);

const TypedData = Type.Object(
  {
    types: Type.Record(Type.String(), Type.Array(TypedDataField), {
      description:
        "Every struct type by name. EIP712Domain may be left out; when given it lists the members of domain, in any " +
        "order: that order is hashed.",
    }),
    primaryType: Type.String({ description: "Type of message.", examples: ["Permit"] }),
    domain: TypedDataDomain,
    message: Type.Object(
      {},
      {
        additionalProperties: true,
        description:
          "The value to sign. Every member that its type declares, and no other; integers as quantities, those past 2^53 as " +
          "text. A struct whose type contains itself may be null or left out, as in eth_signTypedData_v4.",
      },
    ),
  },
  { ...STRICT, description: "An EIP-712 document." },
);

const Authorization = Type.Object(
  {
    chainId: quantity(
      "Chain on which the delegation is valid; 0 means every chain and needs a policy that allows it.",
      "1",
    ),
    address: address("Contract whose code the account will run; the zero address ends a delegation."),
    nonce: quantity(
      "The account's nonce; one more than the transaction's when the account sends it itself.",
      "0",
    ),
  },
  { ...STRICT, description: "An EIP-7702 authorization: the delegate may do anything with the account." },
);

const UserOperation = Type.Object(
  {
    sender: address("The account that acts and, without a paymaster, pays."),
    nonce: quantity("192 bits of key, then 64 bits of sequence.", "0"),
    initCode: Type.Optional(bytes("0.6 only: factory and its call data; default empty.")),
    factory: Type.Optional(address("From 0.7 on: what deploys the account.")),
    factoryData: Type.Optional(bytes("From 0.7 on: call data of the factory.")),
    callData: bytes("What the EntryPoint calls the account with.", CALL_DATA_EXAMPLE),
    callGasLimit: quantity("Gas of that call.", "100000"),
    verificationGasLimit: quantity("Gas of the check of the signature.", "150000"),
    preVerificationGas: quantity("Gas paid on top.", "50000"),
    maxFeePerGas: quantity("Most wei per gas, tip included.", "30000000000"),
    maxPriorityFeePerGas: quantity("Most wei per gas for the block's proposer.", "1000000000"),
    paymasterAndData: Type.Optional(bytes("0.6 only: who pays instead, and its data; default empty.")),
    paymaster: Type.Optional(address("From 0.7 on: who pays instead.")),
    paymasterVerificationGasLimit: Type.Optional(quantity("Gas of the paymaster's check.", "0")),
    paymasterPostOpGasLimit: Type.Optional(quantity("Gas of what the paymaster does afterwards.", "0")),
    paymasterData: Type.Optional(bytes("From 0.7 on: data of the paymaster.")),
  },
  {
    ...STRICT,
    description: "A user operation in the form of the bundlers' RPC (ERC-7769), without its signature.",
  },
);

/** One schema per request type, discriminated by `type`. */
export const EthereumSignRequests = [
  Type.Object(
    { type: Type.Literal("ethereum.transaction"), transaction: Transaction },
    {
      ...STRICT,
      title: "ethereum.transaction",
      examples: [{ type: "ethereum.transaction", transaction: TRANSACTION_EXAMPLE }],
      description: "Signs a transaction. Adds signedTransaction, hash and signature (r‖s‖v, v 27 or 28).",
    },
  ),
  Type.Object(
    {
      type: Type.Literal("ethereum.rawTransaction"),
      transaction: bytes(
        "The unsigned transaction: the legacy list with chain id, 0 and 0 (EIP-155), or type byte and list (EIP-2718).",
        RAW_TRANSACTION_EXAMPLE,
      ),
    },
    {
      ...STRICT,
      title: "ethereum.rawTransaction",
      examples: [{ type: "ethereum.rawTransaction", transaction: RAW_TRANSACTION_EXAMPLE }],
      description:
        "Signs a transaction that is given as its unsigned bytes, in canonical RLP. It is read, judged and answered as " +
        "ethereum.transaction is.",
    },
  ),
  Type.Object(
    { type: Type.Literal("ethereum.message"), message: Message },
    {
      ...STRICT,
      title: "ethereum.message",
      examples: [{ type: "ethereum.message", message: MESSAGE_EXAMPLE }],
      description:
        "Signs an EIP-191 personal message. Adds signature (r‖s‖v, v 27 or 28) and the digest that it signs. " +
        OPAQUE_MESSAGES,
    },
  ),
  Type.Object(
    { type: Type.Literal("ethereum.typedData"), typedData: TypedData },
    {
      ...STRICT,
      title: "ethereum.typedData",
      examples: [{ type: "ethereum.typedData", typedData: TYPED_DATA_EXAMPLE }],
      description:
        "Signs EIP-712 typed data. Adds signature (r‖s‖v, v 27 or 28) and the digest that it signs.",
    },
  ),
  Type.Object(
    { type: Type.Literal("ethereum.authorization"), authorization: Authorization },
    {
      ...STRICT,
      title: "ethereum.authorization",
      examples: [
        {
          type: "ethereum.authorization",
          authorization: { chainId: "1", address: ADDRESS_EXAMPLE, nonce: "0" },
        },
      ],
      description:
        "Signs an EIP-7702 authorization. Adds signature (r‖s‖v), its yParity, r and s, and the digest that it signs.",
    },
  ),
  Type.Object(
    {
      type: Type.Literal("ethereum.userOperation"),
      entryPoint: address("The EntryPoint of this version."),
      version: Type.String({ description: "Of the EntryPoint: 0.6, 0.7, 0.8 or 0.9.", examples: ["0.7"] }),
      chainId: quantity("EIP-155 chain id; never 0.", "1"),
      account: Type.String({
        description:
          "What the account's owner signs: eip191 (personal_sign of the hash: SimpleAccount 0.6 and 0.7, Light Account), raw " +
          "(the hash: SimpleAccount from 0.8 on, Simple7702Account), safe (Safe4337Module), kernel (its ECDSA validator) " +
          "or coinbase.",
        examples: ["eip191"],
      }),
      validAfter: Type.Optional(quantity("safe only: unix seconds, default 0.", "0")),
      validUntil: Type.Optional(quantity("safe only: unix seconds, default 0, which has no end.", "0")),
      userOperation: UserOperation,
    },
    {
      ...STRICT,
      title: "ethereum.userOperation",
      examples: [USER_OPERATION_EXAMPLE],
      description:
        "Signs an ERC-4337 user operation as the owner of its account. Adds signature (r‖s‖v) of the owner alone, which some " +
        "accounts want wrapped, the digest that it signs, and userOperationHash.",
    },
  ),
] as const satisfies readonly TSchema[];
