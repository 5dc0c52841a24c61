/**
 * Accounts that a message reads from address lookup tables. The signed bytes name tables and positions only; the
 * addresses there are the word of whoever brings them.
 * @module
 */
import { AccountRole, type AccountMeta, address } from "@solana/kit";
import { sha256 } from "@noble/hashes/sha2.js";
import { base58 } from "@scure/base";
import { concat, toHex } from "../../domain/bytes.ts";
import { invalid } from "../../domain/errors.ts";
import { addressTableLookups, type TransactionMessage } from "./message.ts";

const FIELD = "/lookupTables";
const ADDRESS_BYTES = 32;
/** The program's limit: positions are one byte. */
const TABLE_LIMIT = 256;

/** One account behind the message's own ones. `meta` is undefined where the request does not bring its table. */
export interface LoadedAccount {
  readonly table: string;
  readonly writable: boolean;
  readonly meta: AccountMeta | undefined;
}

/** One lookup of the message, in its order. */
export interface TableUse {
  readonly table: string;
  /** 0x-hex of SHA-256 over the table's addresses, 32 bytes each, in order; null where the request does not bring it. */
  readonly digest: string | null;
  /** How many addresses it has. */
  readonly count: number | null;
  readonly writable: readonly number[];
  readonly readonly: readonly number[];
}

export interface Lookups {
  /** In the order of their index: what all tables load as writable, then all the rest. */
  readonly accounts: readonly LoadedAccount[];
  readonly tables: readonly TableUse[];
}

interface Table {
  readonly addresses: readonly string[];
  readonly digest: string;
  /** JSON pointer of the addresses. */
  readonly field: string;
}

/**
 * Resolves the lookups of a message that passed `checkMessage`.
 * @param brought the request's `lookupTables`: `[{address, addresses}]`, base58
 * @throws SignerError `transaction.invalid` with the field: a table that the message does not use or that comes twice, a
 *   malformed address, a position beyond the table, an account that the message has already
 */
export function resolveLookups(message: TransactionMessage, brought: unknown): Lookups {
  const lookups = addressTableLookups(message);
  const tables = readTables(brought, new Set(lookups.map((lookup) => lookup.lookupTableAddress)));
  const seen = new Set<string>(message.staticAccounts);
  const load = (table: string, index: number, writable: boolean): LoadedAccount => {
    const found = tables.get(table);
    return {
      table,
      writable,
      meta: found === undefined ? undefined : accountAt(found, index, writable, seen),
    };
  };
  return {
    accounts: [true, false].flatMap((writable) =>
      lookups.flatMap(({ lookupTableAddress: table, writableIndexes, readonlyIndexes }) =>
        (writable ? writableIndexes : readonlyIndexes).map((index) => load(table, index, writable)),
      ),
    ),
    tables: lookups.map(({ lookupTableAddress: table, writableIndexes, readonlyIndexes }) => ({
      table,
      digest: tables.get(table)?.digest ?? null,
      count: tables.get(table)?.addresses.length ?? null,
      writable: [...writableIndexes],
      readonly: [...readonlyIndexes],
    })),
  };
}

function readTables(brought: unknown, used: ReadonlySet<string>): ReadonlyMap<string, Table> {
  const tables = new Map<string, Table>();
  if (brought === undefined) return tables;
  if (!Array.isArray(brought)) throw invalid(FIELD, "must be a list of tables");
  for (const [position, table] of brought.entries()) {
    const field = `${FIELD}/${position}`;
    if (!isTable(table)) throw invalid(field, "must have address and addresses");
    if (!used.has(table.address))
      throw invalid(`${field}/address`, "is not a table that the message uses; leave it out");
    if (tables.has(table.address)) throw invalid(`${field}/address`, "is given twice; give each table once");
    tables.set(table.address, readTable(table.addresses, `${field}/addresses`));
  }
  return tables;
}

function readTable(addresses: readonly unknown[], field: string): Table {
  if (addresses.length > TABLE_LIMIT) throw invalid(field, `a table has at most ${TABLE_LIMIT} addresses`);
  const read = addresses.map((text, index) => decodeAddress(text, `${field}/${index}`));
  return {
    addresses: read.map((bytes) => base58.encode(bytes)),
    digest: toHex(sha256(concat(...read))),
    field,
  };
}

function accountAt(table: Table, index: number, writable: boolean, seen: Set<string>): AccountMeta {
  const found = table.addresses[index];
  if (found === undefined) {
    throw invalid(
      table.field,
      `has ${table.addresses.length} addresses, but the message reads position ${index}; give the ` +
        `whole table as it is on chain`,
    );
  }
  if (seen.has(found))
    throw invalid(
      `${table.field}/${index}`,
      "is an account that the message has already; give the table as it is on chain",
    );
  seen.add(found);
  return { address: address(found), role: writable ? AccountRole.WRITABLE : AccountRole.READONLY };
}

function decodeAddress(text: unknown, field: string): Uint8Array {
  try {
    const bytes = base58.decode(String(text));
    if (bytes.length === ADDRESS_BYTES) return bytes;
  } catch {
    // Refused below.
  }
  throw invalid(field, "must be 32 bytes in base58");
}

function isTable(
  value: unknown,
): value is { readonly address: string; readonly addresses: readonly unknown[] } {
  return (
    typeof value === "object" &&
    value !== null &&
    "address" in value &&
    typeof value.address === "string" &&
    "addresses" in value &&
    Array.isArray(value.addresses)
  );
}
