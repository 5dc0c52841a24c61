/** Bodies of Babylon sign requests. Lengths in bytes are checked where the request is decoded. */
import { Type } from "typebox";

const closed = { additionalProperties: false };

/** A chain id for EOTS requests. */
export const BabylonChainId = Type.Union(
  [
    Type.String({ maxLength: 64, description: "The id as text." }),
    Type.Object(
      { hex: Type.String({ pattern: "^0x([0-9a-fA-F]{2}){0,64}$" }) },
      { ...closed, description: "An id that is not text." },
    ),
  ],
  { description: "At most 64 bytes of UTF-8; may be empty.", examples: ["bbn-1"] },
);

/** A height: 0 to 2^64-1. */
export const BabylonHeight = Type.String({
  pattern: "^(0|[1-9][0-9]{0,19})$",
  description: "Block height below 2^64, as a decimal string.",
  examples: ["1204530"],
});

/** The message that an EOTS signature is over. */
export const BabylonMessage = Type.String({
  pattern: "^0x([0-9a-fA-F]{2})*$",
  maxLength: 2 + 2 * 8192,
  description:
    "0x-hex, at most 8192 bytes, as it is: it is hashed inside. A finality vote is the height in 8 bytes, big-endian, and " +
    "the 32 bytes of the application hash; 64 hex digits of a signing context may come before it, as ASCII.",
});

const vote = `0x0000000000126132${"ab".repeat(32)}`;

/** `babylon.eots`; 200 adds `signature`, 0x-hex of 32 bytes. */
export const BabylonEotsRequest = Type.Object(
  {
    type: Type.Literal("babylon.eots"),
    chainId: BabylonChainId,
    height: BabylonHeight,
    message: BabylonMessage,
  },
  {
    ...closed,
    title: "babylon.eots",
    description:
      "An extractable one-time signature, as a finality provider votes with. Only one message is ever signed for a height of " +
      "a chain: a second one would publish the private key, and is refused with guard.eots_conflict. The same message is " +
      "signed again, with the same result.",
    examples: [{ type: "babylon.eots", chainId: "bbn-1", height: "1204530", message: vote }],
  },
);

/** `babylon.schnorr`; 200 adds `signature`, 0x-hex of 64 bytes. */
export const BabylonSchnorrRequest = Type.Object(
  {
    type: Type.Literal("babylon.schnorr"),
    message: Type.String({
      pattern: "^0x[0-9a-fA-F]{64}$",
      description: "0x-hex of the 32 bytes to sign as they are: the hash of a commitment, or of an address.",
    }),
  },
  {
    ...closed,
    title: "babylon.schnorr",
    description:
      "A BIP-340 signature over 32 bytes: the commitment of public randomness, or the proof of possession at registration.",
    examples: [{ type: "babylon.schnorr", message: `0x${"5a".repeat(32)}` }],
  },
);
