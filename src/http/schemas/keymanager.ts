/** Bodies and answers of the Keymanager API. Open like those of every validator API: members it does not know are left. */
import { Type } from "typebox";

const OPEN = { additionalProperties: true } as const;

/** Keys in one call. */
export const KEYS_MAX = 20_000;

const PublicKey = Type.String({
  pattern: "^0x[0-9a-fA-F]{96}$",
  description: "48 bytes in 0x-hex.",
});

export const Keystores = Type.Object({
  data: Type.Array(
    Type.Object({
      validating_pubkey: Type.String(),
      derivation_path: Type.Optional(Type.String()),
      readonly: Type.Boolean({ description: "True for a wallet's key, which cannot be deleted here." }),
    }),
  ),
});

export const KeystoreImport = Type.Object(
  {
    keystores: Type.Array(Type.String(), {
      maxItems: KEYS_MAX,
      description: "EIP-2335 documents as JSON texts.",
    }),
    passwords: Type.Array(Type.String({ maxLength: 1024 }), { maxItems: KEYS_MAX }),
    slashing_protection: Type.Optional(
      Type.Union([Type.String(), Type.Null()], { description: "EIP-3076 document as JSON text." }),
    ),
  },
  OPEN,
);

export const KeystoreDeletion = Type.Object({ pubkeys: Type.Array(PublicKey, { maxItems: KEYS_MAX }) }, OPEN);

export const KeystoreOutcomes = Type.Object({
  data: Type.Array(
    Type.Object({
      status: Type.String({
        enum: ["imported", "duplicate", "deleted", "not_active", "not_found", "error"],
      }),
      message: Type.String(),
    }),
    { description: "In the order of the request." },
  ),
  slashing_protection: Type.Optional(Type.String({ description: "EIP-3076 document of the deleted keys." })),
});
