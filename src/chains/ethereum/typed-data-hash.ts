/**
 * The hash of an EIP-712 document whose values were already read and checked: every struct that a type names counts, however
 * its name is spelt. Client libraries lose those behind a colon, or refuse names that begin like an integer's.
 * @module
 */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bigintToBytes, concat, fromHex, utf8 } from "../../domain/bytes.ts";

export interface Field {
  readonly name: string;
  readonly type: string;
}

export type Types = ReadonlyMap<string, readonly Field[]>;

/** A value of its declared type; null only for a struct that ends a recursion. Addresses and bytes are 0x-hex. */
export type Typed = bigint | boolean | string | null | readonly Typed[] | TypedStruct;
export type TypedStruct = { readonly [name: string]: Typed };

/** `Foo[2][]` is an array of `Foo[2]`; no leading zeros, no length of 0, at most 99,999 items. */
export const ARRAY = /^(.+)\[([1-9][0-9]{0,4})?\]$/;

const PREFIX = Uint8Array.of(0x19, 0x01);
/** What stands for a struct that is not there (`eth_signTypedData_v4`). */
const NO_STRUCT = new Uint8Array(32);

const BRACKETS = /^(?:\[(?:[1-9][0-9]{0,4})?\])+$/;

/**
 * The type inside all brackets: `Foo` of `Foo[2][]`; a type with others is its own. One pass: a document can have thousands of
 * types with eighty pairs each.
 */
export function baseType(type: string): string {
  const start = type.indexOf("[");
  return start > 0 && BRACKETS.test(type.slice(start)) ? type.slice(0, start) : type;
}

/** `Mail(Person from,string text)Person(address wallet)`: the text whose keccak is the type hash. */
export function encodeType(types: Types, primaryType: string): string {
  const names = reachableTypes(types, [primaryType]);
  const others = [...names].filter((name) => name !== primaryType).toSorted();
  return [primaryType, ...others]
    .map(
      (name) => `${name}(${(types.get(name) ?? []).map((field) => `${field.type} ${field.name}`).join(",")})`,
    )
    .join("");
}

/** Struct types that a value of one of `roots` can contain, the roots included. */
export function reachableTypes(types: Types, roots: readonly string[]): ReadonlySet<string> {
  const found = new Set(roots);
  for (const name of found) {
    for (const { type } of types.get(name) ?? []) {
      const base = baseType(type);
      if (types.has(base)) found.add(base);
    }
  }
  return found;
}

/** True where a value of struct type `name` can contain another of the same type. */
export function isRecursive(types: Types, name: string): boolean {
  const children = (types.get(name) ?? []).map((field) => baseType(field.type));
  return reachableTypes(
    types,
    children.filter((child) => types.has(child)),
  ).has(name);
}

/** 32 bytes: keccak-256(0x1901 ‖ hashStruct(domain) ‖ hashStruct(message)). `types` has EIP712Domain. */
export function hashTypedData(
  types: Types,
  primaryType: string,
  domain: TypedStruct,
  message: TypedStruct,
): Uint8Array {
  const hasher = new Hasher(types);
  return keccak_256(
    concat(PREFIX, hasher.struct("EIP712Domain", domain), hasher.struct(primaryType, message)),
  );
}

class Hasher {
  readonly #types: Types;
  readonly #typeHashes = new Map<string, Uint8Array>();

  constructor(types: Types) {
    this.#types = types;
  }

  /** hashStruct: keccak-256(typeHash ‖ encodeData), 32 bytes. */
  struct(name: string, value: TypedStruct): Uint8Array {
    const fields = this.#types.get(name) ?? [];
    const words = fields.map((field) => this.#word(field.type, value[field.name]));
    return keccak_256(concat(this.#typeHash(name), ...words));
  }

  /** One member as encodeData has it, 32 bytes. */
  #word(type: string, value: Typed | undefined): Uint8Array {
    if (this.#types.has(type)) {
      if (value === null) return NO_STRUCT;
      if (isStruct(value)) return this.struct(type, value);
    }
    const item = ARRAY.exec(type)?.[1];
    if (item !== undefined && isList(value))
      return keccak_256(concat(...value.map((element) => this.#word(item, element))));
    return atomicWord(type, value);
  }

  #typeHash(name: string): Uint8Array {
    const known = this.#typeHashes.get(name);
    if (known !== undefined) return known;
    const hash = keccak_256(utf8(encodeType(this.#types, name)));
    this.#typeHashes.set(name, hash);
    return hash;
  }
}

function atomicWord(type: string, value: Typed | undefined): Uint8Array {
  // BigInt.asUintN is two's complement: a negative integer has its sign in all the upper bytes.
  if (typeof value === "bigint") return bigintToBytes(BigInt.asUintN(256, value), 32);
  if (typeof value === "boolean") return bigintToBytes(value ? 1n : 0n, 32);
  if (typeof value !== "string") throw new TypeError("a value is not of the type that it was read by");
  if (type === "string") return keccak_256(utf8(value));
  const bytes = fromHex(value);
  if (bytes === undefined) throw new TypeError("a value is not of the type that it was read by");
  if (type === "bytes") return keccak_256(bytes);
  const word = new Uint8Array(32);
  word.set(bytes, type === "address" ? 12 : 0);
  return word;
}

function isList(value: Typed | undefined): value is readonly Typed[] {
  return Array.isArray(value);
}

function isStruct(value: Typed | undefined): value is TypedStruct {
  return typeof value === "object" && value !== null && !isList(value);
}
