/** Five transaction types, built and assembled by the adapter, mined by a real EVM (anvil, hard fork Prague). */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Anvil, ANVIL_CHAIN_ID, BLOB_HASH, SKIP_WITHOUT_ANVIL, withSidecar } from "../../running/anvil.ts";
import { hexField, KEY, OWNER, sign } from "./keys.ts";

const TO = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";
const DELEGATE = `0x${"de".repeat(20)}`;
const FEES = { maxFeePerGas: "20000000000", maxPriorityFeePerGas: "1000000000" };

let anvil: Anvil;

/** Signs and sends a transaction and returns its receipt. */
async function mine(transaction: object): Promise<Record<string, unknown>> {
  const signed = sign({ type: "ethereum.transaction", transaction });
  const receipt = await anvil.mine(signed["signedTransaction"]);
  assert.equal(receipt["transactionHash"], signed["hash"]);
  return receipt;
}

describe("anvil: mined", { skip: SKIP_WITHOUT_ANVIL }, () => {
  before(async () => {
    anvil = await Anvil.start();
  });
  after(() => anvil.stop());

  const base = { chainId: ANVIL_CHAIN_ID, to: TO, value: "1000", gas: 60_000 };

  for (const [type, name, fields] of [
    ["0x0", "legacy", { gasPrice: "20000000000" }],
    ["0x1", "eip2930", { gasPrice: "20000000000", accessList: [{ address: TO, storageKeys: [] }] }],
    ["0x2", "eip1559", FEES],
  ] as const) {
    test(`${name}: the recipient gets the value`, async () => {
      const balance = await anvil.balance(TO);
      const receipt = await mine({ ...base, ...fields, nonce: await anvil.nonce(OWNER) });
      assert.deepEqual([receipt["status"], receipt["type"], receipt["from"]], ["0x1", type, OWNER]);
      assert.equal((await anvil.balance(TO)) - balance, 1000n);
    });
  }

  test("contract creation: the code is there", async () => {
    // Init code: PUSH1 01 PUSH1 00 MSTORE8, then return the one byte of memory.
    const data = "0x600160005360016000f3";
    const nonce = await anvil.nonce(OWNER);
    const receipt = await mine({ chainId: ANVIL_CHAIN_ID, gas: 100_000, ...FEES, nonce, data });
    assert.equal(receipt["status"], "0x1");
    assert.equal(await anvil.rpc("eth_getCode", receipt["contractAddress"], "latest"), "0x01");
  });

  // Anvil spends some seconds on loading its KZG setup.
  test("eip4844: a blob transaction is mined with its sidecar", async () => {
    const blobs = { maxFeePerBlobGas: "10000000000", blobVersionedHashes: [BLOB_HASH] };
    const transaction = { ...base, ...FEES, ...blobs, nonce: await anvil.nonce(OWNER) };
    const signed = sign({ type: "ethereum.transaction", transaction });
    const receipt = await anvil.mine(withSidecar(hexField(signed, "signedTransaction")));
    assert.equal(receipt["transactionHash"], signed["hash"]);
    assert.deepEqual([receipt["status"], receipt["type"], receipt["blobGasUsed"]], ["0x1", "0x3", "0x20000"]);
  });

  test("eip7702: an authorization of our own key delegates the account", async () => {
    const now = await anvil.nonce(OWNER);
    // Self-sponsored: the transaction itself uses the current nonce.
    const authorization = { chainId: ANVIL_CHAIN_ID, address: DELEGATE, nonce: now + 1 };
    const { yParity, r, s } = sign({ type: "ethereum.authorization", authorization });
    const authorizationList = [{ ...authorization, yParity, r, s }];
    const receipt = await mine({ ...base, ...FEES, gas: 200_000, nonce: now, authorizationList });
    assert.deepEqual([receipt["status"], receipt["type"]], ["0x1", "0x4"]);
    assert.equal(await anvil.rpc("eth_getCode", KEY.address, "latest"), `0xef0100${DELEGATE.slice(2)}`);
  });

  test("a transaction for another chain is refused by the node", async () => {
    const transaction = { ...base, ...FEES, chainId: 1, nonce: await anvil.nonce(OWNER) };
    await assert.rejects(mine(transaction), /chain/i);
  });
});
