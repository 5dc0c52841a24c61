/**
 * The calls inside a Safe transaction, on chain, as SafeTx typed data or in a user operation. A delegatecall runs foreign code
 * as the Safe: it is opaque, unless the code is MultiSend at one of its known addresses.
 * @module
 */
import { invalid, refused } from "../../domain/errors.ts";
import { decodeArguments, parseParameters } from "./abi.ts";
import { ZERO_ADDRESS } from "./address.ts";
import { CALL_DEPTH_MAX, type CallSite, type Effects } from "./effects.ts";
import { MULTISENDS, type MultiSend } from "./known-addresses.ts";
import { hex, text, type Values } from "./values.ts";

const MULTISEND_SELECTOR = "0x8d80ff0a";
const MULTISEND_PARAMETERS = parseParameters("bytes transactions");

/** Digits of an operation, an address, a value and a length, as MultiSend packs them. */
const OPERATION = 2;
const ADDRESS = 40;
const WORD = 64;
const HEAD = OPERATION + ADDRESS + WORD + WORD;

/** One of a Safe's calls, as its transaction or a packed one states it. */
interface Operation {
  readonly to: string;
  readonly value: bigint;
  readonly data: `0x${string}`;
  readonly operation: string;
}

/**
 * The calls inside a Safe transaction, on chain (`execTransaction`) or as SafeTx typed data: the member names are the same.
 * A gas refund pays an amount that nobody can tell beforehand: opaque.
 * @throws SignerError `transaction.invalid` for an operation that Safe does not know, or transactions that are not packed as
 * MultiSend reads them
 */
export function safeCalls(
  effects: Effects,
  safe: string,
  values: Values,
  field: string,
): readonly CallSite[] {
  if (text(values, "gasPrice") !== "0")
    effects.opaque("unstatedAmount", "a Safe transaction with a gas refund");
  return operationCalls(effects, safe, values, field);
}

/** The same for `{to, value, data, operation}` alone, as modules and user operations say it. */
export function operationCalls(
  effects: Effects,
  safe: string,
  values: Values,
  field: string,
): readonly CallSite[] {
  const operation = {
    to: text(values, "to"),
    value: BigInt(text(values, "value")),
    data: hex(values, "data"),
    operation: text(values, "operation"),
  };
  return carriedOut(effects, safe, operation, field, 0);
}

/** The calls of MultiSendCallOnly that is called itself, and is then their sender. @throws SignerError `transaction.invalid` */
export function multiSendCalls(effects: Effects, site: CallSite, transactions: string): readonly CallSite[] {
  const multiSend = MULTISENDS.get(site.to);
  if (multiSend === undefined) throw new TypeError(`${site.to} is not MultiSend`);
  return packedCalls(effects, site.to, { multiSend, transactions, field: site.field, depth: 0 });
}

/** The transactions packed in `bytes`, each with its operation. @throws SignerError `transaction.invalid` */
function packedTransactions(
  bytes: string,
  multiSend: MultiSend,
  account: string,
  field: string,
): Operation[] {
  const digits = bytes.slice(2);
  const found: Operation[] = [];
  let at = 0;
  while (at < digits.length) {
    const head = digits.slice(at, at + HEAD);
    const length = BigInt(`0x${head.slice(HEAD - WORD) || "0"}`);
    const end = at + HEAD + Number(length) * 2;
    if (head.length < HEAD || length > digits.length || end > digits.length)
      throw invalid(
        field,
        "has transactions that are not packed as MultiSend reads them; encode them with a Safe library",
      );
    const to = `0x${head.slice(OPERATION, OPERATION + ADDRESS)}`;
    found.push({
      operation: BigInt(`0x${head.slice(0, OPERATION)}`).toString(),
      to: multiSend.zeroIsCaller && to === ZERO_ADDRESS ? account : to,
      value: BigInt(`0x${head.slice(OPERATION + ADDRESS, HEAD - WORD)}`),
      data: `0x${digits.slice(at + HEAD, end)}`,
    });
    at = end;
  }
  return found;
}

function carriedOut(
  effects: Effects,
  safe: string,
  { to, value, data, operation }: Operation,
  field: string,
  depth: number,
): readonly CallSite[] {
  if (depth > CALL_DEPTH_MAX)
    throw refused(
      field,
      `must not nest calls deeper than ${CALL_DEPTH_MAX}; send the inner ones by themselves`,
    );
  if (operation === "0") return [{ from: safe, to, value, data, field }];
  if (operation !== "1") throw invalid(field, "Safe's operation must be 0 (call) or 1 (delegatecall)");
  const multiSend = MULTISENDS.get(to);
  if (multiSend === undefined || !data.startsWith(MULTISEND_SELECTOR)) {
    effects.opaque("delegateCall", `a Safe transaction that delegatecalls ${to}`);
    return [];
  }
  const args = decodeArguments(MULTISEND_PARAMETERS, data.slice(MULTISEND_SELECTOR.length));
  if (args === undefined)
    throw invalid(
      field,
      "is not the canonical ABI encoding of multiSend(bytes); encode it with a standard library",
    );
  effects.call({ to, value: "0", selector: MULTISEND_SELECTOR, function: "multiSend(bytes)" }, field);
  const transactions = text(args, "transactions");
  return packedCalls(effects, safe, { multiSend, transactions, field, depth: depth + 1 });
}

interface Packed {
  readonly multiSend: MultiSend;
  readonly transactions: string;
  readonly field: string;
  readonly depth: number;
}

function packedCalls(effects: Effects, account: string, packed: Packed): readonly CallSite[] {
  const { multiSend, transactions, field, depth } = packed;
  return packedTransactions(transactions, multiSend, account, field).flatMap((packedTransaction) => {
    if (packedTransaction.operation !== "0" && multiSend.callOnly)
      throw invalid(
        field,
        "has a delegatecall in a batch that can only call; send it through MultiSend, or as a call",
      );
    return carriedOut(effects, account, packedTransaction, field, depth);
  });
}
