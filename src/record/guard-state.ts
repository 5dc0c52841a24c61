/** What the guards know of a key, and what an operator sets around them: plain data that travels between threads. */
import type { HistoryMode, UnknownHistory } from "../domain/guard.ts";
import type { EotsTrack } from "../domain/eots.ts";
import type { KeyId } from "../domain/kinds.ts";

/** What an operator may set; members that are left out stay. */
export interface SlashingSettings {
  /** `minimal` keeps watermarks alone. Going there raises each key's to the highest that it signed. */
  readonly mode?: HistoryMode;
  /** What a key without any history may do; `floor` needs both floors. */
  readonly unknownHistory?: UnknownHistory;
  readonly floorSlot?: bigint | null;
  readonly floorEpoch?: bigint | null;
  /** Nothing at or above is signed; null lifts the bound. */
  readonly slotBound?: bigint | null;
  readonly epochBound?: bigint | null;
}

/** Members that are left out stay as they are. */
export interface Bounds {
  /** Nothing at or above is signed; null lifts the bound. */
  readonly slot?: bigint | null;
  readonly epoch?: bigint | null;
}

/** One key on one chain. Heights are null without records, or without a floor. */
export interface EotsChainState {
  readonly chainId: Uint8Array;
  /** Null where nobody asked for it: counting reads every record. */
  readonly records: number | null;
  readonly lowest: bigint | null;
  readonly highest: bigint | null;
  readonly floor: bigint | null;
}

/** One key that the guard knows. */
export interface EotsKeyState {
  /** 64 hex digits. */
  readonly publicKey: string;
  readonly enabled: boolean;
  readonly requiresFloor: boolean;
  readonly chains: readonly EotsChainState[];
}

/** A height up to which a chain may have signatures that nobody has a record of. */
export interface StatedFloor {
  readonly chainId: Uint8Array;
  readonly height: bigint;
}

export interface EotsRestored {
  readonly keyId: KeyId;
  /** The key was here already; its id and state stay. */
  readonly existed: boolean;
  /** False: the guard refused this key here before the restore, and still does. */
  readonly enabled: boolean;
  /** The floors afterwards, of every chain that was named. */
  readonly floors: readonly StatedFloor[];
}

/** How far a step of pruning came: go on from `after` until `done`. */
export interface EotsPruneStep {
  readonly deleted: number;
  readonly after: EotsTrack | null;
  readonly done: boolean;
}
