/**
 * What an account is asked to call. Calldata of Cairo 1 accounts is `[n, (to, selector, length, data…)…]`; every felt
 * of it must be accounted for. ERC-721 contracts share `transferFrom` and `approve` with ERC-20, selector and shape.
 * @module
 */
import type { Json } from "../../domain/canonical.ts";
import { invalid } from "../../domain/errors.ts";
import type { Allowance, Call, Control, Opacity, Transfer } from "../../domain/intent.ts";
import { addressText, feltText, requireAddress, starknetKeccak } from "./felts.ts";

export interface ContractCall {
  readonly to: bigint;
  /** starknet_keccak of the entry point's name. */
  readonly selector: bigint;
  readonly calldata: readonly bigint[];
}

/** The part of an intent that calls decide. */
export interface CallEffects {
  readonly transfers: readonly Transfer[];
  readonly allowances: readonly Allowance[];
  readonly calls: readonly Call[];
  readonly control: readonly Control[];
  /** All that is not understood; empty where everything is. */
  readonly opacity: readonly Opacity[];
  /** Why parts of it move nothing. */
  readonly harmless: readonly string[];
}

export const NO_EFFECTS: CallEffects = {
  transfers: [],
  allowances: [],
  calls: [],
  control: [],
  opacity: [],
  harmless: [],
};

export const CALLS_MAX = 64;
const UINT128 = 1n << 128n;

/**
 * Splits multicall calldata.
 * @throws SignerError `transaction.invalid` for a length that does not match, a left-over felt, or the Cairo 0 layout
 */
export function decodeMulticall(calldata: readonly bigint[], field: string): readonly ContractCall[] {
  let position = 0;
  const next = (): bigint => {
    const felt = calldata[position];
    if (felt === undefined) throw invalid(`${field}/${position}`, `is missing: ${LAYOUT}`);
    position += 1;
    return felt;
  };
  const count = next();
  if (count > BigInt(CALLS_MAX)) throw invalid(`${field}/0`, `must be at most ${CALLS_MAX} calls: ${LAYOUT}`);
  const calls: ContractCall[] = [];
  for (let index = 0n; index < count; index += 1n) {
    const to = next();
    requireAddress(to, `${field}/${position - 1}`);
    const selector = next();
    const length = next();
    if (length > BigInt(calldata.length - position)) {
      throw invalid(`${field}/${position - 1}`, `is longer than the calldata that follows: ${LAYOUT}`);
    }
    const end = position + Number(length);
    calls.push({ to, selector, calldata: calldata.slice(position, end) });
    position = end;
  }
  if (position !== calldata.length) throw invalid(`${field}/${position}`, `is left over: ${LAYOUT}`);
  return calls;
}

const LAYOUT =
  "calldata of Cairo 1 accounts is [n, (to, selector, length, data…)…]; the Cairo 0 layout is not signed";

/** Inverse of `decodeMulticall`. */
export function encodeMulticall(calls: readonly ContractCall[]): readonly bigint[] {
  const felts = [BigInt(calls.length)];
  for (const call of calls)
    felts.push(call.to, call.selector, BigInt(call.calldata.length), ...call.calldata);
  return felts;
}

interface EntryPoint {
  readonly name: string;
  /** Names of the leading address arguments; a u256 amount (two felts, low first) follows. */
  readonly addresses: readonly string[];
  readonly effect: "transfer" | "transferFrom" | "allowance" | "none";
}

const ENTRY_POINTS: ReadonlyMap<bigint, EntryPoint> = new Map(
  (
    [
      { name: "transfer", addresses: ["recipient"], effect: "transfer" },
      { name: "transferFrom", addresses: ["sender", "recipient"], effect: "transferFrom" },
      { name: "transfer_from", addresses: ["sender", "recipient"], effect: "transferFrom" },
      { name: "approve", addresses: ["spender"], effect: "allowance" },
      { name: "increaseAllowance", addresses: ["spender"], effect: "allowance" },
      { name: "increase_allowance", addresses: ["spender"], effect: "allowance" },
      { name: "decreaseAllowance", addresses: ["spender"], effect: "none" },
      { name: "decrease_allowance", addresses: ["spender"], effect: "none" },
    ] satisfies readonly EntryPoint[]
  ).map((entryPoint) => [starknetKeccak(entryPoint.name), entryPoint]),
);

