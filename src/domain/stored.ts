/**
 * Reads what this service once stored: words, and documents in JSON. Nothing is believed. What does not check was written by a
 * newer release or is damaged, and a guess could sign what nobody allowed.
 * @module
 */
import { parseJson, type Json } from "./canonical.ts";
import { SignerError } from "./errors.ts";

/** Where a stored value is, for the person who has to find it. */
export interface StoredPlace {
  readonly table: string;
  /** The row's id, or what tells it from others. */
  readonly id: string;
  /** The column, and after a slash the member of its document. */
  readonly member: string;
}

/** Has a public code so that its message comes out of the ledger's thread; it names the place and never the value. */
function unreadable({ table, id, member }: StoredPlace, rule: string): SignerError {
  return new SignerError(
    "service.internal",
    `ledger: ${member} of ${table} ${id} ${rule}; the ledger was written by a newer release, or is damaged: ` +
      "run the newer release, or restore a backup",
  );
}

export type StoredObject = Readonly<Record<string, Json>>;

/** One of `words`. @throws SignerError `service.internal`, as every reader here does */
export function storedWord<Word extends string>(
  words: readonly Word[],
  value: Json | undefined,
  place: StoredPlace,
): Word {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw unreadable(place, `is not one of ${words.join(", ")}`);
}

/** The document in a column. */
export function storedJson(text: string, place: StoredPlace): Json {
  try {
    return parseJson(text);
  } catch {
    throw unreadable(place, "is not JSON");
  }
}

/** The document in a column, which is an object. */
export function storedObject(text: string, place: StoredPlace): StoredObject {
  return objectIn(storedJson(text, place), place);
}

export function objectIn(value: Json | undefined, place: StoredPlace): StoredObject {
  if (value !== undefined && isObject(value)) return value;
  throw unreadable(place, "is not an object");
}

export function textIn(value: Json | undefined, place: StoredPlace): string {
  if (typeof value === "string") return value;
  throw unreadable(place, "is not a text");
}

/** Digits in a text, as documents have whole numbers that a double would round. */
export function decimalIn(value: Json | undefined, place: StoredPlace): bigint {
  const text = textIn(value, place);
  if (/^\d{1,78}$/.test(text)) return BigInt(text);
  throw unreadable(place, "is not a whole number in decimal digits");
}

export function numberIn(value: Json | undefined, place: StoredPlace): number {
  if (typeof value === "number") return value;
  throw unreadable(place, "is not a number");
}

export function jsonIn(value: Json | undefined, place: StoredPlace): Json {
  if (value !== undefined) return value;
  throw unreadable(place, "is missing");
}

/** What `read` makes of the member; undefined where the object has no such member. */
export function optionalIn<Value>(
  object: StoredObject,
  name: string,
  place: StoredPlace,
  read: (value: Json | undefined, place: StoredPlace) => Value,
): Value | undefined {
  return object[name] === undefined ? undefined : read(object[name], within(place, name));
}

export function listIn<Item>(
  value: Json | undefined,
  place: StoredPlace,
  read: (value: Json | undefined, place: StoredPlace) => Item,
): readonly Item[] {
  if (value === undefined || !isList(value)) throw unreadable(place, "is not a list");
  return value.map((item, index) => read(item, within(place, String(index))));
}

/** The place of a member of what is at `place`. */
export function within(place: StoredPlace, name: string): StoredPlace {
  return { ...place, member: `${place.member}/${name}` };
}

/** What came out of JSON text has no member that is undefined. */
function isObject(value: Json): value is StoredObject {
  return typeof value === "object" && value !== null && !isList(value);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
