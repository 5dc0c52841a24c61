/** StarkNet request schemas: their own examples pass, and what the adapter would never accept does not. */
import assert from "node:assert/strict";
import test from "node:test";
import { Compile } from "typebox/compile";
import { StarknetTransactionRequest, StarknetTypedDataRequest } from "../../../src/http/schemas/starknet.ts";

const transaction = Compile(StarknetTransactionRequest);
const typedData = Compile(StarknetTypedDataRequest);

function example(schema: object): { readonly transaction?: object; readonly typedData?: object } {
  assert.ok("examples" in schema && Array.isArray(schema.examples));
  return schema.examples[0];
}

const invoke = example(StarknetTransactionRequest);
const message = example(StarknetTypedDataRequest);

for (const [name, change] of [
  ["an unknown member", { max_fee: "0x1" }],
  ["a felt in words", { nonce: "seven" }],
  ["a negative nonce", { nonce: -1 }],
  ["a fractional tip", { tip: 0.5 }],
  ["another kind", { type: "L1_HANDLER" }],
  ["a chain in decimal text", { chainId: "123" }],
  ["calldata that is no list", { calldata: "0x1" }],
] as const) {
  test(`starknet.transaction schema refuses ${name}`, () => {
    assert.equal(transaction.Check({ ...invoke, transaction: { ...invoke.transaction, ...change } }), false);
  });
}

test("starknet.transaction schema takes its example, and a body without its defaults", () => {
  assert.equal(transaction.Check(invoke), true);
  const slim = JSON.parse(JSON.stringify(invoke), (name, value: unknown) =>
    ["tip", "paymaster_data", "account_deployment_data"].includes(name) ? undefined : value,
  );
  assert.equal(transaction.Check(slim), true);
  assert.equal(transaction.Check({ ...invoke, extra: 1 }), false);
});

test("starknet.transaction schema leaves two-bound and old transactions to the adapter's clearer refusal", () => {
  const old = JSON.parse(
    JSON.stringify(invoke)
      .replace(/,"l1_data_gas":\{[^}]*\}/, "")
      .replace('"0x3","chainId"', '"0x1","chainId"'),
  );
  assert.equal(transaction.Check(old), true);
});

test("starknet.typedData schema takes its example and refuses what is not SNIP-12", () => {
  assert.equal(typedData.Check(message), true);
  assert.equal(typedData.Check({ ...message, accountAddress: "0x1" }), true);
  assert.equal(typedData.Check({ ...message, accountAddress: "alice" }), false);
  assert.equal(typedData.Check({ ...message, typedData: { ...message.typedData, extra: 1 } }), false);
  assert.equal(typedData.Check({ ...message, typedData: { ...message.typedData, types: [] } }), false);
  assert.equal(typedData.Check({ ...message, typedData: { ...message.typedData, message: [] } }), false);
});
