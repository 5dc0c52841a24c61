/**
 * The wire format: a count, that many 64-byte signature slots, then the message. A slot of zeros is empty. At most
 * 1,232 bytes, so the count always fits one byte.
 * @module
 */
import { fromBase64 } from "../../domain/bytes.ts";
import { invalid } from "../../domain/errors.ts";
import { messageLength } from "./message.ts";

const SIGNATURE_BYTES = 64;
/** One IPv6 packet: 1,280 bytes less the headers. */
const WIRE_LIMIT = 1232;
/** Version 1 transactions may be longer than one packet (SIMD-0296). */
const LARGEST_TRANSACTION = 4096;
const ONE_BYTE_COUNT_LIMIT = 0x80;
const FIELD = "/transaction";

export interface WireTransaction {
  /** The transaction as received: one count byte, `signatureCount` × 64 bytes, the message. */
  readonly wire: Uint8Array;
  readonly signatureCount: number;
  readonly message: Uint8Array;
}

/**
 * Splits a base64 wire transaction; the message's own form is checked by `decodeMessage`.
 * @throws SignerError `transaction.invalid`
 */
export function parseWire(transaction: unknown): WireTransaction {
  const wire = typeof transaction === "string" ? fromBase64(transaction) : undefined;
  if (wire === undefined) throw invalid(FIELD, "must be standard, padded base64");
  const signatureCount = wire[0];
  if (signatureCount === undefined) throw invalid(FIELD, "must not be empty");
  if (signatureCount === ONE_BYTE_COUNT_LIMIT + 1) {
    throw invalid(FIELD, "message version 1 is not supported; send a legacy or version 0 message");
  }
  if (wire.length > WIRE_LIMIT) throw invalid(FIELD, `must have at most ${WIRE_LIMIT} bytes`);
  if (signatureCount === 0 || signatureCount >= ONE_BYTE_COUNT_LIMIT) {
    throw invalid(FIELD, "must begin with the number of signature slots, one byte from 1 to 127");
  }
  const start = messageStart(signatureCount);
  if (start >= wire.length)
    throw invalid(FIELD, "ends inside its signature slots; empty slots must be 64 zero bytes each");
  return { wire, signatureCount, message: wire.subarray(start) };
}

/** A copy of `wire` with `signature` in slot `slot`. */
export function withSignature(wire: Uint8Array, slot: number, signature: Uint8Array): Uint8Array {
  const signed = new Uint8Array(wire);
  signed.set(signature, 1 + slot * SIGNATURE_BYTES);
  return signed;
}

/** True for bytes that a cluster could take as a transaction, or as the message of one, of any version. */
export function isTransaction(bytes: Uint8Array): boolean {
  if (bytes.length > LARGEST_TRANSACTION) return false;
  const length = messageLength(bytes);
  // Version 1 puts the signatures behind the message, the others before it.
  if (length !== undefined && (bytes.length - length) % SIGNATURE_BYTES === 0) return true;
  const start = messageStart(bytes[0] ?? 0);
  return start < bytes.length && messageLength(bytes.subarray(start)) === bytes.length - start;
}

function messageStart(signatureCount: number): number {
  return 1 + signatureCount * SIGNATURE_BYTES;
}
