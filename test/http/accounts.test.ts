/** Accounts over HTTP: who may see an extended public key, and that what is shown leads to the keys that sign. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { RunningService } from "../running/service.ts";
import { assertProblem } from "./problems.ts";

const MNEMONIC = `${"abandon ".repeat(11)}about`;

let service: RunningService;
let walletId: string;
let path: string;

before(async () => {
  service = await RunningService.start();
  walletId = (await service.call("POST", "/v1/wallets", { name: "accounts", mnemonic: MNEMONIC })).body.id;
  path = `/v1/wallets/${walletId}/accounts`;
});
after(() => service.stop());

async function headersOf(roles: readonly string[], namespace = "default"): Promise<Record<string, string>> {
  const { body } = await service.call("POST", "/v1/principals", { name: "one", roles, namespace });
  return { authorization: `Bearer ${body.token}` };
}

async function newKey(body: Record<string, unknown>): Promise<any> {
  return (await service.call("POST", `/v1/wallets/${walletId}/keys`, body)).body;
}

describe("accounts: refusals", () => {
  for (const role of ["KeyUser", "Auditor", "NamespaceAdmin"]) {
    test(`a ${role} sees none`, async () => {
      const headers = await headersOf([role]);
      for (const route of [path, `${path}/bitcoin-mainnet-84-0`, `${path}/bitcoin-mainnet-84-0/addresses`]) {
        const reply = await service.call("GET", route, undefined, headers);
        assertProblem(reply, "auth.forbidden");
        assert.doesNotMatch(reply.text, /xpub/);
      }
    });
  }

  test("another namespace's wallet", async () => {
    await service.call("POST", "/v1/namespaces", { name: "other" });
    const headers = await headersOf(["KeyAdmin"], "other");
    assertProblem(await service.call("GET", path, undefined, headers), "wallet.not_found");
    assertProblem(await service.call("GET", `${path}/ethereum-0`, undefined, headers), "wallet.not_found");
  });

  test("no such account, no such range", async () => {
    const refused = await service.call("GET", `${path}/bitcoin-mainnet-45-0`);
    assertProblem(refused, "request.not_found");
    assert.match(refused.body.detail, /bitcoin-NETWORK-PURPOSE-ACCOUNT/);
    for (const query of ["from=-1", "from=1000001", "limit=0", "limit=101", "branch=2", "cursor=x"]) {
      const reply = await service.call("GET", `${path}/bitcoin-mainnet-84-0/addresses?${query}`);
      assertProblem(reply, "request.malformed");
    }
    assertProblem(await service.call("GET", `${path}/bitcoin-mainnet-48-0-2/addresses`), "request.malformed");
  });
});

describe("accounts", () => {
  test("those that have keys are listed, page by page", async () => {
    assert.deepEqual((await service.call("GET", path)).body, { items: [], next: null });
    await newKey({ chain: "bitcoin" });
    await newKey({ chain: "bitcoin", index: 1 });
    await newKey({ chain: "bitcoin", network: "signet", purpose: 86 });
    await newKey({ chain: "ethereum" });
    await newKey({ chain: "solana" });
    const first = (await service.call("GET", `${path}?limit=2`)).body;
    const second = (await service.call("GET", `${path}?limit=2&cursor=${first.next}`)).body;
    const all = [...first.items, ...second.items];
    assert.deepEqual(
      all.map(({ id, keyCount }) => [id, keyCount]),
      [
        ["bitcoin-mainnet-84-0", 2],
        ["bitcoin-signet-86-0", 1],
        ["ethereum-0", 1],
      ],
    );
    assert.equal(second.next, null);
    for (const account of all) {
      assert.deepEqual((await service.call("GET", `${path}/${account.id}`)).body, account);
      assert.equal(account.masterFingerprint, "73c5da0a");
    }
    assert.match(all[0].extendedPublicKey, /^xpub/);
    assert.match(all[1].extendedPublicKey, /^tpub/);
    assert.match(
      all[0].descriptors.receive,
      /^wpkh\(\[73c5da0a\/84'\/0'\/0'\]xpub[1-9A-Za-z]+\/0\/\*\)#[a-z0-9]{8}$/,
    );
  });

  test("an address names the key that signs for it, once there is one", async () => {
    const account = "bitcoin-mainnet-86-0";
    const range = `${path}/${account}/addresses?from=3&limit=2`;
    const unused = (await service.call("GET", range)).body;
    assert.deepEqual(
      unused.items.map((item: any) => [item.index, item.path, item.branch, item.keyId]),
      [
        [3, "m/86'/0'/0'/0/3", "receive", null],
        [4, "m/86'/0'/0'/0/4", "receive", null],
      ],
    );
    assert.equal(unused.next, "5");
    const key = await newKey({ chain: "bitcoin", purpose: 86, index: 4 });
    const { items } = (await service.call("GET", range)).body;
    assert.equal(items[1].keyId, key.id);
    assert.equal(items[1].address, key.address);
    assert.equal(items[1].publicKey, key.publicKey);
    assert.equal(items[0].keyId, null);
    const last = await service.call(
      "GET",
      `${path}/${account}/addresses?from=999999&limit=100&branch=change`,
    );
    assert.equal(last.body.items.length, 2);
    assert.equal(last.body.next, null);
  });

  test("while sealed nothing is answered, since nothing is stored", async () => {
    await service.call("POST", "/v1/sys/seal");
    assertProblem(await service.call("GET", `${path}/ethereum-0`), "service.sealed");
  });
});
