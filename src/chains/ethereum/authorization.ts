/**
 * EIP-7702 authorisations: by its signature `address` acts as the signing account, with everything it owns.
 * The digest is keccak-256(0x05 ‖ rlp([chainId, address, nonce])).
 * @module
 */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { hashAuthorization } from "viem/utils";
import { parseQuantity } from "../../domain/amounts.ts";
import { bigintToBytes, bytesToBigint, concat, fromHex, toHex } from "../../domain/bytes.ts";
import { invalid, refused } from "../../domain/errors.ts";
import { addressOfPublicKey, readAddress, ZERO_ADDRESS } from "./address.ts";
import type { Effects } from "./effects.ts";
import { asSafeInteger, readArray, readBytes, readObject, type Hex, type Members } from "./fields.ts";

export interface Authorization {
  /** 0 is valid on every chain. */
  readonly chainId: number;
  /** Lowercase delegate; the zero address ends a delegation. */
  readonly address: Hex;
  readonly nonce: number;
}

export interface SignedAuthorization extends Authorization {
  readonly yParity: number;
  /** 32 bytes. */
  readonly r: Hex;
  /** 32 bytes, at most half the group order. */
  readonly s: Hex;
  /** Lowercase address that signed, recovered from the signature. */
  readonly authority: Hex;
}

/** Each costs a public-key recovery (about two milliseconds) on the calling thread. */
const AUTHORIZATIONS_MAX = 16;
const UNSIGNED = new Set(["chainId", "address", "nonce"]);
const SIGNED = new Set([...UNSIGNED, "yParity", "r", "s", "v"]);
const HALF_ORDER = secp256k1.Point.Fn.ORDER / 2n;

/** Why a delegation with chain id 0 needs a policy that allows opaque requests. */
const EVERY_CHAIN = "authorization valid on every chain";

/** Reads the `authorization` member of a request. @throws SignerError `transaction.invalid` */
export function readAuthorization(value: unknown, field = "/authorization"): Authorization {
  return readFields(readObject(value, field, UNSIGNED), field);
}

/** 32-byte EIP-7702 digest. */
export function authorizationDigest(authorization: Authorization): Uint8Array {
  return hashAuthorization({ ...authorization, to: "bytes" });
}

/**
 * Reads the `authorizationList` of a type-4 transaction on `chainId`; recovers who signed each entry.
 * @throws SignerError `transaction.invalid` for a bad or high-s signature or a foreign chain id; `transaction.refused` for none
 */
export function readSignedAuthorizations(
  value: unknown,
  field: string,
  chainId: number,
): readonly SignedAuthorization[] {
  const list = readArray(value, field, AUTHORIZATIONS_MAX);
  if (list.length === 0) throw refused(field, "must hold at least one authorization (EIP-7702)");
  return list.map((item, index) => readSigned(item, `${field}/${index}`, chainId));
}

/** Adds what a delegation does: its code acts as `owner` from then on. Delegation to the zero address ends it. */
export function visitDelegation(effects: Effects, owner: string, { address, chainId }: Authorization): void {
  effects.controls("delegate", owner, address === ZERO_ADDRESS ? null : address);
  if (chainId === 0) effects.opaque("authorization", EVERY_CHAIN);
}

function readSigned(value: unknown, field: string, chainId: number): SignedAuthorization {
  const members = readObject(value, field, SIGNED);
  const authorization = readFields(members, field);
  if (authorization.chainId !== 0 && authorization.chainId !== chainId) {
    throw invalid(`${field}/chainId`, "must be the transaction's chain id, or 0; any other has no effect");
  }
  const yParity = Number(parseQuantity(members["yParity"], `${field}/yParity`, 1));
  // Libraries repeat the parity as v, 27 or 28.
  if (members["v"] !== undefined && parseQuantity(members["v"], `${field}/v`) !== BigInt(27 + yParity))
    throw invalid(`${field}/v`, "must be 27 plus yParity; leave it out");
  const r = readScalar(members["r"], `${field}/r`);
  const s = readScalar(members["s"], `${field}/s`);
  if (bytesToBigint(s) > HALF_ORDER)
    throw invalid(`${field}/s`, "must be at most half the group order (EIP-2)");
  const authority = recover(authorization, concat(Uint8Array.of(yParity), r, s), field);
  return { ...authorization, yParity, r: toHex(r), s: toHex(s), authority };
}

function recover(authorization: Authorization, signature: Uint8Array, field: string): Hex {
  try {
    const digest = authorizationDigest(authorization);
    return addressOfPublicKey(secp256k1.recoverPublicKey(signature, digest, { prehash: false }));
  } catch {
    throw invalid(field, "has a signature from which no signer can be recovered; have it signed again");
  }
}

/** r or s: 0x-hex of 32 bytes, or a quantity as JSON-RPC prints it. */
function readScalar(value: unknown, field: string): Uint8Array {
  if (typeof value === "string" && value.length === 66)
    return fromHex(readBytes(value, field, 32)) ?? new Uint8Array(32);
  return bigintToBytes(parseQuantity(value, field), 32);
}

function readFields(members: Members, field: string): Authorization {
  return {
    chainId: asSafeInteger(parseQuantity(members["chainId"], `${field}/chainId`), `${field}/chainId`),
    address: readAddress(members["address"], `${field}/address`),
    nonce: asSafeInteger(parseQuantity(members["nonce"], `${field}/nonce`, 64), `${field}/nonce`),
  };
}
