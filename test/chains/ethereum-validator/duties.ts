/**
 * Signing requests as validator clients send them to POST /api/v1/eth2/sign/{key}: one for every duty type, and for
 * every fork where the fork changes it. Fresh objects on each call, since decoding remembers a body by its identity.
 * @module
 */
import { ssz } from "@lodestar/types";

export type DutyBody = Record<string, any>;

export interface DutySample {
  /** `TYPE`, or `TYPE FORK`, or `TYPE` and how it is sent. */
  readonly name: string;
  readonly type: string;
  /** A fresh copy of the body, without `signingRoot`. */
  body(): DutyBody;
  /** What the double-sign guard should be told of it. */
  readonly claim?:
    | { readonly kind: "eip3076.block"; readonly slot: bigint }
    | { readonly kind: "eip3076.attestation"; readonly sourceEpoch: bigint; readonly targetEpoch: bigint };
  /** Only members of group validator-exits may ask for it. */
  readonly irrevocable?: true;
}

/** `length` bytes that differ from those of every other seed, in 0x-hex. */
export function filler(length: number, seed: number): string {
  const bytes = Uint8Array.from({ length }, (_, index) => (index * 7 + seed * 31 + 1) & 0xff);
  return `0x${Buffer.from(bytes).toString("hex")}`;
}

export const MAINNET_GENESIS_ROOT = "0x4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95";

export function forkInfo(current = "0x06000000", previous = "0x05000000", epoch = "411392"): DutyBody {
  return {
    fork: { previous_version: previous, current_version: current, epoch },
    genesis_validators_root: MAINNET_GENESIS_ROOT,
  };
}

/** Slot 13164545 is in epoch 411392, where Fulu began on mainnet. */
export const SLOT = 13_164_545n;
const EPOCH = 411_392n;

export function attestationData(slot = SLOT, source = EPOCH - 1n, target = EPOCH): DutyBody {
  return {
    slot: String(slot),
    index: "0",
    beacon_block_root: filler(32, 1),
    source: { epoch: String(source), root: filler(32, 2) },
    target: { epoch: String(target), root: filler(32, 3) },
  };
}

export function blockHeader(slot = SLOT): DutyBody {
  return {
    slot: String(slot),
    proposer_index: "1234567",
    parent_root: filler(32, 4),
    state_root: filler(32, 5),
    body_root: filler(32, 6),
  };
}

const AGGREGATION_BITS = "0xa5c301";

function attestation(): DutyBody {
  return { aggregation_bits: AGGREGATION_BITS, data: attestationData(), signature: filler(96, 7) };
}

function phase0Body(): DutyBody {
  return {
    randao_reveal: filler(96, 8),
    eth1_data: { deposit_root: filler(32, 9), deposit_count: "987654", block_hash: filler(32, 10) },
    graffiti: filler(32, 11),
    proposer_slashings: [],
    attester_slashings: [],
    attestations: [attestation()],
    deposits: [],
    voluntary_exits: [{ message: { epoch: "5", validator_index: "77" }, signature: filler(96, 12) }],
  };
}

export function fullBlock(fork: "PHASE0" | "ALTAIR", slot: bigint): DutyBody {
  const { body_root: _, ...header } = blockHeader(slot);
  const sync = {
    sync_aggregate: { sync_committee_bits: filler(64, 13), sync_committee_signature: filler(96, 14) },
  };
  return { ...header, body: fork === "PHASE0" ? phase0Body() : { ...phase0Body(), ...sync } };
}

function aggregateAndProof(electra: boolean): DutyBody {
  const aggregate = electra ? { ...attestation(), committee_bits: "0x0100000000000080" } : attestation();
  return { aggregator_index: "42", aggregate, selection_proof: filler(96, 15) };
}

/** Every field is set, lists have one or two elements. */
export function executionPayload(): DutyBody {
  return {
    parent_hash: filler(32, 20),
    fee_recipient: filler(20, 21),
    state_root: filler(32, 22),
    receipts_root: filler(32, 23),
    logs_bloom: filler(256, 24),
    prev_randao: filler(32, 25),
    block_number: "23000000",
    gas_limit: "60000000",
    gas_used: "31000000",
    timestamp: "1764800000",
    extra_data: "0x636c617669676572",
    base_fee_per_gas: "340282366920938463463374607431768211457",
    block_hash: filler(32, 26),
    transactions: [filler(111, 27), filler(40, 28)],
    withdrawals: [{ index: "9", validator_index: "8", address: filler(20, 29), amount: "7" }],
    blob_gas_used: "131072",
    excess_blob_gas: "0",
    block_access_list: filler(70, 30),
    slot_number: String(SLOT),
  };
}

