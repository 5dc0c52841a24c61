/** A wallet is asked to sign: one decision, one reservation and one answer for every address that a transaction spends. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Address, OutScript, TEST_NETWORK } from "@scure/btc-signer";
import { inputOf, payment, psbtOf, type Coin } from "../chains/bitcoin/fixtures.ts";
import { verdicts } from "../chains/bitcoin/interpreter.ts";
import { ALLOW, ALLOW_OPAQUE, answering, bind, DENY, readyPolicy } from "../running/policies.ts";
import { RunningService, type Reply } from "../running/service.ts";
import { assertDocumented } from "./document.ts";
import { assertProblem } from "./problems.ts";

const REGTEST = { ...TEST_NETWORK, bech32: "bcrt" };

let service: RunningService;
before(async () => {
  service = await RunningService.start();
});
after(() => service.stop());

const post = (path: string, body?: unknown, headers = {}): Promise<Reply> =>
  service.call("POST", path, body, headers);

interface TestWallet {
  readonly id: string;
  readonly keys: readonly any[];
}

/** A wallet with so many keys of a chain; without a policy. */
async function walletOf(chain: string, count: number, more: object = {}): Promise<TestWallet> {
  const { id } = (await post("/v1/wallets", { name: "several" })).body;
  const keys: any[] = [];
  for (let index = 0; index < count; index += 1) {
    const reply = await post(`/v1/wallets/${id}/keys`, { chain, index, ...more });
    assert.equal(reply.status, 201, reply.text);
    keys.push(reply.body);
  }
  return { id, keys };
}

const bitcoinWallet = (count: number): Promise<TestWallet> =>
  walletOf("bitcoin", count, { network: "regtest" });

let salt = 0;

/** One coin at each address, all paid to somebody else but for a fee. */
function spendOf(keys: readonly any[]): { readonly coins: readonly Coin[]; readonly request: any } {
  const coins = keys.map(({ address }) => ({
    script: OutScript.encode(Address(REGTEST).decode(address)),
    amount: 100_000n,
  }));
  const inputs = coins.map((coin) => inputOf(coin, (salt += 1)));
  const outputs = [{ ...payment, amount: 100_000n * BigInt(keys.length) - 2_000n }];
  return { coins, request: { type: "bitcoin.psbt", psbt: psbtOf(inputs, outputs, { version: 2 }) } };
}

const sign = (wallet: TestWallet, request: unknown, headers = {}): Promise<Reply> =>
  post(`/v1/wallets/${wallet.id}/sign`, request, headers);

async function countOfRequests(): Promise<number> {
  return (await service.call("GET", "/v1/requests?limit=500")).body.items.length;
}

/** The decision's leaf. */
async function leafOf(requestId: string): Promise<any> {
  const { auditSequence } = (await service.call("GET", `/v1/requests/${requestId}`)).body;
  return (await service.call("GET", `/v1/audit/entries?from=${auditSequence}&limit=1`)).body.items[0];
}

test("transfer-limits: what one address may pay is not paid by the others, whichever input comes first", async () => {
  const wallet = await bitcoinWallet(2);
  const [petty, savings] = wallet.keys;
  const rule = { chain: "bitcoin", chainId: "bitcoin:regtest", asset: "native", from: [petty.address] };
  const maxFee = [{ chain: "bitcoin", chainId: "bitcoin:regtest", max: "10000" }];
  await bind(
    service,
    readyPolicy("transfer-limits"),
    { walletId: wallet.id },
    { settings: { rules: [rule], maxFee } },
  );
  for (const keys of [[petty, savings], [savings, petty], [savings]]) {
    const reply = await sign(wallet, spendOf(keys).request);
    assertProblem(reply, "policy.denied");
    assert.equal(reply.body.policyCode, "asset_not_allowed");
  }
  assert.equal((await sign(wallet, spendOf([petty]).request)).status, 200);
});

