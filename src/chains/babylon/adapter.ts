/**
 * Babylon finality providers: votes by extractable one-time signatures (EOTS), and BIP-340 over a digest for the
 * commitment of public randomness and the proof of possession.
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import type { Json } from "../../domain/canonical.ts";
import { toHex } from "../../domain/bytes.ts";
import {
  chainIdText,
  MESSAGE_BYTES_MAX,
  RANDOMNESS_BYTES,
  readVote,
  type FinalityVote,
} from "../../domain/eots.ts";
import { intentOf, type Findings, type Intent } from "../../domain/intent.ts";
import type { KeyRecord } from "../../domain/keys.ts";
import type { ChainAdapter, DecodedRequest, Signature, SignedFields, SignRequest } from "../adapter.ts";
import { addressOf, planImport, planKey, xOnlyOf } from "./keys.ts";
import { votingContext } from "./signing-context.ts";
import { malformed, readChainId, readDigest, readHeight, readMessage } from "./statement.ts";

const EOTS = "babylon.eots";
const SCHNORR = "babylon.schnorr";
const SIGNATURE_BYTES = 64;
const NETWORK = "babylon";

/** The Babylon adapter. Answers carry `signature`: 0x-hex, 32 bytes (EOTS) or 64 bytes (Schnorr). */
export const babylonAdapter: ChainAdapter = {
  chain: "babylon",
  curve: "secp256k1",
  requestTypes: [EOTS, SCHNORR],
  heavy: false,
  planKey,
  planImport,
  addressOf,
  decode,
  assemble,
};

function decode(request: SignRequest, key: KeyRecord): DecodedRequest {
  if (request.type === EOTS) return decodeEots(request, key);
  if (request.type === SCHNORR) return decodeSchnorr(request, key);
  throw malformed("/type", `must be ${EOTS} or ${SCHNORR}`);
}

function decodeEots(request: SignRequest, key: KeyRecord): DecodedRequest {
  assertMembers(request, ["type", "chainId", "height", "message"]);
  const chainId = readChainId(request["chainId"]);
  const height = readHeight(request["height"]);
  const message = readMessage(request["message"]);
  const publicKey = xOnlyOf(key);
  const vote = readVote(message);
  const unknown = unknownOf(vote, chainId);
  const facts = {
    kind: "eots",
    chainId: chainIdText(chainId),
    height: height.toString(),
    // Policies get a long one by its hash: the whole would fill their input.
    ...(message.length <= MESSAGE_BYTES_MAX
      ? { message: toHex(message) }
      : { messageHash: toHex(sha256(message)), messageBytes: message.length }),
    ...(vote === undefined ? {} : { vote: voteFacts(vote) }),
    // Policies take what has this member for a vote: so it is there only where nothing is unknown.
    ...(vote === undefined || unknown !== undefined ? {} : { voteHeight: vote.height.toString() }),
  };
  return {
    type: EOTS,
    intent: statementIntent(facts, unknown),
    environment: { chainId: chainIdText(chainId), network: NETWORK },
    // One message a height is the whole rule, and the guard holds it.
    bindingRequired: false,
    payloads: [{ scheme: EOTS, chainId, height, message, publicKey }],
    draft: null,
  };
}

/** What about a message cannot be told; undefined for a vote that Babylon's own daemon may ask for. */
function unknownOf(vote: FinalityVote | undefined, chainId: Uint8Array): string | undefined {
  if (vote === undefined)
    return "the message is no finality vote of 40 bytes, nor one with a signing context";
  const { signingContext } = vote;
  return signingContext === undefined || signingContext === votingContext(chainId)
    ? undefined
    : "the vote's signing context is not Babylon's own for votes on this chain";
}

function voteFacts({ height, blockHash, signingContext }: FinalityVote): Json {
  return {
    height: height.toString(),
    blockHash: toHex(blockHash),
    ...(signingContext === undefined ? {} : { signingContext }),
  };
}

function decodeSchnorr(request: SignRequest, key: KeyRecord): DecodedRequest {
  assertMembers(request, ["type", "message"]);
  const digest = readDigest(request["message"]);
  return {
    type: SCHNORR,
    intent: statementIntent({ kind: "schnorr", message: toHex(digest) }, "the message is a hash"),
    environment: { chainId: "", network: NETWORK },
    // fpd must get its commitments signed by a key that nothing else was set up for. A finality provider's key is that
    // key's one use: it holds no coins, and its Schnorr nonces never come from the EOTS generator.
    bindingRequired: false,
    payloads: [{ scheme: SCHNORR, digest, publicKey: xOnlyOf(key) }],
    draft: null,
  };
}

/** `unknown`: what about the message cannot be told; then a policy, where one is bound, must allow opaque requests. */
function statementIntent(facts: Readonly<Record<string, Json>>, unknown: string | undefined): Intent {
  const findings: Findings =
    unknown === undefined
      ? { harmless: ["a finality vote moves nothing; the guard keeps it from contradicting"] }
      : { opacity: [{ cause: "hashedMessage", reason: unknown }] };
  return intentOf(findings, { babylon: facts });
}

function assemble(decoded: DecodedRequest, signatures: readonly Signature[]): SignedFields {
  const [signature, ...others] = signatures;
  if (signature?.bytes.length !== SIGNATURE_BYTES || others.length > 0) {
    throw new TypeError("a Babylon request has one signature of 64 bytes");
  }
  const { bytes } = signature;
  // The chain has the public randomness already.
  return { signature: toHex(decoded.type === EOTS ? bytes.subarray(RANDOMNESS_BYTES) : bytes) };
}

/** The schema says so too; other doors have none. */
function assertMembers(request: SignRequest, names: readonly string[]): void {
  for (const name of Object.keys(request)) {
    if (!names.includes(name))
      throw malformed(`/${name}`, `is not a member of ${request.type}; leave it out`);
  }
}
