/** Ethereum addresses: lowercase 0x-hex inside and in intents, EIP-55 checksummed where a person reads them. */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { getAddress, getContractAddress } from "viem/utils";
import { concat, fromHex, toHex } from "../../domain/bytes.ts";
import { invalid } from "../../domain/errors.ts";
import type { Hex } from "./fields.ts";
import type { PublicKey } from "../../domain/kinds.ts";

const LOWER = /^0x[0-9a-f]{40}$/;
const UPPER = /^0x[0-9A-F]{40}$/;
const MIXED = /^0x[0-9a-fA-F]{40}$/;

export const ZERO_ADDRESS = "0x0000000000000000000000000000000000000000";

/**
 * Reads a 20-byte address and returns it in lowercase. Only mixed case costs a keccak: that is where EIP-55 applies.
 * @throws SignerError `transaction.invalid` for another length, or mixed case whose checksum is wrong
 */
export function readAddress(value: unknown, field: string): Hex {
  if (!isAddressText(value)) throw invalid(field, "must be a 20-byte address in 0x-hex");
  if (LOWER.test(value)) return value;
  const lower: Hex = `0x${value.slice(2).toLowerCase()}`;
  if (!UPPER.test(value) && checksumAddress(lower) !== value) {
    throw invalid(field, "has a wrong EIP-55 checksum; check the address, or send it in lowercase");
  }
  return lower;
}

/** EIP-55 form of a lowercase address. */
export function checksumAddress(lower: Hex): Hex {
  return getAddress(lower);
}

/** Lowercase address of a 33-byte compressed or 65-byte public key: the last 20 bytes of keccak-256 of x‖y. */
export function addressOfPublicKey(publicKey: PublicKey): Hex {
  const point = secp256k1.Point.fromBytes(publicKey).toBytes(false);
  return toHex(keccak_256(point.subarray(1)).subarray(12));
}

/** Lowercase address of the contract that `creator`'s transaction with this nonce creates. */
export function contractAddress(creator: string, nonce: number): string {
  if (!isAddressText(creator)) throw new TypeError("the creator is not an address");
  return getContractAddress({ from: creator, nonce: BigInt(nonce) }).toLowerCase();
}

/** Lowercase address of the contract that `creator` creates by CREATE2 (EIP-1014); salt of 32 bytes, all 0x-hex. */
export function create2Address(creator: string, salt: string, initCode: string): string {
  const [from, mixed, code] = [fromHex(creator), fromHex(salt), fromHex(initCode)];
  if (from?.length !== 20 || mixed?.length !== 32 || code === undefined)
    throw new TypeError("the parts of a CREATE2 address are not what they should be");
  return toHex(keccak_256(concat(Uint8Array.of(0xff), from, mixed, keccak_256(code))).subarray(12));
}

function isAddressText(value: unknown): value is Hex {
  return typeof value === "string" && MIXED.test(value);
}
