/**
 * What a transaction means. Whatever is not read completely makes the whole intent opaque: an unknown program, an
 * instruction that does not fit its layout, accounts in lookup tables.
 * @module
 */
import { isSignerRole, isWritableRole, type ReadonlyUint8Array } from "@solana/kit";
import { toHex } from "../../domain/bytes.ts";
import type { Json } from "../../domain/canonical.ts";
import {
  intentOf,
  type IntentCall,
  type Control,
  type Intent,
  type Opacity,
  type Transfer,
} from "../../domain/intent.ts";
import { feeParts, type FeeParts } from "./fee.ts";
import type { Lookups } from "./lookup-tables.ts";
import {
  type MessageInstruction,
  messageInstructions,
  staticAccounts,
  type TransactionMessage,
} from "./message.ts";
import { SYSTEM_PROGRAM } from "./program-addresses.ts";
import type { Reading } from "./program-reader.ts";
import { PROGRAMS } from "./programs.ts";
import { systemProgram } from "./system-program.ts";

/** Longest discriminator in use: eight bytes, by Anchor's convention. */
const UNKNOWN_SELECTOR_BYTES = 8;
const ADVANCE_NONCE = "0x04000000";

/**
 * The intent of a message that passed `checkMessage`, seen from `own`, the address of our key.
 * @throws SignerError `transaction.invalid` for what no cluster would execute
 */
export function messageIntent(message: TransactionMessage, lookups: Lookups, own: string): Intent {
  const instructions = messageInstructions(
    message,
    lookups.accounts.map((account) => account.meta),
  );
  const readings = instructions.map((instruction) => read(instruction, own));
  const fee = feeParts(instructions, readings, message.header.numSignerAccounts, {
    feePayer: message.staticAccounts[0] ?? "",
    own,
  });
  const total = fee.signatures + fee.priority + fee.rent;
  const owners = tokenOwners(readings);
  const findings = {
    opacity: [...unseen(lookups), ...opacity(instructions, readings)],
    transfers: transfers(readings, owners, own),
    allowances: readings.flatMap((reading) => reading?.allowances ?? []),
    calls: instructions.map((instruction, position) => call(instruction, readings[position], owners)),
    ...(total > 0n ? { fee: { asset: "native", max: total.toString() } } : {}),
    control: controls(readings),
    harmless: harmless(readings),
  };
  return intentOf(findings, { solana: fullDecode(message, lookups, instructions, fee) });
}

function read(instruction: MessageInstruction, own: string): Reading | undefined {
  const { program, accounts, data } = instruction;
  if (accounts === undefined) return undefined;
  return PROGRAMS.get(program)?.read({ programAddress: program, accounts, data }, own);
}

/** Wallets of the token accounts that this transaction proves to be theirs. */
function tokenOwners(readings: readonly (Reading | undefined)[]): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const reading of readings) {
    if (reading?.associated !== undefined) owners.set(reading.associated.account, reading.associated.owner);
  }
  return owners;
}

function transfers(
  readings: readonly (Reading | undefined)[],
  owners: ReadonlyMap<string, string>,
  own: string,
): readonly Transfer[] {
  return readings
    .flatMap((reading) => reading?.transfers ?? [])
    .map((transfer) => ({
      ...transfer,
      // Tokens on an account that has our key's address belong to whom that account names.
      ownChange: (transfer.asset === "native" && transfer.to === own) || owners.get(transfer.to) === own,
    }));
}

/** Each change once: a transaction may say the same in two instructions. */
function controls(readings: readonly (Reading | undefined)[]): readonly Control[] {
  const found = readings.flatMap((reading) => reading?.control ?? []);
  return [...new Map(found.map((change) => [`${change.what} ${change.of} ${change.to}`, change])).values()];
}

function harmless(readings: readonly (Reading | undefined)[]): readonly string[] {
  if (readings.length === 0) return ["a transaction without instructions costs its fee alone"];
  return readings.flatMap((reading) => reading?.harmless ?? []);
}