describe("a wallet's transaction is refused whole, and nothing is recorded", () => {
  for (const [name, act, code] of [
    ["disabled", (id: string) => post(`/v1/keys/${id}/disable`), "key.disabled"],
    ["deleted", (id: string) => service.call("DELETE", `/v1/keys/${id}`), "key.disabled"],
  ] as const) {
    test(`one of its keys is ${name}`, async () => {
      const wallet = await bitcoinWallet(3);
      await bind(service, ALLOW, { walletId: wallet.id });
      await act(wallet.keys[1].id);
      const recorded = await countOfRequests();
      const reply = await sign(wallet, spendOf(wallet.keys).request);
      assertProblem(reply, code);
      assert.equal(reply.body.keyId, wallet.keys[1].id);
      assert.match(reply.body.detail, new RegExp(`nothing was signed.*${wallet.keys[1].address}`));
      assert.equal(await countOfRequests(), recorded);
      // What does not spend from it is signed.
      const others = spendOf([wallet.keys[0], wallet.keys[2]]);
      assert.equal((await sign(wallet, others.request)).status, 200);
    });
  }

  test("an address of the account has no key: the error says which, and creating it is the remedy", async () => {
    const twin = await bitcoinWallet(2);
    await bind(service, ALLOW, { walletId: twin.id });
    const path = twin.keys[0].path.replace(/0\/0$/, "1/4");
    const accounts = await service.call(
      "GET",
      `/v1/wallets/${twin.id}/accounts/bitcoin-regtest-84-0/addresses?branch=change&limit=5`,
    );
    assert.equal(accounts.status, 200, accounts.text);
    const { address } = accounts.body.items[4];
    const { request, coins } = spendOf([...twin.keys, { address }]);
    const recorded = await countOfRequests();
    const reply = await sign(twin, request);
    assertProblem(reply, "wallet.key_missing");
    assert.deepEqual([reply.body.address, reply.body.path, reply.body.input], [address, path, 2]);
    assert.equal(await countOfRequests(), recorded);
    const made = await post(`/v1/wallets/${twin.id}/keys`, { chain: "bitcoin", network: "regtest", path });
    assert.equal(made.body.address, address);
    const signed = await sign(twin, request);
    assert.deepEqual(verdicts(signed.body.signedTransaction, coins), ["ok", "ok", "ok"]);
  });

  test("it is another namespace's wallet, or none", async () => {
    const wallet = await bitcoinWallet(1);
    await post("/v1/namespaces", { name: "elsewhere" });
    const roles = ["KeyUser"];
    const made = await post("/v1/principals", { name: "other", roles, namespace: "elsewhere" });
    const headers = { authorization: `Bearer ${made.body.token}` };
    for (const action of ["sign", "evaluate"]) {
      const { request } = spendOf(wallet.keys);
      assertProblem(await post(`/v1/wallets/${wallet.id}/${action}`, request, headers), "wallet.not_found");
      assertProblem(await post(`/v1/wallets/wal_${"0".repeat(29)}/${action}`, request), "wallet.not_found");
    }
  });

  test("it names a key, which its inputs do already", async () => {
    const wallet = await bitcoinWallet(1);
    for (const name of [`keyId=${wallet.keys[0].id}`, `address=${wallet.keys[0].address}`]) {
      const reply = await post(`/v1/wallets/${wallet.id}/sign?${name}`, spendOf(wallet.keys).request);
      assertProblem(reply, "request.malformed");
    }
  });

  test("a second key has no policy: what is bound to one key frees nothing for another", async () => {
    const wallet = await bitcoinWallet(2);
    await bind(service, ALLOW, { keyId: wallet.keys[0].id });
    const unbound = await sign(wallet, spendOf(wallet.keys).request);
    assertProblem(unbound, "policy.unbound");
    assert.equal(unbound.body.keyId, wallet.keys[1].id);
    await bind(service, DENY, { keyId: wallet.keys[1].id });
    assertProblem(await sign(wallet, spendOf(wallet.keys).request), "policy.denied");
    assert.equal((await sign(wallet, spendOf([wallet.keys[0]]).request)).status, 200);
  });
});

