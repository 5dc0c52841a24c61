/**
 * What an EOTS signature commits to, read from JSON: chain id, height and message. Chain ids are bytes; those that are
 * text may be written as text.
 * @module
 */
import { fromHex, utf8 } from "../../domain/bytes.ts";
import { CHAIN_ID_BYTES_MAX, HEIGHT_LIMIT, MESSAGE_PRESENTED_MAX } from "../../domain/eots.ts";
import { SignerError } from "../../domain/errors.ts";

const DIGEST_BYTES = 32;
const DECIMAL = /^(?:0|[1-9][0-9]{0,19})$/;

/**
 * A chain id as text (its UTF-8 bytes) or as `{hex: "0x…"}`; it may be empty.
 * @throws SignerError `request.malformed`
 */
export function readChainId(value: unknown, pointer = "/chainId"): Uint8Array {
  if (typeof value === "string") return sized(textBytes(value, pointer), pointer);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const [[name, hex] = [], ...others] = Object.entries(value);
    if (name === "hex" && others.length === 0) return sized(readHex(hex, `${pointer}/hex`), pointer);
  }
  throw malformed(pointer, `must be text, or {"hex": "0x…"} for an id that is not text`);
}

/** A height as a decimal string without leading zeros. @throws SignerError `request.malformed` */
export function readHeight(value: unknown, pointer = "/height"): bigint {
  if (typeof value !== "string" || !DECIMAL.test(value)) {
    throw malformed(pointer, "must be a decimal string without leading zeros");
  }
  const height = BigInt(value);
  if (height >= HEIGHT_LIMIT) throw malformed(pointer, "must be below 2^64");
  return height;
}

/**
 * The message to sign, raw; the guard signs none above 8192 bytes that it does not know.
 * @throws SignerError `request.malformed` above one mebibyte
 */
export function readMessage(value: unknown, pointer = "/message"): Uint8Array {
  const message = readHex(value, pointer);
  if (message.length > MESSAGE_PRESENTED_MAX) {
    throw malformed(pointer, `must have at most ${MESSAGE_PRESENTED_MAX} bytes, not ${message.length}`);
  }
  return message;
}

/** 32 bytes. @throws SignerError `request.malformed` */
export function readDigest(value: unknown, pointer = "/message"): Uint8Array {
  const digest = readHex(value, pointer);
  if (digest.length !== DIGEST_BYTES) {
    throw malformed(pointer, `must be ${DIGEST_BYTES} bytes, not ${digest.length}`);
  }
  return digest;
}

/** @param pointer JSON pointer of the offending value */
export function malformed(pointer: string, rule: string): SignerError {
  return new SignerError("request.malformed", `${pointer}: ${rule}`, { field: pointer });
}

function textBytes(text: string, pointer: string): Uint8Array {
  // A lone surrogate would be signed as U+FFFD: two ids with the same bytes, and so the same nonces.
  if (!text.isWellFormed()) throw malformed(pointer, "must be well-formed Unicode");
  return utf8(text);
}

function sized(chainId: Uint8Array, pointer: string): Uint8Array {
  if (chainId.length <= CHAIN_ID_BYTES_MAX) return chainId;
  throw malformed(pointer, `must have at most ${CHAIN_ID_BYTES_MAX} bytes, not ${chainId.length}`);
}

function readHex(value: unknown, pointer: string): Uint8Array {
  const bytes = typeof value === "string" ? fromHex(value) : undefined;
  if (bytes === undefined) throw malformed(pointer, "must be 0x-hex with an even number of digits");
  return bytes;
}
