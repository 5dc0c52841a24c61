/** Values that a layout or a document's types have already checked, read by name. A miss is a fault of a table row. */
import type { Json } from "../../domain/canonical.ts";
import { shortString } from "./felts.ts";

const NUMBER = /^(?:0x[0-9a-f]+|[0-9]+)$/;

export type Values = Readonly<Record<string, Json>>;

/** @throws TypeError where `name` is not text: the row does not fit its own layout */
export function text(values: Values, name: string): string {
  const value = values[name];
  if (typeof value !== "string") throw new TypeError(`${name} must be text`);
  return value;
}

/** A felt or number, in whichever of its forms it is shown: 0x-hex, decimal text or a short string. */
export function felt(values: Values, name: string): bigint {
  const value = text(values, name);
  return NUMBER.test(value) ? BigInt(value) : shortString(value);
}

/** Text, or null for an empty option. */
export function textOrNull(values: Values, name: string): string | null {
  return values[name] === null ? null : text(values, name);
}

export function texts(values: Values, name: string): readonly string[] {
  return list(values, name).map((item) => {
    if (typeof item !== "string") throw new TypeError(`${name} must be a list of text`);
    return item;
  });
}

export function records(values: Values, name: string): readonly Values[] {
  return list(values, name).map((item) => {
    if (!isRecord(item)) throw new TypeError(`${name} must be a list of objects`);
    return item;
  });
}

export function record(values: Values, name: string): Values {
  const value = values[name];
  if (value === undefined || !isRecord(value)) throw new TypeError(`${name} must be an object`);
  return value;
}

function list(values: Values, name: string): readonly Json[] {
  const value = values[name];
  if (!Array.isArray(value)) throw new TypeError(`${name} must be a list`);
  return value;
}

function isRecord(value: Json): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The amount of a `u256` preset. */
export function u256(values: Values, name: string): string {
  const halves = record(values, name);
  return ((BigInt(text(halves, "high")) << 128n) + BigInt(text(halves, "low"))).toString();
}
