/** Descriptors over HTTP: what is registered must be the wallet's, nothing private is repeated, and what is deleted is gone. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { HDKey } from "@scure/bip32";
import { mnemonicToSeedSync } from "@scure/bip39";
import { withChecksum } from "../../src/chains/bitcoin/descriptor-checksum.ts";
import { RunningService } from "../running/service.ts";
import { assertProblem } from "./problems.ts";

const MNEMONIC = `${"abandon ".repeat(11)}about`;
const ROOT = HDKey.fromMasterSeed(mnemonicToSeedSync(MNEMONIC));
const OTHER = HDKey.fromMasterSeed(new Uint8Array(32).fill(5)).derive("m/48'/0'/0'/2'");
const THEIRS = `[a1a2a3a4/48'/0'/0'/2']${OTHER.publicExtendedKey}/<0;1>/*`;

let service: RunningService;
let walletId: string;
let path: string;
let ours: string;

before(async () => {
  service = await RunningService.start();
  walletId = (await service.call("POST", "/v1/wallets", { name: "shared", mnemonic: MNEMONIC })).body.id;
  path = `/v1/wallets/${walletId}/descriptors`;
  const account = await service.call("GET", `/v1/wallets/${walletId}/accounts/bitcoin-mainnet-48-0-2`);
  ours = `${account.body.keyExpression}/<0;1>/*`;
});
after(() => service.stop());

function register(text: string, more: Record<string, unknown> = {}, headers = {}) {
  return service.call("POST", path, { name: "vault", descriptor: withChecksum(text), ...more }, headers);
}

async function headersOf(roles: readonly string[], namespace = "default"): Promise<Record<string, string>> {
  const { body } = await service.call("POST", "/v1/principals", { name: "one", roles, namespace });
  return { authorization: `Bearer ${body.token}` };
}

describe("descriptors: refusals", () => {
  test("without the right", async () => {
    for (const role of ["KeyUser", "NamespaceAdmin"]) {
      const headers = await headersOf([role]);
      assertProblem(await register(`wsh(multi(1,${ours},${THEIRS}))`, {}, headers), "auth.forbidden");
      assertProblem(await service.call("GET", path, undefined, headers), "auth.forbidden");
    }
  });

  test("in another namespace's wallet", async () => {
    await service.call("POST", "/v1/namespaces", { name: "other" });
    const headers = await headersOf(["KeyAdmin"], "other");
    assertProblem(await register(`wsh(multi(1,${ours},${THEIRS}))`, {}, headers), "wallet.not_found");
  });

  const xprv = ROOT.derive("m/48'/0'/0'/2'").privateExtendedKey;
  const cases: readonly (readonly [string, () => string, Record<string, unknown>, RegExp])[] = [
    [
      "no key of the wallet",
      () => `wsh(pk(${THEIRS}))`,
      {},
      /no key of this wallet, whose fingerprint is 73c5da0a/,
    ],
    [
      "a key that claims to be the wallet's",
      () => `wsh(multi(1,${ours},${THEIRS.replace("a1a2a3a4", "73c5da0a")}))`,
      {},
      /k1 has this wallet's fingerprint and is not its key/,
    ],
    [
      "the wallet's key under another path",
      () => `wsh(pk(${ours.replace("/48'", "/49'")}))`,
      {},
      /is not its key/,
    ],
    ["a private key", () => `wsh(multi(1,${ours},${xprv}/<0;1>/*))`, {}, /private key/],
    ["another network's key", () => `wsh(multi(1,${ours},${THEIRS}))`, { network: "testnet" }, /tpub/],
    ["no such network", () => `wsh(multi(1,${ours},${THEIRS}))`, { network: "litecoin" }, /network/],
    ["an insane script", () => `wsh(or_d(pk(${ours}),older(10)))`, {}, /not sane/],
    [
      "a changed checksum",
      () => `wsh(pk(${ours}))`,
      { descriptor: "wsh(pk(x))#qqqqqqqq" },
      /neither|checksum/,
    ],
  ];
  for (const [name, text, more, message] of cases) {
    test(name, async () => {
      const reply = await register(text(), more);
      assertProblem(reply, "request.malformed");
      assert.match(reply.body.detail, message);
      for (const secret of [xprv, OTHER.publicExtendedKey])
        assert.ok(!reply.text.includes(secret.slice(5, 40)));
    });
  }

  test("none of them left anything", async () => {
    assert.deepEqual((await service.call("GET", path)).body, { items: [], next: null });
    const { items } = (await service.call("GET", "/v1/keys")).body;
    assert.deepEqual(
      items.filter((key: any) => key.walletId === walletId),
      [],
    );
    assertProblem(await service.call("GET", `${path}/dsc_${"0".repeat(29)}`), "request.not_found");
    assertProblem(await service.call("DELETE", `${path}/dsc_${"0".repeat(29)}`), "request.not_found");
  });
});

describe("descriptors", () => {
  test("are registered once, make their key, show their addresses, and are deleted", async () => {
    const text = `wsh(sortedmulti(2,${ours},${THEIRS}))`;
    const headers = { "idempotency-key": "register-once" };
    const made = await register(text, {}, headers);
    assert.equal(made.status, 201, made.text);
    assert.deepEqual((await register(text, {}, headers)).body, made.body);
    assertProblem(await register(text), "request.conflict");
    // The same one, written with h.
    assertProblem(await register(text.replaceAll("'", "h")), "request.conflict");
    const { id, descriptor, keys, firstAddresses } = made.body;
    assert.equal(descriptor, withChecksum(text));
    assert.equal(keys[1].keyId, null);
    const key = (await service.call("GET", `/v1/keys/${keys[0].keyId}`)).body;
    assert.equal(key.path, "m/48'/0'/0'/2'");
    assert.deepEqual((await service.call("GET", `${path}/${id}`)).body, made.body);
    assert.deepEqual((await service.call("GET", path)).body.items, [made.body]);
    for (const branch of ["receive", "change"]) {
      const { body } = await service.call("GET", `${path}/${id}/addresses?branch=${branch}&limit=2`);
      assert.equal(body.items[0].address, firstAddresses[branch]);
      assert.equal(body.next, "2");
      assert.match(body.items[1].address, /^bc1q[a-z0-9]{58}$/);
    }
    assert.equal((await service.call("DELETE", `${path}/${id}`)).status, 204);
    assertProblem(await service.call("GET", `${path}/${id}`), "request.not_found");
    assertProblem(await service.call("DELETE", `${path}/${id}`), "request.not_found");
    // Registered again, it is another one over the same key.
    const again = await register(text);
    assert.equal(again.status, 201, again.text);
    assert.notEqual(again.body.id, id);
    assert.equal(again.body.keys[0].keyId, keys[0].keyId);
    const log = (await service.call("GET", "/v1/audit/entries?limit=500")).text;
    for (const action of ["descriptor.create", "descriptor.delete"]) assert.ok(log.includes(action), action);
  });

  test("a descriptor of one branch has no addresses of change", async () => {
    const text = `wsh(pk(${ours.replace("<0;1>", "0")}))`;
    const { body } = await register(text);
    assert.equal(body.firstAddresses.change, null);
    assertProblem(
      await service.call("GET", `${path}/${body.id}/addresses?branch=change`),
      "request.malformed",
    );
  });

  test("those of taproot and miniscript", async () => {
    for (const text of [
      `tr(${THEIRS},{pk(${ours}),and_v(v:pk(${ours.replace("<0;1>", "<2;3>")}),older(144))})`,
      `sh(wsh(or_d(pk(${THEIRS}),and_v(v:pkh(${ours}),older(1000)))))`,
    ]) {
      const reply = await register(text);
      assert.equal(reply.status, 201, reply.text);
      assert.match(reply.body.firstAddresses.receive, /^(?:bc1p|3)/);
    }
  });

  test("are listed page by page", async () => {
    const { items: all } = (await service.call("GET", path)).body;
    assert.ok(all.length >= 3);
    const paged: unknown[] = [];
    for (let cursor = ""; ;) {
      const { body } = await service.call("GET", `${path}?limit=1${cursor}`);
      paged.push(...body.items);
      if (body.next === null) break;
      cursor = `&cursor=${body.next}`;
    }
    assert.deepEqual(paged, all);
  });
});
