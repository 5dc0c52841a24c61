/** One private key, one place in a namespace: whoever would make it again learns which key it is, and nobody else does. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { HDKey } from "@scure/bip32";
import { mnemonicToSeedSync } from "@scure/bip39";
import { p2wpkh } from "@scure/btc-signer";
import { ROLES } from "../../src/access/roles.ts";
import { inputOf, MNEMONIC, payment, psbtOf } from "../chains/bitcoin/fixtures.ts";
import { voteMessage } from "../chains/babylon/sample.ts";
import { assertProblem } from "../http/problems.ts";
import { editLedger } from "../running/ledger.ts";
import { bind, readyPolicy } from "../running/policies.ts";
import { RunningService, type Reply } from "../running/service.ts";
import { signDuty, vote } from "../running/validators.ts";
import { member, TENANT } from "./tenants.ts";

const ROOT = HDKey.fromMasterSeed(mnemonicToSeedSync(MNEMONIC));

let service: RunningService;
let authorization: { readonly authorization: string };
let first: string;
let second: string;
let theirs: string;

before(async () => {
  service = await RunningService.start();
  await service.call("POST", "/v1/namespaces", { name: TENANT });
  ({ authorization } = await member(service, TENANT, ROLES));
  first = await wallet();
  second = await wallet();
  theirs = await wallet(authorization);
});
after(() => service.stop());

async function wallet(headers = {}): Promise<string> {
  const made = await service.call("POST", "/v1/wallets", { name: "same", mnemonic: MNEMONIC }, headers);
  assert.equal(made.status, 201, made.text);
  return made.body.id;
}

const derive = (walletId: string, body: Record<string, unknown>, headers = {}): Promise<Reply> =>
  service.call("POST", `/v1/wallets/${walletId}/keys`, body, headers);
const bring = (body: Record<string, unknown>, headers = {}): Promise<Reply> =>
  service.call("POST", "/v1/keys/import", body, headers);

/** The private key at a path of the mnemonic; negative: the scalar n - d, whose public key has the same x. */
function secretAt(path: string, negative = false): string {
  const secret = Buffer.from(ROOT.derive(path).privateKey ?? new Uint8Array());
  if (!negative) return `0x${secret.toString("hex")}`;
  const other = secp256k1.Point.CURVE().n - BigInt(`0x${secret.toString("hex")}`);
  return `0x${other.toString(16).padStart(64, "0")}`;
}

/** 409 that names the other key. */
function assertNames(refused: Reply, keyId: string): void {
  assertProblem(refused, "request.conflict");
  assert.equal(refused.body.keyId, keyId);
  assert.ok(refused.body.detail.includes(keyId), refused.text);
}

const CHAINS = [
  { chain: "ethereum" },
  { chain: "bitcoin" },
  { chain: "solana" },
  { chain: "starknet" },
  { chain: "starknet", accountType: "argent" },
  { chain: "ethereum-validator" },
  { chain: "babylon" },
];

