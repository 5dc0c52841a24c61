/** A Bitcoin signature names no network, so a private key that signs for mainnet signs under mainnet's policies only. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { RunningService, type Reply } from "../running/service.ts";

let service: RunningService;
let walletId: string;
before(async () => {
  service = await RunningService.start();
  walletId = (await service.call("POST", "/v1/wallets", { name: "twins" })).body.id;
});
after(() => service.stop());

function derive(path: string, network: string): Promise<Reply> {
  const body = { chain: "bitcoin", purpose: 84, path, network };
  return service.call("POST", `/v1/wallets/${walletId}/keys`, body);
}

describe("bitcoin: one private key on mainnet and on a test network", () => {
  for (const [first, second] of [
    ["mainnet", "regtest"],
    ["signet", "mainnet"],
  ] as const) {
    test(`a ${second} key with the private key of a ${first} key is refused`, async () => {
      // Of no network by its shape.
      const path = `m/7'/${first.length}`;
      assert.equal((await derive(path, first)).status, 201);
      const twin = await derive(path, second);
      assert.deepEqual([twin.status, twin.body.code, twin.body.field], [409, "request.conflict", "/network"]);
      assert.equal((await derive(path, first)).status, 200);
    });
  }

  test("an imported private key, too", async () => {
    const body = { chain: "bitcoin", purpose: 84, privateKey: `0x${"17".repeat(32)}` };
    const main = await service.call("POST", "/v1/keys/import", { ...body, network: "mainnet" });
    assert.equal(main.status, 201, main.text);
    const twin = await service.call("POST", "/v1/keys/import", { ...body, network: "testnet" });
    assert.equal(twin.body.code, "request.conflict");
  });

  test("test networks share keys, as their wallets do; and so do the script types of one network", async () => {
    const testnet = await derive("m/84'/1'/0'/0/0", "testnet");
    const regtest = await derive("m/84'/1'/0'/0/0", "regtest");
    assert.deepEqual([testnet.status, regtest.status, regtest.body.id], [201, 200, testnet.body.id]);
    const body = { chain: "bitcoin", purpose: 86, path: "m/84'/1'/0'/0/0", network: "regtest" };
    assert.equal((await service.call("POST", `/v1/wallets/${walletId}/keys`, body)).status, 201);
  });
});
