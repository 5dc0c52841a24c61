/** One line of an EOTS history: an object with exactly the members it may have, each in its one form. */
import { fromHex, utf8 } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import { heightOfText, publicKeyOf } from "./names.ts";
import { CHAIN_ID_BYTES_MAX } from "../../domain/eots.ts";

/** `number` counts from 1. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

export type Members = Readonly<Record<string, unknown>>;

/** @returns the error for a line that breaks the format at `field`, a JSON pointer into it */
export function malformedLine(number: number, field: string, rule: string): SignerError {
  const what = field === "" ? "" : `${field}: `;
  return new SignerError("request.malformed", `line ${number}: ${what}${rule}`, { line: number, field });
}

/** @throws SignerError `request.malformed` unless the line is a JSON object that has no member twice */
export function membersOf({ number, text }: Line): Members {
  const members = jsonObject(number, text);
  assertNoneTwice(number, text, members);
  return members;
}

/** @throws SignerError `request.malformed` unless the line has all the required members, and no others but optional ones */
export function assertMembers(
  number: number,
  members: Members,
  required: readonly string[],
  optional: readonly string[] = [],
): void {
  for (const name of Object.keys(members)) {
    if (required.includes(name) || optional.includes(name)) continue;
    throw malformedLine(number, `/${name.slice(0, 64)}`, "is not a member of such a line");
  }
  for (const name of required) {
    if (!Object.hasOwn(members, name)) throw malformedLine(number, `/${name}`, "is missing");
  }
}

function jsonObject(number: number, text: string): Members {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformedLine(number, "", "is not valid JSON");
  }
  if (!isObject(value)) throw malformedLine(number, "", "must be an object");
  return value;
}

/** JSON.parse keeps the last of several members of one name: what the others say must not be lost. */
function assertNoneTwice(number: number, text: string, members: Members): void {
  const names = [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter((match) => match[1] !== undefined);
  const nested = Object.values(members).filter(isObject);
  const expected = nested.reduce(
    (sum, inner) => sum + Object.keys(inner).length,
    Object.keys(members).length,
  );
  if (names.length !== expected) throw malformedLine(number, "", "has a member twice");
}

export function publicKeyMember(number: number, members: Members): Uint8Array {
  const key = publicKeyOf(textOf(members["publicKey"]));
  if (key === undefined) throw malformedLine(number, "/publicKey", "must be 64 hex digits");
  return key;
}

/** A string, or `{"hex": "0x…"}` for one that is not UTF-8. */
export function chainIdMember(number: number, members: Members): Uint8Array {
  const value = members["chainId"];
  const chainId = chainIdBytes(value);
  if (chainId === undefined || chainId.length > CHAIN_ID_BYTES_MAX) {
    throw malformedLine(number, "/chainId", 'must be text or {"hex": "0x…"} of at most 64 bytes');
  }
  return chainId;
}

function chainIdBytes(value: unknown): Uint8Array | undefined {
  if (typeof value === "string") return value.isWellFormed() ? utf8(value) : undefined;
  if (!isObject(value) || Object.keys(value).join() !== "hex") return undefined;
  return fromHex(textOf(value["hex"]));
}

export function heightMember(number: number, members: Members, name: string): bigint {
  const height = heightOfText(textOf(members[name]));
  if (height === undefined) {
    throw malformedLine(number, `/${name}`, "must be a decimal string from 0 to 2^64 - 1");
  }
  return height;
}

export function bytesMember(
  number: number,
  members: Members,
  name: string,
  fits: (length: number) => boolean,
  length: string,
): Uint8Array {
  const bytes = fromHex(textOf(members[name]));
  if (bytes === undefined || !fits(bytes.length)) {
    throw malformedLine(number, `/${name}`, `must be ${length} bytes of 0x-hex`);
  }
  return bytes;
}

/** RFC 3339 in UTC. */
export function timeMember(number: number, members: Members): string {
  const at = textOf(members["at"]);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(at) && !Number.isNaN(Date.parse(at))) return at;
  throw malformedLine(number, "/at", "must be a time in UTC, like 2026-01-31T12:00:00.000Z");
}

export function countMember(number: number, members: Members, name: string): number | undefined {
  const value = members[name];
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw malformedLine(number, `/${name}`, "must be a whole number");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "\0";
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
