/** Bodies of `solana.*` sign requests, and what a 200 answer adds for them. */
import { Type } from "typebox";
import type { Static } from "typebox";
import { OPAQUE_MESSAGES, signInExample } from "./sign-in-example.ts";

const base64 = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$";
/** An unsigned transfer of 0.001 SOL. */
const TRANSFER =
  "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAAQABA4qI" +
  "4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29cgTl3Dqh9F19Wo1Rmw0x+zMuNipG07jeiXfYPW4/Js5QAAAAAAAAAAAAA" +
  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAOMy2vkvq+zotj/3pEAF5f39mvoVh1a2HFqV+QSzuNCBAQICAAEMAgAAAEBCDwAAAAAA" +
  "AA==";
const SIGN_IN = signInExample("Solana", "GwAF45zjfyGzUbd3i3hXxzGeuchzEZXwpRYHZM5912F1", "mainnet");
const base58 = "^[1-9A-HJ-NP-Za-km-z]+$";

/** More tables than fit into one message. */
const LOOKUP_TABLES_MAX = 32;
const Address = Type.String({ minLength: 32, maxLength: 44, pattern: base58 });
const LookupTable = Type.Object(
  {
    address: Address,
    addresses: Type.Array(Address, {
      description: "All that is in the table, in order, base58.",
      minItems: 1,
      maxItems: 256,
    }),
  },
  { additionalProperties: false },
);

export const SolanaTransactionRequest = Type.Object(
  {
    type: Type.Literal("solana.transaction"),
    transaction: Type.String({
      description:
        "Wire format in base64, at most 1,232 bytes: signature slots (zeros where empty), then a legacy or version 0 " +
        "message. The key must be one of its signers; only its slot is filled.",
      minLength: 4,
      // Long enough for a version 1 transaction (4,096 bytes), which is then refused by name.
      maxLength: 5464,
      pattern: base64,
    }),
    lookupTables: Type.Optional(
      Type.Array(LookupTable, {
        description:
          "Contents of the address lookup tables that the message uses. The signed bytes do not hold them, so they are your " +
          "word: the intent is read with them and stays opaque (cause `lookup_table`).",
        maxItems: LOOKUP_TABLES_MAX,
      }),
    ),
  },
  {
    additionalProperties: false,
    title: "solana.transaction",
    description: "A Solana transaction, signed completely or in part.",
    examples: [{ type: "solana.transaction", transaction: TRANSFER }],
  },
);
export type SolanaTransactionRequest = Static<typeof SolanaTransactionRequest>;

const message = (inBase64: string) =>
  Type.Union([
    Type.Object(
      { text: Type.String({ description: "The text.", minLength: 1, maxLength: 65_535 }) },
      { additionalProperties: false },
    ),
    Type.Object(
      { base64: Type.String({ description: inBase64, minLength: 4, maxLength: 98_304, pattern: base64 }) },
      { additionalProperties: false },
    ),
  ]);

export const SolanaMessageRequest = Type.Object(
  {
    type: Type.Literal("solana.message"),
    message: message("The text's UTF-8 bytes, or a finished off-chain message envelope, in base64."),
    envelope: Type.Optional(
      Type.Union([Type.Literal("v0"), Type.Literal("v1"), Type.Literal("cli")], {
        description:
          "v0 (default): the proposal's version 0, with our key as the signer. v1: its version 1. cli: the 20 bytes before the " +
          "text that `solana sign-offchain-message` writes. A finished envelope must be of this kind; without it, of v0 or v1.",
      }),
    ),
  },
  {
    additionalProperties: false,
    title: "solana.message",
    description:
      "An off-chain message. What is signed is an envelope, by default of version 0: 0xff, `solana offchain`, version, 32 zero " +
      `bytes, format, signers, length, text; never the bare text. ${OPAQUE_MESSAGES}`,
    examples: [{ type: "solana.message", message: { text: SIGN_IN } }],
  },
);
export type SolanaMessageRequest = Static<typeof SolanaMessageRequest>;

/** `solana.rawMessage`; 200 adds what `solana.message` adds. */
export const SolanaRawMessageRequest = Type.Object(
  {
    type: Type.Literal("solana.rawMessage"),
    message: message("The bytes to sign, in base64."),
  },
  {
    additionalProperties: false,
    title: "solana.rawMessage",
    description:
      "Signs a message's own bytes, as wallets' signMessage does for sign-ins. Refused: whatever could be a transaction of any " +
      `version, holds this key's own 32 bytes, or is an off-chain envelope. It has the cause rawMessage too. ${OPAQUE_MESSAGES}`,
    examples: [{ type: "solana.rawMessage", message: { text: SIGN_IN } }],
  },
);

export const SolanaTransactionSigned = Type.Object({
  signedTransaction: Type.String({
    description:
      "The transaction with the key's slot filled: base64 wire format. Other slots are as they came.",
    pattern: base64,
  }),
  signature: Type.String({
    description: "The key's signature in base58; where the key pays the fee, this is the transaction's id.",
    pattern: base58,
  }),
});

export const SolanaMessageSigned = Type.Object({
  signature: Type.String({ description: "Ed25519 signature of `signedMessage` in base58.", pattern: base58 }),
  signedMessage: Type.String({ description: "The envelope that was signed, in base64.", pattern: base64 }),
});
