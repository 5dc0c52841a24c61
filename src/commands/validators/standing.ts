/** What a data directory already knows of validator keys, read from its file; a service may be running on it. */
import { toHex } from "../../domain/bytes.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import { DirectoryTable } from "../../ledger/tables/directory.ts";
import { SlashingTable, type SlashingChainRow } from "../../ledger/tables/slashing.ts";
import type { Directory } from "../../directory/directory.ts";
import { loadDirectory } from "../../directory/load.ts";
import { readLedger } from "../data-directory.ts";

/** Slashing protection's word on one key, in every namespace. */
export interface Protection {
  readonly enabled: boolean;
  /** Whether its history is known, be it empty. */
  readonly known: boolean;
  /** Highest that is certainly refused; null while nothing of the kind is known. */
  readonly lowSlot: bigint | null;
  readonly lowTargetEpoch: bigint | null;
}

export interface Standing {
  readonly directory: Directory;
  readonly chain: SlashingChainRow;
  /** By public key in 0x-hex. */
  readonly protection: ReadonlyMap<string, Protection>;
}

/**
 * `new`: not here; `duplicate`: signs here; `stopped`: was deleted or disabled here, or its history was exported
 * with the keys disabled, so that it may sign elsewhere now.
 */
export type KeyStanding = "new" | "duplicate" | "stopped";

export function readStanding(dataDirectory: string): Standing {
  const database = readLedger(dataDirectory);
  try {
    const slashing = new SlashingTable(database);
    const protection = new Map<string, Protection>();
    for (const row of slashing.validators()) {
      protection.set(toHex(row.public_key), {
        enabled: row.enabled === 1n,
        known: row.known === 1n,
        lowSlot: row.low_slot,
        lowTargetEpoch: row.low_target,
      });
    }
    const { directory } = loadDirectory(new DirectoryTable(database).everything());
    return { directory, chain: slashing.chain(), protection };
  } finally {
    database.close();
  }
}

/** @param key the key's record in the namespace, if it has one */
export function standingOf(key: KeyRecord | undefined, protection: Protection | undefined): KeyStanding {
  if ((key !== undefined && key.state !== "active") || protection?.enabled === false) return "stopped";
  return key === undefined ? "new" : "duplicate";
}
