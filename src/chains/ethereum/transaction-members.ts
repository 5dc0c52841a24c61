/**
 * Transaction objects as wallets, nodes and libraries write them, brought to the one spelling that transaction.ts reads: two
 * names of one member must say the same, and what only a signed transaction has is refused.
 * @module
 */
import { parseQuantity } from "../../domain/amounts.ts";
import { invalid } from "../../domain/errors.ts";
import { readAddress } from "./address.ts";
import { readAnyObject, readBytes, type Members } from "./fields.ts";

/** In the order of EIP-2718's type bytes 0 to 4. */
export const TRANSACTION_TYPES = ["legacy", "eip2930", "eip1559", "eip4844", "eip7702"] as const;
export type TransactionType = (typeof TRANSACTION_TYPES)[number];

/** JSON-RPC's other names, with how two values are compared. */
const ALIASES = [
  { alias: "gasLimit", name: "gas", read: (value: unknown, field: string) => parseQuantity(value, field) },
  { alias: "input", name: "data", read: (value: unknown, field: string) => readBytes(value, field) },
] as const;

/** What libraries write as null when it is absent: here null means absent. */
const NULLABLE = new Set([
  "type",
  "to",
  "value",
  "data",
  "input",
  "from",
  "gas",
  "gasLimit",
  "gasPrice",
  "maxFeePerGas",
  "maxPriorityFeePerGas",
  "accessList",
  "maxFeePerBlobGas",
  "blobVersionedHashes",
  "authorizationList",
]);
/** Members that a node or a library adds once there is a signature. */
const SIGNED = new Set(["hash", "r", "s", "v", "yParity", "sig", "signature"]);
const TYPE_NUMBER = /^0x0?([0-4])$/;

/**
 * The members of `value` under their own names: `gasLimit` as `gas`, `input` as `data`, `type` in words, null ones left out.
 * @param signer lowercase address of the key: `from`, where it is given, has to be it
 * @throws SignerError `transaction.invalid` for two names that differ, another sender, an unknown type, or a signature
 */
export function readMembers(value: unknown, signer: string, field: string): Members {
  const given = readAnyObject(value, field);
  const members: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(given)) {
    if (member === null && (NULLABLE.has(name) || SIGNED.has(name))) continue;
    if (SIGNED.has(name))
      throw invalid(`${field}/${name}`, "belongs to a signed transaction; send the unsigned one, without it");
    members[name] = member;
  }
  for (const { alias, name, read } of ALIASES) {
    const other = members[alias];
    if (other === undefined) continue;
    const same =
      members[name] === undefined ||
      read(members[name], `${field}/${name}`) === read(other, `${field}/${alias}`);
    if (!same) throw invalid(`${field}/${alias}`, `is another value than ${name}; send one of the two`);
    members[name] = other;
    delete members[alias];
  }
  checkSender(members["from"], signer, `${field}/from`);
  delete members["from"];
  if (members["type"] !== undefined) members["type"] = typeOf(members["type"], `${field}/type`);
  return members;
}

function checkSender(from: unknown, signer: string, field: string): void {
  if (from === undefined || readAddress(from, field) === signer) return;
  throw invalid(field, "is not the address of this key; use the key of the sender, or leave it out");
}

/** A word, a number from 0 to 4, or such a number in 0x-hex, as JSON-RPC has it. */
function typeOf(value: unknown, field: string): TransactionType {
  const number = typeof value === "string" ? (TYPE_NUMBER.exec(value)?.[1] ?? "") : value;
  const found = TRANSACTION_TYPES.find(
    (word, index) => word === value || number === index || number === String(index),
  );
  if (found === undefined)
    throw invalid(
      field,
      `must be one of ${TRANSACTION_TYPES.join(", ")}, or a number from 0 to 4 (EIP-2718)`,
    );
  return found;
}
