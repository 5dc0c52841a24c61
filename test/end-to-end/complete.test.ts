/**
 * Complete or refused: what is inside the documented limits reaches a policy whole, and what is not is refused at decode
 * with a code that names the limit. docs/policies.md ("What fits") states the maxima that are tried here.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { encodeFunctionData, parseAbi } from "viem";
import { GUEST_LIMITS, INPUT_SHARES } from "../../src/policy/limits.ts";
import { accountAddress, inputOf, MNEMONIC, psbtOf } from "../chains/bitcoin/fixtures.ts";
import { ALLOW_OPAQUE, bind, readyPolicy } from "../running/policies.ts";
import { RunningService, type Reply } from "../running/service.ts";
import { makeKey, makeWallet, type Key } from "./custody.ts";

type Intent = Readonly<Record<string, any>>;

let service: RunningService;
let bitcoin: Key;
let ethereum: Key;
let starknet: Key;

before(async () => {
  service = await RunningService.start();
  const walletId = await makeWallet(service, { name: "treasury", mnemonic: MNEMONIC });
  bitcoin = await makeKey(service, walletId, { chain: "bitcoin", network: "mainnet", purpose: 84 });
  ethereum = await makeKey(service, walletId, { chain: "ethereum" });
  starknet = await makeKey(service, walletId, { chain: "starknet", accountType: "openzeppelin" });
  const settings = {
    rules: [
      { chain: "bitcoin", asset: "native", windows: [{ seconds: 86_400, max: "10000000000" }] },
      { chain: "ethereum", asset: `erc1155:0x${"cc".repeat(20)}/*` },
    ],
    maxFee: ["bitcoin", "ethereum", "starknet"].map((chain) => ({ chain, max: "10000000000000000000" })),
    allowMessages: true,
    allowOpaque: true,
  };
  // A ready policy reads all of it within its default fuel; the other one answers for what cannot be read.
  await bind(service, readyPolicy("transfer-limits"), { walletId }, { settings });
  await bind(service, ALLOW_OPAQUE, { walletId });
});
after(() => service.stop());

function evaluate(key: Key, request: object): Promise<Reply> {
  return service.call("POST", `/v1/keys/${key.id}/evaluate`, request);
}

/** The intent, once every policy has read it and allowed. */
async function reaches(key: Key, request: object): Promise<Intent> {
  const reply = await evaluate(key, request);
  assert.equal(reply.status, 200, reply.text.slice(0, 400));
  assert.equal(reply.body.decision, "allow", reply.text.slice(-600));
  return reply.body.intent;
}

async function isTooLarge(key: Key, request: object, limit: string): Promise<void> {
  const reply = await evaluate(key, request);
  assert.equal(reply.status, 413, reply.text.slice(0, 400));
  assert.equal(reply.body.code, "transaction.too_large");
  assert.equal(reply.body.limit, limit);
  assert.equal(typeof reply.body.max, "number");
}

/** One coin that pays `count` different amounts to other addresses. */
function payments(count: number): object {
  const { script } = accountAddress(84, 0, 0);
  const coin = { script, amount: 1_000_000n + BigInt(count) * 100_000n };
  const recipients = Array.from({ length: 100 }, (_, index) => accountAddress(84, 0, index, 9).script);
  const outputs = Array.from({ length: count }, (_, index) => ({
    script: recipients[index % recipients.length] ?? script,
    amount: 100_000n,
  }));
  return { type: "bitcoin.psbt", psbt: psbtOf([inputOf(coin)], outputs) };
}

/** An invoke of one unknown entry point with `count` felts of calldata. */
function invocation(count: number): object {
  const felts = Array.from({ length: count }, (_, index) => `0x${(2n ** 250n + BigInt(index)).toString(16)}`);
  const bound = { max_amount: "0x1", max_price_per_unit: "0x1" };
  return {
    type: "starknet.transaction",
    transaction: {
      type: "INVOKE",
      version: "0x3",
      chainId: "SN_MAIN",
      nonce: "0x1",
      sender_address: starknet.address,
      calldata: ["0x1", "0x123", "0x456", `0x${count.toString(16)}`, ...felts],
      account_deployment_data: [],
      resource_bounds: { l1_gas: bound, l2_gas: bound, l1_data_gas: bound },
      tip: "0x0",
      paymaster_data: [],
      nonce_data_availability_mode: "L1",
      fee_data_availability_mode: "L1",
    },
  };
}

