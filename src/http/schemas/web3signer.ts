/**
 * Bodies of the remote signing API. Unlike ours they are open: its clients send members that a signer may ignore. What
 * a duty must hold, the chain's adapter says.
 */
import { Type } from "typebox";

/** Keys in one batch: no more than the batches of any lane may hold together (signing/admission.ts). */
export const BATCH_KEYS_MAX = 2000;

const type = Type.String({ description: "Duty, in either case: ATTESTATION, BLOCK_V2, RANDAO_REVEAL, …" });

export const Duty = Type.Object(
  { type },
  { additionalProperties: true, description: "A signing request of the remote signing API." },
);

export const DutyBatch = Type.Object(
  {
    identifiers: Type.Array(Type.String({ maxLength: 98 }), {
      minItems: 1,
      maxItems: BATCH_KEYS_MAX,
      description: "Public keys, each once; 0x may be left out.",
    }),
    signing_request: Duty,
  },
  { additionalProperties: true },
);

export const DutyOutcomes = Type.Array(
  Type.Object(
    {
      identifier: Type.String({ description: "As it was sent." }),
      signature: Type.Optional(Type.String()),
      error: Type.Optional(
        Type.Object(
          {
            code: Type.Integer({ description: "The status that the key alone would have got." }),
            message: Type.String(),
            reason: Type.String({
              description: "Permanent code, e.g. guard.double_vote; its evidence beside it.",
            }),
          },
          { additionalProperties: true },
        ),
      ),
    },
    { description: "Either a signature or an error." },
  ),
  { description: "In the order of the identifiers." },
);

export const SignerHealth = Type.Object({
  status: Type.String({ enum: ["UP", "DOWN"] }),
  outcome: Type.String({ enum: ["UP", "DOWN"] }),
  checks: Type.Array(
    Type.Object({
      id: Type.String(),
      status: Type.String({ enum: ["UP", "DOWN"] }),
      data: Type.Optional(Type.Object({}, { additionalProperties: true })),
    }),
  ),
});