describe("two wallets of one mnemonic in a namespace", () => {
  for (const body of CHAINS) {
    const name = Object.values(body).join(" ");

    test(`${name}: the second wallet does not answer with the first one's key, but names it`, async () => {
      const made = await derive(first, body);
      assert.equal(made.status, 201, made.text);
      assertNames(await derive(second, body), made.body.id);
      const again = await derive(first, body);
      assert.deepEqual([again.status, again.body.id, again.body.walletId], [200, made.body.id, first]);
    });

    test(`${name}: in another namespace it is a key like any other`, async () => {
      const made = await derive(theirs, { ...body, index: 0 }, authorization);
      assert.equal(made.status, 201, made.text);
      assert.equal(made.body.walletId, theirs);
    });
  }

  test("a deleted key comes back in its wallet, and by an import, under no other wallet", async () => {
    const body = { chain: "ethereum", index: 40 };
    const { id } = (await derive(first, body)).body;
    await service.call("DELETE", `/v1/keys/${id}`);
    assertNames(await derive(second, body), id);
    const back = await derive(first, body);
    assert.deepEqual([back.status, back.body.id], [201, id]);
    await service.call("DELETE", `/v1/keys/${id}`);
    const imported = await bring({ chain: "ethereum", privateKey: secretAt("m/44'/60'/0'/0/40") });
    assert.deepEqual([imported.status, imported.body.id, imported.body.walletId], [201, id, first]);
  });

  test("nor under one that asks for it on another test network", async () => {
    const body = { chain: "bitcoin", index: 46 };
    const { id } = (await derive(first, { ...body, network: "testnet" })).body;
    await service.call("DELETE", `/v1/keys/${id}`);
    assertNames(await derive(second, { ...body, network: "regtest" }), id);
    assert.equal((await service.call("GET", `/v1/keys/${id}`)).body.state, "deleted");
  });

  test("another script type of the same private key, too", async () => {
    const path = "m/84'/0'/0'/0/41";
    const { id } = (await derive(first, { chain: "bitcoin", path })).body;
    assertNames(await derive(second, { chain: "bitcoin", path, purpose: 44 }), id);
    assert.equal((await derive(first, { chain: "bitcoin", path, purpose: 44 })).status, 201);
  });

  test("a key that an earlier release let two wallets have is still found in its own", async () => {
    const path = "m/84'/0'/0'/0/45";
    await derive(first, { chain: "bitcoin", path });
    const { id } = (await derive(first, { chain: "bitcoin", path, purpose: 44 })).body;
    editLedger(service, `UPDATE key SET wallet_id = '${second}' WHERE id = '${id}'`);
    const found = await derive(second, { chain: "bitcoin", path, purpose: 44 });
    assert.deepEqual([found.status, found.body.id], [200, id]);
  });

  test("an Idempotency-Key answers what it answered while that is so", async () => {
    const headers = { "idempotency-key": "same-key-1" };
    const body = { chain: "ethereum", index: 42 };
    const made = await derive(first, body, headers);
    const repeated = await derive(first, body, headers);
    assert.deepEqual([repeated.status, repeated.body], [201, made.body]);
    await service.call("POST", `/v1/keys/${made.body.id}/disable`);
    assertProblem(await derive(first, body, headers), "request.conflict");
    await service.call("POST", `/v1/keys/${made.body.id}/enable`);
    assert.deepEqual((await derive(first, body, headers)).body, made.body);
  });
});

describe("an imported private key", () => {
  const PATH = "m/44'/60'/0'/0/43";

  test("that a wallet has is refused, and the wallet's key named", async () => {
    const { id } = (await derive(first, { chain: "ethereum", path: PATH })).body;
    assertNames(await bring({ chain: "ethereum", privateKey: secretAt(PATH) }), id);
  });

  test("comes before a wallet's: the wallet's is refused", async () => {
    const path = "m/44'/60'/0'/0/44";
    const made = await bring({ chain: "ethereum", privateKey: secretAt(path) });
    assertNames(await derive(first, { chain: "ethereum", path }), made.body.id);
    const again = await bring({ chain: "ethereum", privateKey: secretAt(path) });
    assert.deepEqual([again.status, again.body.id], [200, made.body.id]);
  });

  test("that another namespace has is answered as any other", async () => {
    const made = await bring({ chain: "ethereum", privateKey: secretAt(PATH) }, authorization);
    const fresh = await bring({ chain: "ethereum", privateKey: `0x${"51".repeat(32)}` }, authorization);
    assert.equal(made.status, fresh.status);
    assert.deepEqual(Object.keys(made.body), Object.keys(fresh.body));
  });
});

describe("a taproot key and the negative of its private key, which spends the same outputs", () => {
  const PATH = "m/86'/0'/0'/0/47";
  const negative = { chain: "bitcoin", purpose: 86, privateKey: secretAt(PATH, true) };

  test("is refused, on whichever network, until the other is deleted", async () => {
    const { id, address } = (await derive(first, { chain: "bitcoin", path: PATH })).body;
    for (const network of ["mainnet", "regtest"]) assertNames(await bring({ ...negative, network }), id);
    await service.call("DELETE", `/v1/keys/${id}`);
    const imported = await bring(negative);
    assert.deepEqual([imported.status, imported.body.address], [201, address], imported.text);
    assertNames(await derive(first, { chain: "bitcoin", path: PATH }), imported.body.id);
  });

  test("of another script type it is a key like any other", async () => {
    const other = await bring({ ...negative, purpose: 84 });
    assert.equal(other.status, 201, other.text);
  });
});

