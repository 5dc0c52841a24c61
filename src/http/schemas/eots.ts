/** Bodies and answers of the routes for finality providers. */
import { Type, type Static } from "typebox";
import { RANDOMNESS_COUNT_MAX } from "../../domain/eots.ts";
import { BabylonChainId, BabylonHeight, BabylonMessage } from "./babylon.ts";
import { strictObject } from "./common.ts";

/** Votes in one batch: no more than the lane of requests has places (signing/admission.ts). */
export const EOTS_ITEMS_MAX = 2000;

const Hex32 = (description: string) => Type.String({ pattern: "^0x[0-9a-f]{64}$", description });

export const EotsBatchRequest = strictObject(
  {
    chainId: BabylonChainId,
    items: Type.Array(strictObject({ height: BabylonHeight, message: BabylonMessage }), {
      minItems: 1,
      maxItems: EOTS_ITEMS_MAX,
      description: "Each height once.",
    }),
  },
  "Votes for several heights of one chain, recorded in one transaction.",
);
export type EotsBatchRequest = Static<typeof EotsBatchRequest>;

export const EotsBatch = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          height: BabylonHeight,
          requestId: Type.String(),
          signature: Type.Optional(Hex32("0x-hex of 32 bytes.")),
          error: Type.Optional(
            Type.Object(
              {
                code: Type.String({ description: "Permanent code, e.g. guard.eots_conflict." }),
                detail: Type.String(),
              },
              { additionalProperties: true, description: "As the problem document of this item alone." },
            ),
          ),
        },
        { description: "Either a signature or an error." },
      ),
      { description: "In the order of the request." },
    ),
  },
  { $id: "EotsBatch" },
);

export const EotsRandomnessRequest = strictObject(
  {
    chainId: BabylonChainId,
    startHeight: BabylonHeight,
    count: Type.Integer({ minimum: 1, maximum: RANDOMNESS_COUNT_MAX, description: "Number of heights." }),
    interval: Type.Optional(
      Type.String({
        pattern: "^[1-9][0-9]{0,19}$",
        description: "From one height to the next, as a decimal string. Default 1.",
      }),
    ),
    signingContext: Type.Optional(
      Type.String({
        pattern: "^[0-9a-f]{64}$",
        description: "Goes into commitHash, for a chain that demands one of commitments. None unless given.",
      }),
    ),
  },
  "Which heights to compute public randomness for.",
);
export type EotsRandomnessRequest = Static<typeof EotsRandomnessRequest>;

export const EotsRandomness = Type.Object(
  {
    startHeight: BabylonHeight,
    count: Type.Integer(),
    interval: Type.String(),
    root: Hex32("RFC 6962 Merkle root over the values, in the order of their heights."),
    commitHash: Hex32(
      "SHA-256(signingContext ‖ start ‖ count ‖ root), numbers in 8 bytes big-endian: what babylon.schnorr signs to commit.",
    ),
    publicRandomness: Type.Array(Hex32("x coordinate of the nonce's point.")),
  },
  { $id: "EotsRandomness" },
);
