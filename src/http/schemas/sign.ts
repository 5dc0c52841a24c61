/** The body of a sign request: one schema for each type, told apart by `type`. */
import { Type, type TSchema } from "typebox";
import { BabylonEotsRequest, BabylonSchnorrRequest } from "./babylon.ts";
import { BitcoinMessageRequest, BitcoinPsbtRequest } from "./bitcoin.ts";
import { Warnings } from "./common.ts";
import { EthereumSignRequests } from "./ethereum.ts";
import { EthereumValidatorDutyRequest, EthereumValidatorGenericRequest } from "./ethereum-validator.ts";
import { SolanaMessageRequest, SolanaRawMessageRequest, SolanaTransactionRequest } from "./solana.ts";
import { StarknetTransactionRequest, StarknetTypedDataRequest } from "./starknet.ts";

const [
  EthereumTransaction,
  EthereumRawTransaction,
  EthereumMessage,
  EthereumTypedData,
  EthereumAuthorization,
  EthereumUserOperation,
] = EthereumSignRequests;

const REQUESTS: readonly (readonly [type: string, component: string, schema: TSchema])[] = [
  ["ethereum.transaction", "EthereumTransactionRequest", EthereumTransaction],
  ["ethereum.rawTransaction", "EthereumRawTransactionRequest", EthereumRawTransaction],
  ["ethereum.message", "EthereumMessageRequest", EthereumMessage],
  ["ethereum.typedData", "EthereumTypedDataRequest", EthereumTypedData],
  ["ethereum.authorization", "EthereumAuthorizationRequest", EthereumAuthorization],
  ["ethereum.userOperation", "EthereumUserOperationRequest", EthereumUserOperation],
  ["bitcoin.psbt", "BitcoinPsbtRequest", BitcoinPsbtRequest],
  ["bitcoin.message", "BitcoinMessageRequest", BitcoinMessageRequest],
  ["solana.transaction", "SolanaTransactionRequest", SolanaTransactionRequest],
  ["solana.message", "SolanaMessageRequest", SolanaMessageRequest],
  ["solana.rawMessage", "SolanaRawMessageRequest", SolanaRawMessageRequest],
  ["starknet.transaction", "StarknetTransactionRequest", StarknetTransactionRequest],
  ["starknet.typedData", "StarknetTypedDataRequest", StarknetTypedDataRequest],
  ["ethereum-validator.duty", "EthereumValidatorDutyRequest", EthereumValidatorDutyRequest],
  ["ethereum-validator.generic", "EthereumValidatorGenericRequest", EthereumValidatorGenericRequest],
  ["babylon.eots", "BabylonEotsRequest", BabylonEotsRequest],
  ["babylon.schnorr", "BabylonSchnorrRequest", BabylonSchnorrRequest],
];

/** Component of the OpenAPI document for each request type. */
export const SIGN_REQUESTS: Readonly<Record<string, string>> = Object.fromEntries(
  REQUESTS.map(([type, component]) => [type, component]),
);

/** `oneOf` with a discriminator: an error names the fields of the type that was meant, not of all of them. */
const SignRequest: TSchema = {
  $id: "SignRequest",
  type: "object",
  required: ["type"],
  discriminator: { propertyName: "type" },
  oneOf: REQUESTS.map(([, component]) => ({ $ref: `${component}#` })),
};

const Signed = Type.Object(
  {
    status: Type.Literal("signed"),
    requestId: Type.String(),
    keyId: Type.String({ description: "The key that signed; of several the first." }),
    walletId: Type.Optional(Type.String({ description: "The wallet that was asked." })),
    keyIds: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        description: "All keys of the wallet that signed, in the order of the first input of each.",
      }),
    ),
    signedTransaction: Type.Optional(
      Type.String({ description: "Ready to broadcast: 0x-hex (Ethereum), hex (Bitcoin), base64 (Solana)." }),
    ),
    hash: Type.Optional(Type.String({ description: "Ethereum transaction hash." })),
    digest: Type.Optional(
      Type.String({
        description:
          "Ethereum messages, documents, authorizations and user operations: the 32 bytes that were signed, 0x-hex.",
      }),
    ),
    userOperationHash: Type.Optional(Type.String({ description: "What bundlers call the user operation." })),
    txid: Type.Optional(Type.String({ description: "Bitcoin transaction id, when final." })),
    psbt: Type.Optional(Type.String({ description: "The PSBT with our signatures, base64." })),
    transactionHash: Type.Optional(Type.String({ description: "StarkNet transaction hash." })),
    messageHash: Type.Optional(Type.String({ description: "StarkNet (SNIP-12) message hash." })),
    signedMessage: Type.Optional(
      Type.String({ description: "Solana: the envelope, or raw message, that was signed; base64." }),
    ),
    warnings: Type.Optional(Warnings),
    signature: Type.Optional(
      Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 2, maxItems: 2 })], {
        description: "In the chain's own form; for StarkNet the pair r, s.",
      }),
    ),
  },
  {
    $id: "Signed",
    additionalProperties: true,
    description: "What was asked for: the first three fields, and those of the request's type.",
  },
);

/** Registered schemas of the signing routes. */
export const SIGN_COMPONENTS: readonly TSchema[] = [
  ...REQUESTS.map(([type, component, schema]) => ({ ...schema, $id: component, title: type })),
  SignRequest,
  Signed,
];

/** A validated body: which type it is, and the fields of that type. */
export interface SignRequestBody {
  readonly type: string;
  readonly [field: string]: unknown;
}
