/** Bodies of validator keys: a signing request as validator clients send it to a remote signer, and a bare root. */
import { Type } from "typebox";

const root = (byte: string) => `0x${byte.repeat(32)}`;

export const EthereumValidatorDutyRequest = Type.Object(
  {
    type: Type.Literal("ethereum-validator.duty"),
    duty: Type.Object(
      {
        type: Type.String({
          description:
            "Duty in either case: BLOCK, BLOCK_V2, ATTESTATION, AGGREGATION_SLOT, AGGREGATE_AND_PROOF, " +
            "AGGREGATE_AND_PROOF_V2, RANDAO_REVEAL, VOLUNTARY_EXIT, DEPOSIT, SYNC_COMMITTEE_MESSAGE, " +
            "SYNC_COMMITTEE_SELECTION_PROOF, SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF, VALIDATOR_REGISTRATION, " +
            "BLS_TO_EXECUTION_CHANGE, EXECUTION_PAYLOAD_BID, EXECUTION_PAYLOAD_ENVELOPE, PAYLOAD_ATTESTATION_MESSAGE, " +
            "PAYLOAD_ATTESTATION, PROPOSER_PREFERENCES, BUILDER_REQUEST_AUTH, REQUEST_AUTH or INCLUSION_LIST.",
        }),
      },
      {
        additionalProperties: true,
        description:
          "The body of POST /api/v1/eth2/sign, unchanged: `type`, `fork_info`, the payload under its own name, and " +
          "optionally `signingRoot`, which is compared with the root that is computed from the rest. Members without a " +
          "meaning are ignored, as validator clients expect.",
      },
    ),
  },
  {
    additionalProperties: false,
    title: "ethereum-validator.duty",
    description:
      "A validator's duty. Blocks and attestations are checked against the key's signing history first; exits, deposits " +
      "and withdrawal address changes also need membership of group validator-exits.",
    examples: [
      {
        type: "ethereum-validator.duty",
        duty: {
          type: "ATTESTATION",
          fork_info: {
            fork: { previous_version: "0x05000000", current_version: "0x06000000", epoch: "411392" },
            genesis_validators_root: "0x4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95",
          },
          attestation: {
            slot: "13164545",
            index: "0",
            beacon_block_root: root("11"),
            source: { epoch: "411391", root: root("22") },
            target: { epoch: "411392", root: root("33") },
          },
        },
      },
    ],
  },
);

const Root = (description: string) =>
  Type.String({ pattern: "^0x[0-9a-fA-F]{64}$", description: `32 bytes. ${description}` });

export const EthereumValidatorGenericRequest = Type.Object(
  {
    type: Type.Literal("ethereum-validator.generic"),
    objectRoot: Root("hash_tree_root of the object."),
    domain: Root("Domain type, 4 bytes, then 28 bytes of the fork data's root."),
  },
  {
    additionalProperties: false,
    title: "ethereum-validator.generic",
    description:
      "A root under a domain that has no duty type; signs hash_tree_root(SigningData{objectRoot, domain}). It is opaque: an " +
      "enforcing policy must answer allowOpaque. Refused for the domains of blocks and attestations (0x00000000, " +
      "0x01000000) and for consensus domains that are not known; exits, deposits and withdrawal address changes need " +
      "membership of group validator-exits.",
    examples: [
      {
        type: "ethereum-validator.generic",
        objectRoot: root("11"),
        domain: `0x6d6d6f43${"22".repeat(28)}`,
      },
    ],
  },
);
