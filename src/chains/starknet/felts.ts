/** Field elements and their text forms. A felt is an integer below P = 2^251 + 17·2^192 + 1, never reduced silently. */
import { keccak } from "@scure/starknet";
import { parseQuantity } from "../../domain/amounts.ts";
import { utf8 } from "../../domain/bytes.ts";
import { invalid } from "../../domain/errors.ts";

/** The Stark field's prime. */
export const PRIME = 2n ** 251n + 17n * 2n ** 192n + 1n;
/** Contract addresses are below this: the last 256 values of the 251-bit tree are reserved. */
export const ADDRESS_BOUND = 2n ** 251n - 256n;
/** A Cairo short string is ASCII text in one felt. */
const SHORT_STRING_LENGTH_MAX = 31;

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
const CHAIN_NAME = /^[A-Z][A-Z0-9_]{0,30}$/;
const HEX = /^0x[0-9a-fA-F]+$/;

/**
 * Reads one felt: 0x-hex, decimal text or a safe integer.
 * @throws SignerError `transaction.invalid` where the value is not an integer, or not below P
 */
export function parseFelt(value: unknown, field: string): bigint {
  const felt = parseQuantity(value, field, 256);
  if (felt >= PRIME) throw invalid(field, "must be a felt: an integer below 2^251 + 17·2^192 + 1");
  return felt;
}

/** Reads a contract address. @throws SignerError `transaction.invalid` where it is not below 2^251 - 256 */
export function parseAddress(value: unknown, field: string): bigint {
  const address = parseFelt(value, field);
  requireAddress(address, field);
  return address;
}

/** Refuses a felt that no contract can have as its address. */
export function requireAddress(felt: bigint, field: string): void {
  if (felt >= ADDRESS_BOUND) throw invalid(field, "must be a contract address: an integer below 2^251 - 256");
}

/** 0x-hex without leading zeros, the JSON-RPC specification's form of a felt. */
export function feltText(felt: bigint): string {
  return `0x${felt.toString(16)}`;
}

/** Lowercase 0x-hex of 64 digits: how Claviger prints contract addresses and class hashes, so that they compare as text. */
export function addressText(felt: bigint): string {
  return `0x${felt.toString(16).padStart(64, "0")}`;
}

/** Felt of an ASCII short string of at most 31 characters; throws RangeError otherwise. */
export function shortString(text: string): bigint {
  if (!isShortString(text)) throw new RangeError("not a short string");
  return text === "" ? 0n : BigInt(`0x${Buffer.from(text, "latin1").toString("hex")}`);
}

/** True for printable ASCII of at most 31 characters. */
export function isShortString(text: string): boolean {
  return text.length <= SHORT_STRING_LENGTH_MAX && PRINTABLE_ASCII.test(text);
}

/** True for printable ASCII of any length. */
export function isPrintableAscii(text: string): boolean {
  return PRINTABLE_ASCII.test(text);
}

/** Keccak-256 of ASCII text, cut to its low 250 bits: entry-point selectors and SNIP-12 type hashes. */
export function starknetKeccak(text: string): bigint {
  return keccak(utf8(text));
}

/** True for text in the form of a chain's name, `SN_MAIN`. */
export function isChainName(value: unknown): value is string {
  return typeof value === "string" && CHAIN_NAME.test(value);
}

/**
 * Felt of a chain id given as its name (`SN_MAIN`) or as 0x-hex. Decimal text is refused: it could mean either.
 * @throws SignerError `transaction.invalid`
 */
export function parseChainId(value: unknown, field: string): bigint {
  if (isChainName(value)) return shortString(value);
  if (typeof value === "string" && HEX.test(value)) return parseFelt(value, field);
  throw invalid(field, 'must be a chain name such as "SN_MAIN" or "SN_SEPOLIA", or its felt in 0x-hex');
}

const NETWORKS: ReadonlyMap<string, string> = new Map([
  ["SN_MAIN", "mainnet"],
  ["SN_SEPOLIA", "sepolia"],
  ["SN_INTEGRATION_SEPOLIA", "integration-sepolia"],
]);

/** Policies compare `chainId` as text: the name where the felt spells one, else minimal 0x-hex. */
export function chainEnvironment(chainId: bigint): { readonly chainId: string; readonly network: string } {
  const digits = chainId.toString(16);
  const text = Buffer.from(digits.padStart(digits.length + (digits.length % 2), "0"), "hex").toString(
    "latin1",
  );
  const name = CHAIN_NAME.test(text) ? text : feltText(chainId);
  return { chainId: name, network: NETWORKS.get(name) ?? "custom" };
}
