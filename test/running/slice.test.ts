/** The main job over HTTP: wallet, key, policy, decision, signature, audit entry. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { recoverTransactionAddress } from "viem";
import { ALLOW, bind } from "./policies.ts";
import { RunningService } from "./service.ts";

const TRANSFER = {
  type: "ethereum.transaction",
  transaction: {
    chainId: 1,
    nonce: 0,
    to: "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045",
    value: "1000",
    gas: 21000,
    maxFeePerGas: "1000000000",
    maxPriorityFeePerGas: "1",
  },
};

let service: RunningService;
let key: { id: string; address: string };

before(async () => {
  service = await RunningService.start();
  const wallet = await service.call("POST", "/v1/wallets", { name: "treasury" });
  assert.equal(wallet.status, 201);
  const made = await service.call("POST", `/v1/wallets/${wallet.body.id}/keys`, { chain: "ethereum" });
  assert.equal(made.status, 201);
  key = made.body;
});
after(() => service.stop());

test("a key without a policy signs nothing: policy.unbound, and the refusal is recorded", async () => {
  const reply = await service.call("POST", `/v1/keys/${key.id}/sign`, TRANSFER);
  assert.equal(reply.status, 403);
  assert.equal(reply.body.code, "policy.unbound");
  const request = await service.call("GET", `/v1/requests/${reply.body.requestId}`);
  assert.equal(request.body.status, "denied");
});

test("an allowed transfer is signed by the key's own address, and its audit entries are there", async () => {
  await bind(service, ALLOW, { keyId: key.id });
  const reply = await service.call("POST", `/v1/keys/${key.id}/sign`, TRANSFER);
  assert.equal(reply.status, 200, reply.text);
  assert.equal(
    await recoverTransactionAddress({ serializedTransaction: reply.body.signedTransaction }),
    key.address,
  );
  const entries = await service.call("GET", "/v1/audit/entries");
  const mine = entries.body.items.filter((item: any) => item.entry.requestId === reply.body.requestId);
  assert.deepEqual(
    mine.map((item: any) => item.entry.type),
    ["decision", "outcome"],
  );
});
