/** The body of a sign request: one schema for each type, told apart by `type`. */
import { Type, type TSchema } from "typebox";
import { BitcoinMessageRequest, BitcoinPsbtRequest } from "./bitcoin.ts";
import { EthereumSignRequests } from "./ethereum.ts";
import { SolanaMessageRequest, SolanaTransactionRequest } from "./solana.ts";
import { StarknetTransactionRequest, StarknetTypedDataRequest } from "./starknet.ts";

const REQUESTS: readonly TSchema[] = [
  ...EthereumSignRequests,
  BitcoinPsbtRequest,
  BitcoinMessageRequest,
  SolanaTransactionRequest,
  SolanaMessageRequest,
  StarknetTransactionRequest,
  StarknetTypedDataRequest,
];

/** `oneOf` with a discriminator: an error names the fields of the type that was meant, not of all of them. */
export const SignRequestBody = Type.Unsafe<{ readonly type: string; readonly [field: string]: unknown }>({
  $id: "SignRequest",
  type: "object",
  required: ["type"],
  discriminator: { propertyName: "type" },
  oneOf: REQUESTS,
});

export const Signed = Type.Object(
  {
    status: Type.Literal("signed"),
    requestId: Type.String(),
    keyId: Type.String(),
  },
  {
    $id: "Signed",
    additionalProperties: true,
    description: "What was asked for, with the fields of its type.",
  },
);
