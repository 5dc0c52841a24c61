/** A staged history of finality providers is merged, and what floors make superfluous is pruned. Floors only rise. */
import { LOOSENS } from "../../access/loosening.ts";
import { chainIdText } from "../../domain/eots.ts";
import { SignerError } from "../../domain/errors.ts";
import { contradiction, type EotsImportedTrack, type StagedEotsTrack } from "../../guard/eots/merge.ts";
import { publicKeyText } from "../../guard/eots/names.ts";
import { actOf, type Leaf } from "./act.ts";
import { ask } from "./facts.ts";
import { row, type Row } from "./rows.ts";
import { higher } from "../../domain/heights.ts";

/** One record that contradicts another refuses the whole file. */
export const mergeEotsImport = actOf<"mergeEotsImport">()({
  permission: ({ options }) => [options.enableKeys ? LOOSENS.eotsFreeze : "installation"],
  facts: ({ number }) => ({ staged: ask("stagedEots", { number }) }),
  judge({ options: { enableKeys } }, { staged }) {
    if (staged === null) {
      throw new SignerError(
        "request.conflict",
        "another import has begun; nothing of this one was kept, repeat it",
      );
    }
    const { different, tracks, requireFloor } = staged;
    if (different !== null) {
      throw contradiction(different, different.file, different.known, "another message is recorded here");
    }
    const report = tracks.map((track) => importedTrack(track, enableKeys));
    return {
      reply: report,
      rows: [
        ...requireFloor.map((publicKey) => row("eotsKeyChanged", { publicKey, requiresFloor: true })),
        ...(enableKeys ? tracks.flatMap(thawed) : []),
        ...tracks.flatMap(merged),
        row("eotsStageCleared", {}),
      ],
      leaves: [leafOf(report, enableKeys)],
    };
  },
});

function thawed({ publicKey, frozen }: StagedEotsTrack): readonly Row[] {
  return frozen ? [row("eotsKeyChanged", { publicKey, frozen: false })] : [];
}

function merged({ publicKey, chainId, floorBefore, ...track }: StagedEotsTrack): readonly Row[] {
  const heights = [track.highest, track.floor].filter((height) => height !== null);
  return [
    row("eotsRecordsMerged", { publicKey, chainId, above: floorBefore }),
    ...heights.map((height) => row("eotsFloorRaised", { publicKey, chainId, height })),
  ];
}

function importedTrack(track: StagedEotsTrack, enableKeys: boolean): EotsImportedTrack {
  const { records, added, known, lowest, highest, floor, floorBefore } = track;
  return {
    publicKey: publicKeyText(track.publicKey),
    chainId: chainIdText(track.chainId),
    records: added,
    known,
    belowFloor: records - known - added,
    lowest: text(lowest),
    highest: text(highest),
    floor: text(higher(floorBefore, higher(highest, floor))),
    enabled: enableKeys || !track.frozen,
  };
}

function leafOf(tracks: readonly EotsImportedTrack[], enableKeys: boolean): Leaf {
  const total = (count: (track: EotsImportedTrack) => number): number =>
    tracks.reduce((sum, track) => sum + count(track), 0);
  return {
    action: "eots.import",
    tracks: tracks.length,
    records: total((track) => track.records),
    known: total((track) => track.known),
    belowFloor: total((track) => track.belowFloor),
    enableKeys,
  };
}

/** At most `rowsMax` records of tracks after `after`. Floors stay, and the newest record of each track. */
export const pruneEotsHistory = actOf<"pruneEotsHistory">()({
  permission: "installation",
  facts: ({ after, rowsMax }) => ({ superfluous: ask("superfluousEots", { after, rowsMax }) }),
  judge({ after: before, rowsMax }, { superfluous: { tracks, isLast } }) {
    let deleted = 0;
    let after = before;
    const rows: Row[] = [];
    for (const { publicKey, chainId, records } of tracks) {
      deleted += records;
      if (records > 0) rows.push(row("eotsRecordsPruned", { publicKey, chainId, limit: records }));
      // This track may have more; the next step begins with it.
      if (deleted >= rowsMax) break;
      after = { publicKey, chainId };
    }
    return {
      reply: { deleted, after, done: isLast && deleted < rowsMax },
      rows,
      leaves: deleted > 0 ? [{ action: "eots.prune", records: deleted }] : [],
    };
  },
});

function text(value: bigint | null): string | null {
  return value === null ? null : String(value);
}
