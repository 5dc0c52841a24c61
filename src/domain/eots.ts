/**
 * An EOTS statement (Babylon): its limits, the votes among its messages, and how its chain id is shown: one form for policies,
 * refusals and logs.
 * @module
 */
import { toHex } from "./bytes.ts";
import type { XOnlyKey } from "./kinds.ts";

export const CHAIN_ID_BYTES_MAX = 64;
/** Of a message that is recorded. */
export const MESSAGE_BYTES_MAX = 8192;
/** Of one that is presented: a longer one than is recorded is signed only where an import brought its hash. */
export const MESSAGE_PRESENTED_MAX = 1_048_576;
/** Heights are below this. */
export const HEIGHT_LIMIT = 2n ** 64n;
/** Bytes of one value of public randomness: the x coordinate of a point. */
export const RANDOMNESS_BYTES = 32;
/** Values in one list at most: twice what a finality-provider daemon commits to at once. */
export const RANDOMNESS_COUNT_MAX = 100_000;

/** One key on one chain. `publicKey`: 32 bytes x-only; `chainId`: at most 64 bytes. */
export interface EotsTrack {
  readonly publicKey: XOnlyKey;
  readonly chainId: Uint8Array;
}

/** `height`: 0 to 2^64-1. */
export interface EotsPlace extends EotsTrack {
  readonly height: bigint;
}

/** What is kept of a message: itself, or, where it is too long for that, its SHA-256 (32 bytes) beside an empty message. */
export interface KeptMessage {
  readonly message: Uint8Array;
  readonly messageHash?: Uint8Array;
}

/** A message in the form of a finality vote. Nothing says that the block exists, or that the form was meant so. */
export interface FinalityVote {
  readonly height: bigint;
  /** The block's application hash, 32 bytes. */
  readonly blockHash: Uint8Array;
  /** 64 lowercase hex digits that come before the vote; undefined where nothing does. */
  readonly signingContext?: string;
}

const BLOCK_HASH_BYTES = 32;
/** Height (8 bytes, big-endian) ‖ block hash. */
const VOTE_BYTES = 8 + BLOCK_HASH_BYTES;
/** Hex of a SHA-256, as ASCII. */
const CONTEXT_BYTES = 64;
const CONTEXT = /^[0-9a-f]{64}$/;

/**
 * The vote in a message of 40 bytes, or of 104 where a signing context comes first (babylon 3.0.0-rc, finality-provider
 * 2.0.0-rc.0 to rc.4). Undefined for any other.
 */
export function readVote(message: Uint8Array): FinalityVote | undefined {
  if (message.length === VOTE_BYTES) return plainVote(message);
  if (message.length !== CONTEXT_BYTES + VOTE_BYTES) return undefined;
  const signingContext = utf8Text(message.subarray(0, CONTEXT_BYTES));
  if (signingContext === undefined || !CONTEXT.test(signingContext)) return undefined;
  return { ...plainVote(message.subarray(CONTEXT_BYTES)), signingContext };
}

function plainVote(bytes: Uint8Array): FinalityVote {
  const height = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getBigUint64(0);
  return { height, blockHash: bytes.slice(VOTE_BYTES - BLOCK_HASH_BYTES) };
}

/** What prints as itself: letters, marks, numbers, punctuation, symbols and plain spaces. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u;

/** The text of a chain id where it is printable UTF-8 and no 0x-hex, else its 0x-hex: no two ids have one text. */
export function chainIdText(chainId: Uint8Array): string {
  const text = utf8Text(chainId);
  return text !== undefined && PRINTABLE.test(text) && !text.startsWith("0x") ? text : toHex(chainId);
}

/** The text of UTF-8 bytes, or undefined. A byte order mark is a character like others. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
