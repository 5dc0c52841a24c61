/** The history of the EOTS guard on the ledger thread: what is merged, pruned and shown of it. Signing goes through `decide`. */
import type { Json } from "../../domain/canonical.ts";
import type { EotsImportedTrack, EotsImportStage } from "../../guard/eots/merge.ts";
import { publicKeyText } from "../../guard/eots/names.ts";
import { eotsPruneStep, type EotsPruneStep } from "../../guard/eots/prune.ts";
import type { EotsTable } from "../../ledger/tables/eots.ts";
import type { EotsChainState, EotsKeyState } from "../guard-state.ts";
import type { LogWriter } from "../log-writer.ts";
import type { Actor, Input } from "../contract.ts";
import { knownKeys } from "./eots-store.ts";

export interface EotsTables {
  readonly eots: EotsTable;
  readonly stage: EotsImportStage;
  readonly log: LogWriter;
}

export function merge(tables: EotsTables, input: Input<"mergeEotsImport">): readonly EotsImportedTrack[] {
  const tracks = tables.stage.merge(input.number, input.options);
  const total = (count: (track: EotsImportedTrack) => number): number =>
    tracks.reduce((sum, track) => sum + count(track), 0);
  append(tables, input.actor, {
    action: "eots.import",
    tracks: tracks.length,
    records: total((track) => track.records),
    known: total((track) => track.known),
    belowFloor: total((track) => track.belowFloor),
    enableKeys: input.options.enableKeys,
  });
  return tracks;
}

export function prune(
  tables: EotsTables,
  { actor, after, rowsMax }: Input<"pruneEotsHistory">,
): EotsPruneStep {
  const step = eotsPruneStep(tables.eots, after, rowsMax);
  if (step.deleted > 0) append(tables, actor, { action: "eots.prune", records: step.deleted });
  return step;
}

export function readEotsKeys(
  eots: EotsTable,
  { publicKey, count }: Input<"readEotsKeys">,
): readonly EotsKeyState[] {
  const chains = new Map<string, EotsChainState[]>();
  for (const track of eots.tracks()) {
    const key = publicKeyText(track.publicKey);
    if (publicKey !== null && key !== publicKeyText(publicKey)) continue;
    const range = eots.range(track);
    const state = {
      chainId: track.chainId,
      records: count ? eots.count(track) : null,
      lowest: range?.lowest ?? null,
      highest: range?.highest ?? null,
      floor: eots.floor(track),
    };
    chains.set(key, [...(chains.get(key) ?? []), state]);
  }
  return (publicKey === null ? knownKeys(eots) : [publicKey]).flatMap((key) => {
    const row = eots.key(key);
    const name = publicKeyText(key);
    const known = chains.get(name) ?? [];
    if (row === undefined && known.length === 0) return [];
    return [
      {
        publicKey: name,
        enabled: row?.frozen !== true,
        requiresFloor: row?.requiresFloor === true,
        chains: known,
      },
    ];
  });
}

function append(tables: EotsTables, actor: Actor, members: Readonly<Record<string, Json>>): void {
  tables.log.append(actor.namespace, "administration", tables.log.now(), {
    principal: actor.principal,
    ...members,
  });
}
