/**
 * SNIP-12 basic values. Where a felt may be a number or a short string, text that could be read as either is refused,
 * because wallets disagree on it; digits and 0x-hex are numbers, as in every wallet.
 * @module
 */
import { parseQuantity } from "../../domain/amounts.ts";
import type { Json } from "../../domain/canonical.ts";
import { invalid } from "../../domain/errors.ts";
import {
  PRIME,
  addressText,
  feltText,
  isPrintableAscii,
  isShortString,
  parseAddress,
  parseFelt,
  shortString,
  starknetKeccak,
} from "./felts.ts";
import type { BasicType, Revision } from "./snip12-types.ts";

/** A value's encoding before hashing, and its one canonical JSON form, which encodes to the same. */
export interface EncodedBasic {
  /** One felt, or the serialised byte array of a revision 1 string, which is still to be hashed. */
  readonly encoded: bigint | readonly bigint[];
  readonly canonical: Json;
}

const INT128_BOUND = 1n << 127n;
const BYTE_ARRAY_WORD = 31;
const STRING_LENGTH_MAX = 8_192;
const NUMERIC = /^(?:0|[1-9][0-9]*|0x[0-9a-fA-F]+)$/;
const SIGNED = /^-[1-9][0-9]*$/;
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** Encodes one basic value. @throws SignerError `transaction.invalid` for a value that is not of its type */
export function encodeBasic(
  type: BasicType,
  revision: Revision,
  value: unknown,
  field: string,
): EncodedBasic {
  switch (type) {
    case "felt":
    case "shortstring":
      return encodeFeltOrText(value, field);
    case "string":
      return revision === "1" ? encodeString(value, field) : encodeFeltOrText(value, field);
    case "bool":
      return encodeBoolean(value, revision, field);
    case "selector":
      return encodeSelector(value, field);
    case "u128":
    case "timestamp": {
      const number = parseQuantity(value, field, 128);
      return { encoded: number, canonical: number.toString() };
    }
    case "i128":
      return encodeSigned(value, field);
    case "ContractAddress": {
      const address = parseAddress(value, field);
      return { encoded: address, canonical: addressText(address) };
    }
    case "ClassHash": {
      const classHash = parseFelt(value, field);
      return { encoded: classHash, canonical: addressText(classHash) };
    }
  }
}

/** Revision 0 knows truth as the felts 0 and 1. */
function encodeBoolean(value: unknown, revision: Revision, field: string): EncodedBasic {
  const truth =
    revision === "0" && typeof value !== "boolean" ? parseQuantity(value, field, 1) === 1n : value;
  if (typeof truth !== "boolean") throw invalid(field, "must be true or false");
  return { encoded: truth ? 1n : 0n, canonical: truth };
}

function encodeFeltOrText(value: unknown, field: string): EncodedBasic {
  if (typeof value !== "string" || NUMERIC.test(value)) {
    const felt = parseFelt(value, field);
    return { encoded: felt, canonical: feltText(felt) };
  }
  if (!isShortString(value))
    throw invalid(field, "must be a felt, or printable ASCII of at most 31 characters");
  if (value !== "" && readsAsNumber(value)) {
    throw invalid(field, "could be a number or text: write a plain decimal or 0x-hex number, or other text");
  }
  return { encoded: shortString(value), canonical: value };
}

function readsAsNumber(text: string): boolean {
  if (/^0x/i.test(text)) return true;
  try {
    BigInt(text);
    return true;
  } catch {
    return false;
  }
}

/** Cairo ByteArray: number of full words, the words, the rest, its length in bytes. */
function encodeString(value: unknown, field: string): EncodedBasic {
  if (typeof value !== "string" || value.length > STRING_LENGTH_MAX || !isPrintableAscii(value)) {
    throw invalid(field, `must be printable ASCII of at most ${STRING_LENGTH_MAX} characters`);
  }
  const words: bigint[] = [];
  let rest = value;
  for (; rest.length >= BYTE_ARRAY_WORD; rest = rest.slice(BYTE_ARRAY_WORD)) {
    words.push(shortString(rest.slice(0, BYTE_ARRAY_WORD)));
  }
  return {
    encoded: [BigInt(words.length), ...words, shortString(rest), BigInt(rest.length)],
    canonical: value,
  };
}

function encodeSelector(value: unknown, field: string): EncodedBasic {
  if (typeof value === "string" && IDENTIFIER.test(value)) {
    const selector = starknetKeccak(value);
    return { encoded: selector, canonical: feltText(selector) };
  }
  if (typeof value === "string" && value.startsWith("0x")) {
    const selector = parseFelt(value, field);
    return { encoded: selector, canonical: feltText(selector) };
  }
  throw invalid(field, "must be the name of an entry point, or its selector in 0x-hex");
}

function encodeSigned(value: unknown, field: string): EncodedBasic {
  const negative =
    typeof value === "number"
      ? value < 0 && Number.isSafeInteger(value)
      : typeof value === "string" && SIGNED.test(value);
  const number =
    negative && String(value).length <= 40 ? BigInt(String(value)) : parseQuantity(value, field, 127);
  if (number < -INT128_BOUND) throw invalid(field, "must not be below -2^127");
  return { encoded: number < 0n ? PRIME + number : number, canonical: number.toString() };
}
