/** A call of any function of the table with plain arguments, encoded by viem, and its effects in one line each. */
import assert from "node:assert/strict";
import {
  encodeAbiParameters,
  encodeFunctionData,
  encodePacked,
  parseAbi,
  type AbiParameter,
  type Hex,
} from "viem";
import type { AbiType } from "../../../src/chains/ethereum/abi.ts";
import { visitCall } from "../../../src/chains/ethereum/calls.ts";
import { Effects } from "../../../src/chains/ethereum/effects.ts";
import type { KnownFunction } from "../../../src/chains/ethereum/functions/row.ts";
import { asHex } from "./keys.ts";

/** The addresses of a sample call, in the order of its parameters: a1, a2, … */
const ADDRESSES = Array.from({ length: 8 }, (_, index) => asHex(`0xa${index + 1}`.padEnd(42, "0")));
export const ME: Hex = `0x${"ee".repeat(20)}`;
export const CONTRACT: Hex = `0x${"c0".repeat(20)}`;
/** What an inner call asks of its target: 7 of its tokens to `b`. */
const BENEFICIARY: Hex = `0x${"b0".repeat(20)}`;
export const TRANSFER = encodeFunctionData({
  abi: parseAbi(["function transfer(address,uint256)"]),
  args: [BENEFICIARY, 7n],
});

/** Members whose sample must mean something. */
const MEANT: Readonly<Record<string, unknown>> = {
  data: TRANSFER,
  callData: TRANSFER,
  datas: TRANSFER,
  operation: 0,
  gasPrice: 0n,
  mode: `0x01${"00".repeat(31)}`,
  executionData: encodeAbiParameters(
    [{ type: "tuple[]", components: [{ type: "address" }, { type: "uint256" }, { type: "bytes" }] }],
    [[[asHex(ADDRESSES[0] ?? ""), 1n, TRANSFER]]],
  ),
  transactions: encodePacked(
    ["uint8", "address", "uint256", "uint256", "bytes"],
    [0, asHex(ADDRESSES[0] ?? ""), 1n, BigInt(TRANSFER.length / 2 - 1), TRANSFER],
  ),
};
/** Lists of bytes that hold calls. */
const CALL_LISTS = new Set(["multicall", "executeWithoutChainIdValidation"]);

/** Call data of a sample: addresses a1, a2, …, numbers 1, 2, …, lists of one, and calls of `transfer` where calls are meant. */
export function sampleOf({ signature, parameters }: KnownFunction): Hex {
  let addresses = 0;
  let numbers = 0;
  const name = signature.slice(0, signature.indexOf("("));
  const value = (type: AbiType, member: string): unknown => {
    if (type.kind !== "array" && Object.hasOwn(MEANT, member)) return MEANT[member];
    switch (type.kind) {
      case "address":
        return ADDRESSES[addresses++];
      case "uint":
        return type.bits <= 48 ? ++numbers : BigInt(++numbers);
      case "bool":
        return true;
      case "fixed":
        return `0x${"11".repeat(type.length)}`;
      case "bytes":
        return CALL_LISTS.has(name) ? TRANSFER : "0x1234";
      case "string":
        return "text";
      case "array":
        return [value(type.item, member)];
      case "tuple":
        return Object.fromEntries(type.members.map((part) => [part.name, value(part.type, part.name)]));
    }
  };
  const abi = [
    {
      type: "function",
      name,
      inputs: parameters.map(viemParameter),
      outputs: [],
      stateMutability: "payable",
    },
  ];
  // viem reads the shape at run time; its types cannot know it.
  return encodeFunctionData({
    abi,
    functionName: name,
    args: parameters.map((parameter) => value(parameter.type, parameter.name)),
  });
}

function viemParameter({ name, type }: { readonly name: string; readonly type: AbiType }): AbiParameter {
  if (type.kind === "array") {
    const item = viemParameter({ name, type: type.item });
    return { ...item, type: `${item.type}[]` };
  }
  if (type.kind === "tuple") return { name, type: "tuple", components: type.members.map(viemParameter) };
  if (type.kind === "uint") return { name, type: `uint${type.bits}` };
  if (type.kind === "fixed") return { name, type: `bytes${type.length}` };
  return { name, type: type.kind };
}

/** All that the call `data` of `to` with 3 wei by `me` does, the 3 wei left out, with short names for the addresses of a sample. */
export function effectsOf(data: Hex, to: string = CONTRACT, chainId = "1"): string[] {
  const effects = new Effects(chainId);
  visitCall(effects, { from: ME, to, value: 3n, data, field: "/transaction/data" });
  const [paid, ...transfers] = effects.transfers;
  assert.deepEqual(paid, { asset: "native", from: ME, to, amount: "3", ownChange: false });
  const lines = [
    ...transfers.map(
      (transfer) => `${transfer.amount} of ${transfer.asset}: ${transfer.from} to ${transfer.to}`,
    ),
    ...effects.allowances.map((allowance) => {
      const until = allowance.expiresAt === undefined ? "" : ` until ${allowance.expiresAt}`;
      return `${allowance.amount === (2n ** 256n - 1n).toString() ? "all" : allowance.amount} of ${allowance.asset}: ${allowance.owner} lets ${allowance.spender}${until}`;
    }),
    ...effects.control.map((change) => `${change.what} of ${change.of}: ${change.to ?? "nobody"}`),
    ...effects.opacity.map((opacity) => `opaque: ${opacity.cause}`),
  ];
  return lines.map((line) => shortNames(line, to));
}

function shortNames(line: string, to: string): string {
  const names: [string, string][] = [
    [ME, "me"],
    [to, "it"],
    [BENEFICIARY, "b"],
    ...ADDRESSES.map((address, index): [string, string] => [address, `a${index + 1}`]),
  ];
  return names.reduce((text, [address, name]) => text.replaceAll(address, name), line);
}
