/** Bodies, queries and answers of /v1/slashing-protection. Slots and epochs are decimal strings. */
import { Type, type Static } from "typebox";
import { strictObject } from "./common.ts";

/** Keys that one body may name. */
export const KEYS_MAX = 10_000;
/** Keys that fit into a URL. */
const QUERY_KEYS_MAX = 100;

const KEY_PATTERN = "0x[0-9a-fA-F]{96}";
const PublicKey = Type.String({ pattern: `^${KEY_PATTERN}$`, description: "48 bytes in 0x-hex." });
const PublicKeys = Type.Array(PublicKey, { minItems: 1, maxItems: KEYS_MAX, uniqueItems: true });
const Nullable = (description: string) => Type.Union([Type.String(), Type.Null()], { description });

export const HistoryImportQuery = strictObject({
  genesisValidatorsRoot: Type.Optional(
    Type.String({
      pattern: "^0x[0-9a-fA-F]{64}$",
      description:
        "32 bytes in 0x-hex: the chain that the document must belong to. A data directory that has none yet needs it, " +
        "and a NamespaceAdmin of the root namespace.",
    }),
  ),
});

const MINIMAL = "Only the highest slot, source and target of each key.";

export const HistoryExportQuery = strictObject({
  publicKeys: Type.Optional(
    Type.String({
      pattern: `^${KEY_PATTERN}(?:,${KEY_PATTERN}){0,${QUERY_KEYS_MAX - 1}}$`,
      description: `Up to ${QUERY_KEYS_MAX} keys in 0x-hex, with commas between. Default: every key within your reach.`,
    }),
  ),
  minimal: Type.Optional(Type.String({ enum: ["true", "false"], description: MINIMAL })),
});

export const HistoryExportRequest = strictObject({
  disableKeys: Type.Boolean({
    description:
      "True: the keys sign nothing any more, durably, from before the first byte of the document is read.",
  }),
  publicKeys: Type.Optional(PublicKeys),
  minimal: Type.Optional(Type.Boolean({ description: MINIMAL })),
});
export type HistoryExportRequest = Static<typeof HistoryExportRequest>;

export const KeysRequest = strictObject({ publicKeys: PublicKeys });
export type KeysRequest = Static<typeof KeysRequest>;

const Choice = {
  publicKeys: Type.Optional(PublicKeys),
  everyKey: Type.Optional(
    Type.Boolean({ description: "True in place of publicKeys: every key within your reach." }),
  ),
};
const DECIMAL = { pattern: "^(?:0|[1-9][0-9]{0,18})$" } as const;

export const FloorsRequest = strictObject({
  ...Choice,
  slot: Type.Optional(
    Type.String({ ...DECIMAL, description: "No new block at or below it; a higher floor stays." }),
  ),
  epoch: Type.Optional(
    Type.String({
      ...DECIMAL,
      description: "No new vote to a target at or below it, or from a source before it.",
    }),
  ),
});
export type FloorsRequest = Static<typeof FloorsRequest>;

const bound = (description: string) =>
  Type.Optional(Type.Union([Type.String(DECIMAL), Type.Null()], { description }));

export const BoundsRequest = strictObject({
  ...Choice,
  slot: bound("No block at or above it; null lifts the bound."),
  epoch: bound("No vote to a target at or above it; null lifts the bound."),
});
export type BoundsRequest = Static<typeof BoundsRequest>;

export const KeysChanged = Type.Object({
  changed: Type.Integer({ description: "Keys that were not in this state before." }),
});

export const ProtectionStatus = Type.Object({
  genesisValidatorsRoot: Nullable(
    "Of the chain that this data directory belongs to; null before it has one.",
  ),
  mode: Type.String({ enum: ["complete", "minimal"] }),
  unknownHistory: Type.String({ enum: ["accept", "refuse", "floor"] }),
  floorSlot: Nullable("Where a key without history starts, with unknownHistory `floor`."),
  floorEpoch: Nullable("As floorSlot, for votes."),
  stopSlot: Nullable("Nothing at or above is signed."),
  stopEpoch: Nullable("Nothing at or above is signed."),
  keys: Type.Integer({ description: "Keys within your reach." }),
  disabledKeys: Type.Integer({ description: "Those that are frozen." }),
  keysWithHistory: Type.Integer({ description: "Those that signed, or whose history was imported." }),
});

export const ProtectedKey = Type.Object({
  publicKey: Type.String(),
  enabled: Type.Boolean(),
  hasHistory: Type.Boolean(),
  lowSlot: Nullable("Low watermark: blocks at or below it are refused, but for repeats on record."),
  lowSourceEpoch: Nullable("Low watermark: votes with an earlier source are refused."),
  lowTargetEpoch: Nullable("Low watermark: votes at or below it are refused, but for repeats on record."),
  stopSlot: Nullable("The key's own bound: blocks at or above it are refused."),
  stopEpoch: Nullable("The key's own bound: votes to a target at or above it are refused."),
});

export const ImportReport = Type.Object({
  keys: Type.Array(
    Type.Object({
      publicKey: Type.String(),
      blocks: Type.Integer({ description: "Records that were not known before." }),
      attestations: Type.Integer(),
      lowSlot: Nullable("Watermark after the import."),
      lowSourceEpoch: Nullable("Watermark after the import."),
      lowTargetEpoch: Nullable("Watermark after the import."),
      conflictCount: Type.Integer({ description: "Slashable records of the document; they are kept." }),
      conflicts: Type.Array(
        Type.Object({
          kind: Type.String({ enum: ["double_proposal", "double_vote", "surround", "source_after_target"] }),
          slot: Type.Optional(Type.String()),
          sourceEpoch: Type.Optional(Type.String()),
          targetEpoch: Type.Optional(Type.String()),
        }),
        { description: "The first of them." },
      ),
    }),
    { description: "Keys whose history was merged, by public key." },
  ),
});

const Roots = Type.Optional(Type.String());

/** An EIP-3076 document. */
export const Interchange = Type.Object({
  metadata: Type.Object({
    interchange_format_version: Type.String(),
    genesis_validators_root: Type.String(),
  }),
  data: Type.Array(
    Type.Object({
      pubkey: Type.String(),
      signed_blocks: Type.Array(Type.Object({ slot: Type.String(), signing_root: Roots })),
      signed_attestations: Type.Array(
        Type.Object({ source_epoch: Type.String(), target_epoch: Type.String(), signing_root: Roots }),
      ),
    }),
  ),
});
