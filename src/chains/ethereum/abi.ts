/**
 * A strict reader of ABI-encoded arguments: it accepts only the one canonical encoding (no dirty high bytes, tails in
 * order without gaps or overlaps, zero padding, nothing trailing), so what is decoded is what the contract will read.
 * It touches each byte once; overlapping offsets cannot make it expand its input.
 * @module
 */
import { fromHex } from "../../domain/bytes.ts";
import type { Json } from "../../domain/canonical.ts";
import type { Values } from "./values.ts";

/** `uint` carries its width in bits, `fixed` (bytesN) its length in bytes. */
export type AbiType =
  | { readonly kind: "address" }
  | { readonly kind: "bool" }
  | { readonly kind: "uint"; readonly bits: number }
  | { readonly kind: "fixed"; readonly length: number }
  | { readonly kind: "bytes" }
  | { readonly kind: "string" }
  | { readonly kind: "array"; readonly item: AbiType }
  | { readonly kind: "tuple"; readonly members: readonly AbiParameter[] };

export interface AbiParameter {
  readonly name: string;
  readonly type: AbiType;
}

const WORD = 64;
const ZEROS = "0".repeat(WORD);

class NotCanonical extends Error {}

/**
 * Decodes `hex` (lowercase digits without 0x) as the argument block of a function.
 * @returns undefined when `hex` is not exactly the canonical encoding of `parameters`
 */
export function decodeArguments(parameters: readonly AbiParameter[], hex: string): Values | undefined {
  try {
    const { values, end } = readMembers(hex, 0, parameters);
    return end === hex.length ? values : undefined;
  } catch (error) {
    if (error instanceof NotCanonical) return undefined;
    throw error;
  }
}

/** Parses `address to,uint256 amount,(address target,bytes data)[] calls`: the notation of the function table. */
export function parseParameters(text: string): readonly AbiParameter[] {
  return splitTopLevel(text).map((part) => {
    const space = part.lastIndexOf(" ");
    return { name: part.slice(space + 1), type: parseType(part.slice(0, space)) };
  });
}

/** Solidity's canonical name of a type, e.g. `(address,bytes)[]`, as selectors hash it. */
export function typeName(type: AbiType): string {
  switch (type.kind) {
    case "uint":
      return `uint${type.bits}`;
    case "fixed":
      return `bytes${type.length}`;
    case "array":
      return `${typeName(type.item)}[]`;
    case "tuple":
      return `(${type.members.map((member) => typeName(member.type)).join(",")})`;
    case "address":
    case "bool":
    case "bytes":
    case "string":
      return type.kind;
  }
}

function parseType(text: string): AbiType {
  if (text.endsWith("[]")) return { kind: "array", item: parseType(text.slice(0, -2)) };
  if (text.startsWith("(")) return { kind: "tuple", members: parseParameters(text.slice(1, -1)) };
  if (text === "address" || text === "bool" || text === "bytes" || text === "string") return { kind: text };
  if (text.startsWith("uint")) return { kind: "uint", bits: Number(text.slice(4)) };
  if (text.startsWith("bytes")) return { kind: "fixed", length: Number(text.slice(5)) };
  throw new TypeError(`the function table names an unsupported ABI type: ${text}`);
}

function splitTopLevel(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    const character = text[at];
    if (character === "(") depth++;
    if (character === ")") depth--;
    if ((character === "," && depth === 0) || (at === text.length && at > start)) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return parts;
}

function isDynamic(type: AbiType): boolean {
  if (type.kind === "tuple") return type.members.some((member) => isDynamic(member.type));
  return type.kind === "bytes" || type.kind === "string" || type.kind === "array";
}

/** Digits that a value takes in its own place: a static tuple is inlined, everything else takes one word. */
function headDigits(type: AbiType): number {
  if (type.kind !== "tuple" || isDynamic(type)) return WORD;
  return type.members.reduce((sum, member) => sum + headDigits(member.type), 0);
}

