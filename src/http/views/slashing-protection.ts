/** The guard of validator keys as the API shows it: slots and epochs in decimal. */
import { toHex } from "../../domain/bytes.ts";
import type { Json } from "../../domain/canonical.ts";
import type { GuardedKey } from "../../domain/guard.ts";
import type { Bound } from "../../administration/slashing-bounds.ts";
import type { SlashingStatus } from "../../administration/slashing-history.ts";

export function slashingStatusJson(status: SlashingStatus): Json {
  const { genesisValidatorsRoot: root } = status;
  return {
    genesisValidatorsRoot: root === null ? null : toHex(root),
    mode: status.mode,
    unknownHistory: status.unknownHistory,
    floorSlot: decimal(status.floorSlot),
    floorEpoch: decimal(status.floorEpoch),
    stopSlot: decimal(status.slotBound),
    stopEpoch: decimal(status.epochBound),
    keys: status.keys,
    disabledKeys: status.disabledKeys,
    keysWithHistory: status.keysWithHistory,
  };
}

export function slashingKeyJson(key: GuardedKey): Json {
  return {
    publicKey: key.publicKey,
    enabled: key.enabled,
    hasHistory: key.known,
    lowSlot: decimal(key.lowSlot),
    lowSourceEpoch: decimal(key.lowSourceEpoch),
    lowTargetEpoch: decimal(key.lowTargetEpoch),
    stopSlot: decimal(key.slotBound),
    stopEpoch: decimal(key.epochBound),
  };
}

/** The bound as Web3Signer's clients read it; empty without one. */
export function highWatermarkJson({ slot, epoch }: Bound): Record<string, string> {
  return {
    ...(epoch === null ? {} : { epoch: String(epoch) }),
    ...(slot === null ? {} : { slot: String(slot) }),
  };
}

function decimal(value: bigint | null): string | null {
  return value === null ? null : String(value);
}
