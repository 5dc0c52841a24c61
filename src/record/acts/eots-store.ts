/** The part of the store of acts that has the guard of finality providers. */
import type { EotsTable } from "../../ledger/tables/eots.ts";
import type { FactReaders } from "./facts.ts";
import type { RowWriters } from "./rows.ts";

export type EotsFactName = "eotsKeys" | "eotsFloors";
export type EotsRowName = "eotsKeyChanged" | "eotsFloorRaised";

interface Tables {
  readonly eots: EotsTable;
}

export function eotsReaders({ eots }: Tables): Pick<FactReaders, EotsFactName> {
  return {
    eotsKeys: ({ publicKeys }) =>
      publicKeys.map((publicKey) => {
        const { requiresFloor = false, frozen = false } = eots.key(publicKey) ?? {};
        return { publicKey, requiresFloor, frozen };
      }),
    eotsFloors: ({ tracks }) => tracks.map((track) => eots.floor(track)),
  };
}

export function eotsWriters({ eots }: Tables): Pick<RowWriters, EotsRowName> {
  return {
    eotsKeyChanged: ({ publicKey, ...changes }) => eots.setKey(publicKey, changes),
    eotsFloorRaised: (place) => eots.raiseFloor(place),
  };
}
