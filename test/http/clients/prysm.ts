/** Prysm, as the commit below puts the bodies together. It names no media type and takes text. */
import * as c from "./client.ts";

const FILE = "validator/keymanager/remote-web3signer/types/requests.go";
const LATER = "`web3signer … signing not yet implemented`";

/** `type`, `fork_info`, `signingRoot`, then the payload. */
function request(subject: c.Subject, type: string, fork: object | undefined, payload: object): c.Sent {
  const head = fork === undefined ? { type } : { type, fork_info: fork };
  return { subject, file: FILE, body: { ...head, signingRoot: c.ROOT, ...payload } };
}

function aggregate(version: string, committeeBits: string | undefined): c.Sent {
  return request("aggregate", "AGGREGATE_AND_PROOF_V2", c.FULU, {
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

export const PRYSM: c.Client = {
  name: "Prysm",
  repository: "OffchainLabs/prysm",
  commit: "c40b59a47512c348a68bd173998af9e32a99c934",
  headers: { accept: undefined },
  habit: "aggregates in `{version, data}`; no `Accept`, takes text",
  sent: [
    request("block", "BLOCK", c.PHASE0, { block: c.fullBlock("PHASE0", 1000n) }),
    request("block", "BLOCK_V2", c.ALTAIR, {
      beacon_block: { version: "ALTAIR", block: c.fullBlock("ALTAIR", 2_400_000n) },
    }),
    ...["DENEB", "ELECTRA", "FULU"].map((version) =>
      request("block", "BLOCK_V2", c.FULU, { beacon_block: { version, block_header: c.blockHeader() } }),
    ),
    request("attestation", "ATTESTATION", c.FULU, { attestation: c.attestationData() }),
    request("aggregation slot", "AGGREGATION_SLOT", c.FULU, { aggregation_slot: { slot: c.SLOT_TEXT } }),
    aggregate("DENEB", undefined),
    aggregate("ELECTRA", c.COMMITTEE_BITS),
    aggregate("FULU", c.COMMITTEE_BITS),
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
  ],
  notSent: [
    { subject: "deposit", reason: "not supported, says its source" },
    { subject: "withdrawal address change", reason: "no type" },
    { subject: "execution payload bid", reason: "no type" },
    { subject: "execution payload envelope", reason: LATER },
    { subject: "payload attestation", reason: "no type" },
    { subject: "proposer preferences", reason: LATER },
    { subject: "builder request authentication", reason: LATER },
    { subject: "inclusion list", reason: "no type" },
  ],
};
