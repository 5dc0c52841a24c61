/** SSV's signer, as the commit below puts the bodies together: `signing_root`, `fork_info` everywhere, the old type bare. */
import * as c from "./client.ts";

const FILE = "ssvsigner/ekm/remote_key_manager.go";

/** `fork_info`, `signing_root`, `type`, then the payload. */
function request(subject: c.Subject, type: string, fork: object, payload: object): c.Sent {
  return { subject, file: FILE, body: { fork_info: fork, signing_root: c.ROOT, type, ...payload } };
}

function aggregate(committeeBits: string | undefined): c.Sent {
  return request("aggregate", "AGGREGATE_AND_PROOF", c.FULU, {
    aggregate_and_proof: {
      aggregator_index: "42",
      aggregate: c.aggregate(committeeBits),
      selection_proof: c.filler(96, 15),
    },
  });
}

export const SSV: c.Client = {
  name: "SSV",
  repository: "ssvlabs/ssv",
  commit: "365a4aba3701af2f580358453a91fc222960e6fb",
  headers: { accept: "application/json" },
  habit: "`signing_root`; aggregates bare under `AGGREGATE_AND_PROOF`; `fork_info` in registrations too",
  sent: [
    ...["CAPELLA", "DENEB", "ELECTRA", "FULU"].map((version) =>
      request("block", "BLOCK_V2", c.FULU, { beacon_block: { version, block_header: c.blockHeader() } }),
    ),
    request("attestation", "ATTESTATION", c.FULU, { attestation: c.attestationData() }),
    request("aggregation slot", "AGGREGATION_SLOT", c.FULU, { aggregation_slot: { slot: c.SLOT_TEXT } }),
    aggregate(undefined),
    aggregate(c.COMMITTEE_BITS),
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
    request("builder registration", "VALIDATOR_REGISTRATION", c.FULU, {
      validator_registration: c.REGISTRATION,
    }),
    // Later releases name the genesis fork and an empty root.
    request(
      "builder registration",
      "VALIDATOR_REGISTRATION",
      { ...c.PHASE0, genesis_validators_root: `0x${"00".repeat(32)}` },
      { validator_registration: c.REGISTRATION },
    ),
    request("voluntary exit", "VOLUNTARY_EXIT", c.FULU, { voluntary_exit: c.EXIT }),
    request("voluntary exit", "VOLUNTARY_EXIT", c.CAPELLA, { voluntary_exit: c.EXIT }),
  ],
  notSent: (
    [
      "deposit",
      "withdrawal address change",
      "execution payload bid",
      "execution payload envelope",
      "payload attestation",
      "proposer preferences",
      "builder request authentication",
      "inclusion list",
    ] as const
  ).map((subject) => ({ subject, reason: "not asked of a remote signer" })),
};