function call(
  { program, data }: MessageInstruction,
  reading: Reading | undefined,
  owners: ReadonlyMap<string, string>,
): IntentCall {
  const selector = PROGRAMS.get(program)?.selector ?? unknownSelector;
  const bare = { to: program, value: "0", selector: selector(data), data: toHex(new Uint8Array(data)) };
  if (reading === undefined) return bare;
  const destination = reading.args["destination"] ?? reading.args["token"];
  const destinationOwner = typeof destination === "string" ? owners.get(destination) : undefined;
  return {
    ...bare,
    function: reading.function,
    args: destinationOwner === undefined ? reading.args : { ...reading.args, destinationOwner },
  };
}

function unknownSelector(data: ReadonlyUint8Array): string | null {
  return data.length === 0 ? null : toHex(new Uint8Array(data.slice(0, UNKNOWN_SELECTOR_BYTES)));
}

/** Tables can be made and extended by anyone, and only a cluster knows what is in them. */
function unseen({ tables }: Lookups): readonly Opacity[] {
  const found: Opacity[] = [];
  if (tables.some((table) => table.digest === null)) {
    const reason = "loads accounts from address lookup tables, which only a cluster can resolve";
    found.push({ cause: "unresolvedAccounts", reason });
  }
  if (tables.some((table) => table.digest !== null)) {
    const reason = "loads accounts from address lookup tables with the contents that the request brought";
    found.push({ cause: "lookup_table", reason });
  }
  return found;
}

function opacity(
  instructions: readonly MessageInstruction[],
  readings: readonly (Reading | undefined)[],
): readonly Opacity[] {
  const found: Opacity[] = [];
  for (const [position, { program, accounts, data }] of instructions.entries()) {
    const reading = readings[position];
    if (reading?.opacity !== undefined) found.push(reading.opacity);
    if (reading !== undefined) continue;
    const known = PROGRAMS.get(program);
    if (known === undefined) {
      found.push({ cause: "unknownProgram", reason: `unknown program ${program}` });
    } else if (accounts !== undefined) {
      found.push(unread(program, known.names(data)));
    }
  }
  return found;
}

/** Programs ignore trailing bytes: what names a known instruction may do all that this one does. */
function unread(program: string, named: boolean): Opacity {
  if (!named) return { cause: "unknownCall", reason: `unknown instruction of ${program}` };
  return { cause: "unknownForm", reason: `inexact instruction of ${program}` };
}

/**
 * The rest of the message for policies. `instructions` match `calls`, which have their programs and data; they name accounts
 * by their index. Accounts with a `table` are loaded from it, and their `address` is null where the request does not bring it.
 */
function fullDecode(
  message: TransactionMessage,
  { accounts, tables }: Lookups,
  instructions: readonly MessageInstruction[],
  fee: FeeParts,
): Json {
  return {
    version: message.version,
    feePayer: message.staticAccounts[0] ?? null,
    signers: message.staticAccounts.slice(0, message.header.numSignerAccounts),
    lifetimeToken: message.lifetimeToken,
    durableNonce: isDurableNonce(instructions[0]),
    accounts: [
      ...staticAccounts(message).map(({ address, role }) => ({
        address,
        signer: isSignerRole(role),
        writable: isWritableRole(role),
      })),
      ...accounts.map(({ table, writable, meta }) => ({
        address: meta?.address ?? null,
        signer: false,
        writable,
        table,
      })),
    ],
    instructions: instructions.map(({ accountIndices }) => ({ accounts: [...accountIndices] })),
    addressLookupTables: tables.map((table) => ({ ...table })),
    fee: {
      signatures: fee.signatures.toString(),
      priority: fee.priority.toString(),
      rent: fee.rent.toString(),
    },
  };
}

/** The runtime looks at the first four data bytes only: such a signature never expires. */
function isDurableNonce(first: MessageInstruction | undefined): boolean {
  return first?.program === SYSTEM_PROGRAM && systemProgram.selector(first.data) === ADVANCE_NONCE;
}
