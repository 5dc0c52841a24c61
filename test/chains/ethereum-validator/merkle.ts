/**
 * hash_tree_root written from the SSZ specification and EIP-7916 (progressive trees), with nothing but SHA-256: what
 * the signer's SSZ library is checked against. Values are the JSON of the beacon API.
 * @module
 */
import { createHash } from "node:crypto";

export type Root = Buffer;
/** From JSON to root. */
export type Rooter = (json: any) => Root;

const ZERO = Buffer.alloc(32);

export function hashPair(a: Uint8Array, b: Uint8Array): Root {
  return createHash("sha256").update(a).update(b).digest();
}

/** Root of `chunks` in a tree that has room for `limit` of them. */
export function merkleize(chunks: readonly Root[], limit = chunks.length): Root {
  let width = 1;
  let depth = 0;
  while (width < limit) {
    width *= 2;
    depth += 1;
  }
  let layer = [...chunks];
  let zero: Root = ZERO;
  for (let level = 0; level < depth; level += 1) {
    const next: Root[] = [];
    for (let index = 0; index < layer.length; index += 2) {
      next.push(hashPair(layer[index] ?? zero, layer[index + 1] ?? zero));
    }
    layer = next;
    zero = hashPair(zero, zero);
  }
  return layer[0] ?? zero;
}

/** EIP-7916: subtrees of 1, 4, 16, … chunks, the first on the left. */
export function merkleizeProgressive(chunks: readonly Root[], size = 1): Root {
  if (chunks.length === 0) return ZERO;
  return hashPair(merkleize(chunks.slice(0, size), size), merkleizeProgressive(chunks.slice(size), size * 4));
}

function littleEndian(value: bigint, bytes: number): Buffer {
  return Buffer.from(Array.from({ length: bytes }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn)));
}

function pack(bytes: Buffer): Root[] {
  const chunks: Root[] = [];
  for (let at = 0; at < bytes.length; at += 32) {
    const chunk = Buffer.alloc(32);
    bytes.copy(chunk, 0, at, at + 32);
    chunks.push(chunk);
  }
  return chunks;
}

function mixInLength(root: Root, length: number): Root {
  return hashPair(root, littleEndian(BigInt(length), 32));
}

const hex = (json: string) => Buffer.from(json.slice(2), "hex");

export const uint64: Rooter = (json) => Buffer.concat([littleEndian(BigInt(json), 8), Buffer.alloc(24)]);
export const uint256: Rooter = (json) => littleEndian(BigInt(json), 32);
export const boolean: Rooter = (json) => Buffer.concat([Buffer.of(json === true ? 1 : 0), Buffer.alloc(31)]);
/** Bytes and bit vectors of a fixed length. */
export const bytes: Rooter = (json) => merkleize(pack(hex(json)));

export function byteList(limit: number): Rooter {
  return (json) => mixInLength(merkleize(pack(hex(json)), Math.ceil(limit / 32)), hex(json).length);
}

export const progressiveByteList: Rooter = (json) =>
  mixInLength(merkleizeProgressive(pack(hex(json))), hex(json).length);

/** Bits of a serialised list without its closing bit. */
function bits(json: string): { readonly packed: Buffer; readonly length: number } {
  const packed = hex(json);
  const last = packed.at(-1) ?? 0;
  const top = Math.floor(Math.log2(last));
  packed[packed.length - 1] = last & ~(1 << top);
  const length = (packed.length - 1) * 8 + top;
  return { packed: packed.subarray(0, Math.ceil(length / 8)), length };
}

export function bitList(limit: number): Rooter {
  return (json) => {
    const { packed, length } = bits(json);
    return mixInLength(merkleize(pack(packed), Math.ceil(limit / 256)), length);
  };
}

export const progressiveBitList: Rooter = (json) => {
  const { packed, length } = bits(json);
  return mixInLength(merkleizeProgressive(pack(packed)), length);
};

/** Of composite elements. */
export function list(element: Rooter, limit: number): Rooter {
  return (json: any[]) => mixInLength(merkleize(json.map(element), limit), json.length);
}

export function progressiveList(element: Rooter): Rooter {
  return (json: any[]) => mixInLength(merkleizeProgressive(json.map(element)), json.length);
}

type Fields = readonly (readonly [name: string, rooter: Rooter])[];

const rootsOf = (fields: Fields, json: any): Root[] => fields.map(([name, rooter]) => rooter(json[name]));

/** Fields in SSZ order, whatever the order of the JSON. */
export function container(fields: Fields): Rooter {
  return (json) => merkleize(rootsOf(fields, json));
}

/** EIP-7495 with every field active. */
export function progressiveContainer(fields: Fields): Rooter {
  const active = littleEndian((1n << BigInt(fields.length)) - 1n, 32);
  return (json) => hashPair(merkleizeProgressive(rootsOf(fields, json)), active);
}
