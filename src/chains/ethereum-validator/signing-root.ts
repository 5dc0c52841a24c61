/**
 * The 32 bytes that a validator's key signs, and what the guard must know of them, both read from the same bytes: nobody can
 * name a vote something else. Whoever records, signs or verifies computes them here, and needs SHA-256 alone for it; the
 * containers that requests are decoded with are another implementation.
 * @module
 */
import { hash } from "node:crypto";
import type { Duty } from "../../domain/duties.ts";
import { SignerError } from "../../domain/errors.ts";
import type { DutyClaim } from "../../domain/guard.ts";
import type { GenesisValidatorsRoot, SigningRootBytes, ValidatorPublicKey } from "../../domain/kinds.ts";

/** Domain types of what can be slashed: a signature under one of them needs the guard. */
export const BEACON_PROPOSER = Uint8Array.of(0, 0, 0, 0);
export const BEACON_ATTESTER = Uint8Array.of(1, 0, 0, 0);

const ROOT_BYTES = 32;
/** slot 8 ‖ index 8 ‖ beacon_block_root 32 ‖ source (epoch 8 ‖ root 32) ‖ target (epoch 8 ‖ root 32). */
const ATTESTATION = { bytes: 128, slot: 0, index: 8, blockRoot: 16, source: 48, target: 88 } as const;
/** slot 8 ‖ proposer_index 8 ‖ parent_root 32 ‖ state_root 32 ‖ body_root 32. */
const HEADER = { bytes: 112, slot: 0, proposer: 8, parent: 16, state: 48, body: 80 } as const;
const UINT64_BYTES = 8;

/** The two children of a node; every hash goes through it. */
const node = new Uint8Array(2 * ROOT_BYTES);
const NOTHING = new Uint8Array(ROOT_BYTES);
const NOTHING_TWICE = pair(NOTHING, NOTHING);

/**
 * hash_tree_root(SigningData): what is signed.
 * @throws SignerError `service.internal` for bytes of a wrong length, and for a proposer's or attester's domain in a duty of kind
 *   `other`: no caller can ask for one, so something of ours is wrong
 */
export function signingRootOf(duty: Duty): SigningRootBytes {
  switch (duty.kind) {
    case "attestation":
      return computeSigningRoot(
        attestationRoot(duty.data),
        computeDomain(BEACON_ATTESTER, duty.forkVersion, duty.genesisValidatorsRoot),
      );
    case "block":
      return computeSigningRoot(
        headerRoot(duty.header),
        computeDomain(BEACON_PROPOSER, duty.forkVersion, duty.genesisValidatorsRoot),
      );
    case "other":
      assertUnguarded(duty.domain);
      return computeSigningRoot(duty.objectRoot, duty.domain);
    default:
      throw unknownKind(duty);
  }
}

/**
 * What the double-sign guard keeps of the duty, if it is one that can be slashed.
 * @param signingRoot that of the same duty
 */
export function dutyClaim(
  duty: Duty,
  publicKey: ValidatorPublicKey,
  signingRoot: SigningRootBytes,
): DutyClaim | undefined {
  if (duty.kind === "other") return undefined;
  const { genesisValidatorsRoot } = duty;
  const common = { publicKey, genesisValidatorsRoot, signingRoot };
  if (duty.kind === "block") {
    return { ...common, kind: "eip3076.block", slot: uint64(duty.header, HEADER.slot) };
  }
  return {
    ...common,
    kind: "eip3076.attestation",
    sourceEpoch: uint64(duty.data, ATTESTATION.source),
    targetEpoch: uint64(duty.data, ATTESTATION.target),
  };
}

/** hash_tree_root(BeaconBlockHeader), which is that of its block. @param header 112 bytes of SSZ */
export function headerRoot(header: Uint8Array): Uint8Array {
  assertBytes("a block header", header, HEADER.bytes);
  return rootOfFive(
    chunk(header, HEADER.slot, UINT64_BYTES),
    chunk(header, HEADER.proposer, UINT64_BYTES),
    chunk(header, HEADER.parent, ROOT_BYTES),
    chunk(header, HEADER.state, ROOT_BYTES),
    chunk(header, HEADER.body, ROOT_BYTES),
  );
}

