/**
 * Duties of Gloas (enshrined proposer-builder separation) and the inclusion lists after it. The forks are not final:
 * the containers are those of the installed @lodestar/types.
 * @module
 */
import { ssz } from "@lodestar/types";
import { genesisVersion, hexOf } from "./account-duties.ts";
import { DOMAIN } from "./domain.ts";
import { exactType, type SszType } from "./exact-types.ts";
import { CONSENSUS, epochOf, fact, readVersion, type DutyKind, type DutyKinds } from "./message.ts";
import { isObject, malformed, readObject, readUint, readValue, type JsonObject } from "./read-json.ts";

const BIDS: ReadonlyMap<string, SszType> = new Map<string, SszType>([
  ["GLOAS", ssz.gloas.ExecutionPayloadBid],
  ["HEZE", ssz.heze.ExecutionPayloadBid],
]);
/** Heze has changed none of the other messages. */
const FORKS: readonly string[] = [...BIDS.keys()];
const GWEI = 1_000_000_000n;

const EXECUTION_PAYLOAD_BID: DutyKind = {
  payload: "execution_payload_bid",
  // Whoever proposes takes the bid: the builder's stake pays `value`, the payload itself `executionPayment`. Both in gwei.
  effect: {
    found: (facts) => ({
      transfers: ["value", "executionPayment"].map((name) => ({
        asset: "native",
        from: `builder:${fact(facts, "builderIndex")}`,
        to: fact(facts, "feeRecipient"),
        amount: (BigInt(fact(facts, name)) * GWEI).toString(),
        ownChange: false,
      })),
    }),
  },
  read(payload, pointer, network) {
    const { data, at, fork } = unwrap(payload, pointer);
    const slot = readUint(data["slot"], `${at}/slot`);
    const type = exactType(bidOf(fork, data));
    return {
      objectRoot: type.hashTreeRoot(readValue(type, data, at)),
      domainType: DOMAIN.beaconBuilder,
      domain: { rule: "fork", epoch: epochOf(slot, network) },
      facts: {
        ...stated(fork),
        slot: String(slot),
        builderIndex: String(readUint(data["builder_index"], `${at}/builder_index`)),
        feeRecipient: hexOf(data["fee_recipient"], `${at}/fee_recipient`, 20),
        value: String(readUint(data["value"], `${at}/value`)),
        executionPayment: String(readUint(data["execution_payment"], `${at}/execution_payment`)),
      },
    };
  },
};

const EXECUTION_PAYLOAD_ENVELOPE: DutyKind = {
  payload: "execution_payload_envelope",
  effect: CONSENSUS,
  read(payload, pointer, network) {
    const { data, at, fork } = unwrap(payload, pointer);
    const inner = readObject(data["payload"], `${at}/payload`);
    const slot = readUint(inner["slot_number"], `${at}/payload/slot_number`);
    const type = exactType(ssz.gloas.ExecutionPayloadEnvelope);
    return {
      objectRoot: type.hashTreeRoot(readValue(type, data, at)),
      domainType: DOMAIN.beaconBuilder,
      domain: { rule: "fork", epoch: epochOf(slot, network) },
      facts: {
        ...stated(fork),
        slot: String(slot),
        builderIndex: String(readUint(data["builder_index"], `${at}/builder_index`)),
        blockRoot: hexOf(data["beacon_block_root"], `${at}/beacon_block_root`, 32),
        feeRecipient: hexOf(inner["fee_recipient"], `${at}/payload/fee_recipient`, 20),
      },
    };
  },
};

/** What is signed is PayloadAttestationData, whichever of its two names the client uses. */
function payloadAttestation(member: string, alias?: string): DutyKind {
  return {
    payload: member,
    ...(alias === undefined ? {} : { alias }),
    effect: CONSENSUS,
    read(payload, pointer, network) {
      const { data, at, fork } = unwrap(payload, pointer);
      const slot = readUint(data["slot"], `${at}/slot`);
      const type = exactType(ssz.gloas.PayloadAttestationData);
      return {
        objectRoot: type.hashTreeRoot(readValue(type, data, at)),
        domainType: DOMAIN.payloadTimelinessAttester,
        domain: { rule: "fork", epoch: epochOf(slot, network) },
        facts: {
          ...stated(fork),
          slot: String(slot),
          blockRoot: hexOf(data["beacon_block_root"], `${at}/beacon_block_root`, 32),
        },
      };
    },
  };
}

