/** The containers of the consensus specifications over merkle.ts, and the signing root of each duty by the formula. */
import {
  bitList,
  boolean,
  byteList,
  bytes,
  container,
  hashPair,
  list,
  merkleize,
  progressiveBitList,
  progressiveByteList,
  progressiveContainer,
  progressiveList,
  uint256,
  uint64,
  type Root,
  type Rooter,
} from "./merkle.ts";
import type { DutyBody } from "./duties.ts";

const checkpoint = container([
  ["epoch", uint64],
  ["root", bytes],
]);
const attestationData = container([
  ["slot", uint64],
  ["index", uint64],
  ["beacon_block_root", bytes],
  ["source", checkpoint],
  ["target", checkpoint],
]);
const attestation = container([
  ["aggregation_bits", bitList(2048)],
  ["data", attestationData],
  ["signature", bytes],
]);
const attestationElectra = container([
  ["aggregation_bits", bitList(131_072)],
  ["data", attestationData],
  ["signature", bytes],
  ["committee_bits", bytes],
]);
const attestationGloas = progressiveContainer([
  ["aggregation_bits", progressiveBitList],
  ["data", attestationData],
  ["signature", bytes],
  ["committee_bits", bytes],
]);
const aggregateAndProof = (aggregate: Rooter) =>
  container([
    ["aggregator_index", uint64],
    ["aggregate", aggregate],
    ["selection_proof", bytes],
  ]);
const header = container([
  ["slot", uint64],
  ["proposer_index", uint64],
  ["parent_root", bytes],
  ["state_root", bytes],
  ["body_root", bytes],
]);
const eth1Data = container([
  ["deposit_root", bytes],
  ["deposit_count", uint64],
  ["block_hash", bytes],
]);
const exit = container([
  ["epoch", uint64],
  ["validator_index", uint64],
]);
const signedExit = container([
  ["message", exit],
  ["signature", bytes],
]);
/** Operations that no sample holds. */
const absent: Rooter = () => {
  throw new Error("the samples have none of these");
};
const phase0Body = [
  ["randao_reveal", bytes],
  ["eth1_data", eth1Data],
  ["graffiti", bytes],
  ["proposer_slashings", list(absent, 16)],
  ["attester_slashings", list(absent, 2)],
  ["attestations", list(attestation, 128)],
  ["deposits", list(absent, 16)],
  ["voluntary_exits", list(signedExit, 16)],
] as const;
const syncAggregate = container([
  ["sync_committee_bits", bytes],
  ["sync_committee_signature", bytes],
]);
const block = (body: Rooter) =>
  container([
    ["slot", uint64],
    ["proposer_index", uint64],
    ["parent_root", bytes],
    ["state_root", bytes],
    ["body", body],
  ]);
const blocks: Readonly<Record<string, Rooter>> = {
  PHASE0: block(container(phase0Body)),
  ALTAIR: block(container([...phase0Body, ["sync_aggregate", syncAggregate]])),
};
const contributionAndProof = container([
  ["aggregator_index", uint64],
  [
    "contribution",
    container([
      ["slot", uint64],
      ["beacon_block_root", bytes],
      ["subcommittee_index", uint64],
      ["aggregation_bits", bytes],
      ["signature", bytes],
    ]),
  ],
  ["selection_proof", bytes],
]);
const withdrawal = container([
  ["index", uint64],
  ["validator_index", uint64],
  ["address", bytes],
  ["amount", uint64],
]);
const payload = progressiveContainer([
  ["parent_hash", bytes],
  ["fee_recipient", bytes],
  ["state_root", bytes],
  ["receipts_root", bytes],
  ["logs_bloom", bytes],
  ["prev_randao", bytes],
  ["block_number", uint64],
  ["gas_limit", uint64],
  ["gas_used", uint64],
  ["timestamp", uint64],
  ["extra_data", byteList(32)],
  ["base_fee_per_gas", uint256],
  ["block_hash", bytes],
  ["transactions", progressiveList(progressiveByteList)],
  ["withdrawals", progressiveList(withdrawal)],
  ["blob_gas_used", uint64],
  ["excess_blob_gas", uint64],
  ["block_access_list", progressiveByteList],
  ["slot_number", uint64],
]);
const withdrawalRequest = container([
  ["source_address", bytes],
  ["validator_pubkey", bytes],
  ["amount", uint64],
]);
const executionRequests = progressiveContainer([
  ["deposits", progressiveList(absent)],
  ["withdrawals", progressiveList(withdrawalRequest)],
  ["consolidations", progressiveList(absent)],
  ["builder_deposits", progressiveList(absent)],
  ["builder_exits", progressiveList(absent)],
]);
const payloadEnvelope = progressiveContainer([
  ["payload", payload],
  ["execution_requests", executionRequests],
  ["builder_index", uint64],
  ["beacon_block_root", bytes],
  ["parent_beacon_block_root", bytes],
]);
const BID = [
  ["parent_block_hash", bytes],
  ["parent_block_root", bytes],
  ["block_hash", bytes],
  ["prev_randao", bytes],
  ["fee_recipient", bytes],
  ["gas_limit", uint64],
  ["builder_index", uint64],
  ["slot", uint64],
  ["value", uint64],
  ["execution_payment", uint64],
  ["blob_kzg_commitments", progressiveList(bytes)],
  ["execution_requests_root", bytes],
] as const;
const bidGloas = progressiveContainer(BID);
const bidHeze = progressiveContainer([...BID, ["inclusion_list_bits", bytes]]);
const payloadAttestation = container([
  ["beacon_block_root", bytes],
  ["slot", uint64],
  ["payload_present", boolean],
  ["blob_data_available", boolean],
]);
const proposerPreferences = container([
  ["dependent_root", bytes],
  ["proposal_slot", uint64],
  ["validator_index", uint64],
  ["fee_recipient", bytes],
  ["target_gas_limit", uint64],
]);

