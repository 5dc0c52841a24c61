/** Value, function, table, memory and global types of the accepted language: WebAssembly 2.0 without SIMD. */
import type { ByteReader } from "./reader.ts";
import { rejected } from "./rejection.ts";
import type { RefusedFeature } from "./rejection.ts";

export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;
const FUNCREF = 0x70;
const EXTERNREF = 0x6f;
/** Block type without parameters and results. */
export const EMPTY_BLOCK = 0x40;

const VALUE_TYPES: ReadonlyMap<number, string> = new Map([
  [I32, "i32"],
  [I64, "i64"],
  [F32, "f32"],
  [F64, "f64"],
  [FUNCREF, "funcref"],
  [EXTERNREF, "externref"],
]);

const REFUSED_TYPES: ReadonlyMap<number, RefusedFeature> = new Map<number, RefusedFeature>([
  [0x7b, "SIMD"],
  [0x78, "garbage collection"],
  [0x77, "garbage collection"],
  [0x74, "exceptions"],
  [0x73, "typed function references"],
  [0x72, "garbage collection"],
  [0x71, "garbage collection"],
  [0x6e, "garbage collection"],
  [0x6d, "garbage collection"],
  [0x6c, "garbage collection"],
  [0x6b, "garbage collection"],
  [0x6a, "garbage collection"],
  [0x69, "exceptions"],
  [0x68, "stack switching"],
  [0x75, "stack switching"],
  [0x67, "garbage collection"],
  [0x66, "garbage collection"],
  [0x65, "garbage collection"],
  [0x64, "typed function references"],
  [0x63, "typed function references"],
]);

export interface FunctionType {
  readonly parameters: readonly number[];
  readonly results: readonly number[];
}

/** Size of a memory in pages or of a table in entries. */
export interface SizeRange {
  readonly minimum: number;
  readonly maximum: number | undefined;
  /** Where the range is, for errors about it. */
  readonly offset: number;
}

export interface TableType extends SizeRange {
  readonly element: number;
}

export interface GlobalType {
  readonly value: number;
  readonly mutable: boolean;
}

export function isValueType(code: number): boolean {
  return VALUE_TYPES.has(code);
}

export function readValueType(reader: ByteReader, what: string): number {
  const code = reader.byte(what);
  if (VALUE_TYPES.has(code)) return code;
  throw refusedType(code, reader.at - 1, what);
}

export function refusedType(code: number, offset: number, what: string): Error {
  const hex = `0x${code.toString(16).padStart(2, "0")}`;
  return rejected(REFUSED_TYPES.get(code) ?? "malformed binary", offset, `${what} has type ${hex}`);
}

export function readReferenceType(reader: ByteReader, what: string): number {
  const code = readValueType(reader, what);
  if (code === FUNCREF || code === EXTERNREF) return code;
  throw rejected("malformed binary", reader.at - 1, `${what} is not a reference type`);
}

export function readTableType(reader: ByteReader): TableType {
  const offset = reader.at;
  if (reader.bytes[reader.at] === 0x40) {
    throw rejected("typed function references", offset, "a table with an initialiser");
  }
  const element = readReferenceType(reader, "a table's element type");
  return { element, ...readSizeRange(reader, "table") };
}

/** Flag byte, minimum and optional maximum. */
export function readSizeRange(reader: ByteReader, kind: "table" | "memory"): SizeRange {
  const offset = reader.at;
  const flags = reader.byte(`a ${kind}'s flags`);
  if (flags > 0x0f) throw rejected("malformed binary", offset, `flags of a ${kind}`);
  if ((flags & 0x08) !== 0) throw rejected("custom page sizes", offset, `flags of a ${kind}`);
  if ((flags & 0x04) !== 0) {
    throw rejected(kind === "memory" ? "64-bit memory" : "64-bit table", offset, `flags of a ${kind}`);
  }
  if ((flags & 0x02) !== 0) throw rejected("threads", offset, `a shared ${kind}`);
  const minimum = reader.u32(`a ${kind}'s minimum`);
  const maximum = flags === 1 ? reader.u32(`a ${kind}'s maximum`) : undefined;
  return { minimum, maximum, offset };
}

export function readGlobalType(reader: ByteReader): GlobalType {
  const value = readValueType(reader, "a global");
  const mutable = reader.byte("a global's mutability");
  if ((mutable & 0x02) !== 0) throw rejected("threads", reader.at - 1, "a shared global");
  if (mutable > 1) throw rejected("malformed binary", reader.at - 1, "a global's mutability");
  return { value, mutable: mutable === 1 };
}

function names(codes: readonly number[]): string {
  return codes.map((code) => VALUE_TYPES.get(code) ?? "?").join(", ");
}

/** `(i32, i32) -> (i64)` */
export function functionTypeText(type: FunctionType): string {
  return `(${names(type.parameters)}) -> (${names(type.results)})`;
}

/** `1..16` pages or entries; `1..` without maximum. */
function sizeText(range: SizeRange): string {
  return `${range.minimum}..${range.maximum ?? ""}`;
}

/** `funcref 1..16` */
export function tableTypeText(type: TableType): string {
  return `${names([type.element])} ${sizeText(type)}`;
}

export function memoryTypeText(range: SizeRange): string {
  return sizeText(range);
}

/** `mutable i32` or `i32` */
export function globalTypeText(type: GlobalType): string {
  return `${type.mutable ? "mutable " : ""}${names([type.value])}`;
}
