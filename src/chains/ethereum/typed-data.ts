/**
 * EIP-712 documents, read strictly: every type is declared, every declared member is present and nothing else is, every
 * value fits its type. What is hashed is the normalised document, which is also what policies see.
 * @module
 */
import type { Json } from "../../domain/canonical.ts";
import { parseQuantity } from "../../domain/amounts.ts";
import { invalid, refused } from "../../domain/errors.ts";
import { readAddress } from "./address.ts";
import { pointer, readAnyObject, readArray, readBytes, readObject, readText } from "./fields.ts";
import {
  ARRAY,
  baseType,
  hashTypedData,
  isRecursive,
  reachableTypes,
  type Field,
  type Typed,
  type Types,
  type TypedStruct,
} from "./typed-data-hash.ts";
import type { Values } from "./values.ts";

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

const MEMBERS = new Set(["types", "domain", "primaryType", "message"]);
const FIELD_MEMBERS = new Set(["name", "type"]);
/** The order in which EIP-712 lists the domain's members, for a document that declares no EIP712Domain. */
const DOMAIN_FIELDS: readonly Field[] = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" },
  { name: "salt", type: "bytes32" },
];
const DOMAIN_MEMBERS = new Set(DOMAIN_FIELDS.map((field) => field.name));

/** Hyperliquid puts its own name and a colon before its documents' names: EIP-712 counts it as part of the name. */
const STRUCT_NAME = /^[A-Za-z_][A-Za-z0-9_]*(?::[A-Za-z_][A-Za-z0-9_]*)?$/;
const FIELD_NAME = /^[A-Za-z_$][A-Za-z0-9_$]*$/;
/** Names that some reader takes for a type of Solidity, whatever `types` says: two hashes of one document. */
const RESERVED = /^(?:address|bool|string|function|bytes[0-9]*|u?int[0-9]*|__proto__)$/;
const INTEGER =
  /^(u?)int(8|16|24|32|40|48|56|64|72|80|88|96|104|112|120|128|136|144|152|160|168|176|184|192|200|208|216|224|232|240|248|256)$/;
const FIXED_BYTES = /^bytes([1-9]|[12][0-9]|3[0-2])$/;
const NEGATIVE = /^-[1-9][0-9]{0,77}$/;

const TYPES_MAX = 128;
const FIELDS_MAX = 256;
const TYPE_NAME_MAX = 256;
/** Values of all kinds in one document. Inside this bound and the next the costliest document measured took some 50 ms. */
const VALUES_MAX = 2_048;
const ITEMS_MAX = VALUES_MAX;
const DEPTH_MAX = 32;
/** Characters of type text that are hashed: each struct type's own, with those of all the types that it can contain. */
const TYPE_TEXT_MAX = 1 << 18;

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
  checkTypeText(types, primaryType, `${field}/types`);
  const reader = new ValueReader(types);
  const domain = reader.struct(members["domain"], domainFields, `${field}/domain`, 0);
  const message = reader.struct(members["message"], fields, `${field}/message`, 0);
  const digest = hashTypedData(types, primaryType, domain, message);
  return { types, primaryType, domain: jsonStruct(domain), message: jsonStruct(message), digest };
}