const requestAuth = container([
  ["data", byteList(4096)],
  ["slot", uint64],
]);

const AGGREGATES: Readonly<Record<string, Rooter>> = {
  ELECTRA: attestationElectra,
  FULU: attestationElectra,
  GLOAS: attestationGloas,
  HEZE: attestationGloas,
};

/** The container by the version; without one, Electra's where there are committee_bits. */
function aggregateOf(proof: any): Root {
  const { version, data = proof } = proof;
  const bare = data.aggregate.committee_bits === undefined ? attestation : attestationElectra;
  return aggregateAndProof(version === undefined ? bare : (AGGREGATES[version.toUpperCase()] ?? attestation))(
    data,
  );
}

/** Object root, domain type, and the epoch that selects the version: null for domains over the genesis version. */
type Rule = (body: DutyBody) => readonly [object: Root, domainType: string, epoch: bigint | null];

const epochOf = (slot: string) => BigInt(slot) / 32n;
const inner = (wrapped: any) => wrapped.data ?? wrapped;

const RULES: Readonly<Record<string, Rule>> = {
  BLOCK: ({ block: body }) => [blocks["PHASE0"]?.(body) ?? absent(body), "00000000", epochOf(body.slot)],
  BLOCK_V2: ({ beacon_block: { version, block: full, block_header: short } }) =>
    full === undefined
      ? [header(short), "00000000", epochOf(short.slot)]
      : [blocks[version]?.(full) ?? absent(full), "00000000", epochOf(full.slot)],
  ATTESTATION: ({ attestation: vote }) => [attestationData(vote), "01000000", BigInt(vote.target.epoch)],
  AGGREGATION_SLOT: ({ aggregation_slot: { slot } }) => [uint64(slot), "05000000", epochOf(slot)],
  AGGREGATE_AND_PROOF: ({ aggregate_and_proof: proof }) => [
    aggregateOf(proof),
    "06000000",
    epochOf(inner(proof).aggregate.data.slot),
  ],
  AGGREGATE_AND_PROOF_V2: ({ aggregate_and_proof: proof }) => [
    aggregateOf(proof),
    "06000000",
    epochOf(inner(proof).aggregate.data.slot),
  ],
  RANDAO_REVEAL: ({ randao_reveal: { epoch } }) => [uint64(epoch), "02000000", BigInt(epoch)],
  SYNC_COMMITTEE_MESSAGE: ({ sync_committee_message: message }) => [
    bytes(message.beacon_block_root),
    "07000000",
    epochOf(message.slot),
  ],
  SYNC_COMMITTEE_SELECTION_PROOF: ({ sync_aggregator_selection_data: selection }) => [
    container([
      ["slot", uint64],
      ["subcommittee_index", uint64],
    ])(selection),
    "08000000",
    epochOf(selection.slot),
  ],
  SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF: ({ contribution_and_proof: proof }) => [
    contributionAndProof(proof),
    "09000000",
    epochOf(proof.contribution.slot),
  ],
  EXECUTION_PAYLOAD_BID: ({ execution_payload_bid: bid }) => [
    (bid.version === "HEZE" ? bidHeze : bidGloas)(bid.data),
    "0b000000",
    epochOf(bid.data.slot),
  ],
  EXECUTION_PAYLOAD_ENVELOPE: ({ execution_payload_envelope: envelope }) => [
    payloadEnvelope(inner(envelope)),
    "0b000000",
    epochOf(inner(envelope).payload.slot_number),
  ],
  PAYLOAD_ATTESTATION_MESSAGE: ({ payload_attestation_message: message }) => [
    payloadAttestation(inner(message)),
    "0c000000",
    epochOf(inner(message).slot),
  ],
  PAYLOAD_ATTESTATION: ({
    payload_attestation,
    payload_attestation_data: attested = payload_attestation,
  }) => [payloadAttestation(inner(attested)), "0c000000", epochOf(inner(attested).slot)],
  PROPOSER_PREFERENCES: ({ proposer_preferences: preferences }) => [
    proposerPreferences(inner(preferences)),
    "0d000000",
    epochOf(inner(preferences).proposal_slot),
  ],
  INCLUSION_LIST: ({ inclusion_list: inclusions }) => [
    container([
      ["slot", uint64],
      ["validator_index", uint64],
      ["dependent_root", bytes],
      ["transactions", progressiveList(progressiveByteList)],
    ])(inclusions),
    "10000000",
    epochOf(inclusions.slot),
  ],
  DEPOSIT: ({ deposit }) => [
    container([
      ["pubkey", bytes],
      ["withdrawal_credentials", bytes],
      ["amount", uint64],
    ])(deposit),
    "03000000",
    null,
  ],
  VALIDATOR_REGISTRATION: ({ validator_registration: registration }) => [
    container([
      ["fee_recipient", bytes],
      ["gas_limit", uint64],
      ["timestamp", uint64],
      ["pubkey", bytes],
    ])(registration),
    "00000001",
    null,
  ],
  BUILDER_REQUEST_AUTH: ({ builder_request_auth: { data } }) => [requestAuth(data), "0b000001", null],
  REQUEST_AUTH: ({ request_auth: request }) => [requestAuth(request), "0b000001", null],
};

