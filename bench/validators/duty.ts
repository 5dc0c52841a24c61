/** Attestations as validator clients send them, and the check that an answer signs what was asked. */
import { PublicKey, Signature, verify } from "@chainsafe/blst";
import { ssz } from "@lodestar/types";
import { fromHex } from "../../src/domain/bytes.ts";
import type { Duty } from "../../src/domain/duties.ts";

/** Fulu on mainnet. */
export const FIRST_EPOCH = 411_393;
const FORK_VERSION = "0x06000000";
const GENESIS_VALIDATORS_ROOT = "0x4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95";
/** 32 bytes. */
export const GENESIS_ROOT = bytesOf(GENESIS_VALIDATORS_ROOT);
const DOMAIN_BEACON_ATTESTER = [1, 0, 0, 0];
const SLOTS_PER_EPOCH = 32;

/** One vote; every validator of a slot's committee is asked for the same. */
export function attestationDuty(epoch: number): { readonly type: string } & Record<string, unknown> {
  return {
    type: "ATTESTATION",
    fork_info: {
      fork: { previous_version: "0x05000000", current_version: FORK_VERSION, epoch: "411392" },
      genesis_validators_root: GENESIS_VALIDATORS_ROOT,
    },
    attestation: {
      slot: String(epoch * SLOTS_PER_EPOCH + 1),
      index: "0",
      beacon_block_root: `0x${"11".repeat(32)}`,
      source: { epoch: String(epoch - 1), root: `0x${"22".repeat(32)}` },
      target: { epoch: String(epoch), root: `0x${"33".repeat(32)}` },
    },
  };
}

/** The same vote as the bytes that are recorded and signed. */
export function voteOf(epoch: number): Duty {
  const data = ssz.phase0.AttestationData.fromJson(attestationDuty(epoch)["attestation"]);
  return {
    kind: "attestation",
    data: ssz.phase0.AttestationData.serialize(data),
    forkVersion: bytesOf(FORK_VERSION),
    genesisValidatorsRoot: GENESIS_ROOT,
  };
}

/** @throws Error when `signature` (0x-hex) is not that of `publicKey` (0x-hex) over the vote of `epoch` */
export function assertSignsVote(epoch: number, publicKey: string, signature: string): void {
  const key = PublicKey.fromBytes(bytesOf(publicKey), true);
  if (verify(signingRoot(epoch), key, Signature.fromBytes(bytesOf(signature), true, true))) return;
  throw new Error(`the signature of ${publicKey} does not verify`);
}

/** By the consensus specification's own types, not by the code under measure. */
function signingRoot(epoch: number): Uint8Array {
  const data = ssz.phase0.AttestationData.fromJson(attestationDuty(epoch)["attestation"]);
  const fork = ssz.phase0.ForkData.hashTreeRoot({
    currentVersion: bytesOf(FORK_VERSION),
    genesisValidatorsRoot: GENESIS_ROOT,
  });
  const domain = new Uint8Array([...DOMAIN_BEACON_ATTESTER, ...fork.subarray(0, 28)]);
  const objectRoot = ssz.phase0.AttestationData.hashTreeRoot(data);
  return ssz.phase0.SigningData.hashTreeRoot({ objectRoot, domain });
}

function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === undefined) throw new Error(`${hex} is not 0x-hex`);
  return bytes;
}
