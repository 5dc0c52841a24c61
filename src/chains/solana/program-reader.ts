/**
 * Reads instructions of the programs that Claviger knows. The programs' client packages parse; here their data is
 * encoded again and compared, since both the parsers and the programs ignore trailing bytes.
 * @module
 */
import { type AccountMeta, type Address, isNone, isOption, type ReadonlyUint8Array } from "@solana/kit";
import { equalBytes, toHex } from "../../domain/bytes.ts";
import type { Json } from "../../domain/canonical.ts";
import { type Effects, statesSomething } from "./effects.ts";

/** What the programs' parsers take: an instruction with its accounts resolved. */
export interface ProgramInstruction {
  readonly programAddress: Address;
  readonly accounts: readonly AccountMeta[];
  readonly data: ReadonlyUint8Array;
}

/** One instruction as the intent shows it. */
export type Reading = Effects & {
  readonly function: string;
  readonly args: { readonly [name: string]: Json };
};

/** One instruction layout of a program. `read` answers undefined for data or accounts that do not fit it exactly. */
export interface KnownInstruction {
  readonly name: string;
  /** Lowercase 0x-hex of the leading bytes that name the instruction. */
  readonly discriminator: string;
  readonly read: (
    instruction: ProgramInstruction,
    own: string,
  ) => { readonly effects: Effects; readonly args: { readonly [name: string]: Json } } | undefined;
}

export interface ProgramReader {
  /** The instructions that it knows, by the names that calls show. */
  readonly functions: readonly string[];
  /** 0x-hex of the bytes that name the instruction, or null where the data has none. */
  readonly selector: (data: ReadonlyUint8Array) => string | null;
  /** True where these bytes name an instruction that it knows, whether or not the rest fits. */
  readonly names: (data: ReadonlyUint8Array) => boolean;
  /** Undefined for what is not known or does not fit its layout exactly. `own` is our key's address. */
  readonly read: (instruction: ProgramInstruction, own: string) => Reading | undefined;
}

/** What an instruction does, seen from `own`, our key's address; `accounts` are all that it has. Undefined: undecodable. */
export type EffectsOf<P> = (parsed: P, own: string, accounts: readonly AccountMeta[]) => Effects | undefined;

interface Parsed {
  readonly accounts?: object;
  readonly data: object;
}

/**
 * A layout of one instruction.
 * @param parse made by `exactly`
 * @param effects what it does, or `nothing` with the reason
 */
export function known<P extends Parsed>(
  name: string,
  discriminator: ReadonlyUint8Array,
  parse: (instruction: ProgramInstruction) => P | undefined,
  effects: EffectsOf<P>,
): KnownInstruction {
  return {
    name,
    discriminator: toHex(new Uint8Array(discriminator)),
    read: (instruction, own) => {
      const parsed = parse(instruction);
      const found = parsed === undefined ? undefined : effects(parsed, own, instruction.accounts);
      if (parsed === undefined || found === undefined) return undefined;
      return { effects: found, args: plainArguments(parsed, instruction) };
    },
  };
}

/** A package's parser that answers undefined unless its encoder gives the same data again. */
export function exactly<D, P extends Parsed & { readonly data: D }>(
  parse: (instruction: ProgramInstruction) => P,
  encoder: { readonly encode: (data: D) => ReadonlyUint8Array; readonly fixedSize?: number },
): (instruction: ProgramInstruction) => P | undefined {
  return (instruction) => {
    // Before parsing, since sixty-four thrown errors would take longer than all the rest.
    if (encoder.fixedSize !== undefined && encoder.fixedSize !== instruction.data.length) return undefined;
    try {
      const parsed = parse(instruction);
      const again = new Uint8Array(encoder.encode(parsed.data));
      return equalBytes(again, new Uint8Array(instruction.data)) ? parsed : undefined;
    } catch {
      // The codecs throw on any misfit; the caller then shows the instruction as unknown, which makes it opaque.
      return undefined;
    }
  };
}

/**
 * A parser for programs without a client package.
 * @param names the accounts that the instruction must have, in order; more may follow
 */
export function structured<const N extends string, D extends object>(
  names: readonly N[],
  codec: FixedOrVariable<D>,
): (
  instruction: ProgramInstruction,
) => { readonly accounts: { readonly [K in N]: AccountMeta }; readonly data: D } | undefined {
  return exactly(
    ({ accounts, data }) => ({ accounts: named(names, accounts), data: codec.decode(data) }),
    codec,
  );
}

interface FixedOrVariable<D> {
  readonly encode: (data: D) => ReadonlyUint8Array;
  readonly decode: (data: ReadonlyUint8Array) => D;
  readonly fixedSize?: number;
}

function named<N extends string>(
  names: readonly N[],
  accounts: readonly AccountMeta[],
): { readonly [K in N]: AccountMeta } {
  if (accounts.length < names.length) throw new RangeError("accounts are missing");
  const found = Object.fromEntries(names.map((name, index) => [name, accounts[index]]));
  // Object.fromEntries forgets the names.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return found as { readonly [K in N]: AccountMeta };
}

/** Reader over a program's layouts. `discriminatorLength` tells it from the first data byte. */
export function programReader(
  prefix: string,
  layouts: readonly KnownInstruction[],
  discriminatorLength: (firstByte: number) => number,
): ProgramReader {
  const byDiscriminator = new Map(layouts.map((layout) => [layout.discriminator, layout]));
  const selector = (data: ReadonlyUint8Array): string | null => {
    const first = data[0];
    return first === undefined ? null : toHex(new Uint8Array(data.slice(0, discriminatorLength(first))));
  };
  return {
    functions: layouts.map((layout) => `${prefix}.${layout.name}`),
    selector,
    names: (data) => byDiscriminator.has(selector(data) ?? "0x"),
    read: (instruction, own) => {
      const layout = byDiscriminator.get(selector(instruction.data) ?? "0x");
      const found = layout?.read(instruction, own);
      if (layout === undefined || found === undefined) return undefined;
      const { effects, args } = found;
      const name = `${prefix}.${layout.name}`;
      return { ...stated(name, effects), function: name, args: { ...args, ...effects.args } };
    },
  };
}

/** What the types rule out is opaque at least. */
function stated(name: string, effects: Effects): Effects {
  if (statesSomething(effects)) return effects;
  return { ...effects, opacity: { cause: "unstated", reason: `${name} states no effect` } };
}

function plainArguments(parsed: Parsed, instruction: ProgramInstruction): { [name: string]: Json } {
  const args: { [name: string]: Json } = {};
  let count = 0;
  for (const [name, account] of Object.entries(parsed.accounts ?? {})) {
    if (!isAccount(account)) continue;
    args[name] = account.address;
    count += 1;
  }
  for (const [name, value] of Object.entries(parsed.data)) {
    if (name !== "discriminator") args[name] = plain(value);
  }
  const others = instruction.accounts.slice(count).map((account) => account.address);
  if (others.length > 0) args["otherAccounts"] = others;
  return args;
}

/** Accounts that an instruction leaves out are undefined. */
function isAccount(account: unknown): account is { readonly address: string } {
  return typeof account === "object" && account !== null && "address" in account;
}

function plain(value: unknown): Json {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (value instanceof Uint8Array) return toHex(value);
  if (isOption(value)) return isNone(value) ? null : plain(value.value);
  if (Array.isArray(value)) return value.map(plain);
  return null;
}
