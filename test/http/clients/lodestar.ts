/** Lodestar, as the commit below puts the bodies together: the payload first, and the epoch of the slot for `fork.epoch`. */
import * as c from "./client.ts";

const FILE = "packages/validator/src/util/externalSignerClient.ts";

/** The payload, then `type`, `signingRoot` and `fork_info`. */
function request(subject: c.Subject, type: string, fork: object | undefined, payload: object): c.Sent {
  const info = fork === undefined ? {} : { fork_info: fork };
  return { subject, file: FILE, body: { ...payload, type, signingRoot: c.ROOT, ...info } };
}

/** Of the slot that is signed, and not of the fork. */
function at(fork: { readonly fork?: object }, slot: bigint): object {
  return { ...fork, fork: { ...fork.fork, epoch: String(slot / 32n) } };
}

const NOW = at(c.FULU, BigInt(c.SLOT_TEXT));
const GLOAS = at(c.GLOAS, BigInt(c.SLOT_TEXT));

function aggregate(version: string, committeeBits: string | undefined): c.Sent {
  return request("aggregate", "AGGREGATE_AND_PROOF_V2", NOW, {
    aggregate_and_proof: {
      version,
      data: {
        aggregator_index: "42",
        aggregate: c.aggregate(committeeBits),
        selection_proof: c.filler(96, 15),
      },
    },
  });
}

export const LODESTAR: c.Client = {
  name: "Lodestar",
  repository: "ChainSafe/lodestar",
  commit: "0054395cc68db323a089314d595cf13ff66549c3",
  headers: { accept: "application/json" },
  habit: "`fork.epoch` is that of the slot; exits name Capella; Gloas bare",
  sent: [
    request("block", "BLOCK_V2", at(c.PHASE0, 1001n), {
      beacon_block: { version: "PHASE0", block: c.fullBlock("PHASE0", 1001n) },
    }),
    request("block", "BLOCK_V2", at(c.ALTAIR, 2_400_000n), {
      beacon_block: { version: "ALTAIR", block: c.fullBlock("ALTAIR", 2_400_000n) },
    }),
    ...["FULU", "GLOAS", "HEZE"].map((version) =>
      request("block", "BLOCK_V2", NOW, { beacon_block: { version, block_header: c.blockHeader() } }),
    ),
    request("attestation", "ATTESTATION", NOW, { attestation: c.attestationData() }),
    request("aggregation slot", "AGGREGATION_SLOT", NOW, { aggregation_slot: { slot: c.SLOT_TEXT } }),
    request("aggregate", "AGGREGATE_AND_PROOF", NOW, {
      aggregate_and_proof: {
        aggregator_index: "42",
        aggregate: c.aggregate(undefined),
        selection_proof: c.filler(96, 15),
      },
    }),
    aggregate("DENEB", undefined),
    aggregate("ELECTRA", c.COMMITTEE_BITS),
    aggregate("FULU", c.COMMITTEE_BITS),
    aggregate("GLOAS", c.COMMITTEE_BITS),
    aggregate("HEZE", c.COMMITTEE_BITS),
    request("randao reveal", "RANDAO_REVEAL", NOW, { randao_reveal: { epoch: c.EPOCH_TEXT } }),
    request("sync committee message", "SYNC_COMMITTEE_MESSAGE", NOW, {
      sync_committee_message: c.SYNC_MESSAGE,
    }),
    request("sync committee selection", "SYNC_COMMITTEE_SELECTION_PROOF", NOW, {
      sync_aggregator_selection_data: c.SYNC_SELECTION,
    }),
    request("sync committee contribution", "SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF", NOW, {
      contribution_and_proof: c.contributionAndProof("contribution first"),
    }),
    request("builder registration", "VALIDATOR_REGISTRATION", undefined, {
      validator_registration: c.REGISTRATION,
    }),
    request("voluntary exit", "VOLUNTARY_EXIT", c.CAPELLA, { voluntary_exit: c.EXIT }),
    request("deposit", "DEPOSIT", undefined, { deposit: c.DEPOSIT }),
    request("withdrawal address change", "BLS_TO_EXECUTION_CHANGE", NOW, {
      BLS_TO_EXECUTION_CHANGE: c.WITHDRAWAL_CHANGE,
    }),
    request("execution payload envelope", "EXECUTION_PAYLOAD_ENVELOPE", GLOAS, {
      execution_payload_envelope: c.envelope(),
    }),
    request("payload attestation", "PAYLOAD_ATTESTATION", GLOAS, {
      payload_attestation: c.PAYLOAD_ATTESTATION_DATA,
    }),
  ],
  notSent: [
    { subject: "execution payload bid", reason: "no type" },
    { subject: "proposer preferences", reason: "no type" },
    { subject: "builder request authentication", reason: "no type" },
    {
      subject: "inclusion list",
      reason:
        "sent without `fork_info`: signed where `validators.networkFile` schedules Heze, else refused with 400",
    },
  ],
};
