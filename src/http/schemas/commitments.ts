/** Bodies of Commit-Boost's signer API, as its description has them: 0x may be left out, members are not ours to add. */
import { Type } from "typebox";

const hex = (bytes: number, description: string) =>
  Type.String({
    pattern: `^(?:0x)?[0-9a-fA-F]{${2 * bytes}}$`,
    description: `${bytes} bytes. ${description}`,
  });
const out = (bytes: number) => Type.String({ pattern: `^0x[0-9a-f]{${2 * bytes}}$` });

const Nonce = Type.Union(
  [Type.Integer({ minimum: 0 }), Type.String({ pattern: "^(?:0|[1-9][0-9]{0,19})$" })],
  {
    description:
      "0 to 2^64-2, mixed into the root; 0 for modules that keep none. From 2^53 on, where JSON readers round, a decimal " +
      "string.",
  },
);

export const CommitmentRequest = Type.Object(
  {
    pubkey: hex(48, "The validator's key."),
    object_root: hex(32, "What the module wants signed."),
    nonce: Nonce,
  },
  { additionalProperties: false },
);

export const CommitmentAnswer = Type.Object({
  pubkey: out(48),
  object_root: out(32),
  module_signing_id: out(32),
  nonce: Type.Union([Type.Integer(), Type.String()], { description: "As it was sent." }),
  chain_id: Type.Integer(),
  signature: out(96),
});

export const CommitmentKeys = Type.Object({
  keys: Type.Array(
    Type.Object({
      consensus: out(48),
      proxy_bls: Type.Array(Type.String(), { description: "Empty: this release makes no proxy keys." }),
      proxy_ecdsa: Type.Array(Type.String(), { description: "Empty: this release makes no proxy keys." }),
    }),
  ),
});

/** Of what is refused whatever it says. */
export const AnyBody = Type.Object({}, { additionalProperties: true });
