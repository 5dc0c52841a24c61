/** Functions that make other calls: multicalls, Multicall3 batches and Safe transactions. Each tells its inner calls. */
import { invalid } from "../../domain/errors.ts";
import type { CallSite, Effects } from "./effects.ts";
import { hex, hexes, records, text, type Values } from "./values.ts";

export type Inner = (effects: Effects, site: CallSite, args: Values) => readonly CallSite[];

/**
 * A contract calls itself by delegatecall: callee and sender stay. The value, which every inner call sees again, is
 * counted once, at the outer call.
 */
const selfCalls: Inner = (_effects, site, args) =>
  hexes(args, "data").map((data) => ({ ...site, value: 0n, data }));

/** The batching contract is the sender of what it batches. */
const batchCalls: Inner = (_effects, site, args) =>
  records(args, "calls").map((call) => ({
    from: site.to,
    to: text(call, "target"),
    value: call["value"] === undefined ? 0n : BigInt(text(call, "value")),
    data: hex(call, "callData"),
    field: site.field,
  }));

/**
 * The call inside a Safe transaction, on chain (`execTransaction`) or as SafeTx typed data: the member names are the same.
 * A delegatecall runs foreign code as the Safe, and a gas refund pays an amount that nobody can tell beforehand: opaque.
 * @throws SignerError `transaction.invalid` for an operation that Safe does not know
 */
export function safeCalls(
  effects: Effects,
  safe: string,
  values: Values,
  field: string,
): readonly CallSite[] {
  const operation = text(values, "operation");
  if (operation !== "0" && operation !== "1")
    throw invalid(field, "Safe's operation must be 0 (call) or 1 (delegatecall)");
  if (text(values, "gasPrice") !== "0")
    effects.opaque("unstatedAmount", "a Safe transaction with a gas refund");
  if (operation === "1") {
    effects.opaque("delegateCall", `a Safe transaction that delegatecalls ${text(values, "to")}`);
    return [];
  }
  return [
    {
      from: safe,
      to: text(values, "to"),
      value: BigInt(text(values, "value")),
      data: hex(values, "data"),
      field,
    },
  ];
}

const safeExecution: Inner = (effects, site, args) => safeCalls(effects, site.to, args, site.field);

const CALLS = "(address target,bytes callData)[] calls";

/** Selector, name, parameters, inner calls, and whether those say all that the arguments say. */
export const WRAPPERS: readonly (readonly [string, string, string, Inner, boolean])[] = [
  ["0xac9650d8", "multicall", "bytes[] data", selfCalls, true],
  ["0x5ae401dc", "multicall", "uint256 deadline,bytes[] data", selfCalls, true],
  ["0x1f0464d1", "multicall", "bytes32 previousBlockhash,bytes[] data", selfCalls, true],
  ["0x252dba42", "aggregate", CALLS, batchCalls, true],
  ["0xbce38bd7", "tryAggregate", `bool requireSuccess,${CALLS}`, batchCalls, true],
  ["0xc3077fa9", "blockAndAggregate", CALLS, batchCalls, true],
  ["0x399542e9", "tryBlockAndAggregate", `bool requireSuccess,${CALLS}`, batchCalls, true],
  ["0x82ad56cb", "aggregate3", "(address target,bool allowFailure,bytes callData)[] calls", batchCalls, true],
  [
    "0x174dea71",
    "aggregate3Value",
    "(address target,bool allowFailure,uint256 value,bytes callData)[] calls",
    batchCalls,
    true,
  ],
  [
    "0x6a761202",
    "execTransaction",
    "address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,uint256 gasPrice," +
      "address gasToken,address refundReceiver,bytes signatures",
    safeExecution,
    false,
  ],
];
