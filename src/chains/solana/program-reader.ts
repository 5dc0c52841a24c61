/**
 * Reads instructions of the programs that Claviger knows. The programs' client packages parse; here their data is
 * encoded again and compared, since both the parsers and the programs ignore trailing bytes.
 * @module
 */
import { type AccountMeta, type Address, isNone, isOption, type ReadonlyUint8Array } from "@solana/kit";
import { equalBytes, toHex } from "../../domain/bytes.ts";
import type { Json } from "../../domain/canonical.ts";
import type { Allowance, Opacity, Transfer } from "../../domain/intent.ts";

/** What the programs' parsers take: an instruction with its accounts resolved. */
export interface ProgramInstruction {
  readonly programAddress: Address;
  readonly accounts: readonly AccountMeta[];
  readonly data: ReadonlyUint8Array;
}

/** What one instruction does. Amounts are in the smallest unit; `from` and `owner` are whose signature allows it. */
export interface Effects {
  readonly transfers?: readonly Omit<Transfer, "ownChange">[];
  readonly allowances?: readonly Allowance[];
  /** What cannot be told of the effect on assets although the instruction decodes. */
  readonly opacity?: Opacity;
  /** Arguments besides the instruction's own accounts and data. */
  readonly args?: { readonly [name: string]: Json };
  /** A token account whose address was proved to derive from its owner and mint. */
  readonly associated?: { readonly account: string; readonly owner: string };
  /** Lamports that creating an account can cost at most. */
  readonly rent?: { readonly payer: string; readonly lamports: bigint };
  readonly budget?: ComputeBudget;
}

/** What compute-budget instructions ask for; at most one of each in a transaction. */
export interface ComputeBudget {
  readonly unitLimit?: number;
  /** Micro-lamports per compute unit. */
  readonly unitPrice?: bigint;
}

/** One instruction as the intent shows it. */
export interface Reading extends Effects {
  readonly function: string;
  readonly args: { readonly [name: string]: Json };
}

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
  /** 0x-hex of the bytes that name the instruction, or null where the data has none. */
  readonly selector: (data: ReadonlyUint8Array) => string | null;
  /** Undefined for what is not known or does not fit its layout exactly. `own` is our key's address. */
  readonly read: (instruction: ProgramInstruction, own: string) => Reading | undefined;
}

interface Parsed {
  readonly accounts?: object;
  readonly data: object;
}

/**
 * A layout of one instruction.
 * @param parse made by `exactly`
 * @param effects what it does to assets; undefined refuses it as undecodable. Left out: nothing.
 */
export function known<P extends Parsed>(
  name: string,
  discriminator: ReadonlyUint8Array,
  parse: (instruction: ProgramInstruction) => P | undefined,
  effects: (parsed: P, own: string) => Effects | undefined = () => ({}),
): KnownInstruction {
  return {
    name,
    discriminator: toHex(new Uint8Array(discriminator)),
    read: (instruction, own) => {
      const parsed = parse(instruction);
      const found = parsed === undefined ? undefined : effects(parsed, own);
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
    selector,
    read: (instruction, own) => {
      const layout = byDiscriminator.get(selector(instruction.data) ?? "0x");
      const found = layout?.read(instruction, own);
      if (layout === undefined || found === undefined) return undefined;
      const { effects, args } = found;
      return { ...effects, function: `${prefix}.${layout.name}`, args: { ...args, ...effects.args } };
    },
  };
}

function plainArguments(parsed: Parsed, instruction: ProgramInstruction): { [name: string]: Json } {
  const args: { [name: string]: Json } = {};
  let named = 0;
  for (const [name, account] of Object.entries(parsed.accounts ?? {})) {
    if (!isAccount(account)) continue;
    args[name] = account.address;
    named += 1;
  }
  for (const [name, value] of Object.entries(parsed.data)) {
    if (name !== "discriminator") args[name] = plain(value);
  }
  const others = instruction.accounts.slice(named).map((account) => account.address);
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
  return null;
}
