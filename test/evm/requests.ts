/**
 * Random calls of every function that the decoder knows. Arguments come from the world, chosen by type and name, so that
 * most calls do something; wrappers hold further random calls. Signatures that calls carry are really the key's.
 */
import fc from "fast-check";
import { encodeFunctionData, pad, parseAbiItem, toHex, zeroAddress, type AbiFunction, type Hex } from "viem";
import type { AbiParameter, AbiType } from "../../src/chains/ethereum/abi.ts";
import { FUNCTIONS } from "../../src/chains/ethereum/functions.ts";
import type { KnownFunction } from "../../src/chains/ethereum/functions/row.ts";
import { SLOTS } from "./facts.ts";
import { NOW, type Machine } from "./machine.ts";
import { sealed } from "./seal.ts";
import { ATTACKER, CONTRACTS, ETHER, FRIEND, MAX, MINTER, type World } from "./world.ts";

/** One call to make: `row` is the selector whose arguments were made. */
export interface Wanted {
  readonly selector: string;
  readonly to: Hex;
  readonly value: bigint;
  readonly data: Hex;
}

type Value = string | bigint | boolean | readonly Value[] | { readonly [name: string]: Value };

/** Which contracts of the world answer to a selector: it stands in their code behind PUSH4. */
export async function implementers(world: World): Promise<ReadonlyMap<string, readonly Hex[]>> {
  const code = new Map<Hex, string>();
  for (const name of CONTRACTS) code.set(world.at[name], await codeOf(world.machine, world.at[name]));
  return new Map(
    [...FUNCTIONS.keys()].map((selector) => [
      selector,
      [...code].filter(([, text]) => text.includes(`63${selector.slice(2)}`)).map(([address]) => address),
    ]),
  );
}

/** The code of a contract and of the logic behind it: a proxy answers to what its logic does. */
async function codeOf(machine: Machine, address: Hex): Promise<string> {
  const code = await machine.code(address);
  const slots = [SLOTS.singleton, SLOTS.implementation];
  const logic = await Promise.all(
    slots.map(async (slot) => await machine.code(`0x${(await machine.slot(address, slot)).slice(-40)}`)),
  );
  return code + logic.join("");
}

const SENTINEL = toHex(1, { size: 20 });

export class Generator {
  readonly #world: World;
  readonly #answering: ReadonlyMap<string, readonly Hex[]>;
  readonly #selectors: readonly string[];
  /** Those that name whose assets they move, so that a batching contract can do something with them. */
  readonly #moving: readonly string[];