describe("a wallet's transaction of three addresses", () => {
  test("is one decision and one amount: counted three times it would not fit the limit once", async () => {
    const wallet = await bitcoinWallet(3);
    const limits = [{ counter: "daily", amount: "298000", window: 3600, max: "600000" }];
    const bindingId = await bind(service, answering({ decision: "allow", limits }), { walletId: wallet.id });
    const recorded = await countOfRequests();
    for (const round of [1, 2]) {
      const { coins, request } = spendOf(wallet.keys);
      const reply = await sign(wallet, request);
      assert.equal(reply.status, 200, reply.text);
      assertDocumented("POST", "/v1/wallets/{walletId}/sign", reply);
      assert.equal(reply.body.walletId, wallet.id);
      assert.deepEqual(
        reply.body.keyIds,
        wallet.keys.map(({ id }) => id),
      );
      assert.equal(reply.body.keyId, wallet.keys[0].id);
      assert.deepEqual(verdicts(reply.body.signedTransaction, coins), ["ok", "ok", "ok"]);
      const leaf = await leafOf(reply.body.requestId);
      assert.deepEqual([leaf.entry.walletId, leaf.entry.keyIds], [wallet.id, reply.body.keyIds]);
      assert.equal(leaf.entry.payloads.length, 3);
      assert.equal(leaf.entry.limits.length, 1);
      assert.deepEqual([leaf.entry.limits[0].bindingId, leaf.entry.limits[0].amount], [bindingId, "298000"]);
      assert.equal(await countOfRequests(), recorded + round);
    }
    const over = await sign(wallet, spendOf(wallet.keys).request);
    assertProblem(over, "policy.limit");
    assert.deepEqual([over.body.spent, over.body.amount], ["596000", "298000"]);
  });

  test("asks every binding of namespace, wallet and keys once; each sees its key, and all keys", async () => {
    const wallet = await bitcoinWallet(3);
    const [first, second, third] = wallet.keys;
    const bound = [
      await bind(service, ALLOW, { namespace: "default" }, { mode: "shadow" }),
      await bind(service, ALLOW, { walletId: wallet.id }),
      await bind(service, ALLOW, { keyId: third.id }),
      await bind(service, ALLOW, { keyId: first.id }),
    ];
    // Two inputs of one key, and not in the order of the keys' making.
    const { body } = await sign(wallet, spendOf([second, third, first, second]).request);
    assert.deepEqual(body.keyIds, [second.id, third.id, first.id]);
    const receipt = (await service.call("GET", `/v1/receipts/${body.requestId}`)).body;
    const seen = receipt.evaluations.map(({ bindingId, input }: any) => [bindingId, JSON.parse(input)]);
    const ids = seen.map(([id]: any) => id);
    assert.deepEqual(ids.toSorted(), bound.toSorted());
    const keyOf = (id: string | undefined) => seen.find(([seenId]: any) => seenId === id)[1].key.id;
    assert.deepEqual(bound.map(keyOf), [second.id, second.id, third.id, first.id]);
    for (const [, input] of seen) {
      assert.deepEqual(
        input.keys.map(({ id }: any) => id),
        body.keyIds,
      );
      assert.deepEqual(Object.keys(input.keys[0]).toSorted(), Object.keys(input.key).toSorted());
    }
    assert.deepEqual([receipt.walletId, receipt.keyId, receipt.keyIds], [wallet.id, second.id, body.keyIds]);
    const listed = (await service.call("GET", `/v1/requests/${body.requestId}`)).body;
    assert.deepEqual([listed.walletId, listed.keyId, listed.keyIds], [wallet.id, second.id, body.keyIds]);
    await service.call("DELETE", `/v1/bindings/${bound[0]}`);
  });

  test("evaluates to the same, and records nothing", async () => {
    const wallet = await bitcoinWallet(3);
    await bind(service, ALLOW, { walletId: wallet.id });
    const recorded = await countOfRequests();
    const reply = await post(`/v1/wallets/${wallet.id}/evaluate`, spendOf(wallet.keys).request);
    assertDocumented("POST", "/v1/wallets/{walletId}/evaluate", reply);
    assert.equal(reply.body.decision, "allow", reply.text);
    assert.deepEqual(
      reply.body.keyIds,
      wallet.keys.map(({ id }) => id),
    );
    assert.equal(reply.body.evaluations.length, 1);
    assert.equal(await countOfRequests(), recorded);
  });

  test("is signed once for an Idempotency-Key; another body, or the same for a key, is a conflict", async () => {
    const wallet = await bitcoinWallet(3);
    const limits = [{ counter: "daily", amount: "1", window: 3600, max: "1" }];
    await bind(service, answering({ decision: "allow", limits }), { walletId: wallet.id });
    const { request } = spendOf(wallet.keys);
    const headers = { "idempotency-key": `wallet-${wallet.id}` };
    const answers = await Promise.all([1, 2, 3].map(() => sign(wallet, request, headers)));
    answers.push(await sign(wallet, request, headers));
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1, answers[0]?.text);
    assert.equal(answers[0]?.status, 200);
    assertProblem(await sign(wallet, spendOf(wallet.keys).request, headers), "request.idempotency_conflict");
    const other = await post(`/v1/keys/${wallet.keys[0].id}/sign`, request, headers);
    assertProblem(other, "request.idempotency_conflict");
  });

  test("with finalize false, or beside somebody else's input, comes back with our signatures alone", async () => {
    const wallet = await bitcoinWallet(2);
    await bind(service, ALLOW, { walletId: wallet.id });
    const { request } = spendOf(wallet.keys);
    const partial = await sign(wallet, { ...request, finalize: false });
    assert.equal(partial.body.signedTransaction, undefined);
    // Each key alone signs its own input, and says so by what it leaves out.
    const single = await post(`/v1/keys/${wallet.keys[0].id}/sign`, request);
    assert.deepEqual(
      [single.status, single.body.signedTransaction, single.body.keyIds],
      [200, undefined, undefined],
    );
    const alone = await post(`/v1/keys/${wallet.keys[0].id}/sign`, spendOf([wallet.keys[1]]).request);
    assertProblem(alone, "transaction.refused");
    assert.match(alone.body.detail, /\/v1\/wallets\/\{walletId\}\/sign/);
  });

  test("signs nothing more once one of its keys' disabling is answered, however many are under way", async () => {
    const wallet = await bitcoinWallet(3);
    await bind(service, ALLOW, { walletId: wallet.id });
    const requests = Array.from({ length: 12 }, () => spendOf(wallet.keys).request);
    const asked = requests.map((request) => sign(wallet, request));
    await asked[0];
    const { id } = wallet.keys[2];
    assert.equal((await post(`/v1/keys/${id}/disable`)).status, 200);
    for (const { status, text } of await Promise.all(asked))
      assert.ok(status === 200 || status === 403, text);
    const leaves = (await service.call("GET", "/v1/audit/entries?limit=500")).body.items;
    const stopped = leaves.findIndex(
      ({ entry }: any) => entry.action === "key.disable" && entry.target === id,
    );
    assert.notEqual(stopped, -1);
    const later = leaves.slice(stopped).filter(({ entry }: any) => entry.keyIds?.includes(id));
    assert.deepEqual(later, []);
    assertProblem(await sign(wallet, spendOf(wallet.keys).request), "key.disabled");
  });
});

