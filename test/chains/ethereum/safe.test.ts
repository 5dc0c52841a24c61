/** Safe transactions that batch by MultiSend, and ERC-7579 executions: strict packing, recursion, and opaque delegatecalls. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { concat, encodeAbiParameters, encodeFunctionData, encodePacked, parseAbi, type Hex } from "viem";
import { visitCall } from "../../../src/chains/ethereum/calls.ts";
import { Effects } from "../../../src/chains/ethereum/effects.ts";
import { MULTISENDS } from "../../../src/chains/ethereum/known-addresses.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import { asHex } from "./keys.ts";
import { CONTRACT, effectsOf, ME, TRANSFER } from "./samples.ts";

const A1 = asHex(`0xa1${"0".repeat(38)}`);
const A2 = asHex(`0xa2${"0".repeat(38)}`);
const ZERO = asHex(`0x${"0".repeat(40)}`);
const ABI = parseAbi([
  "function multiSend(bytes)",
  "function execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)",
  "function addOwnerWithThreshold(address,uint256)",
  "function enableModule(address)",
  "function execute(bytes32,bytes)",
]);
const MULTISEND = asHex("0x38869bf66a61cf6bdb996a6ae40d5853fd43b526");
const CALL_ONLY = asHex("0x9641d764fc13c8b624c04430c7356c1c7c8102e2");
const MULTISEND_150 = asHex("0x218543288004cd07832472d464648173c77d7eb7");

function packed(to: Hex, value: bigint, data: Hex, operation = 0): Hex {
  const types = ["uint8", "address", "uint256", "uint256", "bytes"] as const;
  return encodePacked(types, [operation, to, value, BigInt(data.length / 2 - 1), data]);
}
const multiSend = (...transactions: Hex[]): Hex =>
  encodeFunctionData({
    abi: ABI,
    functionName: "multiSend",
    args: [asHex(`0x${transactions.map((transaction) => transaction.slice(2)).join("")}`)],
  });
/** The Safe at CONTRACT delegatecalls `to`. */
function delegatecall(to: Hex, data: Hex): Hex {
  const args = [to, 0n, data, 1, 0n, 0n, 0n, ZERO, ZERO, "0x"] as const;
  return encodeFunctionData({ abi: ABI, functionName: "execTransaction", args });
}

function refusal(data: Hex, to: string = CONTRACT): string {
  try {
    visitCall(new Effects("1"), { from: ME, to, value: 0n, data, field: "/transaction/data" });
  } catch (error) {
    if (error instanceof SignerError) return error.code;
  }
  return "none";
}

const OWNER_CHANGE = encodeFunctionData({ abi: ABI, functionName: "addOwnerWithThreshold", args: [A2, 1n] });
const MODULE_CHANGE = encodeFunctionData({ abi: ABI, functionName: "enableModule", args: [A2] });

describe("MultiSend: refused", () => {
  const entry = packed(A1, 1n, TRANSFER);
  for (const [rule, transactions] of [
    ["a byte behind the last transaction", concat([entry, "0x00"])],
    ["a transaction that is cut off", asHex(entry.slice(0, -2))],
    ["a head that is cut off", asHex(entry.slice(0, 100))],
    ["a length beyond all bytes", asHex(entry.replace(/0{62}44a9059cbb/, `${"f".repeat(64)}a9059cbb`))],
  ] as const) {
    test(rule, () =>
      assert.equal(refusal(delegatecall(MULTISEND, multiSend(transactions))), "transaction.invalid"),
    );
  }
  test("an operation that is neither call nor delegatecall", () => {
    assert.equal(
      refusal(delegatecall(MULTISEND, multiSend(packed(A1, 0n, TRANSFER, 2)))),
      "transaction.invalid",
    );
  });
  test("a delegatecall in a batch that can only call", () => {
    assert.equal(
      refusal(delegatecall(CALL_ONLY, multiSend(packed(A1, 0n, TRANSFER, 1)))),
      "transaction.invalid",
    );
  });
  test("five batches inside each other", () => {
    let data = multiSend(packed(A1, 0n, TRANSFER));
    for (let level = 0; level < 5; level++) data = multiSend(packed(MULTISEND, 0n, data, 1));
    assert.equal(refusal(delegatecall(MULTISEND, data)), "transaction.refused");
  });
  test("65 transactions", () => {
    const many = Array.from({ length: 65 }, () => packed(A1, 0n, TRANSFER));
    assert.equal(refusal(delegatecall(MULTISEND, multiSend(...many))), "transaction.too_large");
  });
});

describe("MultiSend: opaque", () => {
  test("at another address", () => {
    assert.deepEqual(effectsOf(delegatecall(A1, multiSend(packed(A1, 1n, TRANSFER)))), [
      "opaque: delegateCall",
    ]);
  });
  test("another function of it", () => {
    assert.deepEqual(effectsOf(delegatecall(MULTISEND, TRANSFER)), ["opaque: delegateCall"]);
  });
  test("a delegatecall of anything else inside", () => {
    const data = multiSend(packed(A1, 1n, "0x"), packed(A2, 0n, TRANSFER, 1));
    assert.deepEqual(effectsOf(delegatecall(MULTISEND, data)), [
      "1 of native: it to a1",
      "opaque: delegateCall",
    ]);
  });
  test("called instead of delegatecalled, which it refuses", () => {
    assert.deepEqual(effectsOf(multiSend(packed(A1, 1n, "0x")), MULTISEND), ["opaque: unknownCall"]);
  });
  test("without any transaction", () => {
    assert.deepEqual(effectsOf(delegatecall(MULTISEND, multiSend())), ["opaque: unknownContract"]);
  });
});

