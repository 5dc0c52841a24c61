/** Five transaction types, built and assembled by the adapter, mined by a real EVM (anvil, hard fork Prague). */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fromRlp, toRlp, type Hex } from "viem";
import { hexField, KEY, OWNER, sign } from "./keys.ts";

const ANVIL = join(import.meta.dirname, "../../../node_modules/.bin/anvil");
const skip = existsSync(ANVIL)
  ? false
  : "the optional package @foundry-rs/anvil-linux-amd64 is not installed";

const CHAIN_ID = 31337;
const TO = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";
const DELEGATE = `0x${"de".repeat(20)}`;
const FEES = { maxFeePerGas: "20000000000", maxPriorityFeePerGas: "1000000000" };

let anvil: ChildProcess | undefined;
let url = "";

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  await new Promise((resolve) => server.close(resolve));
  return address.port;
}

async function rpc(method: string, ...params: unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  const answer: unknown = await response.json();
  assert.ok(isRecord(answer));
  if (answer["error"] !== undefined) throw new Error(`${method}: ${JSON.stringify(answer["error"])}`);
  return answer["result"];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Sends a transaction and returns its receipt. */
async function mine(transaction: object): Promise<Record<string, unknown>> {
  const signed = sign({ type: "ethereum.transaction", transaction });
  const hash = await rpc("eth_sendRawTransaction", signed["signedTransaction"]);
  assert.equal(hash, signed["hash"]);
  return receiptOf(hash);
}

/** Anvil mines each transaction at once, but answers before it has. */
async function receiptOf(hash: unknown): Promise<Record<string, unknown>> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const receipt = await rpc("eth_getTransactionReceipt", hash);
    if (isRecord(receipt)) return receipt;
    await delay(20);
  }
  throw new Error("the transaction was not mined within four seconds");
}

async function nonce(): Promise<string> {
  return String(await rpc("eth_getTransactionCount", OWNER, "latest"));
}

/** An all-zero blob needs no KZG library: its commitment and its proof are the point at infinity. */
const BLOB = `0x${"00".repeat(131_072)}` as const;
const INFINITY = `0xc0${"00".repeat(47)}` as const;
const BLOB_HASH = `0x01${createHash("sha256").update(INFINITY.slice(2), "hex").digest("hex").slice(2)}`;

/** The network form of a signed blob transaction (EIP-4844): the signed body beside its unsigned sidecar. */
function withSidecar(raw: Hex): Hex {
  assert.ok(raw.startsWith("0x03"));
  const body = fromRlp(`0x${raw.slice(4)}`, "hex");
  return `0x03${toRlp([body, [BLOB], [INFINITY], [INFINITY]]).slice(2)}`;
}

describe("anvil: mined", { skip }, () => {
  before(async () => {
    const port = await freePort();
    anvil = spawn(ANVIL, ["--hardfork", "prague", "--port", String(port), "--silent"], { stdio: "ignore" });
    url = `http://127.0.0.1:${port}`;
    for (let attempt = 0; attempt < 100; attempt++) {
      const id = await rpc("eth_chainId").catch(() => undefined);
      if (id !== undefined) return;
      await delay(50);
    }
    throw new Error("anvil did not answer within five seconds");
  });

  after(() => anvil?.kill());

  const base = { chainId: CHAIN_ID, to: TO, value: "1000", gas: 60_000 };

  for (const [type, name, fields] of [
    ["0x0", "legacy", { gasPrice: "20000000000" }],
    ["0x1", "eip2930", { gasPrice: "20000000000", accessList: [{ address: TO, storageKeys: [] }] }],
    ["0x2", "eip1559", FEES],
  ] as const) {
    test(`${name}: the recipient gets the value`, async () => {
      const balanceBefore = BigInt(String(await rpc("eth_getBalance", TO, "latest")));
      const receipt = await mine({ ...base, ...fields, nonce: await nonce() });
      assert.deepEqual([receipt["status"], receipt["type"], receipt["from"]], ["0x1", type, OWNER]);
      const balanceAfter = BigInt(String(await rpc("eth_getBalance", TO, "latest")));
      assert.equal(balanceAfter - balanceBefore, 1000n);
    });
  }

  test("contract creation: the code is there", async () => {
    // Init code: PUSH1 01 PUSH1 00 MSTORE8, then return the one byte of memory.
    const data = "0x600160005360016000f3";
    const receipt = await mine({ chainId: CHAIN_ID, gas: 100_000, ...FEES, nonce: await nonce(), data });
    assert.equal(receipt["status"], "0x1");
    assert.equal(await rpc("eth_getCode", receipt["contractAddress"], "latest"), "0x01");
  });

  // Anvil spends some seconds on loading its KZG setup.
  test("eip4844: a blob transaction is mined with its sidecar", async () => {
    const blobs = { maxFeePerBlobGas: "10000000000", blobVersionedHashes: [BLOB_HASH] };
    const transaction = { ...base, ...FEES, ...blobs, nonce: await nonce() };
    const signed = sign({ type: "ethereum.transaction", transaction });
    const hash = await rpc("eth_sendRawTransaction", withSidecar(hexField(signed, "signedTransaction")));
    assert.equal(hash, signed["hash"]);
    const receipt = await receiptOf(hash);
    assert.deepEqual([receipt["status"], receipt["type"], receipt["blobGasUsed"]], ["0x1", "0x3", "0x20000"]);
  });

  test("eip7702: an authorization of our own key delegates the account", async () => {
    const now = Number(await nonce());
    // Self-sponsored: the transaction itself uses the current nonce.
    const authorization = { chainId: CHAIN_ID, address: DELEGATE, nonce: now + 1 };
    const { yParity, r, s } = sign({ type: "ethereum.authorization", authorization });
    const authorizationList = [{ ...authorization, yParity, r, s }];
    const receipt = await mine({ ...base, ...FEES, gas: 200_000, nonce: now, authorizationList });
    assert.deepEqual([receipt["status"], receipt["type"]], ["0x1", "0x4"]);
    assert.equal(await rpc("eth_getCode", KEY.address, "latest"), `0xef0100${DELEGATE.slice(2)}`);
  });

  test("a transaction for another chain is refused by the node", async () => {
    const transaction = { ...base, ...FEES, chainId: 1, nonce: await nonce() };
    await assert.rejects(mine(transaction), /chain/i);
  });
});
