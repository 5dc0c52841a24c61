/** Rows of the guard of validators and what they are outside of this folder. Asked for every duty: no JSON, no search. */
import {
  HISTORY_MODES,
  UNKNOWN_HISTORIES,
  type AttestationRecord,
  type BlockRecord,
  type GuardedChain,
  type ValidatorHistory,
} from "../domain/guard.ts";
import { SigningRoot } from "../domain/signing-root.ts";
import { storedWord } from "../domain/stored.ts";
import type { SigningRootBytes } from "../domain/kinds.ts";

export type ChainRow = Omit<GuardedChain, "mode" | "unknownHistory"> & {
  readonly mode: string;
  readonly unknownHistory: string;
};

export const CHAIN_COLUMNS = `genesis_validators_root AS genesisValidatorsRoot, mode, unknown_history AS unknownHistory,
  floor_slot AS floorSlot, floor_epoch AS floorEpoch, stop_slot AS slotBound, stop_epoch AS epochBound, network`;

const MODE = { table: "slashing_chain", id: "1", member: "mode" };
const UNKNOWN_HISTORY = { table: "slashing_chain", id: "1", member: "unknown_history" };

export function chainOf(row: ChainRow): GuardedChain {
  const { genesisValidatorsRoot: root } = row;
  return {
    ...row,
    genesisValidatorsRoot: root === null ? null : new Uint8Array(root),
    mode: storedWord(HISTORY_MODES, row.mode, MODE),
    unknownHistory: storedWord(UNKNOWN_HISTORIES, row.unknownHistory, UNKNOWN_HISTORY),
  };
}

/** `enabled` and `known`: 0n or 1n. */
export type ValidatorRow = Omit<ValidatorHistory, "frozen" | "known"> & {
  readonly enabled: bigint;
  readonly known: bigint;
};

export const VALIDATOR_COLUMNS = `id, public_key AS publicKey, low_slot AS lowSlot, low_source AS lowSource,
  low_target AS lowTarget, enabled, stop_slot AS slotBound, stop_epoch AS epochBound, known`;

export function validatorOf({ enabled, known, ...row }: ValidatorRow): ValidatorHistory {
  // Whatever is not known to be free is frozen.
  return { ...row, publicKey: new Uint8Array(row.publicKey), frozen: enabled !== 1n, known: known === 1n };
}

/** `signingRoot`: 32 bytes, or none of them where the root is unknown. */
export type BlockRow = Omit<BlockRecord, "signingRoot"> & { readonly signingRoot: SigningRootBytes };

export function blockOf({ slot, signingRoot }: BlockRow): BlockRecord {
  return { slot, signingRoot: new SigningRoot(new Uint8Array(signingRoot)) };
}

export type AttestationRow = Omit<AttestationRecord, "signingRoot"> & {
  readonly signingRoot: SigningRootBytes;
};

export function attestationOf({ source, target, signingRoot }: AttestationRow): AttestationRecord {
  return { source, target, signingRoot: new SigningRoot(new Uint8Array(signingRoot)) };
}
