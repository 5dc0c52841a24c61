/**
 * Signature domains (consensus specification, compute_domain and compute_signing_root): the same message never signs
 * the same root on another network, fork or duty.
 * @module
 */
import { ssz } from "@lodestar/types";
import { concat } from "../../domain/bytes.ts";
import { malformed, readBytes, readObject, readUint } from "./read-json.ts";
import type { GenesisValidatorsRoot } from "../../domain/kinds.ts";

/** 4-byte domain types; the name of each is that of the consensus and builder specifications. */
export const DOMAIN = {
  beaconProposer: Uint8Array.of(0, 0, 0, 0),
  beaconAttester: Uint8Array.of(1, 0, 0, 0),
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

/** 32 bytes: the domain type, then the first 28 bytes of the ForkData root. */
export function computeDomain(
  domainType: Uint8Array,
  forkVersion: Uint8Array,
  genesisValidatorsRoot: GenesisValidatorsRoot,
): Uint8Array {
  const forkData = ssz.phase0.ForkData.hashTreeRoot({ currentVersion: forkVersion, genesisValidatorsRoot });
  return concat(domainType, forkData.subarray(0, 28));
}

/** hash_tree_root(SigningData): the 32 bytes that are signed. */
export function computeSigningRoot(objectRoot: Uint8Array, domain: Uint8Array): Uint8Array {
  return new Uint8Array(ssz.phase0.SigningData.hashTreeRoot({ objectRoot, domain }));
}
