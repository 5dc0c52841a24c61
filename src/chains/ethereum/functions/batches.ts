/** Functions that make other calls for their caller: multicalls, Multicall3, timelocks, governors and simple multisigs. */
import { invalid } from "../../../domain/errors.ts";
import { hex, hexes, records, text, texts } from "../values.ts";
import { multiSendCalls } from "../wrappers.ts";
import { nothing, type Effect, type Row } from "./row.ts";

const TRANSPARENT = { transparent: true } as const;

/**
 * A contract calls itself by delegatecall: callee and sender stay. The value, which every inner call sees again, is
 * counted once, at the outer call.
 */
const selfCalls: Effect = (_effects, site, args) =>
  hexes(args, "data").map((data) => ({ ...site, value: 0n, data }));

/** The batching contract is the sender of what it batches. */
const batchCalls: Effect = (_effects, site, args) =>
  records(args, "calls").map((call) => ({
    from: site.to,
    to: text(call, "target"),
    value: call["value"] === undefined ? 0n : BigInt(text(call, "value")),
    data: hex(call, "callData"),
    field: site.field,
  }));

/** One call that the contract makes, at once or when its rules allow it. */
export const oneCall: Effect = (_effects, site, args) => [
  {
    from: site.to,
    to: text(args, "target"),
    value: BigInt(text(args, "value")),
    data: hex(args, "data"),
    field: site.field,
  },
];

/** Three lists of one length, or two where no call is paid. */
export const listedCalls: Effect = (_effects, site, args) => {
  const targets = texts(args, "targets");
  const values = args["values"] === undefined ? [] : texts(args, "values");
  const datas = hexes(args, "datas");
  // SimpleAccount takes an empty list of values for "all of them 0".
  if (datas.length !== targets.length || (values.length !== 0 && values.length !== targets.length)) {
    throw invalid(site.field, "the lists of a batch must have the same length");
  }
  return targets.map((to, index) => ({
    from: site.to,
    to,
    value: BigInt(values[index] ?? "0"),
    data: datas[index] ?? "0x",
    field: site.field,
  }));
};

const CALLS = "(address target,bytes callData)[] calls";
const ONE = "address target,uint256 value,bytes data";
const LISTS = "address[] targets,uint256[] values,bytes[] datas";
const SALTED = "bytes32 predecessor,bytes32 salt";

export const BATCHES: readonly Row[] = [
  // OpenZeppelin Multicall; Uniswap, v3-periphery: MulticallExtended
  ["0xac9650d8", "multicall", "bytes[] data", selfCalls, TRANSPARENT],
  ["0x5ae401dc", "multicall", "uint256 deadline,bytes[] data", selfCalls, TRANSPARENT],
  ["0x1f0464d1", "multicall", "bytes32 previousBlockhash,bytes[] data", selfCalls, TRANSPARENT],
  // OpenZeppelin TimelockController and Governor
  ["0x01d5062a", "schedule", `${ONE},${SALTED},uint256 delay`, oneCall],
  ["0x134008d3", "execute", `${ONE},${SALTED}`, oneCall],
  ["0x8f2a0bb0", "scheduleBatch", `${LISTS},${SALTED},uint256 delay`, listedCalls],
  ["0xe38335e5", "executeBatch", `${LISTS},${SALTED}`, listedCalls],
  ["0xc4d252f5", "cancel", "bytes32 id", nothing("cancel takes a scheduled call back")],
  [
    "0x64d62353",
    "updateDelay",
    "uint256 newDelay",
    (effects, site) => effects.controls("authority", site.to, null),
  ],
  ["0x7d5e81e2", "propose", `${LISTS},string description`, listedCalls],
  // Gnosis MultiSigWallet
  ["0xc6427474", "submitTransaction", ONE, oneCall],
];

/** Multicall3 and its older forms, which anyone may call. */
export const MULTICALL3: readonly Row[] = [
  ["0x252dba42", "aggregate", CALLS, batchCalls, TRANSPARENT],
  ["0xbce38bd7", "tryAggregate", `bool requireSuccess,${CALLS}`, batchCalls, TRANSPARENT],
  ["0xc3077fa9", "blockAndAggregate", CALLS, batchCalls, TRANSPARENT],
  ["0x399542e9", "tryBlockAndAggregate", `bool requireSuccess,${CALLS}`, batchCalls, TRANSPARENT],
  [
    "0x82ad56cb",
    "aggregate3",
    "(address target,bool allowFailure,bytes callData)[] calls",
    batchCalls,
    TRANSPARENT,
  ],
  [
    "0x174dea71",
    "aggregate3Value",
    "(address target,bool allowFailure,uint256 value,bytes callData)[] calls",
    batchCalls,
    TRANSPARENT,
  ],
];

/** MultiSendCallOnly is the sender of what it batches when it is called, not delegatecalled. */
export const MULTISEND_CALLS: readonly Row[] = [
  [
    "0x8d80ff0a",
    "multiSend",
    "bytes transactions",
    (effects, site, args) => multiSendCalls(effects, site, text(args, "transactions")),
    TRANSPARENT,
  ],
];
