/** Bodies, queries and answers of /v1/eots: what finality providers' keys signed, and their floors. */
import { Type, type Static } from "typebox";
import { BabylonChainId, BabylonHeight } from "./babylon.ts";
import { strictObject } from "./common.ts";

/** Keys that one body may name. */
export const KEYS_MAX = 1000;
/** Keys that fit into a URL. */
const QUERY_KEYS_MAX = 100;
const KEY_PATTERN = "[0-9a-fA-F]{64}";

const PublicKey = Type.String({
  pattern: `^${KEY_PATTERN}$`,
  description: "64 hex digits: the x-only key, `address` of the key.",
});
const PublicKeys = Type.Array(PublicKey, { minItems: 1, maxItems: KEYS_MAX, uniqueItems: true });
const Nullable = (description: string) => Type.Union([Type.String(), Type.Null()], { description });

export const EotsExportQuery = strictObject({
  publicKeys: Type.Optional(
    Type.String({
      pattern: `^${KEY_PATTERN}(?:,${KEY_PATTERN}){0,${QUERY_KEYS_MAX - 1}}$`,
      description: `Up to ${QUERY_KEYS_MAX} keys with commas between. Default: every key within your reach.`,
    }),
  ),
});

export const EotsExportRequest = strictObject(
  {
    disableKeys: Type.Boolean({
      description:
        "True: the keys sign nothing any more, durably, from before the first byte of the history is read.",
    }),
    publicKeys: Type.Optional(PublicKeys),
  },
  "Whose history to write. Without publicKeys: every key within your reach.",
);
export type EotsExportRequest = Static<typeof EotsExportRequest>;

export const EotsFloorRequest = strictObject(
  { publicKey: PublicKey, chainId: BabylonChainId, height: BabylonHeight },
  "Nothing new is signed at or below the height, for ever.",
);
export type EotsFloorRequest = Static<typeof EotsFloorRequest>;

export const EotsFloor = Type.Object(
  {
    publicKey: Type.String(),
    chainId: Type.String({ description: "Text, or 0x-hex of an id that is not text." }),
    floor: BabylonHeight,
  },
  { $id: "EotsFloor" },
);

export const EotsRequireFloorRequest = strictObject(
  { publicKeys: PublicKeys },
  "Keys that sign nothing new on a chain before they have a floor there. Never taken back.",
);
export type EotsRequireFloorRequest = Static<typeof EotsRequireFloorRequest>;

export const EotsKeyHistory = Type.Object(
  {
    publicKey: Type.String(),
    enabled: Type.Boolean({ description: "False: disabled by an export; it signs nothing here." }),
    requiresFloor: Type.Boolean({ description: "Signs nothing new on a chain without a floor." }),
    chains: Type.Array(
      Type.Object({
        chainId: Type.String({ description: "Text, or 0x-hex of an id that is not text." }),
        lowest: Nullable("Lowest height on record."),
        highest: Nullable("Highest height on record."),
        floor: Nullable("Nothing new is signed at or below it; null without one."),
      }),
    ),
  },
  { $id: "EotsKeyHistory" },
);

const Sealed = Type.String({ description: "Base64." });

export const EotsBackup = Type.Object(
  {
    statement: Type.Object({
      format: Type.String(),
      version: Type.Integer(),
      publicKey: Type.String(),
      createdAt: Type.String(),
      chains: Type.Array(Type.Object({ chainId: Type.String(), floor: Type.String() })),
    }),
    seal: Type.String(),
    sealedRoot: Sealed,
    sealedKey: Sealed,
  },
  { $id: "EotsBackup", description: "The file that claviger eots restore takes." },
);
