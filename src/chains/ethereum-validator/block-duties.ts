/** The duties that can be slashed: block proposals and attestations. Both go on as bytes, which the double-sign guard reads. */
import { ssz } from "@lodestar/types";
import { toHex } from "../../domain/bytes.ts";
import { exactType, type SszType } from "./exact-types.ts";
import { CONSENSUS, epochOf, readVersion, type DutyKind, type DutyKinds, type Message } from "./message.ts";
import type { ValidatorNetwork } from "./networks.ts";
import { readGuarded, readObject, readUint, readValue, type JsonObject } from "./read-json.ts";
import { headerRoot } from "./signing-root.ts";

/** Bodies of the forks whose blocks may be sent whole; later ones send the header, whose root is the block's. */
const FULL_BLOCKS: ReadonlyMap<string, SszType> = new Map<string, SszType>([
  ["PHASE0", ssz.phase0.BeaconBlockBody],
  ["ALTAIR", ssz.altair.BeaconBlockBody],
]);

const BLOCK: DutyKind = {
  payload: "block",
  effect: CONSENSUS,
  read: (payload, pointer, network) =>
    readBlock(ssz.phase0.BeaconBlockBody, payload, pointer, network, "PHASE0"),
};

/** A header is the same in every fork, and says all that is signed and guarded: its version needs not be a known one. */
const BLOCK_V2: DutyKind = {
  payload: "beacon_block",
  effect: CONSENSUS,
  read(payload, pointer, network) {
    const version = readVersion(payload, pointer);
    const header = payload["block_header"];
    const body = version === undefined ? undefined : FULL_BLOCKS.get(version);
    if (body !== undefined && (header === undefined || header === null)) {
      return readBlock(body, payload["block"], `${pointer}/block`, network, version);
    }
    return readHeader(
      readObject(header, `${pointer}/block_header`),
      `${pointer}/block_header`,
      network,
      version,
    );
  },
};

const ATTESTATION: DutyKind = {
  payload: "attestation",
  effect: CONSENSUS,
  read(payload, pointer) {
    const source = readObject(payload["source"], `${pointer}/source`);
    const target = readObject(payload["target"], `${pointer}/target`);
    const sourceEpoch = readGuarded(source["epoch"], `${pointer}/source/epoch`);
    const targetEpoch = readGuarded(target["epoch"], `${pointer}/target/epoch`);
    const type = exactType(ssz.phase0.AttestationData);
    return {
      attestation: type.serialize(readValue(type, payload, pointer)),
      domain: { rule: "fork", epoch: targetEpoch },
      facts: {
        slot: String(readUint(payload["slot"], `${pointer}/slot`)),
        sourceEpoch: String(sourceEpoch),
        targetEpoch: String(targetEpoch),
      },
    };
  },
};

export const BLOCK_DUTIES: DutyKinds = new Map([
  ["BLOCK", BLOCK],
  ["BLOCK_V2", BLOCK_V2],
  ["ATTESTATION", ATTESTATION],
]);

/** A whole block: its header has the root of its body. */
function readBlock(
  bodyOfFork: SszType,
  json: unknown,
  pointer: string,
  network: ValidatorNetwork,
  fork: string | undefined,
): Message {
  const { body, ...others } = readObject(json, pointer);
  const type = exactType(bodyOfFork, network.preset);
  const bodyRoot = type.hashTreeRoot(readValue(type, body, `${pointer}/body`));
  return readHeader({ ...others, body_root: toHex(bodyRoot) }, pointer, network, fork);
}

function readHeader(
  header: JsonObject,
  pointer: string,
  network: ValidatorNetwork,
  fork: string | undefined,
): Message {
  const slot = readGuarded(header["slot"], `${pointer}/slot`);
  const type = exactType(ssz.phase0.BeaconBlockHeader);
  const bytes = type.serialize(readValue(type, header, pointer));
  return {
    header: bytes,
    domain: { rule: "fork", epoch: epochOf(slot, network) },
    facts: {
      ...(fork === undefined ? {} : { fork }),
      slot: String(slot),
      proposerIndex: String(readUint(header["proposer_index"], `${pointer}/proposer_index`)),
      blockRoot: toHex(headerRoot(bytes)),
    },
  };
}
