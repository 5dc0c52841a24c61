/** What finality providers' keys signed, and their floors, as the API shows them: heights in decimal. */
import type { Json } from "../../domain/canonical.ts";
import type { EotsFloor, EotsKey } from "../../administration/eots-history.ts";

export function eotsKeyJson({ publicKey, enabled, requiresFloor, chains }: EotsKey): Json {
  return {
    publicKey,
    enabled,
    requiresFloor,
    chains: chains.map(({ chainId, lowest, highest, floor }) => ({
      chainId,
      lowest: decimal(lowest),
      highest: decimal(highest),
      floor: decimal(floor),
    })),
  };
}

export function eotsFloorJson({ publicKey, chainId, floor }: EotsFloor): Json {
  return { publicKey, chainId, floor: String(floor) };
}

function decimal(height: bigint | null): string | null {
  return height === null ? null : String(height);
}