/** 32 bytes: the domain type (4 bytes), then the first 28 bytes of hash_tree_root(ForkData). `forkVersion`: 4 bytes. */
export function computeDomain(
  domainType: Uint8Array,
  forkVersion: Uint8Array,
  genesisValidatorsRoot: GenesisValidatorsRoot,
): Uint8Array {
  assertBytes("a domain type", domainType, 4);
  assertBytes("a fork version", forkVersion, 4);
  assertBytes("a genesis validators root", genesisValidatorsRoot, ROOT_BYTES);
  const domain = new Uint8Array(ROOT_BYTES);
  domain.set(pair(chunk(forkVersion, 0, 4), genesisValidatorsRoot).subarray(0, 28), 4);
  domain.set(domainType);
  return domain;
}

/** hash_tree_root(SigningData) of 32 bytes and 32 bytes. */
function computeSigningRoot(objectRoot: Uint8Array, domain: Uint8Array): SigningRootBytes {
  assertBytes("an object root", objectRoot, ROOT_BYTES);
  assertBytes("a domain", domain, ROOT_BYTES);
  // A copy: it may travel to another thread, where the buffer that it is cut from would go with it.
  return new Uint8Array(pair(objectRoot, domain));
}

function attestationRoot(data: Uint8Array): Uint8Array {
  assertBytes("attestation data", data, ATTESTATION.bytes);
  return rootOfFive(
    chunk(data, ATTESTATION.slot, UINT64_BYTES),
    chunk(data, ATTESTATION.index, UINT64_BYTES),
    chunk(data, ATTESTATION.blockRoot, ROOT_BYTES),
    checkpointRoot(data, ATTESTATION.source),
    checkpointRoot(data, ATTESTATION.target),
  );
}

function checkpointRoot(data: Uint8Array, at: number): Uint8Array {
  return pair(chunk(data, at, UINT64_BYTES), chunk(data, at + UINT64_BYTES, ROOT_BYTES));
}

/** Root of a container of five fields: their tree has eight leaves. */
function rootOfFive(
  first: Uint8Array,
  second: Uint8Array,
  third: Uint8Array,
  fourth: Uint8Array,
  fifth: Uint8Array,
): Uint8Array {
  const left = pair(pair(first, second), pair(third, fourth));
  return pair(left, pair(pair(fifth, NOTHING), NOTHING_TWICE));
}

/** One leaf of a tree: so many bytes, and zeros up to 32. */
function chunk(bytes: Uint8Array, at: number, length: number): Uint8Array {
  const whole = bytes.subarray(at, at + length);
  if (length === ROOT_BYTES) return whole;
  const padded = new Uint8Array(ROOT_BYTES);
  padded.set(whole);
  return padded;
}

function pair(left: Uint8Array, right: Uint8Array): Uint8Array {
  node.set(left);
  node.set(right, ROOT_BYTES);
  return hash("sha256", node, "buffer");
}

/** Little-endian, as all integers of SSZ. */
function uint64(bytes: Uint8Array, at: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getBigUint64(at, true);
}

function assertUnguarded(domain: Uint8Array): void {
  assertBytes("a domain", domain, ROOT_BYTES);
  for (const type of [BEACON_PROPOSER, BEACON_ATTESTER]) {
    if (!type.every((byte, index) => domain[index] === byte)) continue;
    throw internal("a root came under the domain of blocks or attestations, without the block or vote");
  }
}

/** Memory that another thread may write could hold one vote while it is judged, and another while it is hashed. */
function assertBytes(name: string, bytes: Uint8Array, length: number): void {
  if (bytes instanceof Uint8Array && bytes.length === length && bytes.buffer instanceof ArrayBuffer) return;
  throw internal(`${name} must be ${length} bytes of its own`);
}

/** Types end where a message of another thread begins. */
function unknownKind(duty: never): SignerError {
  return internal(`a duty of kind ${String(Object(duty).kind)} is none that is known`);
}

function internal(what: string): SignerError {
  return new SignerError("service.internal", `${what}; nothing was signed, report this`);
}