describe("a finality provider's private key on another chain", () => {
  const PATH = "m/44'/1'/0'/0/50";
  for (const negative of [false, true]) {
    const name = negative ? "its negative" : "the key itself";
    test(`${name} is refused, in either order`, async () => {
      const path = PATH.replace("50", negative ? "51" : "50");
      const { id } = (await derive(first, { chain: "babylon", path })).body;
      for (const chain of ["bitcoin", "ethereum"]) {
        assertNames(await bring({ chain, privateKey: secretAt(path, negative) }), id);
      }
      const other = path.replace("/0/5", "/0/6");
      const bitcoin = await bring({
        chain: "bitcoin",
        privateKey: secretAt(other, negative),
        network: "regtest",
      });
      assertNames(await derive(first, { chain: "babylon", path: other }), bitcoin.body.id);
    });
  }

  test("of the same wallet, whose testnet keys begin at the same path", async () => {
    const { id } = (await derive(first, { chain: "babylon" })).body;
    const refused = await derive(first, { chain: "bitcoin", purpose: 44, network: "testnet" });
    assertNames(refused, id);
    assert.match(refused.body.detail, /choose another path/);
  });

  test("is free again once the other one is deleted", async () => {
    const path = "m/44'/1'/0'/0/52";
    const { id } = (await derive(first, { chain: "bitcoin", path, purpose: 44, network: "signet" })).body;
    await service.call("DELETE", `/v1/keys/${id}`);
    const provider = await derive(first, { chain: "babylon", path });
    assert.equal(provider.status, 201, provider.text);
    assertNames(
      await derive(first, { chain: "bitcoin", path, purpose: 44, network: "signet" }),
      provider.body.id,
    );
  });
});

describe("a validator's key has one network", () => {
  test("another one is refused, and the key named", async () => {
    const body = { chain: "ethereum-validator", index: 7 };
    const { id } = (await derive(first, { ...body, network: "hoodi" })).body;
    const refused = await derive(first, { ...body, network: "holesky" });
    assertNames(refused, id);
    assert.equal(refused.body.field, "/network");
  });
});

