/**
 * From the JSON of the beacon API to SSZ values, driven by the SSZ type: uint64 as decimal strings, bytes as 0x-hex of
 * the exact length. Members that the type does not have are ignored, as every validator signer does.
 * @module
 */
import {
  BitArrayType,
  BooleanType,
  ByteListType,
  ByteVectorType,
  ContainerType,
  ListBasicType,
  ListCompositeType,
  ProgressiveByteListType,
  ProgressiveContainerType,
  ProgressiveListBasicType,
  ProgressiveListCompositeType,
  UintBigintType,
  VectorBasicType,
  VectorCompositeType,
} from "@chainsafe/ssz";
import { equalBytes, fromHex } from "../../domain/bytes.ts";
import { SignerError } from "../../domain/errors.ts";
import type { SszType } from "./exact-types.ts";

const DECIMAL = /^(?:0|[1-9][0-9]{0,77})$/;
/** First value that the guard's signed 64-bit columns cannot hold. */
const GUARDED_LIMIT = 1n << 63n;

export type JsonObject = Readonly<Record<string, unknown>>;

/** @param pointer JSON pointer of the offending value */
export function malformed(pointer: string, rule: string): SignerError {
  return new SignerError("request.malformed", `${pointer}: ${rule}`, { field: pointer });
}

/** @throws SignerError `request.malformed` unless `value` is a JSON object */
export function readObject(value: unknown, pointer: string): JsonObject {
  if (value === undefined) throw malformed(pointer, "is missing");
  if (!isObject(value)) throw malformed(pointer, "must be an object");
  return value;
}

/** An unsigned integer of `bytes` bytes: a decimal string, or a JSON number that cannot have been rounded. */
export function readUint(value: unknown, pointer: string, bytes = 8): bigint {
  if (value === undefined) throw malformed(pointer, "is missing");
  const parsed = parseUint(value);
  if (parsed === undefined) throw malformed(pointer, "must be an unsigned integer as a decimal string");
  if (parsed >> BigInt(8 * bytes) !== 0n) throw malformed(pointer, `must be below 2^${8 * bytes}`);
  return parsed;
}

/** A slot or epoch that the double-sign guard keeps: below 2^63. */
export function readGuarded(value: unknown, pointer: string): bigint {
  const parsed = readUint(value, pointer);
  if (parsed >= GUARDED_LIMIT)
    throw malformed(pointer, "must be below 2^63: no chain reaches that slot or epoch");
  return parsed;
}

/** 0x-hex of exactly `length` bytes. */
export function readBytes(value: unknown, pointer: string, length: number): Uint8Array {
  const bytes = readHex(value, pointer, length);
  if (bytes.length !== length) throw malformed(pointer, `must be ${length} bytes, not ${bytes.length}`);
  return bytes;
}

/**
 * The value that `type.hashTreeRoot` takes.
 * @param type of exactType: it has no rounding integers
 * @throws SignerError `request.malformed` naming the first member that is missing, too long or of another shape
 */
export function readValue(type: SszType, json: unknown, pointer: string): unknown {
  if (json === undefined) throw malformed(pointer, "is missing");
  if (type instanceof UintBigintType) return readUint(json, pointer, type.byteLength);
  if (type instanceof ByteVectorType) return readBytes(json, pointer, type.lengthBytes);
  if (type instanceof ContainerType || type instanceof ProgressiveContainerType) {
    return readContainer(type.fieldsEntries, json, pointer);
  }
  if (type instanceof BitArrayType) return readBits(type, json, pointer);
  if (type instanceof BooleanType) return readBoolean(json, pointer);
  if (type instanceof ByteListType || type instanceof ProgressiveByteListType) {
    return readByteList(type.limitBytes, json, pointer);
  }
  return readList(type, json, pointer);
}

interface Field {
  readonly fieldName: PropertyKey;
  readonly fieldType: SszType;
  readonly jsonKey: string;
}

function readContainer(
  fields: readonly Field[],
  json: unknown,
  pointer: string,
): Record<PropertyKey, unknown> {
  const object = readObject(json, pointer);
  const value: Record<PropertyKey, unknown> = {};
  for (const { fieldName, fieldType, jsonKey } of fields) {
    value[fieldName] = readValue(fieldType, object[jsonKey], `${pointer}/${jsonKey}`);
  }
  return value;
}

function readList(type: SszType, json: unknown, pointer: string): unknown[] {
  const { elementType, min, max } = listShape(type);
  if (!isArray(json)) throw malformed(pointer, "must be an array");
  if (json.length < min || json.length > max) {
    throw malformed(pointer, min === max ? `must have ${max} elements` : `must have at most ${max} elements`);
  }
  return json.map((element, index) => readValue(elementType, element, `${pointer}/${index}`));
}

function listShape(type: SszType): { elementType: SszType; min: number; max: number } {
  if (type instanceof VectorBasicType || type instanceof VectorCompositeType) {
    return { elementType: type.elementType, min: type.length, max: type.length };
  }
  if (
    type instanceof ListBasicType ||
    type instanceof ListCompositeType ||
    type instanceof ProgressiveListBasicType ||
    type instanceof ProgressiveListCompositeType
  ) {
    return { elementType: type.elementType, min: 0, max: type.limit };
  }
  throw new TypeError(`no JSON form of ${type.typeName}`);
}

/** SSZ of the bits, with the closing bit of a list; whatever does not serialise to the same bytes is refused. */
function readBits(type: BitArrayType, json: unknown, pointer: string): unknown {
  const bytes = readHex(json, pointer, type.maxSize);
  try {
    const bits = type.deserialize(bytes);
    if (equalBytes(type.serialize(bits), bytes)) return bits;
  } catch {
    // Refused below.
  }
  throw malformed(pointer, `must be the SSZ bytes of a ${type.typeName}`);
}

function readBoolean(json: unknown, pointer: string): boolean {
  if (typeof json !== "boolean") throw malformed(pointer, "must be true or false");
  return json;
}

function readByteList(limit: number, json: unknown, pointer: string): Uint8Array {
  return readHex(json, pointer, limit);
}

/** @param limit most bytes; longer text is refused before it is parsed */
function readHex(value: unknown, pointer: string, limit: number): Uint8Array {
  if (value === undefined) throw malformed(pointer, "is missing");
  if (typeof value === "string" && value.length > 2 + 2 * limit) {
    throw malformed(pointer, `must have at most ${limit} bytes`);
  }
  const bytes = typeof value === "string" ? fromHex(value) : undefined;
  if (bytes === undefined) throw malformed(pointer, "must be bytes in 0x-hex");
  return bytes;
}

function parseUint(value: unknown): bigint | undefined {
  if (typeof value === "string") return DECIMAL.test(value) ? BigInt(value) : undefined;
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
