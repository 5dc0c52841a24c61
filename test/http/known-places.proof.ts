/** A known selector at an unknown place, and a factory behind one: refused over HTTP under policies that name neither. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { makeKey, makeWallet, type Key } from "../end-to-end/custody.ts";
import { ALLOW, bind, readyPolicy } from "../running/policies.ts";
import { RunningService } from "../running/service.ts";

/** Salt that begins as decreaseAllowance does, then init code of a contract of one byte. */
const BEHIND_A_SELECTOR = `0xa457c2d7${"00".repeat(12)}${"11".repeat(16)}60fe60005360016000f3${"00".repeat(26)}`;
const CREATE2_PROXY = "0x4e59b44847b379578588920cA78FbF26c0B4956C";
const DECREASE = `0xa457c2d7${"11".repeat(20).padStart(64, "0")}${"1".padStart(64, "0")}`;
const UNKNOWN = `0x${"cc".repeat(20)}`;

let service: RunningService;
let limited: Key;
let trusting: Key;

before(async () => {
  service = await RunningService.start();
  const walletId = await makeWallet(service, { name: "treasury" });
  limited = await makeKey(service, walletId, { chain: "ethereum" });
  trusting = await makeKey(service, walletId, { chain: "ethereum", index: 1 });
  const settings = { rules: [], maxFee: [{ chain: "ethereum", max: "1000000000000000000" }] };
  await bind(service, readyPolicy("transfer-limits"), { keyId: limited.id }, { settings });
  await bind(service, readyPolicy("deny-opaque"), { keyId: limited.id });
  await bind(service, ALLOW, { keyId: trusting.id });
});
after(() => service.stop());

async function answer(key: Key, to: string, data: string) {
  const transaction = {
    chainId: 31337,
    nonce: 0,
    to,
    gas: 200000,
    maxFeePerGas: "3000000000",
    maxPriorityFeePerGas: 1,
    data,
  };
  const reply = await service.call("POST", `/v1/keys/${key.id}/sign`, {
    type: "ethereum.transaction",
    transaction,
  });
  return [reply.status, reply.body.code];
}

test("a factory that creates a contract, behind a known selector", async () => {
  assert.deepEqual(await answer(limited, CREATE2_PROXY, BEHIND_A_SELECTOR), [403, "policy.denied"]);
  assert.deepEqual(await answer(trusting, CREATE2_PROXY, BEHIND_A_SELECTOR), [403, "policy.control"]);
});

test("a function that moves nothing, at a contract that nobody knows", async () => {
  assert.deepEqual(await answer(limited, UNKNOWN, DECREASE), [403, "policy.denied"]);
  assert.deepEqual(await answer(trusting, UNKNOWN, DECREASE), [403, "policy.opaque"]);
});
