/** Contract calls as policies see them: token functions, wrappers, limits, and opaque where nothing is known. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeFunctionData, parseAbi, type Hex } from "viem";
import type { SignRequest } from "../../../src/chains/adapter.ts";
import type { Intent } from "../../../src/domain/intent.ts";
import { decode, OWNER, refuses } from "./keys.ts";

const CONTRACT = `0x${"c0".repeat(20)}` as const;
const ALICE = `0x${"a1".repeat(20)}` as const;
const BOB = `0x${"b0".repeat(20)}` as const;
const ZERO = `0x${"00".repeat(20)}` as const;
const BYTES32 = `0x${"00".repeat(32)}` as const;
const SENDER: Hex = `0x${OWNER.slice(2)}`;
const UNLIMITED = (1n << 256n) - 1n;

const ABI = parseAbi([
  "function transfer(address,uint256)",
  "function transferFrom(address,address,uint256)",
  "function approve(address,uint256)",
  "function increaseAllowance(address,uint256)",
  "function decreaseAllowance(address,uint256)",
  "function permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
  "function permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)",
  "function safeTransferFrom(address,address,uint256)",
  "function safeTransferFrom(address,address,uint256,bytes)",
  "function safeTransferFrom(address,address,uint256,uint256,bytes)",
  "function safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)",
  "function setApprovalForAll(address,bool)",
  "function approve(address,address,uint160,uint48)",
  "function transferFrom(address,address,uint160,address)",
  "function transferFrom((address,address,uint160,address)[])",
  "function multicall(bytes[])",
  "function multicall(uint256,bytes[])",
  "function aggregate((address,bytes)[])",
  "function tryAggregate(bool,(address,bytes)[])",
  "function aggregate3((address,bool,bytes)[])",
  "function aggregate3Value((address,bool,uint256,bytes)[])",
  "function execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)",
]);

const call = (data: string, value: bigint | number = 0, to: string = CONTRACT): SignRequest => ({
  type: "ethereum.transaction",
  transaction: { chainId: 1, nonce: 0, to, value: value.toString(), data, gas: 1, gasPrice: 1 },
});
const intentOf = (data: string, value: bigint | number = 0): Intent => decode(call(data, value)).intent;

const transfer = (asset: string, from: string, to: string, amount: bigint | number) => ({
  asset,
  from,
  to,
  amount: amount.toString(),
  ownChange: false,
});
const allowance = (asset: string, owner: string, spender: string, amount: bigint, expiresAt?: string) => ({
  asset,
  owner,
  spender,
  amount: amount.toString(),
  ...(expiresAt === undefined ? {} : { expiresAt }),
});

const TRANSFER = encodeFunctionData({ abi: ABI, functionName: "transfer", args: [ALICE, 5n] });
const TOKEN = `erc20:${CONTRACT}`;

function multicall(data: readonly Hex[]): Hex {
  return encodeFunctionData({ abi: ABI, functionName: "multicall", args: [data] });
}

function execTransaction(over: { data?: Hex; operation?: number; gasPrice?: bigint; value?: bigint }): Hex {
  const { data = TRANSFER, operation = 0, gasPrice = 0n, value = 0n } = over;
  const args = [BOB, value, data, operation, 0n, 0n, gasPrice, ZERO, ZERO, "0x"] as const;
  return encodeFunctionData({ abi: ABI, functionName: "execTransaction", args });
}

function nested(levels: number): Hex {
  return levels === 0 ? TRANSFER : multicall([nested(levels - 1)]);
}

describe("calls: refused", () => {
  const NOT_CANONICAL: readonly (readonly [string, string])[] = [
    ["trailing byte", `${TRANSFER}00`],
    ["truncated", TRANSFER.slice(0, -2)],
    ["selector alone", TRANSFER.slice(0, 10)],
    ["dirty high bytes of the recipient", TRANSFER.replace("0xa9059cbb00", "0xa9059cbb01")],
    ["dirty call inside a multicall", multicall([`${TRANSFER}00`])],
    ["Safe operation 2", execTransaction({ operation: 2 })],
    [
      "batch whose lists differ in length",
      encodeFunctionData({
        abi: ABI,
        functionName: "safeBatchTransferFrom",
        args: [ALICE, BOB, [1n, 2n], [1n], "0x"],
      }),
    ],
  ];
  for (const [rule, data] of NOT_CANONICAL) {
    test(rule, () => refuses(call(data), "transaction.invalid", "/transaction/data"));
  }

  test("five levels of multicall", () =>
    refuses(call(nested(5)), "transaction.refused", "/transaction/data"));
  test("four levels of multicall are read", () => {
    assert.deepEqual(intentOf(nested(4)).transfers, [transfer(TOKEN, OWNER, ALICE, 5)]);
  });

  const batch = (count: number): string => multicall(Array.from({ length: count }, () => TRANSFER));
  test("65 calls, the batch included", () =>
    refuses(call(batch(64)), "transaction.too_large", "/transaction/data"));
  test("64 calls are read", () => assert.equal(intentOf(batch(63)).calls.length, 64));
});

describe("calls: token functions", () => {
  const cases: readonly (readonly [name: string, data: Hex, expected: Partial<Intent>])[] = [
    ["ERC-20 transfer", TRANSFER, { transfers: [transfer(TOKEN, OWNER, ALICE, 5)] }],
    [
      "ERC-20 transferFrom (an ERC-721's has the same bytes: its amount is the token id)",
      encodeFunctionData({ abi: ABI, functionName: "transferFrom", args: [ALICE, BOB, 5n] }),
      { transfers: [transfer(TOKEN, ALICE, BOB, 5)] },
    ],
    [
      "ERC-20 approve",
      encodeFunctionData({ abi: ABI, functionName: "approve", args: [ALICE, UNLIMITED] }),
      { allowances: [allowance(TOKEN, OWNER, ALICE, UNLIMITED)] },
    ],
    [
      "ERC-20 increaseAllowance",
      encodeFunctionData({ abi: ABI, functionName: "increaseAllowance", args: [ALICE, 3n] }),
      { allowances: [allowance(TOKEN, OWNER, ALICE, 3n)] },
    ],
    [
      "ERC-20 decreaseAllowance grants nothing where it is one: at a token that nobody knows it is opaque",
      encodeFunctionData({ abi: ABI, functionName: "decreaseAllowance", args: [ALICE, 3n] }),
      { opaque: true },
    ],
    [
      "ERC-2612 permit",
      encodeFunctionData({
        abi: ABI,
        functionName: "permit",
        args: [ALICE, BOB, 3n, 9n, 27, BYTES32, BYTES32],
      }),
      { allowances: [allowance(TOKEN, ALICE, BOB, 3n)] },
    ],
    [
      "DAI permit",
      encodeFunctionData({
        abi: ABI,
        functionName: "permit",
        args: [ALICE, BOB, 3n, 0n, true, 27, BYTES32, BYTES32],
      }),
      { allowances: [allowance(TOKEN, ALICE, BOB, UNLIMITED)] },
    ],
    [
      "ERC-721 safeTransferFrom",
      encodeFunctionData({ abi: ABI, functionName: "safeTransferFrom", args: [SENDER, BOB, 7n] }),
      { transfers: [transfer(`erc721:${CONTRACT}/7`, OWNER, BOB, 1)] },
    ],
    [
      "ERC-721 safeTransferFrom with data",
      encodeFunctionData({ abi: ABI, functionName: "safeTransferFrom", args: [ALICE, BOB, 7n, "0x1234"] }),
      { transfers: [transfer(`erc721:${CONTRACT}/7`, ALICE, BOB, 1)] },
    ],
    [
      "ERC-1155 safeTransferFrom",
      encodeFunctionData({ abi: ABI, functionName: "safeTransferFrom", args: [ALICE, BOB, 7n, 20n, "0x"] }),
      { transfers: [transfer(`erc1155:${CONTRACT}/7`, ALICE, BOB, 20)] },
    ],
    [
      "ERC-1155 safeBatchTransferFrom",
      encodeFunctionData({
        abi: ABI,
        functionName: "safeBatchTransferFrom",
        args: [ALICE, BOB, [1n, 2n], [3n, 4n], "0x"],
      }),
      {
        transfers: [
          transfer(`erc1155:${CONTRACT}/1`, ALICE, BOB, 3),
          transfer(`erc1155:${CONTRACT}/2`, ALICE, BOB, 4),
        ],
      },
    ],
    [
      "setApprovalForAll",
      encodeFunctionData({ abi: ABI, functionName: "setApprovalForAll", args: [BOB, true] }),
      { allowances: [allowance(`erc721:${CONTRACT}/*`, OWNER, BOB, UNLIMITED)] },
    ],
    [
      "setApprovalForAll that revokes",
      encodeFunctionData({ abi: ABI, functionName: "setApprovalForAll", args: [BOB, false] }),
      { allowances: [allowance(`erc721:${CONTRACT}/*`, OWNER, BOB, 0n)] },
    ],
    [
      "Permit2 approve",
      encodeFunctionData({ abi: ABI, functionName: "approve", args: [ALICE, BOB, 3n, 99] }),
      { allowances: [allowance(`erc20:${ALICE}`, OWNER, BOB, 3n, "99")] },
    ],
    [
      "Permit2 transferFrom",
      encodeFunctionData({ abi: ABI, functionName: "transferFrom", args: [ALICE, BOB, 3n, CONTRACT] }),
      { transfers: [transfer(TOKEN, ALICE, BOB, 3)] },
    ],
    [
      "Permit2 transferFrom of many",
      encodeFunctionData({
        abi: ABI,
        functionName: "transferFrom",
        args: [
          [
            [ALICE, BOB, 3n, CONTRACT],
            [BOB, ALICE, 4n, CONTRACT],
          ],
        ],
      }),
      { transfers: [transfer(TOKEN, ALICE, BOB, 3), transfer(TOKEN, BOB, ALICE, 4)] },
    ],
  ];
  for (const [name, data, expected] of cases) {
    test(name, () => {
      const { opaque, transfers, allowances, calls } = intentOf(data);
      assert.deepEqual(
        { opaque, transfers, allowances },
        { opaque: false, transfers: [], allowances: [], ...expected },
      );
      assert.deepEqual([calls.length, calls[0]?.to, calls[0]?.selector], [1, CONTRACT, data.slice(0, 10)]);
    });
  }

  test("the call names its function and its arguments", () => {
    assert.deepEqual(intentOf(TRANSFER).calls, [
      {
        to: CONTRACT,
        value: "0",
        selector: "0xa9059cbb",
        function: "transfer(address,uint256)",
        args: { to: ALICE, amount: "5" },
      },
    ]);
  });
});

describe("calls: wrappers", () => {
  const functions = (intent: Intent) => intent.calls.map((entry) => entry.function?.split("(")[0]);

  test("multicall(bytes[]): inner calls are the key's own, the value counts once", () => {
    const intent = intentOf(multicall([TRANSFER, TRANSFER]), 9);
    assert.deepEqual(intent.transfers, [
      transfer("native", OWNER, CONTRACT, 9),
      transfer(TOKEN, OWNER, ALICE, 5),
      transfer(TOKEN, OWNER, ALICE, 5),
    ]);
    assert.deepEqual(functions(intent), ["multicall", "transfer", "transfer"]);
    assert.equal(intent.opaque, false);
  });

  test("multicall(uint256,bytes[])", () => {
    const intent = intentOf(
      encodeFunctionData({ abi: ABI, functionName: "multicall", args: [1n, [TRANSFER]] }),
    );
    assert.deepEqual(intent.transfers, [transfer(TOKEN, OWNER, ALICE, 5)]);
  });

  const inner = `erc20:${BOB}`;
  const batches: readonly (readonly [string, Hex])[] = [
    ["aggregate", encodeFunctionData({ abi: ABI, functionName: "aggregate", args: [[[BOB, TRANSFER]]] })],
    [
      "tryAggregate",
      encodeFunctionData({ abi: ABI, functionName: "tryAggregate", args: [true, [[BOB, TRANSFER]]] }),
    ],
    [
      "aggregate3",
      encodeFunctionData({ abi: ABI, functionName: "aggregate3", args: [[[BOB, true, TRANSFER]]] }),
    ],
  ];
  for (const [name, data] of batches) {
    test(`${name}: inner calls are the batching contract's`, () => {
      const intent = intentOf(data);
      assert.deepEqual(intent.transfers, [transfer(inner, CONTRACT, ALICE, 5)]);
      assert.deepEqual(functions(intent), [name, "transfer"]);
    });
  }

  test("aggregate3Value: native value goes on to each target", () => {
    const args = [[[BOB, false, 4n, "0x"] as const, [ALICE, false, 6n, TRANSFER] as const]] as const;
    const intent = intentOf(encodeFunctionData({ abi: ABI, functionName: "aggregate3Value", args }), 10);
    assert.deepEqual(intent.transfers, [
      transfer("native", OWNER, CONTRACT, 10),
      transfer("native", CONTRACT, BOB, 4),
      transfer("native", CONTRACT, ALICE, 6),
      transfer(`erc20:${ALICE}`, CONTRACT, ALICE, 5),
    ]);
  });

  test("Safe execTransaction: the Safe is the sender", () => {
    const intent = intentOf(execTransaction({ value: 2n }));
    assert.deepEqual(intent.transfers, [
      transfer("native", CONTRACT, BOB, 2),
      transfer(inner, CONTRACT, ALICE, 5),
    ]);
    assert.deepEqual(functions(intent), ["execTransaction", "transfer"]);
    assert.equal(intent.opaque, false);
  });

  test("Safe delegatecall is opaque and names its target", () => {
    assert.equal(
      intentOf(execTransaction({ operation: 1 })).opaqueReason,
      `a Safe transaction that delegatecalls ${BOB}`,
    );
  });

  test("every cause is named: delegatecall, gas refund and an unknown call in one batch", () => {
    const safe = execTransaction({ operation: 1, gasPrice: 1n });
    const intent = intentOf(multicall(["0xdeadbeef", safe, "0xdeadbeef"]));
    assert.deepEqual(intent.opaqueCauses, ["unknownCall", "unstatedAmount", "delegateCall"]);
    assert.match(
      intent.opaqueReason ?? "",
      /^unknown function .*; a Safe .* gas refund; a Safe .* delegatecalls /,
    );
  });

  test("Safe gas refund is opaque", () => {
    assert.equal(
      intentOf(execTransaction({ gasPrice: 1n })).opaqueReason,
      "a Safe transaction with a gas refund",
    );
  });

  test("one unknown call makes the whole batch opaque and hides nothing else", () => {
    const intent = intentOf(multicall([TRANSFER, "0xdeadbeef"]));
    assert.deepEqual(
      [intent.opaque, intent.opaqueReason],
      [true, `unknown function 0xdeadbeef of ${CONTRACT}`],
    );
    assert.deepEqual(intent.transfers, [transfer(TOKEN, OWNER, ALICE, 5)]);
  });
});

describe("calls: unknown", () => {
  test("an unknown selector is opaque and has no function name", () => {
    const intent = intentOf("0x12345678abcd", 3);
    assert.deepEqual(intent.calls, [{ to: CONTRACT, value: "3", selector: "0x12345678" }]);
    assert.deepEqual(intent.transfers, [transfer("native", OWNER, CONTRACT, 3)]);
    assert.deepEqual(
      [intent.opaque, intent.opaqueReason],
      [true, `unknown function 0x12345678 of ${CONTRACT}`],
    );
  });

  test("data shorter than a selector is opaque", () => {
    assert.deepEqual([intentOf("0x12").opaque, intentOf("0x12").calls[0]?.selector], [true, "0x12"]);
  });
});
