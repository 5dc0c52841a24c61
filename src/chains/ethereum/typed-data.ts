/**
 * EIP-712 documents, read strictly: every type is declared, every declared member is present and nothing else is, every
 * value fits its type. What is hashed is the normalised document, which is also what policies see.
 * @module
 */
import { hashTypedData } from "viem/utils";
import type { Json } from "../../domain/canonical.ts";
import { fromHex } from "../../domain/bytes.ts";
import { parseQuantity } from "../../domain/amounts.ts";
import { invalid, refused } from "../../domain/errors.ts";
import { readAddress } from "./address.ts";
import { pointer, readAnyObject, readArray, readBytes, readObject, readText } from "./fields.ts";
import type { Values } from "./values.ts";

export interface Field {
  readonly name: string;
  readonly type: string;
}

export type Types = ReadonlyMap<string, readonly Field[]>;

export interface TypedData {
  /** With EIP712Domain, as declared or as derived from `domain`. */
  readonly types: Types;
  readonly primaryType: string;
  /** Normalised like `message`. */
  readonly domain: Values;
  /** Integers as decimal strings, addresses and bytes as lowercase 0x-hex. */
  readonly message: Values;
  /** 32 bytes: keccak-256(0x1901 ‖ domain separator ‖ hashStruct(message)). */
  readonly digest: Uint8Array;
}

/** A value as the hash needs it. */
type Typed = bigint | boolean | string | readonly Typed[] | { readonly [name: string]: Typed };
type TypedStruct = { readonly [name: string]: Typed };

const MEMBERS = new Set(["types", "domain", "primaryType", "message"]);
const FIELD_MEMBERS = new Set(["name", "type"]);
/** The order in which EIP-712 lists the domain's members. */
const DOMAIN_FIELDS: readonly Field[] = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" },
  { name: "salt", type: "bytes32" },
];
const DOMAIN_MEMBERS = new Set(DOMAIN_FIELDS.map((field) => field.name));

/** Hyperliquid puts its own name and a colon before its documents' names. */
const STRUCT_NAME = /^[A-Za-z_][A-Za-z0-9_]*(?::[A-Za-z_][A-Za-z0-9_]*)?$/;
const FIELD_NAME = /^[A-Za-z_$][A-Za-z0-9_$]*$/;
const RESERVED = /^(?:address|bool|string|bytes.*|u?int.*|__proto__)$/;
const INTEGER =
  /^(u?)int(8|16|24|32|40|48|56|64|72|80|88|96|104|112|120|128|136|144|152|160|168|176|184|192|200|208|216|224|232|240|248|256)$/;
const FIXED_BYTES = /^bytes([1-9]|[12][0-9]|3[0-2])$/;
const ARRAY = /^(.+)\[([1-9][0-9]{0,4})?\]$/;
const NEGATIVE = /^-[1-9][0-9]{0,77}$/;

const TYPES_MAX = 128;
const FIELDS_MAX = 256;
const TYPE_NAME_MAX = 256;
/** Values of all kinds in one document. Inside this bound and the next the costliest document measured took some 50 ms. */
const VALUES_MAX = 2_048;
const ITEMS_MAX = VALUES_MAX;
const DEPTH_MAX = 32;
/** Struct values times characters of type text, because every struct value hashes the text of its type again. */
const HASH_WORK_MAX = 1 << 18;

/**
 * Reads and hashes the `typedData` member of a request.
 * @throws SignerError `transaction.invalid` naming the member that breaks EIP-712; `transaction.refused` past a size limit
 */
export function readTypedData(value: unknown, field = "/typedData"): TypedData {
  const members = readObject(value, field, MEMBERS);
  const declared = readTypes(members["types"], `${field}/types`);
  const domainFields = readDomainFields(members["domain"], declared, field);
  const types = new Map([...declared, ["EIP712Domain", domainFields]]);
  checkReferences(types, `${field}/types`);
  const primaryType = readText(members["primaryType"], `${field}/primaryType`);
  const fields = types.get(primaryType);
  if (fields === undefined || primaryType === "EIP712Domain") {
    throw invalid(`${field}/primaryType`, "must name one of types other than EIP712Domain");
  }
  const reader = new ValueReader(types);
  const domain = reader.struct(members["domain"], domainFields, `${field}/domain`, 0);
  const message = reader.struct(members["message"], fields, `${field}/message`, 0);
  if (reader.structs * typeTextLength(types) > HASH_WORK_MAX)
    throw refused(field, "is too large to hash; split it");
  const digest = hash({ types: Object.fromEntries(types), primaryType, domain, message }, field);
  return { types, primaryType, domain: jsonStruct(domain), message: jsonStruct(message), digest };
}

