/** Vero, as the commit below puts the bodies together: no root of its own, and signatures as text. */
import * as c from "./client.ts";

const FILE = "src/schemas/remote_signer.py";

/** `type`, `fork_info`, then the payload. */
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

export const VERO: c.Client = {
  name: "Vero",
  repository: "serenita-org/vero",
  commit: "71a6176f22e45f8cd68ef2816092104c9a762af2",
  headers: { accept: "text/plain" },
  habit: "no `signingRoot`; asks for text",
  sent: [
    request("block", "BLOCK_V2", c.FULU, {
      beacon_block: { version: "FULU", block_header: c.blockHeader() },
    }),
    request("attestation", "ATTESTATION", c.FULU, { attestation: c.attestationData() }),
    request("aggregation slot", "AGGREGATION_SLOT", c.FULU, { aggregation_slot: { slot: c.SLOT_TEXT } }),
    aggregate("ELECTRA"),
    aggregate("FULU"),
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
  ).map((subject) => ({ subject, reason: "no type" })),
};