function executionRequests(): DutyBody {
  const empty: DutyBody = ssz.gloas.ExecutionRequests.toJson(ssz.gloas.ExecutionRequests.defaultValue());
  const withdrawals = [
    { source_address: filler(20, 31), validator_pubkey: filler(48, 32), amount: "32000000000" },
  ];
  return { ...empty, withdrawals };
}

export function envelope(): DutyBody {
  return {
    payload: executionPayload(),
    execution_requests: executionRequests(),
    builder_index: "18446744073709551615",
    beacon_block_root: filler(32, 33),
    parent_beacon_block_root: filler(32, 34),
  };
}

export function bid(): DutyBody {
  return {
    parent_block_hash: filler(32, 40),
    parent_block_root: filler(32, 41),
    block_hash: filler(32, 42),
    prev_randao: filler(32, 43),
    fee_recipient: filler(20, 44),
    gas_limit: "60000000",
    builder_index: "3",
    slot: String(SLOT),
    value: "1000000",
    execution_payment: "0",
    blob_kzg_commitments: [filler(48, 45), filler(48, 46)],
    execution_requests_root: filler(32, 47),
  };
}

export const PAYLOAD_ATTESTATION_DATA: DutyBody = {
  beacon_block_root: filler(32, 50),
  slot: String(SLOT),
  payload_present: true,
  blob_data_available: false,
};

export const PREFERENCES: DutyBody = {
  dependent_root: filler(32, 51),
  proposal_slot: String(SLOT),
  validator_index: "1234567",
  fee_recipient: filler(20, 52),
  target_gas_limit: "60000000",
};

export const REQUEST_AUTH: DutyBody = { data: filler(100, 53), slot: String(SLOT) };

function sample(name: string, members: DutyBody, rest: Partial<DutySample> = {}): DutySample {
  const type = name.split(" ")[0] ?? name;
  return { name, type, body: () => structuredClone({ type, fork_info: forkInfo(), ...members }), ...rest };
}

function withoutFork(dutySample: DutySample): DutySample {
  const body = () => {
    const { fork_info: _, ...members } = dutySample.body();
    return members;
  };
  return { ...dutySample, body };
}

const BLOCK_CLAIM = { claim: { kind: "eip3076.block", slot: SLOT } } as const;
const gloas = (data: DutyBody) => ({ version: "GLOAS", data });

function fullBlockSample(fork: "PHASE0" | "ALTAIR", slot: bigint): DutySample {
  const info =
    fork === "PHASE0"
      ? forkInfo("0x00000000", "0x00000000", "0")
      : forkInfo("0x01000000", "0x00000000", "74240");
  return sample(
    `BLOCK_V2 ${fork}`,
    { fork_info: info, beacon_block: { version: fork, block: fullBlock(fork, slot) } },
    { claim: { kind: "eip3076.block", slot } },
  );
}

const BLOCKS: readonly DutySample[] = [
  sample(
    "BLOCK",
    { fork_info: forkInfo("0x00000000", "0x00000000", "0"), block: fullBlock("PHASE0", 1000n) },
    { claim: { kind: "eip3076.block", slot: 1000n } },
  ),
  fullBlockSample("PHASE0", 1001n),
  fullBlockSample("ALTAIR", 2_400_000n),
  ...["BELLATRIX", "CAPELLA", "DENEB", "ELECTRA", "FULU", "GLOAS", "HEZE"].map((version) =>
    sample(`BLOCK_V2 ${version}`, { beacon_block: { version, block_header: blockHeader() } }, BLOCK_CLAIM),
  ),
];