/** `Mail(Person from,string text)Person(address wallet)`: the text whose keccak is the type hash. */
export function encodeType(types: Types, primaryType: string): string {
  const names = reachableTypes(types, primaryType);
  const others = names.filter((name) => name !== primaryType).toSorted();
  return [primaryType, ...others]
    .map(
      (name) => `${name}(${(types.get(name) ?? []).map((field) => `${field.type} ${field.name}`).join(",")})`,
    )
    .join("");
}

/** Struct types that a value of `primaryType` can contain, itself included. */
function reachableTypes(types: Types, primaryType: string): readonly string[] {
  const found = new Set<string>([primaryType]);
  for (const name of found) {
    for (const { type } of types.get(name) ?? []) {
      const base = baseType(type);
      if (types.has(base)) found.add(base);
    }
  }
  return [...found];
}

function readTypes(value: unknown, field: string): Map<string, readonly Field[]> {
  const members = readAnyObject(value, field);
  const names = Object.keys(members);
  if (names.length > TYPES_MAX) throw refused(field, `must have at most ${TYPES_MAX} types`);
  return new Map(
    names.map((name) => {
      const at = `${field}/${pointer(name)}`;
      if (!STRUCT_NAME.test(name) || RESERVED.test(name))
        throw invalid(at, "is not a valid struct name (EIP-712)");
      return [name, readFields(members[name], at)];
    }),
  );
}

function readFields(value: unknown, field: string): readonly Field[] {
  const seen = new Set<string>();
  return readArray(value, field, FIELDS_MAX).map((item, index) => {
    const at = `${field}/${index}`;
    const members = readObject(item, at, FIELD_MEMBERS);
    const name = readText(members["name"], `${at}/name`);
    if (!FIELD_NAME.test(name) || name === "__proto__")
      throw invalid(`${at}/name`, "is not a valid member name");
    if (seen.has(name)) throw invalid(`${at}/name`, "is declared twice");
    seen.add(name);
    return { name, type: readTypeName(members["type"], `${at}/type`) };
  });
}

/** Bounded, since taking the array suffixes off one by one costs the square of the length. */
function readTypeName(value: unknown, field: string): string {
  const type = readText(value, field);
  if (type.length > TYPE_NAME_MAX) throw refused(field, `must be at most ${TYPE_NAME_MAX} characters`);
  return type;
}

function checkReferences(types: Types, field: string): void {
  for (const [name, fields] of types) {
    for (const [index, { type }] of fields.entries()) {
      const base = baseType(type);
      const at = `${field}/${pointer(name)}/${index}/type`;
      if (!types.has(base) && !isAtomic(base))
        throw invalid(at, "is neither an EIP-712 type nor declared in types");
      // The library that hashes does not look for structs behind a colon.
      if (types.has(base) && (base.includes(":") || name.includes(":")))
        throw invalid(at, "must not join structs whose names have a colon: such a document stands alone");
    }
  }
}

function readDomainFields(value: unknown, declared: Types, field: string): readonly Field[] {
  const members = readObject(value, `${field}/domain`, DOMAIN_MEMBERS);
  const present = DOMAIN_FIELDS.filter((item) => members[item.name] !== undefined);
  const stated = declared.get("EIP712Domain");
  const same = (item: Field, index: number): boolean =>
    item.name === present[index]?.name && item.type === present[index].type;
  if (stated !== undefined && !(stated.length === present.length && stated.every(same))) {
    throw invalid(
      `${field}/types/EIP712Domain`,
      "must list exactly the members of domain, in the order name, version, chainId, verifyingContract, salt",
    );
  }
  return present;
}

function baseType(type: string): string {
  const bracket = type.indexOf("[");
  if (bracket < 0) return type;
  let rest = type;
  for (let match = ARRAY.exec(rest); match?.[1] !== undefined; match = ARRAY.exec(rest)) rest = match[1];
  return rest;
}

function isAtomic(type: string): boolean {
  if (type === "address" || type === "bool" || type === "string" || type === "bytes") return true;
  return INTEGER.test(type) || FIXED_BYTES.test(type);
}