const hex = (text: string) => Buffer.from(text.replace(/^0x/, ""), "hex");
const version = (text: string) => Buffer.concat([hex(text), Buffer.alloc(28)]);

/** hash_tree_root(SigningData) of an object root. */
export function signingRoot(
  object: Root,
  domainType: string,
  forkVersion: string,
  genesisRoot: string,
): Root {
  const forkData = hashPair(version(forkVersion), hex(genesisRoot));
  return merkleize([object, Buffer.concat([hex(domainType), forkData.subarray(0, 28)])]);
}

const NO_ROOT = `0x${"00".repeat(32)}`;
export const exitObject = exit;

/** The signing root of `body` for a key of mainnet. */
export function expectedRoot(body: DutyBody): Root {
  if (body["type"] === "VOLUNTARY_EXIT") {
    const root = body["fork_info"].genesis_validators_root;
    return signingRoot(exit(body["voluntary_exit"]), "04000000", "0x03000000", root);
  }
  if (body["type"] === "BLS_TO_EXECUTION_CHANGE") {
    const change = container([
      ["validator_index", uint64],
      ["from_bls_pubkey", bytes],
      ["to_execution_address", bytes],
    ])(body["BLS_TO_EXECUTION_CHANGE"]);
    return signingRoot(change, "0a000000", "0x00000000", body["fork_info"].genesis_validators_root);
  }
  const rule = RULES[body["type"]];
  if (rule === undefined) throw new RangeError(`no rule for ${body["type"]}`);
  const [object, domainType, epoch] = rule(body);
  if (epoch === null) return signingRoot(object, domainType, "0x00000000", NO_ROOT);
  const { fork, genesis_validators_root: root } = body["fork_info"];
  const current = epoch < BigInt(fork.epoch) ? fork.previous_version : fork.current_version;
  return signingRoot(object, domainType, current, root);
}