const COMMITTEES: readonly DutySample[] = [
  sample(
    "ATTESTATION",
    { attestation: attestationData() },
    { claim: { kind: "eip3076.attestation", sourceEpoch: EPOCH - 1n, targetEpoch: EPOCH } },
  ),
  sample("AGGREGATION_SLOT", { aggregation_slot: { slot: String(SLOT) } }),
  sample("AGGREGATE_AND_PROOF", { aggregate_and_proof: aggregateAndProof(false) }),
  sample("AGGREGATE_AND_PROOF bare with committee_bits", { aggregate_and_proof: aggregateAndProof(true) }),
  sample("AGGREGATE_AND_PROOF FULU", {
    aggregate_and_proof: { version: "FULU", data: aggregateAndProof(true) },
  }),
  sample("AGGREGATE_AND_PROOF_V2 bare with committee_bits", { aggregate_and_proof: aggregateAndProof(true) }),
  ...["PHASE0", "ALTAIR", "BELLATRIX", "CAPELLA", "DENEB", "ELECTRA", "FULU", "GLOAS", "HEZE"].map(
    (version) =>
      sample(`AGGREGATE_AND_PROOF_V2 ${version}`, {
        aggregate_and_proof: {
          version,
          data: aggregateAndProof(["ELECTRA", "FULU", "GLOAS", "HEZE"].includes(version)),
        },
      }),
  ),
  sample("RANDAO_REVEAL", { randao_reveal: { epoch: String(EPOCH) } }),
  sample("SYNC_COMMITTEE_MESSAGE", {
    sync_committee_message: { beacon_block_root: filler(32, 16), slot: String(SLOT) },
  }),
  sample("SYNC_COMMITTEE_SELECTION_PROOF", {
    sync_aggregator_selection_data: { slot: String(SLOT), subcommittee_index: "3" },
  }),
  sample("SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF", {
    contribution_and_proof: {
      aggregator_index: "11",
      selection_proof: filler(96, 17),
      contribution: {
        slot: String(SLOT),
        beacon_block_root: filler(32, 18),
        subcommittee_index: "2",
        aggregation_bits: filler(16, 19),
        signature: filler(96, 20),
      },
    },
  }),
];

const ACCOUNTS: readonly DutySample[] = [
  sample(
    "VOLUNTARY_EXIT",
    { voluntary_exit: { epoch: "411392", validator_index: "1234567" } },
    { irrevocable: true },
  ),
  withoutFork(
    sample(
      "DEPOSIT",
      {
        deposit: {
          pubkey: filler(48, 60),
          withdrawal_credentials: filler(32, 61),
          amount: "32000000000",
          genesis_fork_version: "0x00000000",
        },
      },
      { irrevocable: true },
    ),
  ),
  sample(
    "BLS_TO_EXECUTION_CHANGE",
    {
      BLS_TO_EXECUTION_CHANGE: {
        validator_index: "1234567",
        from_bls_pubkey: filler(48, 62),
        to_execution_address: filler(20, 63),
      },
    },
    { irrevocable: true },
  ),
  withoutFork(
    sample("VALIDATOR_REGISTRATION", {
      validator_registration: {
        fee_recipient: filler(20, 64),
        gas_limit: "60000000",
        timestamp: "1764800000",
        pubkey: filler(48, 65),
      },
    }),
  ),
];

const PAYLOADS: readonly DutySample[] = [
  sample("EXECUTION_PAYLOAD_BID GLOAS", { execution_payload_bid: gloas(bid()) }),
  sample("EXECUTION_PAYLOAD_BID HEZE", {
    execution_payload_bid: { version: "HEZE", data: { ...bid(), inclusion_list_bits: "0xa5c3" } },
  }),
  sample("EXECUTION_PAYLOAD_ENVELOPE GLOAS", { execution_payload_envelope: gloas(envelope()) }),
  sample("EXECUTION_PAYLOAD_ENVELOPE bare", { execution_payload_envelope: envelope() }),
  sample("PAYLOAD_ATTESTATION_MESSAGE GLOAS", {
    payload_attestation_message: gloas(PAYLOAD_ATTESTATION_DATA),
  }),
  sample("PAYLOAD_ATTESTATION bare", { payload_attestation: PAYLOAD_ATTESTATION_DATA }),
  sample("PAYLOAD_ATTESTATION bare by the container's name", {
    payload_attestation_data: PAYLOAD_ATTESTATION_DATA,
  }),
  sample("PROPOSER_PREFERENCES GLOAS", { proposer_preferences: gloas(PREFERENCES) }),
  sample("PROPOSER_PREFERENCES bare", { proposer_preferences: PREFERENCES }),
  withoutFork(sample("BUILDER_REQUEST_AUTH GLOAS", { builder_request_auth: gloas(REQUEST_AUTH) })),
  withoutFork(sample("REQUEST_AUTH bare", { request_auth: REQUEST_AUTH })),
  sample("INCLUSION_LIST", {
    inclusion_list: {
      slot: String(SLOT),
      validator_index: "1234567",
      dependent_root: filler(32, 54),
      transactions: [filler(45, 55)],
    },
  }),
];

/** Every duty type, and every fork of those that differ by fork. */
export const DUTY_SAMPLES: readonly DutySample[] = [...BLOCKS, ...COMMITTEES, ...ACCOUNTS, ...PAYLOADS];

/** A fresh body of the sample called `name`. */
export function dutyBody(name: string): DutyBody {
  const found = DUTY_SAMPLES.find((dutySample) => dutySample.name === name);
  if (found === undefined) throw new RangeError(`no duty sample ${name}`);
  return found.body();
}
