/** What a data directory already knows of validator keys, read from its file; a service may be running on it. */
import type { PrincipalIndex } from "../../access/principals.ts";
import type { Directory } from "../../directory/directory.ts";
import { loadDirectory } from "../../directory/load.ts";
import { toHex } from "../../domain/bytes.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import { DirectoryTable } from "../../ledger/tables/directory.ts";
import type { GuardedChain } from "../../domain/guard.ts";
import { SlashingTable } from "../../ledger/tables/slashing.ts";
import { readLedger } from "../data-directory.ts";

/** What the guard knows of one public key, whichever namespaces hold it. */
export interface KnownPublicKey {
  /** The public key signs no duty, in any namespace. */
  readonly frozen: boolean;
  /** Whether its history is known, be it empty. */
  readonly hasHistory: boolean;
  /** Highest that is certainly refused; null while nothing of the kind is known. */
  readonly lowSlot: bigint | null;
  readonly lowTargetEpoch: bigint | null;
}

export interface KnownKeys {
  readonly directory: Directory;
  readonly principals: PrincipalIndex;
  readonly chain: GuardedChain;
  /** By public key in 0x-hex. */
  readonly publicKeys: ReadonlyMap<string, KnownPublicKey>;
}

/**
 * `new`: not here; `duplicate`: signs here; `stopped`: was deleted or disabled here, or its history was exported and the
 * public key frozen, so that it may sign elsewhere now. Scripts read these words in the JSON output.
 */
export type Presence = "new" | "duplicate" | "stopped";

export function readKnownKeys(dataDirectory: string): KnownKeys {
  const database = readLedger(dataDirectory);
  try {
    const slashing = new SlashingTable(database);
    const publicKeys = new Map<string, KnownPublicKey>();
    for (const row of slashing.validators()) {
      publicKeys.set(toHex(row.publicKey), {
        frozen: row.frozen,
        hasHistory: row.known,
        lowSlot: row.lowSlot,
        lowTargetEpoch: row.lowTarget,
      });
    }
    const { directory, principals } = loadDirectory(new DirectoryTable(database).everything());
    return { directory, principals, chain: slashing.chain(), publicKeys };
  } finally {
    database.close();
  }
}

/** @param key the key's record in the namespace, if it has one */
export function presenceOf(key: KeyRecord | undefined, known: KnownPublicKey | undefined): Presence {
  if ((key !== undefined && key.state !== "active") || known?.frozen === true) return "stopped";
  return key === undefined ? "new" : "duplicate";
}