function numbers(count: number, first = 2n ** 256n - 1n): bigint[] {
  return Array.from({ length: count }, (_, index) => first - BigInt(index));
}

/** A document that holds `count` numbers of 78 digits. */
function document(count: number): object {
  const value = numbers(count).map(String);
  return {
    type: "ethereum.typedData",
    typedData: {
      domain: { name: "Numbers", version: "1", chainId: 1 },
      primaryType: "Numbers",
      types: { Numbers: [{ name: "value", type: "uint256[]" }] },
      message: { value },
    },
  };
}

function call(data: string): object {
  const transaction = { chainId: 1, nonce: 0, to: `0x${"cc".repeat(20)}`, gas: 1_000_000, data };
  return {
    type: "ethereum.transaction",
    transaction: { ...transaction, maxFeePerGas: 2, maxPriorityFeePerGas: 1 },
  };
}

const ERC1155 = parseAbi([
  "function safeBatchTransferFrom(address from,address to,uint256[] ids,uint256[] amounts,bytes data)",
]);

function batchTransfer(count: number): object {
  const [ids, amounts] = [numbers(count), numbers(count, 2n ** 200n)];
  const [from, to] = [`0x${"aa".repeat(20)}`, `0x${"bb".repeat(20)}`] as const;
  return call(encodeFunctionData({ abi: ERC1155, args: [from, to, ids, amounts, "0x"] }));
}

describe("complete or refused: the shares of an input", () => {
  test("intent, settings and the rest fill exactly what a guest may be given", () => {
    const { intentBytesMax, settingsBytesMax, restBytesMax } = INPUT_SHARES;
    assert.equal(intentBytesMax + settingsBytesMax + restBytesMax, GUEST_LIMITS.inputBytesMax);
  });

  test("settings past their share are refused when they are bound", async () => {
    const policy = await service.call("POST", "/v1/policies?name=test", ALLOW_OPAQUE);
    const binding = (length: number) => ({
      policy: policy.body.digest,
      scope: { keyId: ethereum.id },
      settings: { text: "x".repeat(length) },
      mode: "shadow" as const,
    });
    const over = await service.call("POST", "/v1/bindings", binding(INPUT_SHARES.settingsBytesMax - 10));
    assert.deepEqual([over.status, over.body.code], [422, "policy.settings_invalid"]);
    assert.match(over.text, /65537 bytes/);
    const full = await service.call("POST", "/v1/bindings", binding(INPUT_SHARES.settingsBytesMax - 11));
    assert.equal(full.status, 201, full.text);
  });
});

describe("complete or refused: Bitcoin", () => {
  test("1,210 outputs are more than a policy can be shown", () =>
    isTooLarge(bitcoin, payments(1_210), "intentBytes"));
  test("1,190 outputs reach a policy, each of them", async () => {
    const { transfers } = await reaches(bitcoin, payments(1_190));
    assert.equal(transfers.length, 1_190);
  });
});

describe("complete or refused: StarkNet", () => {
  test("2,000 felts of calldata reach a policy", async () => {
    const intent = await reaches(starknet, invocation(2_000));
    assert.deepEqual(intent["opaqueCauses"], ["unknownCall"]);
  });
});

describe("complete or refused: Ethereum", () => {
  test("a document of 2,000 numbers reaches a policy", async () => {
    const intent = await reaches(ethereum, document(2_000));
    assert.equal(intent["ethereum"].typedData.message.value.length, 2_000);
  });
  test("a batch of 800 token ids is more than a policy can be shown: each is a transfer of its own", () =>
    isTooLarge(ethereum, batchTransfer(800), "intentBytes"));
  test("a batch of 550 token ids reaches a policy, each of them", async () => {
    const { transfers } = await reaches(ethereum, batchTransfer(550));
    assert.equal(transfers.length, 550);
  });
  test("a message of 188,000 characters reaches a policy", async () => {
    const text = "all of it ".repeat(18_800);
    const intent = await reaches(ethereum, { type: "ethereum.message", message: { text } });
    assert.equal(intent["ethereum"].message.text, text);
  });
  test("65 calls are more than are shown", () => {
    const abi = parseAbi(["function multicall(bytes[] data)"]);
    const data = Array.from({ length: 65 }, () => "0xdeadbeef" as const);
    return isTooLarge(ethereum, call(encodeFunctionData({ abi, args: [data] })), "calls");
  });
});
