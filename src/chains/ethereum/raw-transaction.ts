/**
 * Unsigned transactions as bytes: the legacy list of EIP-155, or a type byte and its list (EIP-2718). They are read into the
 * members of a transaction object, judged as that object, encoded again and compared.
 * @module
 */
import { fromRlp } from "viem/utils";
import { invalid, refused } from "../../domain/errors.ts";
import { encodeUnsigned } from "./envelope.ts";
import { readBytes, type Hex } from "./fields.ts";
import { readTransaction, type Transaction } from "./transaction.ts";
import { TRANSACTION_TYPES, type TransactionType } from "./transaction-members.ts";

type Item = Hex | readonly Item[];

const HEAD = ["chainId", "nonce"];
const MARKET = [...HEAD, "maxPriorityFeePerGas", "maxFeePerGas", "gas", "to", "value", "data", "accessList"];
/** Members in the order of the list, before the signature. */
const LISTS: Readonly<Record<TransactionType, readonly string[]>> = {
  legacy: ["nonce", "gasPrice", "gas", "to", "value", "data", "chainId", "r", "s"],
  eip2930: [...HEAD, "gasPrice", "gas", "to", "value", "data", "accessList"],
  eip1559: MARKET,
  eip4844: [...MARKET, "maxFeePerBlobGas", "blobVersionedHashes"],
  eip7702: [...MARKET, "authorizationList"],
};
const SIGNATURE_ITEMS = 3;
const LEGACY_WITHOUT_CHAIN = 6;
const AS_THEY_ARE = new Set(["to", "data"]);
/** One byte of RLP can open one more list: a reader that calls itself must not meet thousands of them. */
const BYTES_MAX = 262_144;
const FIRST_LIST_BYTE = 0xc0;
const AUTHORIZATION = ["chainId", "address", "nonce", "yParity", "r", "s"];

/**
 * Reads `transaction`: 0x-hex of an unsigned transaction in canonical RLP.
 * @param signer lowercase address of the key
 * @throws SignerError `transaction.invalid` for another form, a signed transaction, or bytes that another spelling would also
 * give; `transaction.refused` as `readTransaction` does, and for a legacy transaction without a chain id
 */
export function readRawTransaction(value: unknown, signer: string, field = "/transaction"): Transaction {
  const bytes = readBytes(value, field);
  if (bytes.length > 2 + 2 * BYTES_MAX) throw refused(field, `must be at most ${BYTES_MAX} bytes`);
  const { type, items } = readList(bytes, field);
  const transaction = readTransaction({ type, ...membersOf(type, items, field) }, signer, field);
  if (encodeUnsigned(transaction) !== bytes)
    throw invalid(
      field,
      "is not in its shortest form (canonical RLP), or has bytes after its end; encode it with a " +
        "standard library",
    );
  return transaction;
}

function readList(
  bytes: Hex,
  field: string,
): { readonly type: TransactionType; readonly items: readonly Item[] } {
  const first = Number.parseInt(bytes.slice(2, 4), 16);
  const type = first >= FIRST_LIST_BYTE ? "legacy" : TRANSACTION_TYPES[first];
  if (type === undefined || first === 0)
    throw invalid(field, "must begin with a list (legacy) or a type byte from 0x01 to 0x04 (EIP-2718)");
  const items = decodeRlp(type === "legacy" ? bytes : `0x${bytes.slice(4)}`, field);
  return { type, items: list(items, field) };
}

function decodeRlp(bytes: Hex, field: string): Item {
  try {
    return fromRlp(bytes, "hex");
  } catch {
    throw invalid(field, "is not RLP: a length does not fit, or bytes are missing");
  }
}

function membersOf(type: TransactionType, items: readonly Item[], field: string): Record<string, unknown> {
  const names = LISTS[type];
  checkCount(type, items, field);
  const members = names.map((name, index) => [name, memberOf(name, items[index] ?? "0x", field)]);
  const { r, s, ...rest } = Object.fromEntries(members);
  // EIP-155: what is hashed ends in the chain id and two empty items; with a signature these are r and s.
  if (type === "legacy" && (r !== "0x0" || s !== "0x0")) throw signed(field);
  return rest;
}

function checkCount(type: TransactionType, items: readonly Item[], field: string): void {
  const expected = LISTS[type].length;
  if (items.length === expected) return;
  if (type === "legacy" && items.length === LEGACY_WITHOUT_CHAIN)
    throw refused(
      field,
      "names no chain, so that it would be valid on every one; append chain id, 0 and 0 (EIP-155)",
    );
  if (type !== "legacy" && items.length === expected + SIGNATURE_ITEMS) throw signed(field);
  if (type === "eip4844" && Array.isArray(items[0]))
    throw invalid(
      field,
      "comes with its blobs; send the transaction alone, without blobs, commitments and proofs",
    );
  throw invalid(field, `must be a list of ${expected} members for the type ${type}`);
}

function signed(field: string) {
  return invalid(field, "is signed already; send the unsigned transaction");
}

function memberOf(name: string, item: Item, field: string): unknown {
  if (name === "accessList") return lists(item, field).map((entry) => accessEntry(entry, field));
  if (name === "authorizationList") return lists(item, field).map((entry) => authorization(entry, field));
  if (name === "blobVersionedHashes") return list(item, field);
  const bytes = text(item, field);
  if (name === "to" && bytes === "0x") return null;
  return AS_THEY_ARE.has(name) ? bytes : quantity(bytes);
}

function accessEntry(entry: readonly Item[], field: string): unknown {
  const [address, keys] = entry;
  if (address === undefined || keys === undefined || entry.length !== 2)
    throw invalid(field, "has an access list entry that must be an address and its storage keys (EIP-2930)");
  return { address: text(address, field), storageKeys: list(keys, field) };
}

function authorization(entry: readonly Item[], field: string): unknown {
  if (entry.length !== AUTHORIZATION.length)
    throw invalid(
      field,
      "has an authorization that must be chain id, address, nonce and signature (EIP-7702)",
    );
  const members = AUTHORIZATION.map((name, index) => {
    const bytes = text(entry[index] ?? "0x", field);
    return [name, name === "address" ? bytes : quantity(bytes)];
  });
  return Object.fromEntries(members);
}

/** RLP writes 0 as no bytes at all. */
function quantity(bytes: Hex): string {
  return bytes === "0x" ? "0x0" : bytes;
}

function text(item: Item, field: string): Hex {
  if (typeof item !== "string") throw invalid(field, "has a list where a member must be bytes");
  return item;
}

function list(item: Item, field: string): readonly Item[] {
  if (typeof item === "string") throw invalid(field, "has bytes where a member must be a list");
  return item;
}

function lists(item: Item, field: string): readonly (readonly Item[])[] {
  return list(item, field).map((entry) => list(entry, field));
}
