/**
 * How a fixture says what a validator client sends: the shape of each body as its public source builds it, with values
 * of ours. Nothing of a client's code is here. What it does not send, or what could not be had, is listed with the reason.
 */
import {
  attestationData,
  bid,
  blockHeader,
  envelope,
  executionPayload,
  filler,
  forkInfo,
  fullBlock,
  MAINNET_GENESIS_ROOT,
  PAYLOAD_ATTESTATION_DATA,
  PREFERENCES,
  REQUEST_AUTH,
  SLOT,
  type DutyBody,
} from "../../chains/ethereum-validator/duties.ts";

export {
  attestationData,
  bid,
  blockHeader,
  envelope,
  executionPayload,
  filler,
  forkInfo,
  fullBlock,
  PAYLOAD_ATTESTATION_DATA,
  PREFERENCES,
  REQUEST_AUTH,
};

/** Everything that a client could ask a signer for; each fixture says of each what it sends, or why nothing. */
export const SUBJECTS = [
  "block",
  "attestation",
  "aggregation slot",
  "aggregate",
  "randao reveal",
  "sync committee message",
  "sync committee selection",
  "sync committee contribution",
  "builder registration",
  "voluntary exit",
  "deposit",
  "withdrawal address change",
  "execution payload bid",
  "execution payload envelope",
  "payload attestation",
  "proposer preferences",
  "builder request authentication",
  "inclusion list",
] as const;
export type Subject = (typeof SUBJECTS)[number];

/** Stands where the client puts the signing root that it has computed; the test puts in the one by SHA-256 alone. */
export const ROOT = "(signing root)";

export interface Sent {
  readonly subject: Subject;
  /** File of the repository in which the body is put together. */
  readonly file: string;
  readonly body: DutyBody;
}

export interface NotSent {
  readonly subject: Subject;
  readonly reason: string;
}

export interface Client {
  readonly name: string;
  /** On GitHub. */
  readonly repository: string;
  /** The commit that was read. */
  readonly commit: string;
  /** What it sends beside the body; undefined is no header. */
  readonly headers: { readonly accept: string | undefined };
  /** What is its own in all bodies, in a few words. */
  readonly habit: string;
  readonly sent: readonly Sent[];
  readonly notSent: readonly NotSent[];
}

export const SLOT_TEXT = String(SLOT);
export const EPOCH_TEXT = "411392";

/** Fulu on mainnet, as the beacon API names it: the epoch is that of the fork. */
export const FULU = forkInfo();
/** Altair on mainnet. */
export const ALTAIR = forkInfo("0x01000000", "0x00000000", "74240");
/** Phase 0 on mainnet. */
export const PHASE0 = forkInfo("0x00000000", "0x00000000", "0");
/** Capella on mainnet, which exits are signed under since Deneb (EIP-7044). */
export const CAPELLA = forkInfo("0x03000000", "0x02000000", "194048");
/** No network has scheduled Gloas or Heze: the versions are made up. */
export const GLOAS = forkInfo("0x07000000", "0x06000000", "411392");
export const HEZE = forkInfo("0x08000000", "0x07000000", "411392");

export const GENESIS_ROOT = MAINNET_GENESIS_ROOT;

/** Members in the order of the container. */
export function aggregate(committeeBits: string | undefined): DutyBody {
  return {
    aggregation_bits: "0xa5c301",
    data: attestationData(),
    signature: filler(96, 7),
    ...(committeeBits === undefined ? {} : { committee_bits: committeeBits }),
  };
}

export const COMMITTEE_BITS = "0x0100000000000080";

/** Members in the order of the beacon API, or with the contribution first, in the order of the container. */
export function contributionAndProof(order: "proof first" | "contribution first"): DutyBody {
  const contribution = {
    slot: SLOT_TEXT,
    beacon_block_root: filler(32, 18),
    subcommittee_index: "2",
    aggregation_bits: filler(16, 19),
    signature: filler(96, 20),
  };
  const proof = filler(96, 17);
  return order === "proof first"
    ? { aggregator_index: "11", selection_proof: proof, contribution }
    : { aggregator_index: "11", contribution, selection_proof: proof };
}

export const REGISTRATION: DutyBody = {
  fee_recipient: filler(20, 64),
  gas_limit: "60000000",
  timestamp: "1764800000",
  pubkey: filler(48, 65),
};

export const EXIT: DutyBody = { epoch: EPOCH_TEXT, validator_index: "1234567" };
export const SYNC_MESSAGE: DutyBody = { beacon_block_root: filler(32, 16), slot: SLOT_TEXT };
export const SYNC_SELECTION: DutyBody = { slot: SLOT_TEXT, subcommittee_index: "3" };
export const INCLUSION_LIST: DutyBody = {
  slot: SLOT_TEXT,
  validator_index: "1234567",
  dependent_root: filler(32, 54),
  transactions: [filler(45, 55)],
};
export const DEPOSIT: DutyBody = {
  pubkey: filler(48, 60),
  withdrawal_credentials: filler(32, 61),
  amount: "32000000000",
  genesis_fork_version: "0x00000000",
};
export const WITHDRAWAL_CHANGE: DutyBody = {
  validator_index: "1234567",
  from_bls_pubkey: filler(48, 62),
  to_execution_address: filler(20, 63),
};
