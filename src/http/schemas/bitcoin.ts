/** Sign requests of Bitcoin keys. What a PSBT may contain is the chain adapter's matter, not the schema's. */
import { Type } from "typebox";
import { OPAQUE_MESSAGES, signInExample } from "./sign-in-example.ts";

/** One P2WPKH input with its previous transaction, one output. */
const PSBT_EXAMPLE =
  "cHNidP8BAFICAAAAAYA9EEXx65bOxp9nUTW7bEcOuSPWC6v3kq4axECHqE5eAAAAAAD/////AZBfAQAAAAAAFgAUQX" +
  "1L6Q01NjJnuPKvr8lTERHEGuQAAAAAAAEAUgIAAAABBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcAAAAA" +
  "AAAAAAABoIYBAAAAAAAWABTAzrzWw9PKjHXcXsYuvlUzDvkQ4gAAAAAAAA==";

const SIGN_IN = signInExample(
  "Bitcoin",
  "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
  "000000000019d6689c085ae165831e93",
);

const network = Type.Optional(
  Type.String({
    maxLength: 16,
    description:
      "Which of the key's networks this is for, where it has more than one; policies see it. Default the key's `network`.",
    examples: ["signet"],
  }),
);

export const BitcoinPsbtRequest = Type.Object(
  {
    type: Type.Literal("bitcoin.psbt"),
    psbt: Type.String({
      minLength: 8,
      pattern: "^[A-Za-z0-9+/]+={0,2}$",
      description:
        "PSBT version 0 (BIP-174) or 2 (BIP-370) in padded standard base64. Every input needs its previous transaction " +
        "(nonWitnessUtxo); where all inputs that are signed are taproot, witnessUtxo is enough.",
      examples: [PSBT_EXAMPLE],
    }),
    finalize: Type.Optional(
      Type.Boolean({
        default: true,
        description:
          "Also make the final transaction when every input is signed. With false the answer is a PSBT with partial " +
          "signatures only.",
      }),
    ),
    network,
  },
  {
    additionalProperties: false,
    title: "bitcoin.psbt",
    examples: [{ type: "bitcoin.psbt", psbt: PSBT_EXAMPLE }],
    description:
      "Signs the inputs of a PSBT that spend outputs of this key, or of all keys of the wallet that is asked, always with " +
      "SIGHASH_ALL.",
  },
);

export const BitcoinMessageRequest = Type.Object(
  {
    type: Type.Literal("bitcoin.message"),
    message: Type.String({ description: "The text, signed as UTF-8.", examples: [SIGN_IN] }),
    format: Type.Optional(
      Type.Union([Type.Literal("bip322"), Type.Literal("bip137")], {
        default: "bip322",
        description:
          "bip322 (version 2.0.0): `smp` and base64 of the witness for P2WPKH and P2TR, `ful` and base64 of the to_sign " +
          "transaction for P2SH-P2WPKH, the legacy 65 bytes for P2PKH. bip137: base64 of 65 bytes; not for P2TR.",
      }),
    ),
    prefix: Type.Optional(
      Type.Boolean({
        default: true,
        description:
          "false leaves out `smp` and `ful`, for verifiers that know BIP-322 from before its version 2.0.0. Forms without a " +
          "prefix stay as they are.",
      }),
    ),
    network,
  },
  {
    additionalProperties: false,
    title: "bitcoin.message",
    examples: [{ type: "bitcoin.message", message: SIGN_IN }],
    description: `Proves control of the key's address by signing a text. ${OPAQUE_MESSAGES}`,
  },
);
