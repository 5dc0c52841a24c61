/** Access to decoded values whose types the ABI reader or the EIP-712 reader has already settled. */
import type { Json } from "../../domain/canonical.ts";
import type { Hex } from "./fields.ts";

/** Decoded members by name: address and bytes as lowercase 0x-hex, integers as decimal strings, structs as objects. */
export type Values = { readonly [name: string]: Json | undefined };

/** A text member. A miss is a mistake in a table here, not in a request, hence a plain error. */
export function text(values: Values, name: string): string {
  const value = values[name];
  if (typeof value !== "string") throw new TypeError(`decoded value has no text member ${name}`);
  return value;
}

/** A member of 0x-hex bytes. */
export function hex(values: Values, name: string): Hex {
  const value = values[name];
  if (!isHex(value)) throw new TypeError(`decoded member ${name} is not 0x-hex`);
  return value;
}

/** A nested struct. */
export function record(values: Values, name: string): Values {
  return asRecord(values[name], name);
}

/** A list of structs. */
export function records(values: Values, name: string): readonly Values[] {
  return items(values, name).map((item) => asRecord(item, name));
}

/** A list of texts, e.g. integers. */
export function texts(values: Values, name: string): readonly string[] {
  return items(values, name).map((item) => {
    if (typeof item !== "string") throw new TypeError(`decoded list ${name} holds more than text`);
    return item;
  });
}

/** A list of 0x-hex bytes. */
export function hexes(values: Values, name: string): readonly Hex[] {
  return items(values, name).map((item) => {
    if (!isHex(item)) throw new TypeError(`decoded list ${name} holds more than 0x-hex`);
    return item;
  });
}

function items(values: Values, name: string): readonly Json[] {
  const value = values[name];
  if (!isArray(value)) throw new TypeError(`decoded value has no list ${name}`);
  return value;
}

function isHex(value: Json | undefined): value is Hex {
  return typeof value === "string" && value.startsWith("0x");
}

function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function asRecord(value: Json | undefined, name: string): Values {
  if (typeof value !== "object" || value === null || isArray(value)) {
    throw new TypeError(`decoded value has no members in ${name}`);
  }
  return value;
}
