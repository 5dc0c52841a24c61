/** Teku, as the commit below puts the bodies together: the root first, and the old type for aggregates of every fork. */
import * as c from "./client.ts";

const FILE =
  "validator/client/src/main/java/tech/pegasys/teku/validator/client/signer/SigningRequestBody.java";
const LATER = "its external signer throws UnsupportedOperationException";

/** `signingRoot`, `type`, then members in the order of the type definition, where `fork_info` stands third of all. */
function request(
  subject: c.Subject,
  type: string,
  before: object,
  fork: object | undefined,
  after: object,
): c.Sent {
  const info = fork === undefined ? {} : { fork_info: fork };
  return { subject, file: FILE, body: { signingRoot: c.ROOT, type, ...before, ...info, ...after } };
}

function headerOf(version: string, fork: object): c.Sent {
  return request("block", "BLOCK_V2", {}, fork, {
    beacon_block: { version, block_header: c.blockHeader() },
  });
}

export const TEKU: c.Client = {
  name: "Teku",
  repository: "Consensys/teku",
  commit: "90ed09bbc623b616a6c642deca8119db8902b3b2",
  headers: { accept: undefined },
  habit: "aggregates bare under `AGGREGATE_AND_PROOF`; no `Accept`, takes text",
  sent: [
    request("block", "BLOCK", {}, c.PHASE0, { block: c.fullBlock("PHASE0", 1000n) }),
    request("block", "BLOCK_V2", {}, c.ALTAIR, {
      beacon_block: { version: "ALTAIR", block: c.fullBlock("ALTAIR", 2_400_000n) },
    }),
    headerOf("FULU", c.FULU),
    headerOf("GLOAS", c.FULU),
    headerOf("HEZE", c.FULU),
    request("attestation", "ATTESTATION", {}, c.FULU, { attestation: c.attestationData() }),
    request("aggregation slot", "AGGREGATION_SLOT", { aggregation_slot: { slot: c.SLOT_TEXT } }, c.FULU, {}),
    request("aggregate", "AGGREGATE_AND_PROOF", {}, c.FULU, {
      aggregate_and_proof: {
        aggregator_index: "42",
        aggregate: c.aggregate(c.COMMITTEE_BITS),
        selection_proof: c.filler(96, 15),
      },
    }),
    request("randao reveal", "RANDAO_REVEAL", {}, c.FULU, { randao_reveal: { epoch: c.EPOCH_TEXT } }),
    request("sync committee message", "SYNC_COMMITTEE_MESSAGE", {}, c.FULU, {
      sync_committee_message: c.SYNC_MESSAGE,
    }),
    request("sync committee selection", "SYNC_COMMITTEE_SELECTION_PROOF", {}, c.FULU, {
      sync_aggregator_selection_data: c.SYNC_SELECTION,
    }),
    request("sync committee contribution", "SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF", {}, c.FULU, {
      contribution_and_proof: c.contributionAndProof("contribution first"),
    }),
    request("builder registration", "VALIDATOR_REGISTRATION", {}, undefined, {
      validator_registration: c.REGISTRATION,
    }),
    request("voluntary exit", "VOLUNTARY_EXIT", { voluntary_exit: c.EXIT }, c.FULU, {}),
  ],
  notSent: [
    { subject: "deposit", reason: "no type" },
    { subject: "withdrawal address change", reason: "no type" },
    { subject: "execution payload bid", reason: LATER },
    { subject: "execution payload envelope", reason: LATER },
    { subject: "payload attestation", reason: LATER },
    { subject: "proposer preferences", reason: LATER },
    { subject: "builder request authentication", reason: "no type" },
    { subject: "inclusion list", reason: "no type" },
  ],
};