/** The asset name of an ERC-20 contract. */
export function erc20Asset(contract: bigint): string {
  return `starknet-erc20:${addressText(contract)}`;
}

/**
 * What `calls` do to assets when `account` makes them.
 * @param fieldOf JSON pointer of a call, for refusals
 * @throws SignerError `transaction.invalid` where a known entry point has arguments that are not its own
 */
export function describeCalls(
  calls: readonly ContractCall[],
  account: bigint,
  fieldOf: (index: number) => string,
): CallEffects {
  const transfers: Transfer[] = [];
  const allowances: Allowance[] = [];
  const described: Call[] = [];
  const opacity: Opacity[] = [];
  const harmless: string[] = [];
  for (const [index, call] of calls.entries()) {
    const entryPoint = ENTRY_POINTS.get(call.selector);
    if (entryPoint === undefined) {
      const reason = `call ${index} has an entry point that is not known: ${feltText(call.selector)}`;
      opacity.push({ cause: "unknownCall", reason });
      described.push(unknownCall(call));
      continue;
    }
    const parsed = parseErc20Call(call, entryPoint, fieldOf(index));
    described.push(parsed.call);
    if (entryPoint.effect === "allowance") allowances.push(allowanceOf(call, account, parsed));
    else if (entryPoint.effect === "none") harmless.push(`${entryPoint.name} grants nothing`);
    else transfers.push(transferOf(call, account, parsed));
  }
  return { ...NO_EFFECTS, transfers, allowances, calls: described, opacity, harmless };
}

interface Erc20Call {
  readonly call: Call;
  readonly addresses: readonly bigint[];
  readonly amount: bigint;
}

function parseErc20Call(call: ContractCall, entryPoint: EntryPoint, field: string): Erc20Call {
  const count = entryPoint.addresses.length;
  const [low, high] = call.calldata.slice(count);
  if (call.calldata.length !== count + 2 || low === undefined || high === undefined) {
    throw invalid(
      field,
      `${entryPoint.name} takes ${count + 2} felts: addresses, then a u256 amount as low and high`,
    );
  }
  if (low >= UINT128 || high >= UINT128) {
    throw invalid(field, `both halves of the u256 amount of ${entryPoint.name} must be below 2^128`);
  }
  const addresses = call.calldata.slice(0, count);
  const amount = (high << 128n) + low;
  const args: Record<string, Json> = {};
  for (const [index, name] of entryPoint.addresses.entries()) {
    const address = addresses[index] ?? 0n;
    requireAddress(address, field);
    args[name] = addressText(address);
  }
  args["amount"] = amount.toString();
  return { call: { ...outline(call), function: entryPoint.name, args }, addresses, amount };
}

/** The last address receives; with two, the first one pays. */
function transferOf(call: ContractCall, account: bigint, parsed: Erc20Call): Transfer {
  const [first = 0n, second] = parsed.addresses;
  return {
    asset: erc20Asset(call.to),
    from: addressText(second === undefined ? account : first),
    to: addressText(second ?? first),
    amount: parsed.amount.toString(),
    ownChange: false,
  };
}

function allowanceOf(call: ContractCall, account: bigint, parsed: Erc20Call): Allowance {
  const [spender = 0n] = parsed.addresses;
  return {
    asset: erc20Asset(call.to),
    owner: addressText(account),
    spender: addressText(spender),
    amount: parsed.amount.toString(),
  };
}

function unknownCall(call: ContractCall): Call {
  return { ...outline(call), args: { calldata: call.calldata.map(feltText) } };
}

function outline(call: ContractCall): Call {
  return { to: addressText(call.to), value: "0", selector: feltText(call.selector) };
}