describe("a Bitcoin key of several test networks", () => {
  test("is one key with its address on each; the one it was made for is the default", async () => {
    const body = { chain: "bitcoin", index: 60 };
    const made = await derive(first, { ...body, network: "testnet" });
    const { id, address } = made.body;
    assert.deepEqual(made.body.networks, { testnet: address });
    const signet = await derive(first, { ...body, network: "signet" });
    assert.deepEqual([signet.status, signet.body.id], [200, id]);
    const regtest = await derive(first, { ...body, network: "regtest" }, { "idempotency-key": "regtest-1" });
    assert.deepEqual([regtest.status, regtest.body.id, regtest.body.network], [200, id, "testnet"]);
    const bcrt = regtest.body.networks.regtest;
    assert.match(bcrt, /^bcrt1q/);
    assert.deepEqual(regtest.body.networks, { testnet: address, signet: address, regtest: bcrt });
    assert.deepEqual((await service.call("GET", `/v1/keys/${id}`)).body, regtest.body);
    const repeated = await derive(first, { ...body, network: "regtest" }, { "idempotency-key": "regtest-1" });
    assert.deepEqual([repeated.status, repeated.body], [200, regtest.body]);
    assertNames(await derive(second, { ...body, network: "signet" }), id);
  });

  test("the audit log says which network came, and not the account's extended public key", async () => {
    const body = { chain: "bitcoin", index: 63 };
    const { id } = (await derive(first, { ...body, network: "testnet" })).body;
    await derive(first, { ...body, network: "signet" });
    const { text } = await service.call("GET", "/v1/audit/entries?limit=500");
    const amended = JSON.parse(text).items.find(
      ({ entry }: any) => entry.target === id && entry.action === "key.amend",
    );
    assert.equal(amended.entry.network, "signet");
    assert.doesNotMatch(text, /xpub|tpub/i);
  });

  test("of two wallets that ask for a key at once, one gets it and one learns whose it is", async () => {
    for (const index of [70, 71, 72]) {
      const body = { chain: "ethereum", index };
      const answers = await Promise.all([derive(first, body), derive(second, body)]);
      const made = answers.find(({ status }) => status === 201);
      const refused = answers.find(({ status }) => status === 409);
      assert.ok(made && refused);
      assertNames(refused, made.body.id);
    }
  });

  test("a deleted one comes back with the network that was asked for", async () => {
    const body = { chain: "bitcoin", index: 61 };
    const { id } = (await derive(first, { ...body, network: "testnet" })).body;
    await service.call("DELETE", `/v1/keys/${id}`);
    const path = `/v1/wallets/${first}/keys`;
    const headers = { "idempotency-key": "comes-back-with-a-network" };
    const back = await service.call("POST", path, { ...body, network: "regtest" }, headers);
    assert.deepEqual([back.body.id, back.body.state], [id, "active"]);
    assert.deepEqual(Object.keys(back.body.networks), ["regtest", "testnet"]);
    const { items } = (await service.call("GET", "/v1/audit/entries?limit=500")).body;
    const acts = items.filter(({ entry }: any) => entry.target === id).map(({ entry }: any) => entry);
    assert.deepEqual(
      acts.map(({ action }: any) => action),
      ["key.create", "key.delete", "key.revive", "key.amend"],
    );
    const again = await service.call("POST", path, { ...body, network: "regtest" }, headers);
    assert.deepEqual([again.status, again.text], [back.status, back.text]);
  });

  test("a request names the network, policies see it, and one that the key has not is refused", async () => {
    const body = { chain: "bitcoin", index: 62 };
    const { id, publicKey } = (await derive(first, { ...body, network: "testnet" })).body;
    await derive(first, { ...body, network: "regtest" });
    const rules = [
      { chain: "bitcoin", chainId: "bitcoin:regtest", asset: "native", maxPerTransaction: "1000000" },
    ];
    await bind(
      service,
      readyPolicy("transfer-limits"),
      { keyId: id },
      {
        settings: { rules, maxFee: [{ chain: "bitcoin", max: "20000" }] },
      },
    );
    const { script } = p2wpkh(Buffer.from(publicKey.slice(2), "hex"));
    const psbt = psbtOf([inputOf({ script, amount: 100_000n })], [payment]);
    const sign = (network?: string): Promise<Reply> =>
      service.call("POST", `/v1/keys/${id}/sign`, { type: "bitcoin.psbt", psbt, network });
    assertProblem(await sign(), "policy.denied");
    assertProblem(await sign("testnet"), "policy.denied");
    const refused = await sign("signet");
    assertProblem(refused, "transaction.invalid");
    assert.match(refused.body.detail, /\/network: must be a network of this key: regtest, testnet/);
    const signed = await sign("regtest");
    assert.equal(signed.status, 200, signed.text);
    const message = { type: "bitcoin.message", message: "hello", network: "signet" };
    assertProblem(await service.call("POST", `/v1/keys/${id}/sign`, message), "transaction.invalid");
  });
});

describe("guards know a key by its public key, whatever row or namespace signs", () => {
  test("a duty that one namespace signed is refused to another", async () => {
    const body = { chain: "ethereum-validator", index: 9 };
    const { publicKey } = (await derive(first, body)).body;
    await derive(theirs, body, authorization);
    assert.equal((await signDuty(service, publicKey, vote(1n, 2n, 1))).status, 200);
    const refused = await signDuty(service, publicKey, vote(1n, 2n, 2), authorization);
    assertProblem(refused, "guard.double_vote");
  });

  test("a height that one namespace voted at is refused to another", async () => {
    const body = { chain: "babylon", index: 9 };
    const ours = (await derive(first, body)).body.id;
    const other = (await derive(theirs, body, authorization)).body.id;
    const voteAt = (keyId: string, byte: string, headers = {}): Promise<Reply> => {
      const message = voteMessage(5n, byte);
      const request = { type: "babylon.eots", chainId: "bbn-1", height: "5", message };
      return service.call("POST", `/v1/keys/${keyId}/sign`, request, headers);
    };
    assert.equal((await voteAt(ours, "aa")).status, 200);
    assertProblem(await voteAt(other, "bb", authorization), "guard.eots_conflict");
  });
});
