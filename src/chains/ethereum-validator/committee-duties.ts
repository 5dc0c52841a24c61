/** Duties of committees and aggregators, and the proposer's randomness: nothing here can be slashed. */
import { ssz } from "@lodestar/types";
import { toHex } from "../../domain/bytes.ts";
import { DOMAIN } from "./domain.ts";
import { exactType, type SszType } from "./exact-types.ts";
import {
  CONSENSUS,
  epochOf,
  readVersion,
  type DutyKind,
  type DutyKinds,
  type OtherMessage,
} from "./message.ts";
import type { ValidatorNetwork } from "./networks.ts";
import { malformed, readBytes, readObject, readUint, readValue, type JsonObject } from "./read-json.ts";

/** Attestations have committee_bits since Electra; Gloas and Heze have the same members under another root. */
const AGGREGATES: ReadonlyMap<string, SszType> = new Map<string, SszType>([
  ["PHASE0", ssz.phase0.AggregateAndProof],
  ["ALTAIR", ssz.phase0.AggregateAndProof],
  ["BELLATRIX", ssz.phase0.AggregateAndProof],
  ["CAPELLA", ssz.phase0.AggregateAndProof],
  ["DENEB", ssz.phase0.AggregateAndProof],
  ["ELECTRA", ssz.electra.AggregateAndProof],
  ["FULU", ssz.electra.AggregateAndProof],
  ["GLOAS", ssz.gloas.AggregateAndProof],
  ["HEZE", ssz.heze.AggregateAndProof],
]);

const AGGREGATION_SLOT: DutyKind = {
  payload: "aggregation_slot",
  effect: CONSENSUS,
  read(payload, pointer, network) {
    const slot = readUint(payload["slot"], `${pointer}/slot`);
    return {
      objectRoot: ssz.UintBn64.hashTreeRoot(slot),
      domainType: DOMAIN.selectionProof,
      domain: { rule: "fork", epoch: epochOf(slot, network) },
      facts: { slot: String(slot) },
    };
  },
};

const RANDAO_REVEAL: DutyKind = {
  payload: "randao_reveal",
  effect: CONSENSUS,
  read(payload, pointer) {
    const epoch = readUint(payload["epoch"], `${pointer}/epoch`);
    return {
      objectRoot: ssz.UintBn64.hashTreeRoot(epoch),
      domainType: DOMAIN.randao,
      domain: { rule: "fork", epoch },
      facts: { epoch: String(epoch) },
    };
  },
};

/** Both types: clients send `{version, data}` under the old one, and the bare payload of a new fork under either. */
const AGGREGATE_AND_PROOF: DutyKind = {
  payload: "aggregate_and_proof",
  effect: CONSENSUS,
  read(payload, pointer, network) {
    const version = readVersion(payload, pointer);
    if (version === undefined && payload["data"] === undefined) {
      return readUnversioned(payload, pointer, network);
    }
    const container = version === undefined ? undefined : AGGREGATES.get(version);
    if (version === undefined || container === undefined) {
      throw malformed(`${pointer}/version`, `must be one of ${[...AGGREGATES.keys()].join(", ")}`);
    }
    const data = readObject(payload["data"], `${pointer}/data`);
    const message = readAggregate(container, data, `${pointer}/data`, network);
    return { ...message, facts: { fork: version, ...message.facts } };
  },
};

const SYNC_COMMITTEE_MESSAGE: DutyKind = {
  payload: "sync_committee_message",
  effect: CONSENSUS,
  read(payload, pointer, network) {
    const slot = readUint(payload["slot"], `${pointer}/slot`);
    // The object is the block root itself: hash_tree_root of 32 bytes is those bytes.
    const objectRoot = readBytes(payload["beacon_block_root"], `${pointer}/beacon_block_root`, 32);
    return {
      objectRoot,
      domainType: DOMAIN.syncCommittee,
      domain: { rule: "fork", epoch: epochOf(slot, network) },
      facts: { slot: String(slot), blockRoot: toHex(objectRoot) },
    };
  },
};