  /** `answering` from `implementers`. */
  constructor(world: World, answering: ReadonlyMap<string, readonly Hex[]>) {
    this.#world = world;
    this.#answering = answering;
    this.#selectors = [...answering].filter(([, places]) => places.length > 0).map(([selector]) => selector);
    this.#moving = this.#selectors.filter((selector) =>
      namesOwner(FUNCTIONS.get(selector)?.parameters ?? []),
    );
  }

  /** A call of one function, mostly where it is answered. `depth` is how many calls may stand inside one another. */
  call(selector: string, depth: number, at?: Hex): fc.Arbitrary<Wanted> {
    const row = FUNCTIONS.get(selector);
    if (row === undefined) throw new Error(`no known function ${selector}`);
    const places = this.#answering.get(selector) ?? [];
    const everywhere = CONTRACTS.map((name) => this.#world.at[name]);
    const place =
      at !== undefined
        ? fc.constant(at)
        : fc.oneof(
            { weight: 8, arbitrary: fc.constantFrom(...(places.length > 0 ? places : everywhere)) },
            { weight: 1, arbitrary: fc.constantFrom(...everywhere) },
          );
    return place.chain((to) =>
      fc.record({
        selector: fc.constant(selector),
        to: fc.constant(to),
        value: this.#coins(row),
        data: this.#members(row.parameters, depth, to).map((args) =>
          encode(row, sealed(this.#world, row.signature, to, args)),
        ),
      }),
    );
  }

  /** Most functions take no coins; what makes calls passes them on. */
  #coins(row: KnownFunction): fc.Arbitrary<bigint> {
    const weight = callMembers(row.parameters).data === undefined && !row.transparent ? 30 : 3;
    return fc.oneof({ weight, arbitrary: fc.constant(0n) }, fc.bigInt(1n, ETHER));
  }

  /** Any call: a known one mostly, or plain value. */
  any(depth: number, at?: Hex): fc.Arbitrary<Wanted> {
    const there = this.#selectors.filter(
      (selector) => at === undefined || this.#answering.get(selector)?.includes(at),
    );
    const choice = there.length > 0 ? there : [...this.#selectors, ...this.#moving, ...this.#moving];
    const known = fc.constantFrom(...choice).chain((selector) => this.call(selector, depth, at));
    const plain = fc.record({
      selector: fc.constant("0x"),
      to: at === undefined ? this.#address("to") : fc.constant(at),
      value: fc.bigInt(1n, ETHER),
      data: fc.constant<Hex>("0x"),
    });
    return fc.oneof({ weight: 9, arbitrary: known }, { weight: 1, arbitrary: plain });
  }

  /** Arguments by name. Members that make up a call are made together, and lists of one struct have one length. */
  #members(
    parameters: readonly AbiParameter[],
    depth: number,
    site: Hex,
  ): fc.Arbitrary<Record<string, Value>> {
    const own = fc
      .constantFrom(1, 1, 1, 2, 2, 3, 0)
      .chain((length) =>
        fc.record(
          Object.fromEntries(
            parameters.map(({ name, type }) => [name, this.#value(name, type, depth, site, length)] as const),
          ),
        ),
      );
    const { target, data, value } = callMembers(parameters);
    if (target === undefined || data === undefined || depth <= 0) return own;
    return own.chain((made) =>
      this.any(depth - 1).map((inner) => ({
        ...made,
        [target]: inner.to,
        [data]: inner.data,
        ...(value === undefined ? {} : { [value]: inner.value }),
      })),
    );
  }

  #value(name: string, type: AbiType, depth: number, site: Hex, length: number): fc.Arbitrary<Value> {
    switch (type.kind) {
      case "address":
        return this.#address(name);
      case "bool":
        return fc.boolean();
      case "uint":
        return this.#integer(name, type.bits);
      case "fixed":
        return this.#fixed(name, type.length);
      case "bytes":
        return this.#bytes(name, depth, site);
      case "string":
        return fc.constant("text");
      case "array":
        return fc.array(this.#value(name, type.item, depth, site, length), {
          minLength: length,
          maxLength: length,
        });
      case "tuple":
        return this.#members(type.members, depth, site);
    }
  }

  #address(name: string): fc.Arbitrary<Hex> {
    const { at, us, ours } = this.#world;
    const tokens = [at.coin, at.dai, at.wrapped];
    if (/token|asset/i.test(name)) return fc.constantFrom<Hex>(...tokens, zeroAddress, at.picture);
    // Safe's lists start at 1; the owner before the key is FRIEND.
    if (name.startsWith("prev")) return fc.constantFrom<Hex>(SENTINEL, FRIEND);
    if (/^(from|owner|oldOwner|holder|account|authorizer|module)$/i.test(name))
      return fc.constantFrom<Hex>(us, us, us, ...ours, FRIEND, ATTACKER);
    if (/implementation|logic/i.test(name)) return fc.constantFrom(at.logic, at.otherLogic, at.router);
    if (/proxy/i.test(name)) return fc.constantFrom(at.transparent, at.uups);
    return fc.constantFrom<Hex>(ATTACKER, ATTACKER, FRIEND, us, ...ours, at.permit2, at.router, zeroAddress);
  }

  #integer(name: string, bits: number): fc.Arbitrary<bigint> {
    const most = 2n ** BigInt(bits) - 1n;
    const fitting = (...values: bigint[]): fc.Arbitrary<bigint> =>
      fc.constantFrom(...values.map((value) => (value > most ? most : value)));
    if (/deadline|expir|validBefore/i.test(name)) return fitting(NOW + 1000n, NOW + 1000n, MAX, 0n);
    if (/validAfter|^(gasPrice|baseGas|safeTxGas|operation)$/i.test(name)) return fitting(0n);
    if (/tokenId|^ids?$/i.test(name)) return fitting(0n, 1n, 2n, 3n, 6n, 8n);
    if (bits === 8) return fitting(0n, 1n, 27n, 28n);
    return fitting(0n, 1n, 2n, 3n, 7n, 8n, 50n, 400n, 2_500n, 9_999n, ETHER, MAX);
  }

  #fixed(name: string, length: number): fc.Arbitrary<Hex> {
    if (/role/i.test(name)) return fc.constantFrom(pad("0x"), MINTER);
    return fc.nat(1000).map((salt) => toHex(salt, { size: length }));
  }

  #bytes(name: string, depth: number, site: Hex): fc.Arbitrary<Hex> {
    // Safe takes the sender's own approval as signature: v = 1, r = the owner.
    if (name === "signatures") return fc.constant(`0x${pad(this.#world.us).slice(2)}${"00".repeat(32)}01`);
    const nothing = fc.constant<Hex>("0x");
    if (depth <= 0 || /signature|reason/i.test(name)) return nothing;
    return fc.oneof(
      { weight: 4, arbitrary: this.any(depth - 1, site).map(({ data }) => data) },
      { weight: 1, arbitrary: nothing },
    );
  }
}

function namesOwner(parameters: readonly AbiParameter[]): boolean {
  return parameters.some(({ name, type }) => {
    const item = type.kind === "array" ? type.item : type;
    return item.kind === "tuple" ? namesOwner(item.members) : /^(from|owner|holder)$/.test(name);
  });
}

/** The names of the members that are one call together, where a struct or a function has them. */
function callMembers(
  parameters: readonly AbiParameter[],
): Record<"target" | "data" | "value", string | undefined> {
  const find = (kind: AbiType["kind"], names: RegExp): string | undefined =>
    parameters.find(({ name, type }) => type.kind === kind && names.test(name))?.name;
  return {
    target: find("address", /^(target|to|dest)$/),
    data: find("bytes", /^(data|callData|func)$/),
    value: find("uint", /^value$/),
  };
}

function encode(row: KnownFunction, args: Record<string, Value>): Hex {
  const abi = parseAbiItem(`function ${row.signature}`) as AbiFunction;
  const list = row.parameters.map(({ name, type }) => listed(args[name], type));
  return encodeFunctionData({ abi: [abi], args: list } as never);
}

/** Structs as lists, since the signature names no members. */
function listed(value: Value | undefined, type: AbiType): unknown {
  if (type.kind === "array") return (value as readonly Value[]).map((item) => listed(item, type.item));
  if (type.kind !== "tuple") return type.kind === "uint" && type.bits <= 48 ? Number(value) : value;
  const members = value as Record<string, Value>;
  return type.members.map((member) => listed(members[member.name], member.type));
}
