/** Nimbus, as the commit below puts the bodies together: no root of its own, and an aggregate's version in lower case. */
import * as c from "./client.ts";

const FILE = "beacon_chain/spec/eth2_apis/eth2_rest_json_serialization.nim";

/** `type`, `fork_info`, then the payload; `signingRoot` is optional in its source, and nothing sets it. */
function request(subject: c.Subject, type: string, fork: object | undefined, payload: object): c.Sent {
  const head = fork === undefined ? { type } : { type, fork_info: fork };
  return { subject, file: FILE, body: { ...head, ...payload } };
}

function aggregate(version: string): c.Sent {
  return request("aggregate", "AGGREGATE_AND_PROOF_V2", c.FULU, {
    aggregate_and_proof: {
      version,
      data: {
        aggregator_index: "42",
        aggregate: c.aggregate(c.COMMITTEE_BITS),
        selection_proof: c.filler(96, 15),
      },
    },
  });
}

const gloas = (data: object) => ({ version: "GLOAS", data });

export const NIMBUS: c.Client = {
  name: "Nimbus",
  repository: "status-im/nimbus-eth2",
  commit: "050dd66f7ee044e29103c870bf267b8945dfe789",
  headers: { accept: "application/json" },
  habit: "no `signingRoot`; aggregates with the version in lower case; `proofs` beside blocks",
  sent: [
    ...["FULU", "GLOAS", "HEZE"].map((version) =>
      request("block", "BLOCK_V2", c.FULU, { beacon_block: { version, block_header: c.blockHeader() } }),
    ),
    request("block", "BLOCK_V2", c.FULU, {
      beacon_block: { version: "FULU", block_header: c.blockHeader() },
      proofs: [{ index: "401", proof: [c.filler(32, 70), c.filler(32, 71)] }],
    }),
    request("attestation", "ATTESTATION", c.FULU, { attestation: c.attestationData() }),
    request("aggregation slot", "AGGREGATION_SLOT", c.FULU, { aggregation_slot: { slot: c.SLOT_TEXT } }),
    request("aggregate", "AGGREGATE_AND_PROOF", c.FULU, {
      aggregate_and_proof: {
        aggregator_index: "42",
        aggregate: c.aggregate(undefined),
        selection_proof: c.filler(96, 15),
      },
    }),
    aggregate("electra"),
    aggregate("fulu"),
    aggregate("gloas"),
    request("randao reveal", "RANDAO_REVEAL", c.FULU, { randao_reveal: { epoch: c.EPOCH_TEXT } }),
    request("sync committee message", "SYNC_COMMITTEE_MESSAGE", c.FULU, {
      sync_committee_message: c.SYNC_MESSAGE,
    }),
    request("sync committee selection", "SYNC_COMMITTEE_SELECTION_PROOF", c.FULU, {
      sync_aggregator_selection_data: c.SYNC_SELECTION,
    }),
    request("sync committee contribution", "SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF", c.FULU, {
      contribution_and_proof: c.contributionAndProof("contribution first"),
    }),
    request("builder registration", "VALIDATOR_REGISTRATION", c.FULU, {
      validator_registration: c.REGISTRATION,
    }),
    request("voluntary exit", "VOLUNTARY_EXIT", c.FULU, { voluntary_exit: c.EXIT }),
    request("deposit", "DEPOSIT", undefined, { deposit: c.DEPOSIT }),
    request("execution payload envelope", "EXECUTION_PAYLOAD_ENVELOPE", c.GLOAS, {
      execution_payload_envelope: gloas(c.envelope()),
    }),
    request("payload attestation", "PAYLOAD_ATTESTATION_MESSAGE", c.GLOAS, {
      payload_attestation_message: gloas(c.PAYLOAD_ATTESTATION_DATA),
    }),
    request("proposer preferences", "PROPOSER_PREFERENCES", c.GLOAS, {
      proposer_preferences: gloas(c.PREFERENCES),
    }),
    request("builder request authentication", "BUILDER_REQUEST_AUTH", undefined, {
      builder_request_auth: gloas(c.REQUEST_AUTH),
    }),
  ],
  notSent: [
    { subject: "withdrawal address change", reason: "no type" },
    { subject: "execution payload bid", reason: "no type" },
    { subject: "inclusion list", reason: "no type" },
  ],
};
