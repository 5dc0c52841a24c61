/**
 * What makes up a signature's domain (consensus specification, compute_domain): its type, and the fork and chain that a request
 * names. The same message never signs the same root on another network, fork or duty.
 * @module
 */
import { malformed, readBytes, readObject, readUint } from "./read-json.ts";
import { BEACON_ATTESTER, BEACON_PROPOSER } from "./signing-root.ts";
import type { GenesisValidatorsRoot } from "../../domain/kinds.ts";

/** 4-byte domain types; the name of each is that of the consensus and builder specifications. */
export const DOMAIN = {
  beaconProposer: BEACON_PROPOSER,
  beaconAttester: BEACON_ATTESTER,
  randao: Uint8Array.of(2, 0, 0, 0),
  deposit: Uint8Array.of(3, 0, 0, 0),
  voluntaryExit: Uint8Array.of(4, 0, 0, 0),
  selectionProof: Uint8Array.of(5, 0, 0, 0),
  aggregateAndProof: Uint8Array.of(6, 0, 0, 0),
  syncCommittee: Uint8Array.of(7, 0, 0, 0),
  syncCommitteeSelectionProof: Uint8Array.of(8, 0, 0, 0),
  contributionAndProof: Uint8Array.of(9, 0, 0, 0),
  blsToExecutionChange: Uint8Array.of(10, 0, 0, 0),
  beaconBuilder: Uint8Array.of(11, 0, 0, 0),
  payloadTimelinessAttester: Uint8Array.of(12, 0, 0, 0),
  proposerPreferences: Uint8Array.of(13, 0, 0, 0),
  inclusionListCommittee: Uint8Array.of(16, 0, 0, 0),
  applicationBuilder: Uint8Array.of(0, 0, 0, 1),
  builderRequestAuth: Uint8Array.of(11, 0, 0, 1),
} as const;

/** What builder and deposit domains take for the genesis validators root. */
export const ZERO_ROOT = new Uint8Array(32);

/** `fork_info` of a signing request. */
export interface ForkInfo {
  /** 4 bytes. */
  readonly previousVersion: Uint8Array;
  /** 4 bytes. */
  readonly currentVersion: Uint8Array;
  readonly epoch: bigint;
  /** 32 bytes. */
  readonly genesisValidatorsRoot: GenesisValidatorsRoot;
}

/** @throws SignerError `request.malformed` */
export function readForkInfo(json: unknown, pointer: string): ForkInfo {
  if (json === undefined || json === null) {
    throw malformed(pointer, "is missing: this duty's domain needs fork and genesis_validators_root");
  }
  const info = readObject(json, pointer);
  const fork = readObject(info["fork"], `${pointer}/fork`);
  return {
    previousVersion: readBytes(fork["previous_version"], `${pointer}/fork/previous_version`, 4),
    currentVersion: readBytes(fork["current_version"], `${pointer}/fork/current_version`, 4),
    epoch: readUint(fork["epoch"], `${pointer}/fork/epoch`),
    genesisValidatorsRoot: readBytes(
      info["genesis_validators_root"],
      `${pointer}/genesis_validators_root`,
      32,
    ),
  };
}

/**
 * The fork version at `epoch`. `fork.epoch` is not compared with a fork schedule: some clients send the epoch of the
 * slot that is signed, and this rule still gives the right version.
 */
export function versionAt(fork: ForkInfo, epoch: bigint): Uint8Array {
  return epoch < fork.epoch ? fork.previousVersion : fork.currentVersion;
}