const SYNC_COMMITTEE_SELECTION_PROOF: DutyKind = {
  payload: "sync_aggregator_selection_data",
  effect: CONSENSUS,
  read(payload, pointer, network) {
    const slot = readUint(payload["slot"], `${pointer}/slot`);
    const type = exactType(ssz.altair.SyncAggregatorSelectionData);
    return {
      objectRoot: type.hashTreeRoot(readValue(type, payload, pointer)),
      domainType: DOMAIN.syncCommitteeSelectionProof,
      domain: { rule: "fork", epoch: epochOf(slot, network) },
      facts: {
        slot: String(slot),
        subcommitteeIndex: String(readUint(payload["subcommittee_index"], `${pointer}/subcommittee_index`)),
      },
    };
  },
};

const SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF: DutyKind = {
  payload: "contribution_and_proof",
  effect: CONSENSUS,
  read(payload, pointer, network) {
    const contribution = readObject(payload["contribution"], `${pointer}/contribution`);
    const slot = readUint(contribution["slot"], `${pointer}/contribution/slot`);
    const type = exactType(ssz.altair.ContributionAndProof, network.preset);
    return {
      objectRoot: type.hashTreeRoot(readValue(type, payload, pointer)),
      domainType: DOMAIN.contributionAndProof,
      domain: { rule: "fork", epoch: epochOf(slot, network) },
      facts: {
        slot: String(slot),
        aggregatorIndex: String(readUint(payload["aggregator_index"], `${pointer}/aggregator_index`)),
      },
    };
  },
};

export const COMMITTEE_DUTIES: DutyKinds = new Map([
  ["AGGREGATION_SLOT", AGGREGATION_SLOT],
  ["AGGREGATE_AND_PROOF", AGGREGATE_AND_PROOF],
  ["AGGREGATE_AND_PROOF_V2", AGGREGATE_AND_PROOF],
  ["RANDAO_REVEAL", RANDAO_REVEAL],
  ["SYNC_COMMITTEE_MESSAGE", SYNC_COMMITTEE_MESSAGE],
  ["SYNC_COMMITTEE_SELECTION_PROOF", SYNC_COMMITTEE_SELECTION_PROOF],
  ["SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF", SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF],
]);

/** With committee_bits it is Electra's, unless the caller's signing root says that it is that of a later fork. */
function readUnversioned(data: JsonObject, pointer: string, network: ValidatorNetwork): OtherMessage {
  const aggregate = readObject(data["aggregate"], `${pointer}/aggregate`);
  if (!hasCommitteeBits(aggregate))
    return readAggregate(ssz.phase0.AggregateAndProof, data, pointer, network);
  return {
    ...readAggregate(ssz.electra.AggregateAndProof, data, pointer, network),
    otherObjectRoots: () => [readAggregate(ssz.gloas.AggregateAndProof, data, pointer, network).objectRoot],
  };
}

function hasCommitteeBits(aggregate: JsonObject): boolean {
  return aggregate["committee_bits"] !== undefined;
}

function readAggregate(
  container: SszType,
  payload: JsonObject,
  pointer: string,
  network: ValidatorNetwork,
): OtherMessage {
  const aggregate = readObject(payload["aggregate"], `${pointer}/aggregate`);
  if (container === ssz.phase0.AggregateAndProof && hasCommitteeBits(aggregate)) {
    throw malformed(
      `${pointer}/aggregate/committee_bits`,
      "belongs to ELECTRA and later: send that version, or the payload without one",
    );
  }
  const data = readObject(aggregate["data"], `${pointer}/aggregate/data`);
  const slot = readUint(data["slot"], `${pointer}/aggregate/data/slot`);
  const type = exactType(container, network.preset);
  return {
    objectRoot: type.hashTreeRoot(readValue(type, payload, pointer)),
    domainType: DOMAIN.aggregateAndProof,
    domain: { rule: "fork", epoch: epochOf(slot, network) },
    facts: {
      slot: String(slot),
      aggregatorIndex: String(readUint(payload["aggregator_index"], `${pointer}/aggregator_index`)),
    },
  };
}