function readTypes(value: unknown, field: string): Map<string, readonly Field[]> {
  const members = readAnyObject(value, field);
  const names = Object.keys(members);
  if (names.length > TYPES_MAX)
    throw refused(
      field,
      `must have at most ${TYPES_MAX} types; leave out those that the document does not use`,
    );
  return new Map(
    names.map((name) => {
      const at = `${field}/${pointer(name)}`;
      if (!STRUCT_NAME.test(name) || RESERVED.test(name))
        throw invalid(at, "must be a valid struct name (EIP-712)");
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
      throw invalid(`${at}/name`, "must be a valid member name (EIP-712)");
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
    }
  }
}

/**
 * EIP712Domain as it is declared, in any order, as wallets hash it; else derived from the members of `domain`. Its members are
 * those of `domain`, so that none is shown without being signed.
 */
function readDomainFields(value: unknown, declared: Types, field: string): readonly Field[] {
  const members = readObject(value, `${field}/domain`, DOMAIN_MEMBERS);
  const present = DOMAIN_FIELDS.filter((item) => members[item.name] !== undefined);
  const stated = declared.get("EIP712Domain");
  if (stated === undefined) return present;
  const known = (item: Field): boolean =>
    present.some(({ name, type }) => name === item.name && type === item.type);
  if (stated.length !== present.length || !stated.every(known)) {
    throw invalid(
      `${field}/types/EIP712Domain`,
      "must list exactly the members of domain, with the types of EIP-712: string name, string version, " +
        "uint256 chainId, address verifyingContract, bytes32 salt",
    );
  }
  return stated;
}

/**
 * Type texts grow with the square of nested types: a document of nothing but types must not cost seconds. Asked before values
 * are read, since these look for recursion in the same types.
 */
function checkTypeText(types: Types, primaryType: string, field: string): void {
  const lengths = new Map([...types].map(([name, fields]) => [name, textLength(name, fields)]));
  let total = 0;
  for (const name of reachableTypes(types, [primaryType])) {
    for (const inside of reachableTypes(types, [name])) total += lengths.get(inside) ?? 0;
    if (total > TYPE_TEXT_MAX) throw refused(field, "are too long to hash; use shorter names or fewer types");
  }
}

function textLength(name: string, fields: readonly Field[]): number {
  return fields.reduce((sum, field) => sum + field.name.length + field.type.length + 2, name.length + 2);
}

function isAtomic(type: string): boolean {
  if (type === "address" || type === "bool" || type === "string" || type === "bytes") return true;
  return INTEGER.test(type) || FIXED_BYTES.test(type);
}

class ValueReader {
  #values = 0;
  readonly #types: Types;
  readonly #recursive = new Map<string, boolean>();

  constructor(types: Types) {
    this.#types = types;
  }

  struct(value: unknown, fields: readonly Field[], field: string, depth: number): TypedStruct {
    const members = readAnyObject(value, field);
    const known = new Set(fields.map((item) => item.name));
    for (const name of Object.keys(members)) {
      if (!known.has(name))
        throw invalid(
          `${field}/${pointer(name)}`,
          "is not declared in types; nobody would sign it; declare it, or leave it out",
        );
    }
    return Object.fromEntries(
      fields.map(({ name, type }) => {
        const at = `${field}/${pointer(name)}`;
        const present = Object.hasOwn(members, name);
        if (!present && !this.#mayEnd(type))
          throw invalid(at, `is missing; its type is ${type.slice(0, 64)}`);
        // Not what an absent `constructor` or `toString` inherits.
        return [name, this.#value(present ? members[name] : undefined, type, at, depth + 1)];
      }),
    );
  }

  #value(value: unknown, type: string, field: string, depth: number): Typed {
    if (depth > DEPTH_MAX) throw refused(field, `must not nest deeper than ${DEPTH_MAX} levels`);
    if (++this.#values > VALUES_MAX)
      throw refused(field, `must not be beyond ${VALUES_MAX} values; split the document`);
    const struct = this.#types.get(type);
    if (struct !== undefined) {
      const absent = value === null || value === undefined;
      return absent && this.#mayEnd(type) ? null : this.struct(value, struct, field, depth);
    }
    const array = ARRAY.exec(type);
    return array?.[1] === undefined
      ? readAtomic(value, type, field)
      : this.#array(value, array[1], array[2], field, depth);
  }

  /** A struct of a type that contains itself may be left out or null: every finite value of it ends so. */
  #mayEnd(type: string): boolean {
    if (!this.#types.has(type)) return false;
    const known = this.#recursive.get(type);
    if (known !== undefined) return known;
    const recursive = isRecursive(this.#types, type);
    this.#recursive.set(type, recursive);
    return recursive;
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
  if (integer === null) throw invalid(field, "has a type that EIP-712 does not know; declare it in types");
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

function jsonStruct(struct: TypedStruct): Values {
  return Object.fromEntries(Object.entries(struct).map(([name, value]) => [name, json(value)]));
}

function json(value: Typed): Json {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  return isList(value) ? value.map(json) : jsonStruct(value);
}

function isList(value: readonly Typed[] | TypedStruct): value is readonly Typed[] {
  return Array.isArray(value);
}
