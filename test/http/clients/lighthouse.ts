/** Lighthouse, as the commits below put the bodies together: aggregates of every fork under the old type, bare. */
import * as c from "./client.ts";

const FILE = "validator_client/signing_method/src/web3signer.rs";

/** `type`, `fork_info`, `signingRoot`, then the payload. */
function request(subject: c.Subject, type: string, fork: object | undefined, payload: object): c.Sent {
  const head = fork === undefined ? { type } : { type, fork_info: fork };
  return { subject, file: FILE, body: { ...head, signingRoot: c.ROOT, ...payload } };
}

function headerOf(version: string, fork: object): c.Sent {
  return request("block", "BLOCK_V2", fork, { beacon_block: { version, block_header: c.blockHeader() } });
}

export const LIGHTHOUSE: c.Client = {
  name: "Lighthouse",
  repository: "sigp/lighthouse",
  commit: "00c1b56c3782c4b5bcbb7380aa1bf14142fa7c72",
  headers: { accept: "application/json" },
  habit: "aggregates bare under `AGGREGATE_AND_PROOF`; Gloas bare, under names of its own",
  sent: [
    request("block", "BLOCK_V2", c.PHASE0, {
      beacon_block: { version: "PHASE0", block: c.fullBlock("PHASE0", 1001n) },
    }),
    request("block", "BLOCK_V2", c.ALTAIR, {
      beacon_block: { version: "ALTAIR", block: c.fullBlock("ALTAIR", 2_400_000n) },
    }),
    headerOf("FULU", c.FULU),
    request("attestation", "ATTESTATION", c.FULU, { attestation: c.attestationData() }),
    request("aggregation slot", "AGGREGATION_SLOT", c.FULU, { aggregation_slot: { slot: c.SLOT_TEXT } }),
    request("aggregate", "AGGREGATE_AND_PROOF", c.FULU, {
      aggregate_and_proof: {
        aggregator_index: "42",
        aggregate: c.aggregate(undefined),
        selection_proof: c.filler(96, 15),
      },
    }),
    request("aggregate", "AGGREGATE_AND_PROOF", c.FULU, {
      aggregate_and_proof: {
        aggregator_index: "42",
        aggregate: c.aggregate(c.COMMITTEE_BITS),
        selection_proof: c.filler(96, 15),
      },
    }),
    request("randao reveal", "RANDAO_REVEAL", c.FULU, { randao_reveal: { epoch: c.EPOCH_TEXT } }),
    request("sync committee message", "SYNC_COMMITTEE_MESSAGE", c.FULU, {
      sync_committee_message: c.SYNC_MESSAGE,
    }),
    request("sync committee selection", "SYNC_COMMITTEE_SELECTION_PROOF", c.FULU, {
      sync_aggregator_selection_data: c.SYNC_SELECTION,
    }),
    request("sync committee contribution", "SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF", c.FULU, {
      contribution_and_proof: c.contributionAndProof("proof first"),
    }),
    request("builder registration", "VALIDATOR_REGISTRATION", undefined, {
      validator_registration: c.REGISTRATION,
    }),
    request("voluntary exit", "VOLUNTARY_EXIT", c.FULU, { voluntary_exit: c.EXIT }),
    request("execution payload envelope", "EXECUTION_PAYLOAD_ENVELOPE", c.GLOAS, {
      execution_payload_envelope: c.envelope(),
    }),
    request("payload attestation", "PAYLOAD_ATTESTATION", c.GLOAS, {
      payload_attestation_data: c.PAYLOAD_ATTESTATION_DATA,
    }),
    request("proposer preferences", "PROPOSER_PREFERENCES", c.GLOAS, {
      proposer_preferences: c.PREFERENCES,
    }),
    request("builder request authentication", "REQUEST_AUTH", undefined, { request_auth: c.REQUEST_AUTH }),
    headerOf("GLOAS", c.FULU),
    headerOf("HEZE", c.FULU),
  ],
  notSent: [
    { subject: "deposit", reason: "the type is there, and nothing makes one" },
    { subject: "withdrawal address change", reason: "no type" },
    { subject: "execution payload bid", reason: "no type" },
    { subject: "inclusion list", reason: "no type" },
  ],
};
