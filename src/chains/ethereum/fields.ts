/** Strict reading of request members: every name must be known, every value has one accepted form. */
import { invalid } from "../../domain/errors.ts";

/** 0x-hex; inside this folder always lowercase. */
export type Hex = `0x${string}`;

export type Members = Readonly<Record<string, unknown>>;

const HEX_BYTES = /^0x(?:[0-9a-fA-F]{2})*$/;

/**
 * A JSON object whose names are all in `known`.
 * @param field JSON pointer of the value, for the message
 * @throws SignerError `transaction.invalid` for anything else, naming the first unknown member
 */
export function readObject(value: unknown, field: string, known: ReadonlySet<string>): Members {
  const members = readAnyObject(value, field);
  for (const name of Object.keys(members)) {
    if (!known.has(name)) throw invalid(`${field}/${pointer(name)}`, "is not a known member; remove it");
  }
  return members;
}

/** A JSON object with any names. @throws SignerError `transaction.invalid` */
export function readAnyObject(value: unknown, field: string): Members {
  if (!isObject(value)) throw invalid(field, "must be a JSON object");
  return value;
}

/** A JSON array of at most `max` items. @throws SignerError `transaction.invalid` */
export function readArray(value: unknown, field: string, max: number): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(field, "must be a JSON array");
  if (value.length > max) throw invalid(field, `must have at most ${max} items`);
  return value;
}

/** Lowercase 0x-hex of whole bytes, exactly `length` bytes where that is given. @throws SignerError `transaction.invalid` */
export function readBytes(value: unknown, field: string, length?: number): Hex {
  if (!isHexBytes(value)) throw invalid(field, "must be 0x-hex with an even number of digits");
  if (length !== undefined && value.length !== 2 + 2 * length)
    throw invalid(field, `must be ${length} bytes of 0x-hex`);
  return lowerHex(value);
}

/** Text without lone surrogates, which UTF-8 cannot carry: two texts would have one hash. */
export function readText(value: unknown, field: string): string {
  if (typeof value !== "string") throw invalid(field, "must be text");
  if (!value.isWellFormed())
    throw invalid(field, "has a lone surrogate, which UTF-8 cannot encode; leave it out");
  return value;
}

/** An integer between 0 and 2^53 - 1: what the serialiser can hold exactly as a JavaScript number. */
export function asSafeInteger(value: bigint, field: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalid(field, "must be below 2^53");
  return Number(value);
}

/** One name as a JSON pointer token (RFC 6901), shortened so that a message cannot be flooded. */
export function pointer(name: string): string {
  return name.slice(0, 64).replaceAll("~", "~0").replaceAll("/", "~1");
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isHexBytes(value: unknown): value is Hex {
  return typeof value === "string" && HEX_BYTES.test(value);
}

function lowerHex(value: Hex): Hex {
  return `0x${value.slice(2).toLowerCase()}`;
}
