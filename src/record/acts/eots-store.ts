/** The part of the store of acts that has the guard of finality providers. */
import type { XOnlyKey } from "../../domain/kinds.ts";
import type { EotsTrack } from "../../domain/eots.ts";
import type { EotsImportStage } from "../../guard/eots/merge.ts";
import { publicKeyText } from "../../guard/eots/names.ts";
import type { DirectoryTable } from "../../ledger/tables/directory.ts";
import type { EotsTable } from "../../ledger/tables/eots.ts";
import type { FactKinds, FactReaders } from "./facts.ts";
import type { RowWriters } from "./rows.ts";

export type EotsFactName = "eotsKeys" | "eotsFloors" | "stagedEots" | "superfluousEots";
export type EotsRowName =
  "eotsKeyChanged" | "eotsFloorRaised" | "eotsRecordsMerged" | "eotsStageCleared" | "eotsRecordsPruned";

export interface EotsStoreTables {
  readonly eots: EotsTable;
  readonly eotsStage: EotsImportStage;
  readonly directory: Pick<DirectoryTable, "publicKeys">;
}

/** Tracks that one step of pruning looks at. */
const TRACKS_MAX = 64;

export function eotsReaders({
  eots,
  eotsStage,
  directory,
}: EotsStoreTables): Pick<FactReaders, EotsFactName> {
  return {
    eotsKeys: ({ publicKeys }) =>
      keysNamed({ eots, directory }, publicKeys).map((publicKey) => {
        const { requiresFloor = false, frozen = false } = eots.key(publicKey) ?? {};
        return { publicKey, requiresFloor, frozen };
      }),
    eotsFloors: ({ tracks }) => tracks.map((track) => eots.floor(track)),
    stagedEots: ({ number }) => eotsStage.staged(number),
    superfluousEots: ({ after, rowsMax }) => superfluous(eots, after, rowsMax),
  };
}

function superfluous(
  eots: EotsTable,
  after: EotsTrack | null,
  rowsMax: number,
): FactKinds["superfluousEots"]["is"] {
  const tracks: (EotsTrack & { readonly records: number })[] = [];
  let left = rowsMax;
  for (const track of eots.tracks(after ?? undefined)) {
    if (tracks.length === TRACKS_MAX || left <= 0) return { tracks, isLast: false };
    const records = eots.superfluous(track, left);
    tracks.push({ ...track, records });
    left -= records;
  }
  return { tracks, isLast: true };
}

export function eotsWriters({
  eots,
  eotsStage,
}: Pick<EotsStoreTables, "eots" | "eotsStage">): Pick<RowWriters, EotsRowName> {
  return {
    eotsKeyChanged: ({ publicKey, ...changes }) => eots.setKey(publicKey, changes),
    eotsFloorRaised: (place) => eots.raiseFloor(place),
    eotsRecordsMerged: ({ above, ...track }) => eotsStage.merge(track, above),
    eotsStageCleared: () => eotsStage.clear(),
    eotsRecordsPruned: ({ limit, ...track }) => void eots.prune(track, limit),
  };
}

/** Keys that a state, a record or a floor is known of, ascending. */
export function knownKeys(eots: EotsTable): readonly XOnlyKey[] {
  const keys = new Map(eots.keys().map((key) => [publicKeyText(key), key]));
  for (const { publicKey } of eots.tracks()) keys.set(publicKeyText(publicKey), publicKey);
  return [...keys].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
}

function keysNamed(
  { eots, directory }: Pick<EotsStoreTables, "eots" | "directory">,
  named: readonly XOnlyKey[] | "known" | "known or held",
): readonly XOnlyKey[] {
  if (typeof named !== "string") return named;
  const known = knownKeys(eots);
  if (named === "known") return known;
  // Without the parity: both are one finality provider.
  const held = directory.publicKeys("babylon").map((publicKey) => publicKey.slice(1));
  return [...new Map([...known, ...held].map((key) => [publicKeyText(key), key])).values()];
}