class ValueReader {
  /** Struct values read so far. */
  structs = 0;
  #values = 0;
  readonly #types: Types;

  constructor(types: Types) {
    this.#types = types;
  }

  struct(value: unknown, fields: readonly Field[], field: string, depth: number): TypedStruct {
    this.structs++;
    const members = readAnyObject(value, field);
    const known = new Set(fields.map((item) => item.name));
    for (const name of Object.keys(members)) {
      if (!known.has(name))
        throw invalid(`${field}/${pointer(name)}`, "is not declared in types; nobody would sign it");
    }
    return Object.fromEntries(
      fields.map(({ name, type }) => {
        const at = `${field}/${pointer(name)}`;
        if (!Object.hasOwn(members, name)) throw invalid(at, `is missing; its type is ${type.slice(0, 64)}`);
        return [name, this.#value(members[name], type, at, depth + 1)];
      }),
    );
  }

  #value(value: unknown, type: string, field: string, depth: number): Typed {
    if (depth > DEPTH_MAX) throw refused(field, `must not nest deeper than ${DEPTH_MAX} levels`);
    if (++this.#values > VALUES_MAX)
      throw refused(field, `must not be beyond ${VALUES_MAX} values; split the document`);
    const struct = this.#types.get(type);
    if (struct !== undefined) return this.struct(value, struct, field, depth);
    const array = ARRAY.exec(type);
    return array?.[1] === undefined
      ? readAtomic(value, type, field)
      : this.#array(value, array[1], array[2], field, depth);
  }

  #array(value: unknown, item: string, length: string | undefined, field: string, depth: number): Typed {
    const list = readArray(value, field, ITEMS_MAX);
    if (length !== undefined && list.length !== Number(length))
      throw invalid(field, `must have ${length} items`);
    return list.map((entry, index) => this.#value(entry, item, `${field}/${index}`, depth + 1));
  }
}

function readAtomic(value: unknown, type: string, field: string): Typed {
  if (type === "string") return readText(value, field);
  if (type === "bytes") return readBytes(value, field);
  if (type === "address") return readAddress(value, field);
  if (type === "bool") return readBoolean(value, field);
  const fixed = FIXED_BYTES.exec(type);
  if (fixed !== null) return readBytes(value, field, Number(fixed[1]));
  const integer = INTEGER.exec(type);
  if (integer === null) throw invalid(field, "has a type that EIP-712 does not know");
  const bits = Number(integer[2]);
  return integer[1] === "u" ? parseQuantity(value, field, bits) : readSigned(value, field, bits);
}

function readBoolean(value: unknown, field: string): boolean {
  if (typeof value !== "boolean") throw invalid(field, "must be true or false");
  return value;
}

function readSigned(value: unknown, field: string, bits: number): bigint {
  const negative =
    typeof value === "number"
      ? Number.isSafeInteger(value) && value < 0
      : typeof value === "string" && NEGATIVE.test(value);
  if (!negative) return parseQuantity(value, field, bits - 1);
  const parsed = BigInt(String(value));
  if (parsed < -(1n << BigInt(bits - 1))) throw invalid(field, `must be at least -2^${bits - 1}`);
  return parsed;
}

interface HashInput {
  readonly types: Record<string, readonly Field[]>;
  readonly primaryType: string;
  readonly domain: TypedStruct;
  readonly message: TypedStruct;
}

function hash(document: HashInput, field: string): Uint8Array {
  let digest: string;
  try {
    digest = hashTypedData(document);
  } catch {
    throw invalid(field, "cannot be hashed as EIP-712 typed data");
  }
  const bytes = fromHex(digest);
  if (bytes?.length !== 32) throw invalid(field, "cannot be hashed as EIP-712 typed data");
  return bytes;
}

function typeTextLength(types: Types): number {
  let length = 0;
  for (const [name, fields] of types) {
    length += name.length + fields.reduce((sum, field) => sum + field.name.length + field.type.length + 2, 2);
  }
  return length;
}

function jsonStruct(struct: TypedStruct): Values {
  return Object.fromEntries(Object.entries(struct).map(([name, value]) => [name, json(value)]));
}

function json(value: Typed): Json {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object") return value;
  return isList(value) ? value.map(json) : jsonStruct(value);
}

function isList(value: readonly Typed[] | TypedStruct): value is readonly Typed[] {
  return Array.isArray(value);
}
