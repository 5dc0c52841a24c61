/** Payloads of BLS keys, made byte by byte: what an adapter would give for a vote, a block or another duty. */
import type { SigningPayload } from "../../../src/chains/adapter.ts";
import type { DutyClaim } from "../../../src/domain/guard.ts";

export type BlsPayload = Extract<SigningPayload, { scheme: "bls" }>;

const FORK_VERSION = Uint8Array.of(6, 0, 0, 0);

/** 128 bytes: SSZ of AttestationData, whose slot, index and roots of checkpoints are zero. */
export function attestationData(source: bigint, target: bigint, blockRoot: Uint8Array): Uint8Array {
  const data = new Uint8Array(128);
  data.set(blockRoot, 16);
  const view = new DataView(data.buffer);
  view.setBigUint64(48, source, true);
  view.setBigUint64(88, target, true);
  return data;
}

/** 112 bytes: SSZ of BeaconBlockHeader, of proposer 0. */
export function blockHeader(slot: bigint, bodyRoot: Uint8Array): Uint8Array {
  const header = new Uint8Array(112);
  new DataView(header.buffer).setBigUint64(0, slot, true);
  header.set(bodyRoot, 80);
  return header;
}

/** A duty with the numbers of `claim`; its root takes the place of what is voted for or proposed. */
export function payloadOf(claim: DutyClaim): BlsPayload {
  const { publicKey, genesisValidatorsRoot } = claim;
  const fork = { forkVersion: FORK_VERSION, genesisValidatorsRoot };
  if (claim.kind === "eip3076.block") {
    const header = blockHeader(claim.slot, claim.signingRoot);
    return { scheme: "bls", publicKey, duty: { kind: "block", header, ...fork } };
  }
  const data = attestationData(claim.sourceEpoch, claim.targetEpoch, claim.signingRoot);
  return { scheme: "bls", publicKey, duty: { kind: "attestation", data, ...fork } };
}

/** Nothing that a guard judges: 32 bytes under the domain of Commit-Boost. */
export function unguarded(publicKey: Uint8Array, objectRoot: Uint8Array): BlsPayload {
  const domain = new Uint8Array(32);
  domain.set([0x6d, 0x6d, 0x6f, 0x43]);
  return { scheme: "bls", publicKey, duty: { kind: "other", objectRoot, domain } };
}
