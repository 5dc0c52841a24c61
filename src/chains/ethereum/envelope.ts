/**
 * Transactions as bytes. Whatever is serialised is parsed back and compared with what was asked for, both before the
 * digest is signed and after the signature is put in: a serialiser's mistake costs a refusal, never a wrong transaction.
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { parseTransaction, serializeTransaction, trim } from "viem/utils";
import { fromHex, toHex } from "../../domain/bytes.ts";
import { refused, SignerError } from "../../domain/errors.ts";
import type { Signature } from "../adapter.ts";
import type { Hex } from "./fields.ts";
import type { Transaction } from "./transaction.ts";

export interface SignedTransaction {
  /** EIP-2718 envelope (or legacy RLP) with its signature. */
  readonly raw: Hex;
  /** keccak-256 of `raw`. */
  readonly hash: Hex;
}

/** 32-byte digest that a signature of `transaction` covers. @throws SignerError `transaction.refused` */
export function signingDigest(transaction: Transaction): Uint8Array {
  return keccak(encodeUnsigned(transaction));
}

/** The bytes whose keccak-256 is signed, parsed back and compared. @throws SignerError `transaction.refused` */
export function encodeUnsigned(transaction: Transaction): Hex {
  const fields = wireFields(transaction);
  const unsigned = serialise(fields);
  if (!isDeepStrictEqual(parse(unsigned), fields)) {
    throw refused(
      "/transaction",
      "does not come back unchanged from its own encoding; write its members as a standard library does",
    );
  }
  return unsigned;
}

/**
 * The transaction with its signature, parsed back and compared, fields and signature both.
 * @throws SignerError `service.signature_invalid` when the assembled bytes say anything else
 */
export function assembleTransaction(
  transaction: Transaction,
  signature: Signature,
  yParity: 0 | 1,
): SignedTransaction {
  const r = toHex(signature.bytes.subarray(0, 32));
  const s = toHex(signature.bytes.subarray(32, 64));
  const fields = wireFields(transaction);
  const raw = serialise(fields, { r, s, yParity, v: BigInt(27 + yParity) });
  const expected = { ...fields, yParity, ...parsedSignature(transaction, r, s, yParity) };
  if (!isDeepStrictEqual(parse(raw), expected)) {
    throw new SignerError(
      "service.signature_invalid",
      "the signed bytes are not the transaction that was decoded",
    );
  }
  return { raw, hash: toHex(keccak(raw)) };
}

/** As `parseTransaction` returns a signature: r and s padded, except in legacy, where they are trimmed and v is EIP-155's. */
function parsedSignature(
  transaction: Transaction,
  r: Hex,
  s: Hex,
  yParity: 0 | 1,
): { r: Hex; s: Hex; v: bigint } {
  if (transaction.type !== "legacy") return { r, s, v: BigInt(27 + yParity) };
  return { r: trim(r), s: trim(s), v: BigInt(transaction.chainId) * 2n + 35n + BigInt(yParity) };
}

type WireFields = Extract<Parameters<typeof serializeTransaction>[0], object>;

/** The fields in the shape that `parseTransaction` returns: what is zero or empty is left out, as RLP cannot tell. */
function wireFields(transaction: Transaction): WireFields {
  const { type, chainId, nonce, gas, to, value, data } = transaction;
  const common = {
    chainId,
    nonce,
    ...(gas === 0n ? {} : { gas }),
    ...(to === null ? {} : { to }),
    ...(value === 0n ? {} : { value }),
    ...(data === "0x" ? {} : { data }),
  };
  if (type === "legacy") return { ...common, type, ...gasPriceField(transaction.gasPrice) };
  const accessList = transaction.accessList.length === 0 ? {} : { accessList: transaction.accessList };
  if (type === "eip2930") return { ...common, type, ...gasPriceField(transaction.gasPrice), ...accessList };
  const { maxFeePerGas, maxPriorityFeePerGas } = transaction;
  const fees = {
    ...(maxFeePerGas === 0n ? {} : { maxFeePerGas }),
    ...(maxPriorityFeePerGas === 0n ? {} : { maxPriorityFeePerGas }),
  };
  if (type === "eip1559") return { ...common, type, ...fees, ...accessList };
  if (type === "eip4844") {
    const { blobVersionedHashes, maxFeePerBlobGas, to: recipient } = transaction;
    const blobFee = maxFeePerBlobGas === 0n ? {} : { maxFeePerBlobGas };
    return { ...common, type, to: recipient, ...fees, ...accessList, ...blobFee, blobVersionedHashes };
  }
  const authorizationList = transaction.authorizationList.map((entry) => ({
    chainId: entry.chainId,
    address: entry.address,
    nonce: entry.nonce,
    r: entry.r,
    s: entry.s,
    yParity: entry.yParity,
    v: BigInt(27 + entry.yParity),
  }));
  return { ...common, type, ...fees, ...accessList, authorizationList };
}

function gasPriceField(gasPrice: bigint): { readonly gasPrice?: bigint } {
  return gasPrice === 0n ? {} : { gasPrice };
}

interface WireSignature {
  readonly r: Hex;
  readonly s: Hex;
  readonly yParity: 0 | 1;
  readonly v: bigint;
}

function serialise(fields: WireFields, signature?: WireSignature): Hex {
  try {
    return serializeTransaction(fields, signature);
  } catch {
    throw refused("/transaction", "cannot be serialised; write its members as a standard library does");
  }
}

function parse(serialised: Hex): object {
  try {
    return parseTransaction(serialised);
  } catch {
    throw refused(
      "/transaction",
      "cannot be parsed back from its own encoding; write its members as a standard library does",
    );
  }
}

function keccak(hex: Hex): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === undefined)
    throw refused(
      "/transaction",
      "has an encoding that is not whole bytes; write its members as a standard library does",
    );
  return keccak_256(bytes);
}