interface Read<Value> {
  readonly value: Value;
  readonly end: number;
}

function readMembers(
  hex: string,
  base: number,
  members: readonly AbiParameter[],
): { values: Values; end: number } {
  const { value, end } = readSequence(hex, base, members.length, (index) => members[index]?.type);
  const values: Record<string, Json> = {};
  for (const [index, member] of members.entries()) values[member.name] = value[index] ?? null;
  return { values, end };
}

/** A head of static values and offsets, then the tails; each offset must point exactly where the last tail ended. */
function readSequence(
  hex: string,
  base: number,
  count: number,
  typeAt: (index: number) => AbiType | undefined,
): Read<Json[]> {
  let tail = base;
  for (let index = 0; index < count; index++) tail += headDigits(typeAt(index) ?? { kind: "bool" });
  if (tail > hex.length) throw new NotCanonical();
  const value: Json[] = [];
  let head = base;
  for (let index = 0; index < count; index++) {
    const type = typeAt(index);
    if (type === undefined) throw new NotCanonical();
    if (isDynamic(type)) {
      if (readLength(hex, head) * 2 !== tail - base) throw new NotCanonical();
      const item = readDynamic(hex, tail, type);
      value.push(item.value);
      tail = item.end;
    } else {
      value.push(readStatic(hex, head, type));
    }
    head += headDigits(type);
  }
  return { value, end: tail };
}

function readDynamic(hex: string, at: number, type: AbiType): Read<Json> {
  if (type.kind === "tuple") {
    const { values, end } = readMembers(hex, at, type.members);
    return { value: values, end };
  }
  const length = readLength(hex, at);
  const start = at + WORD;
  if (type.kind === "array") {
    if (length * headDigits(type.item) > hex.length - start) throw new NotCanonical();
    return readSequence(hex, start, length, () => type.item);
  }
  const end = start + length * 2;
  const padded = start + Math.ceil(length / 32) * WORD;
  if (padded > hex.length || hex.slice(end, padded) !== ZEROS.slice(0, padded - end))
    throw new NotCanonical();
  const bytes = hex.slice(start, end);
  return { value: type.kind === "string" ? utf8Text(bytes) : `0x${bytes}`, end: padded };
}

function readStatic(hex: string, at: number, type: AbiType): Json {
  switch (type.kind) {
    case "tuple":
      return readMembers(hex, at, type.members).values;
    case "address":
      return `0x${significant(hex, at, 40)}`;
    case "bool": {
      const digit = significant(hex, at, 1);
      if (digit !== "0" && digit !== "1") throw new NotCanonical();
      return digit === "1";
    }
    case "uint":
      return BigInt(`0x${significant(hex, at, type.bits / 4)}`).toString();
    case "fixed": {
      const digits = type.length * 2;
      const word = wordAt(hex, at);
      if (word.slice(digits) !== ZEROS.slice(digits)) throw new NotCanonical();
      return `0x${word.slice(0, digits)}`;
    }
    case "bytes":
    case "string":
    case "array":
      throw new TypeError("a dynamic value has no static form");
  }
}

/** Only UTF-8 is text: any other bytes could not be shown as what they are. */
function utf8Text(digits: string): string {
  const bytes = fromHex(`0x${digits}`);
  if (bytes === undefined) throw new NotCanonical();
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new NotCanonical();
  }
}

/** The last `digits` digits of a word whose other digits must be zero. */
function significant(hex: string, at: number, digits: number): string {
  const word = wordAt(hex, at);
  if (word.slice(0, WORD - digits) !== ZEROS.slice(0, WORD - digits)) throw new NotCanonical();
  return word.slice(WORD - digits);
}

/** A length or offset in bytes; nothing this long exists beyond 32 bits. */
function readLength(hex: string, at: number): number {
  return Number.parseInt(significant(hex, at, 8), 16);
}

function wordAt(hex: string, at: number): string {
  if (at + WORD > hex.length) throw new NotCanonical();
  return hex.slice(at, at + WORD);
}
