/** The duties that can be slashed: block proposals and attestations. Both carry a claim for the double-sign guard. */
import { ssz } from "@lodestar/types";
import { toHex } from "../../domain/bytes.ts";
import { DOMAIN } from "./domain.ts";
import { exactType, type SszType } from "./exact-types.ts";
import { CONSENSUS, epochOf, readVersion, type DutyKind, type DutyKinds, type Message } from "./message.ts";
import type { ValidatorNetwork } from "./networks.ts";
import { readGuarded, readObject, readUint, readValue } from "./read-json.ts";

/** Forks whose blocks may be sent whole; later ones send the header, whose root is the block's. */
const FULL_BLOCKS: ReadonlyMap<string, SszType> = new Map<string, SszType>([
  ["PHASE0", ssz.phase0.BeaconBlock],
  ["ALTAIR", ssz.altair.BeaconBlock],
]);

const BLOCK: DutyKind = {
  payload: "block",
  effect: CONSENSUS,
  read: (payload, pointer, network) => readBlock(ssz.phase0.BeaconBlock, payload, pointer, network, "PHASE0"),
};

/** A header is the same in every fork, and says all that is signed and guarded: its version needs not be a known one. */
const BLOCK_V2: DutyKind = {
  payload: "beacon_block",
  effect: CONSENSUS,
  read(payload, pointer, network) {
    const version = readVersion(payload, pointer);
    const header = payload["block_header"];
    const full = version === undefined ? undefined : FULL_BLOCKS.get(version);
    if (full !== undefined && (header === undefined || header === null)) {
      return readBlock(full, payload["block"], `${pointer}/block`, network, version);
    }
    return readBlock(ssz.phase0.BeaconBlockHeader, header, `${pointer}/block_header`, network, version);
  },
};

const ATTESTATION: DutyKind = {
  payload: "attestation",
  effect: CONSENSUS,
  read(payload, pointer) {
    const source = readObject(payload["source"], `${pointer}/source`);
    const target = readObject(payload["target"], `${pointer}/target`);
    const sourceEpoch = readGuarded(source["epoch"], `${pointer}/source/epoch`);
    const targetEpoch = readGuarded(target["epoch"], `${pointer}/target/epoch`);
    const type = exactType(ssz.phase0.AttestationData);
    return {
      objectRoot: type.hashTreeRoot(readValue(type, payload, pointer)),
      domainType: DOMAIN.beaconAttester,
      domain: { rule: "fork", epoch: targetEpoch },
      facts: {
        slot: String(readUint(payload["slot"], `${pointer}/slot`)),
        sourceEpoch: String(sourceEpoch),
        targetEpoch: String(targetEpoch),
      },
      claim: { kind: "eip3076.attestation", sourceEpoch, targetEpoch },
    };
  },
};

export const BLOCK_DUTIES: DutyKinds = new Map([
  ["BLOCK", BLOCK],
  ["BLOCK_V2", BLOCK_V2],
  ["ATTESTATION", ATTESTATION],
]);

function readBlock(
  container: SszType,
  json: unknown,
  pointer: string,
  network: ValidatorNetwork,
  fork: string | undefined,
): Message {
  const block = readObject(json, pointer);
  const slot = readGuarded(block["slot"], `${pointer}/slot`);
  const type = exactType(container, network.preset);
  const objectRoot = type.hashTreeRoot(readValue(type, block, pointer));
  return {
    objectRoot,
    domainType: DOMAIN.beaconProposer,
    domain: { rule: "fork", epoch: epochOf(slot, network) },
    facts: {
      ...(fork === undefined ? {} : { fork }),
      slot: String(slot),
      proposerIndex: String(readUint(block["proposer_index"], `${pointer}/proposer_index`)),
      blockRoot: toHex(objectRoot),
    },
    claim: { kind: "eip3076.block", slot },
  };
}