const PROPOSER_PREFERENCES: DutyKind = {
  payload: "proposer_preferences",
  effect: { nothing: "names who is paid for a later block; nothing that is owned moves" },
  read(payload, pointer, network) {
    const { data, at, fork } = unwrap(payload, pointer);
    const slot = readUint(data["proposal_slot"], `${at}/proposal_slot`);
    const type = exactType(ssz.gloas.ProposerPreferences);
    return {
      objectRoot: type.hashTreeRoot(readValue(type, data, at)),
      domainType: DOMAIN.proposerPreferences,
      domain: { rule: "fork", epoch: epochOf(slot, network) },
      facts: {
        ...stated(fork),
        slot: String(slot),
        validatorIndex: String(readUint(data["validator_index"], `${at}/validator_index`)),
        feeRecipient: hexOf(data["fee_recipient"], `${at}/fee_recipient`, 20),
        gasLimit: String(readUint(data["target_gas_limit"], `${at}/target_gas_limit`)),
      },
    };
  },
};

function builderRequestAuth(member: string): DutyKind {
  return {
    payload: member,
    effect: { nothing: "proves to a builder who asks; moves nothing" },
    read(payload, pointer, network) {
      const { data, at, fork } = unwrap(payload, pointer);
      const type = exactType(ssz.gloas.BuilderRequestAuth);
      return {
        objectRoot: type.hashTreeRoot(readValue(type, data, at)),
        domainType: DOMAIN.builderRequestAuth,
        domain: { rule: "rootless", version: genesisVersion(network) },
        facts: { ...stated(fork), slot: String(readUint(data["slot"], `${at}/slot`)) },
      };
    },
  };
}

/** Lodestar's own type, of the fork after Gloas; it sends no `fork_info` with it. */
const INCLUSION_LIST: DutyKind = {
  payload: "inclusion_list",
  effect: CONSENSUS,
  read(payload, pointer, network) {
    const slot = readUint(payload["slot"], `${pointer}/slot`);
    const type = exactType(ssz.heze.InclusionList);
    return {
      objectRoot: type.hashTreeRoot(readValue(type, payload, pointer)),
      domainType: DOMAIN.inclusionListCommittee,
      domain: {
        rule: "fork",
        epoch: epochOf(slot, network),
        ...(network.hezeVersion === undefined ? {} : { implied: network.hezeVersion }),
      },
      facts: {
        slot: String(slot),
        validatorIndex: String(readUint(payload["validator_index"], `${pointer}/validator_index`)),
      },
    };
  },
};

export const PAYLOAD_DUTIES: DutyKinds = new Map([
  ["EXECUTION_PAYLOAD_BID", EXECUTION_PAYLOAD_BID],
  ["EXECUTION_PAYLOAD_ENVELOPE", EXECUTION_PAYLOAD_ENVELOPE],
  ["PAYLOAD_ATTESTATION_MESSAGE", payloadAttestation("payload_attestation_message")],
  // Lodestar's and Lighthouse's name before the API had one; Lighthouse names the member after the container.
  ["PAYLOAD_ATTESTATION", payloadAttestation("payload_attestation", "payload_attestation_data")],
  ["PROPOSER_PREFERENCES", PROPOSER_PREFERENCES],
  ["BUILDER_REQUEST_AUTH", builderRequestAuth("builder_request_auth")],
  // Lighthouse's name before the API had one.
  ["REQUEST_AUTH", builderRequestAuth("request_auth")],
  ["INCLUSION_LIST", INCLUSION_LIST],
]);

interface Unwrapped {
  readonly data: JsonObject;
  /** JSON pointer of `data`. */
  readonly at: string;
  /** Undefined where the client sends the bare message. */
  readonly fork: string | undefined;
}

/** `{version, data}`, the wrapping of the remote signing API, or the message without it, as some clients send it. */
function unwrap(payload: JsonObject, pointer: string): Unwrapped {
  const fork = readVersion(payload, pointer);
  // The bare request of a builder's authentication has another `data`, which is text.
  const bare = fork === undefined && !isObject(payload["data"]);
  if (bare) return { data: payload, at: pointer, fork };
  if (fork === undefined || !FORKS.includes(fork)) {
    throw malformed(`${pointer}/version`, `must be ${FORKS.join(" or ")}`);
  }
  return { data: readObject(payload["data"], `${pointer}/data`), at: `${pointer}/data`, fork };
}

/** What the client has said of the fork, and no more. */
function stated(fork: string | undefined): { readonly fork?: string } {
  return fork === undefined ? {} : { fork };
}

/** Heze adds a member to the bid, and so another root. */
function bidOf(fork: string | undefined, data: JsonObject): SszType {
  const version = fork ?? (data["inclusion_list_bits"] === undefined ? "GLOAS" : "HEZE");
  return BIDS.get(version) ?? ssz.gloas.ExecutionPayloadBid;
}
