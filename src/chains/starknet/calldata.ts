/**
 * Reads the calldata of one function by its declaration, as Cairo serialises it. Every felt must be accounted for and of
 * its type: calldata that fits no declaration of a name is not of that name.
 * @module
 */
import type { Json } from "../../domain/canonical.ts";
import { ADDRESS_BOUND, addressText, feltText } from "./felts.ts";
import { shownFelts } from "./shown.ts";
import type { Values } from "./values.ts";

/**
 * `key` is a Stark public key or 0; `felts` is data of any length whose meaning is not known; `signer` and
 * `signerSignature` are the enums of Argent's accounts.
 */
export type Layout =
  | "felt"
  | "address"
  | "classHash"
  | "key"
  | "bool"
  | "u32"
  | "u64"
  | "u128"
  | "u256"
  | "felts"
  | "signer"
  | "signerSignature"
  | { readonly list: Layout }
  | { readonly option: Layout }
  | { readonly struct: Fields };

export type Fields = readonly (readonly [name: string, layout: Layout])[];

export type Fit =
  { readonly fits: true; readonly values: Values } | { readonly fits: false; readonly because: string };

class Misfit extends Error {}

/**
 * The values of `calldata` under a declaration: addresses, class hashes and keys as 0x-hex of 64 digits, felts as minimal
 * 0x-hex, integers as decimal text, options as null or their content.
 * @param shown how many felts of meaningless data are shown
 */
export function fit(fields: Fields, calldata: readonly bigint[], shown: number): Fit {
  const reader = new Reader(calldata, shown);
  try {
    const values = reader.struct(fields);
    reader.end();
    return { fits: true, values };
  } catch (error) {
    if (error instanceof Misfit) return { fits: false, because: error.message };
    throw error;
  }
}

const BITS = { u32: 32n, u64: 64n, u128: 128n } as const;
const ETHEREUM_ADDRESS_BITS = 160n;

class Reader {
  readonly #felts: readonly bigint[];
  readonly #shown: number;
  #position = 0;

  constructor(felts: readonly bigint[], shown: number) {
    this.#felts = felts;
    this.#shown = shown;
  }

  struct(fields: Fields): Values {
    return Object.fromEntries(fields.map(([name, layout]) => [name, this.#read(layout, name)]));
  }

  end(): void {
    const left = this.#felts.length - this.#position;
    if (left > 0) throw new Misfit(`${left} felts are left over`);
  }

  #read(layout: Layout, name: string): Json {
    if (typeof layout === "object") return this.#composite(layout, name);
    switch (layout) {
      case "felt":
        return feltText(this.#next(name));
      case "classHash":
        return addressText(this.#next(name));
      case "address":
        return addressText(this.#below(ADDRESS_BOUND, name, "2^251 - 256"));
      case "key":
        return addressText(this.#key(name));
      case "bool":
        // starkware-libs/cairo, corelib BoolSerde: any felt but 0 is true.
        return this.#next(name) !== 0n;
      case "u32":
      case "u64":
      case "u128":
        return this.#bits(BITS[layout], name).toString();
      case "u256":
        return this.#u256(name).toString();
      case "felts":
        return shownFelts(this.#take(this.#length(name), name), this.#shown);
      case "signer":
        return this.#signer(name);
      case "signerSignature":
        return this.#signerSignature(name);
    }
  }

  #composite(layout: Exclude<Layout, string>, name: string): Json {
    if ("struct" in layout) return this.struct(layout.struct);
    if ("option" in layout) {
      return this.#below(2n, name, "2") === 0n ? this.#read(layout.option, name) : null;
    }
    const length = this.#length(name);
    return Array.from({ length }, () => this.#read(layout.list, name));
  }

  /** Public keys below 2^64 do not occur, and would be read as the variant of an enum. */
  #key(name: string): bigint {
    const key = this.#next(name);
    if (key !== 0n && key >> 64n === 0n) throw new Misfit(`${name} must be a public key`);
    return key;
  }

  /** Argent's `Signer`: `0x…` is a Stark key, the others say what they are. */
  #signer(name: string): string {
    const variant = this.#below(5n, name, "5");
    switch (variant) {
      case 0n:
        return addressText(this.#key(name));
      case 1n:
        return `secp256k1:${this.#ethereumAddress(name)}`;
      case 2n:
        return `secp256r1:${addressText(this.#u256(name))}`;
      case 3n:
        return `eip191:${this.#ethereumAddress(name)}`;
      default: {
        for (const byte of this.#take(this.#length(name), name)) {
          if (byte >= 256n) throw new Misfit(`${name} has an origin that is not bytes`);
        }
        this.#u256(name);
        return `webauthn:${addressText(this.#u256(name))}`;
      }
    }
  }

  /** Argent's `SignerSignature`. Passkey signatures differ by version, and are not read. */
  #signerSignature(name: string): string {
    const variant = this.#felts[this.#position] ?? 4n;
    if (variant >= 4n) throw new Misfit(`${name} is not a signature of a known kind`);
    const signer = this.#signer(name);
    if (variant === 0n) this.#take(2, name);
    else {
      this.#u256(name);
      this.#u256(name);
      this.#below(2n, name, "2");
    }
    return signer;
  }

  #ethereumAddress(name: string): string {
    return `0x${this.#bits(ETHEREUM_ADDRESS_BITS, name).toString(16).padStart(40, "0")}`;
  }

  #u256(name: string): bigint {
    const low = this.#bits(128n, name);
    return (this.#bits(128n, name) << 128n) + low;
  }

  #length(name: string): number {
    const length = this.#next(name);
    const left = this.#felts.length - this.#position;
    if (length > BigInt(left)) throw new Misfit(`${name} is longer than the calldata`);
    return Number(length);
  }

  #take(count: number, name: string): readonly bigint[] {
    return Array.from({ length: count }, () => this.#next(name));
  }

  #bits(bits: bigint, name: string): bigint {
    return this.#below(1n << bits, name, `2^${bits}`);
  }

  #below(bound: bigint, name: string, text: string): bigint {
    const felt = this.#next(name);
    if (felt >= bound) throw new Misfit(`${name} must be below ${text}`);
    return felt;
  }

  #next(name: string): bigint {
    const felt = this.#felts[this.#position];
    if (felt === undefined) throw new Misfit(`${name} is missing`);
    this.#position += 1;
    return felt;
  }
}
