/** The part of the store of acts that has the guard of finality providers. */
import type { XOnlyKey } from "../../domain/kinds.ts";
import { publicKeyText } from "../../guard/eots/names.ts";
import type { DirectoryTable } from "../../ledger/tables/directory.ts";
import type { EotsTable } from "../../ledger/tables/eots.ts";
import type { FactReaders } from "./facts.ts";
import type { RowWriters } from "./rows.ts";

export type EotsFactName = "eotsKeys" | "eotsFloors";
export type EotsRowName = "eotsKeyChanged" | "eotsFloorRaised";

export interface EotsStoreTables {
  readonly eots: EotsTable;
  readonly directory: Pick<DirectoryTable, "publicKeys">;
}

export function eotsReaders({ eots, directory }: EotsStoreTables): Pick<FactReaders, EotsFactName> {
  return {
    eotsKeys: ({ publicKeys }) =>
      keysNamed({ eots, directory }, publicKeys).map((publicKey) => {
        const { requiresFloor = false, frozen = false } = eots.key(publicKey) ?? {};
        return { publicKey, requiresFloor, frozen };
      }),
    eotsFloors: ({ tracks }) => tracks.map((track) => eots.floor(track)),
  };
}

export function eotsWriters({ eots }: Pick<EotsStoreTables, "eots">): Pick<RowWriters, EotsRowName> {
  return {
    eotsKeyChanged: ({ publicKey, ...changes }) => eots.setKey(publicKey, changes),
    eotsFloorRaised: (place) => eots.raiseFloor(place),
  };
}

/** Keys that a state, a record or a floor is known of, ascending. */
export function knownKeys(eots: EotsTable): readonly XOnlyKey[] {
  const keys = new Map(eots.keys().map((key) => [publicKeyText(key), key]));
  for (const { publicKey } of eots.tracks()) keys.set(publicKeyText(publicKey), publicKey);
  return [...keys].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
}

function keysNamed(
  { eots, directory }: EotsStoreTables,
  named: readonly XOnlyKey[] | "known" | "known or held",
): readonly XOnlyKey[] {
  if (typeof named !== "string") return named;
  const known = knownKeys(eots);
  if (named === "known") return known;
  // Without the parity: both are one finality provider.
  const held = directory.publicKeys("babylon").map((publicKey) => publicKey.slice(1));
  return [...new Map([...known, ...held].map((key) => [publicKeyText(key), key])).values()];
}
