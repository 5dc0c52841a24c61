/**
 * For `claviger doctor`: StarkNet keys of account type argent that were derived with a seed of 32 bytes always. Ready leaves
 * leading zero bytes out, so one wallet in 256 has other keys there; only making the key again tells.
 */
import { DirectoryTable } from "../../ledger/tables/directory.ts";
import { SCHEMES } from "../../domain/keys.ts";
import { readLedger } from "../data-directory.ts";

const EARLIER = "starknet-argent-grind";
const LISTED_MAX = 20;

export interface SchemeFinding {
  readonly good: boolean;
  readonly detail: string;
  readonly fix: string;
}

/** What is known of them without a secret: which keys they are. */
export function starknetSchemes(dataDirectory: string): SchemeFinding {
  const database = readLedger(dataDirectory);
  try {
    const keys = new DirectoryTable(database).keysDerivedBy(EARLIER);
    const listed = keys
      .slice(0, LISTED_MAX)
      .map(({ id, walletId, path }) => `${id} (wallet ${walletId}, ${path})`);
    const more = keys.length > LISTED_MAX ? ` and ${keys.length - LISTED_MAX} more` : "";
    const scheme = SCHEMES[EARLIER];
    return {
      good: keys.length === 0,
      detail:
        keys.length === 0
          ? `no key of scheme ${scheme}`
          : `${keys.length} of scheme ${scheme}: ${listed.join(", ")}${more}`,
      fix:
        "ask for each again at its path, POST /v1/wallets/{walletId}/keys with chain starknet and accountType argent: 200 says " +
        "that Ready has the same key, and it is no longer listed; 201 is the key that Ready has, and this one stays as it is",
    };
  } finally {
    database.close();
  }
}