describe("MultiSend: decoded", () => {
  for (const [address] of MULTISENDS) {
    test(`at ${address}`, () => {
      const data = multiSend(packed(A1, 1n, TRANSFER), packed(A2, 2n, "0x"));
      assert.deepEqual(effectsOf(delegatecall(asHex(address), data)), [
        "1 of native: it to a1",
        "7 of erc20:a1: it to b",
        "2 of native: it to a2",
      ]);
    });
  }
  test("owners and modules of the Safe that calls itself", () => {
    const data = multiSend(packed(CONTRACT, 0n, OWNER_CHANGE), packed(CONTRACT, 0n, MODULE_CHANGE));
    assert.deepEqual(effectsOf(delegatecall(MULTISEND, data)), [
      "owner of it: a2",
      "owner of it: nobody",
      "module of it: a2",
    ]);
  });
  test("a batch inside a batch", () => {
    const data = multiSend(packed(MULTISEND, 0n, multiSend(packed(A1, 1n, "0x")), 1));
    assert.deepEqual(effectsOf(delegatecall(MULTISEND, data)), ["1 of native: it to a1"]);
  });
  test("the zero address is the Safe itself from 1.5.0 on, and nobody before", () => {
    const data = multiSend(packed(ZERO, 0n, OWNER_CHANGE));
    assert.deepEqual(effectsOf(delegatecall(MULTISEND_150, data)), [
      "owner of it: a2",
      "owner of it: nobody",
    ]);
    assert.deepEqual(effectsOf(delegatecall(MULTISEND, data)), [
      `owner of ${ZERO}: a2`,
      `owner of ${ZERO}: nobody`,
    ]);
  });
});

describe("ERC-7579 and ERC-7821 executions", () => {
  const execute = (mode: string, executionData: Hex): Hex =>
    encodeFunctionData({
      abi: ABI,
      functionName: "execute",
      args: [asHex(`0x${mode.padEnd(64, "0")}`), executionData],
    });
  const call = {
    type: "tuple[]",
    components: [{ type: "address" }, { type: "uint256" }, { type: "bytes" }],
  } as const;
  const batch = (to: Hex, data: Hex = TRANSFER) => encodeAbiParameters([call], [[[to, 1n, data]]]);
  const withData = (to: Hex, opData: Hex) =>
    encodeAbiParameters([call, { type: "bytes" }], [[[to, 1n, TRANSFER]], opData]);
  const single = encodePacked(["address", "uint256", "bytes"], [A1, 1n, TRANSFER]);
  const moved = ["1 of native: it to a1", "7 of erc20:a1: it to b"];

  for (const [rule, mode, data] of [
    ["one call that is cut off", "00", single.slice(0, 100)],
    ["a batch with a byte behind it", "01", `${batch(A1)}00`],
    ["a batch that is packed as one call", "01", single],
    ["batches of batches that are none", "01000000000078210002", batch(A1)],
  ] as const) {
    test(`refused: ${rule}`, () => assert.equal(refusal(execute(mode, asHex(data))), "transaction.invalid"));
  }
  for (const [rule, mode, data, cause] of [
    ["a delegatecall", "ff", single, "delegateCall"],
    ["a static call", "fe", single, "unknownForm"],
    ["a mode with a payload", `01${"00".repeat(30)}01`, batch(A1), "unknownForm"],
    ["a mode with another selector", "01000000000078210003", batch(A1), "unknownForm"],
  ] as const) {
    test(`opaque: ${rule}`, () => assert.deepEqual(effectsOf(execute(mode, data)), [`opaque: ${cause}`]));
  }
  test("opaque: data for the account alone", () => {
    const found = effectsOf(execute("01000000000078210001", withData(A1, "0x01")));
    assert.deepEqual(found, [...moved, "opaque: unknownForm"]);
  });
  test("opaque: the zero address in the mode that two standards have", () => {
    assert.deepEqual(effectsOf(execute("01", batch(ZERO))).at(-1), "opaque: unknownForm");
  });
  for (const [name, mode, data] of [
    ["one call", "00", single],
    ["one call that may fail", "0001", single],
    ["a batch", "01", batch(A1)],
    ["a batch that may fail", "0101", batch(A1)],
    ["an ERC-7821 batch", "01000000000078210001", batch(A1)],
    ["an ERC-7821 batch with empty data", "01000000000078210001", withData(A1, "0x")],
    ["a batch of batches", "01000000000078210002", encodeAbiParameters([{ type: "bytes[]" }], [[batch(A1)]])],
  ] as const) {
    test(name, () => assert.deepEqual(effectsOf(execute(mode, data)), moved));
  }
  test("the zero address is the account in an ERC-7821 batch", () => {
    const found = effectsOf(execute("01000000000078210001", batch(ZERO, OWNER_CHANGE)));
    assert.deepEqual(found, ["1 of native: it to it", "owner of it: a2", "owner of it: nobody"]);
  });
});