describe("every other request to a wallet is signed by one key", () => {
  const message = { type: "ethereum.message", message: { text: "hello" } };

  test("which it names by id or address; without a name the wallet must have one of the chain", async () => {
    const wallet = await walletOf("ethereum", 2);
    await bind(service, ALLOW_OPAQUE, { walletId: wallet.id });
    const path = `/v1/wallets/${wallet.id}/sign`;
    const [first, second] = wallet.keys;
    assertProblem(await post(path, message), "request.malformed");
    for (const name of [
      `keyId=${second.id}`,
      `address=${second.address}`,
      `address=${second.address.toLowerCase()}`,
    ]) {
      const signed = await post(`${path}?${name}`, message);
      assert.equal(signed.status, 200, signed.text);
      assert.deepEqual([signed.body.keyId, signed.body.keyIds], [second.id, [second.id]]);
      const direct = await post(`/v1/keys/${second.id}/sign`, message);
      assert.equal(signed.body.signature, direct.body.signature);
    }
    await post(`/v1/keys/${first.id}/disable`);
    assertProblem(await post(path, message), "request.malformed");
    await service.call("DELETE", `/v1/keys/${first.id}`);
    assert.equal((await post(path, message)).body.keyId, second.id);
  });

  test("and is refused where the name is twice, another wallet's, another chain's, or unknown", async () => {
    const wallet = await walletOf("ethereum", 1);
    const other = await walletOf("ethereum", 1);
    const bitcoin = await bitcoinWallet(1);
    const path = `/v1/wallets/${wallet.id}/sign`;
    const [key] = wallet.keys;
    assertProblem(await post(`${path}?keyId=${key.id}&address=${key.address}`, message), "request.malformed");
    assertProblem(await post(`${path}?key=${key.id}`, message), "request.malformed");
    assertProblem(await post(`${path}?keyId=${other.keys[0].id}`, message), "key.not_found");
    assertProblem(await post(`${path}?address=${other.keys[0].address}`, message), "key.not_found");
    assertProblem(await post(`${path}?keyId=key_${"0".repeat(29)}`, message), "key.not_found");
    assertProblem(await sign(bitcoin, message), "key.not_found");
    const crossed = await post(`/v1/wallets/${bitcoin.id}/sign?keyId=${bitcoin.keys[0].id}`, message);
    assertProblem(crossed, "request.malformed");
  });
});
