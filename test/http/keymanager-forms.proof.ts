/** The Keymanager API as clients use it: keystores of many writers, empty history, read-only keys, routes that we lack. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { toHex } from "../../src/domain/bytes.ts";
import { blsPublicKey } from "../../src/vault/sign/bls.ts";
import { MAINNET_GENESIS_ROOT } from "../chains/ethereum-validator/duties.ts";
import { RunningService, type Reply } from "../running/service.ts";
import { assertSigned, signDuty, vote } from "../running/validators.ts";
import { keystoreOf, validatorKey, type KeystoreJson } from "../vault/keystores/keystores.ts";

const PATH = "/eth/v1/keystores";
const PASSWORD = "correct horse";

let service: RunningService;
let keymanager: Record<string, string>;
let nextKey = 5000;

before(async () => {
  service = await RunningService.start();
  const token = readFileSync(join(service.dataDirectory, "keymanager.token"), "utf8").trim();
  keymanager = { authorization: `Bearer ${token}` };
});
after(() => service.stop());

interface Sample {
  readonly secret: Uint8Array;
  readonly publicKey: string;
  readonly keystore: KeystoreJson;
}

function fresh(): Sample {
  const secret = validatorKey(nextKey++);
  return { secret, publicKey: toHex(blsPublicKey(secret)), keystore: keystoreOf(secret, PASSWORD) };
}

function importing(keystores: readonly object[], more: object = {}, passwords?: string[]): Promise<Reply> {
  const body = {
    keystores: keystores.map((keystore) => JSON.stringify(keystore)),
    passwords: passwords ?? keystores.map(() => PASSWORD),
    ...more,
  };
  return service.call("POST", PATH, body, keymanager);
}

function statuses(reply: Reply): string[] {
  assert.equal(reply.status, 200, reply.text);
  return reply.body.data.map((entry: { status: string }) => entry.status);
}

async function listed(): Promise<Map<string, boolean>> {
  const reply = await service.call("GET", PATH, undefined, keymanager);
  return new Map(reply.body.data.map((entry: any) => [entry.validating_pubkey, entry.readonly]));
}

function without(keystore: KeystoreJson, ...members: readonly string[]): object {
  return Object.fromEntries(Object.entries(keystore).filter(([name]) => !members.includes(name)));
}

describe("keymanager: a keystore without pubkey, which EIP-2335 lets it", () => {
  test("a wrong password, and what is no private key, are errors", async () => {
    const key = fresh();
    const zero = { ...keystoreOf(new Uint8Array(32).fill(0xff), PASSWORD, undefined, key.publicKey) };
    const reply = await importing([without(key.keystore, "pubkey"), without(zero, "pubkey")], {}, [
      "wrong",
      PASSWORD,
    ]);
    assert.deepEqual(statuses(reply), ["error", "error"]);
    assert.match(reply.body.data[0].message, /password is wrong/);
    assert.match(reply.body.data[1].message, /\/crypto\/cipher\/message: holds no private key of BLS12-381/);
    assert.ok(!(await listed()).has(key.publicKey));
  });
  test("its key signs; which one it is stands in the message; it is a duplicate afterwards", async () => {
    const key = fresh();
    const reply = await importing([without(key.keystore, "pubkey")]);
    assert.deepEqual(statuses(reply), ["imported"]);
    assert.match(reply.body.data[0].message, new RegExp(key.publicKey));
    const duty = vote(1n, 2n);
    assertSigned(key.publicKey, duty, (await signDuty(service, key.publicKey, duty)).body.signature);
    assert.deepEqual(statuses(await importing([without(key.keystore, "pubkey")])), ["duplicate"]);
  });
  test("of the same key in one call the first that names it comes in, else the first", async () => {
    const [first, second] = [fresh(), fresh()];
    const reply = await importing([
      without(first.keystore, "pubkey"),
      first.keystore,
      without(second.keystore, "pubkey"),
      without(second.keystore, "pubkey"),
    ]);
    assert.deepEqual(statuses(reply), ["duplicate", "imported", "imported", "duplicate"]);
  });
  test("its history is there before it signs; one that was deleted comes back under its id", async () => {
    const imported = fresh();
    const history = JSON.stringify({
      metadata: { interchange_format_version: "5", genesis_validators_root: MAINNET_GENESIS_ROOT },
      data: [
        {
          pubkey: imported.publicKey,
          signed_blocks: [],
          signed_attestations: [{ source_epoch: "10", target_epoch: "11" }],
        },
      ],
    });
    const bring = () => importing([without(imported.keystore, "pubkey")], { slashing_protection: history });
    assert.deepEqual(statuses(await bring()), ["imported"]);
    assert.equal(
      (await signDuty(service, imported.publicKey, vote(10n, 11n))).body.code,
      "guard.double_vote",
    );
    const idOf = async () =>
      (await service.call("GET", "/v1/keys?limit=500")).body.items.find(
        (key: any) => key.publicKey === imported.publicKey,
      ).id;
    const id = await idOf();
    await service.call("DELETE", PATH, { pubkeys: [imported.publicKey] }, keymanager);
    assert.deepEqual(statuses(await bring()), ["imported"]);
    assert.equal(await idOf(), id);
  });
});

describe("keymanager: keystores of many writers", () => {
  const upper = (hex: string) => hex.toUpperCase();
  const forms: Readonly<Record<string, (keystore: KeystoreJson) => object>> = {
    "no path, uuid or description": (keystore) => without(keystore, "path", "uuid"),
    "an empty path, and a name (ethdo)": (keystore) => ({
      ...keystore,
      path: "",
      name: "Validators/1",
      type: "external",
    }),
    "pubkey with 0x (SSV, Lodestar)": (keystore) => ({ ...keystore, pubkey: `0x${keystore.pubkey}` }),
    "pubkey and ciphertext in upper case": (keystore) => {
      const { cipher } = keystore.crypto;
      const crypto = { ...keystore.crypto, cipher: { ...cipher, message: upper(cipher.message) } };
      return { ...keystore, pubkey: upper(keystore.pubkey), crypto };
    },
    "pubkey null": (keystore) => ({ ...keystore, pubkey: null }),
    "pubkey empty": (keystore) => ({ ...keystore, pubkey: "" }),
    "pubKey, as SSV wrote it once": ({ pubkey, ...rest }) => ({ ...rest, pubKey: pubkey }),
    "a description and members of others (Prysm, staking-deposit-cli)": (keystore) => ({
      ...keystore,
      description: "",
      name: "keystore",
      id: "1",
    }),
  };
  for (const [name, form] of Object.entries(forms)) {
    test(name, async () => {
      const key = fresh();
      assert.deepEqual(statuses(await importing([form(key.keystore)])), ["imported"]);
      assert.equal((await listed()).get(key.publicKey), false);
    });
  }
  test("a pubkey that is no key is an error, never taken for none", async () => {
    for (const pubkey of ["0x", " ", "00", 0, false, [], {}]) {
      const reply = await importing([{ ...fresh().keystore, pubkey }]);
      assert.deepEqual(statuses(reply), ["error"]);
      assert.match(reply.body.data[0].message, /\/pubkey: must be 48 bytes/);
    }
  });
});

describe("keymanager: slashing_protection", () => {
  for (const text of [" ", "\n", "null", '""', "{}", "[]", "0"]) {
    test(`${JSON.stringify(text)} is no document: 400, and nothing is imported`, async () => {
      const key = fresh();
      const reply = await importing([key.keystore], { slashing_protection: text });
      assert.equal(reply.status, 400, reply.text);
      assert.deepEqual(Object.keys(reply.body), ["message", "code"]);
      assert.match(reply.body.message, /^\/slashing_protection: /);
      assert.ok(!(await listed()).has(key.publicKey));
    });
  }
  test("one that cannot be read is refused too where no key would need it", async () => {
    const key = fresh();
    assert.deepEqual(statuses(await importing([key.keystore])), ["imported"]);
    for (const keystores of [[], [key.keystore]]) {
      assert.equal((await importing(keystores, { slashing_protection: '{"data":[]}' })).status, 400);
    }
  });
  for (const [name, more] of [
    ["empty", { slashing_protection: "" }],
    ["null", { slashing_protection: null }],
    ["absent", {}],
  ] as const) {
    test(`${name} is none`, async () => {
      assert.deepEqual(statuses(await importing([fresh().keystore], more)), ["imported"]);
      assert.deepEqual(statuses(await importing([], more)), []);
    });
  }
});

describe("keymanager: keys that did not come as keystores are read-only", () => {
  test("a raw key is listed so, and DELETE answers error without its history", async () => {
    const { secret, publicKey, keystore } = fresh();
    const body = { chain: "ethereum-validator", privateKey: toHex(secret) };
    const made = await service.call("POST", "/v1/keys/import", body);
    assert.equal(made.body.source, "raw", made.text);
    assert.equal((await signDuty(service, publicKey, vote(1n, 2n))).status, 200);
    assert.equal((await listed()).get(publicKey), true);
    assert.deepEqual(statuses(await importing([keystore])), ["duplicate"]);
    const reply = await service.call("DELETE", PATH, { pubkeys: [publicKey] }, keymanager);
    assert.deepEqual(statuses(reply), ["error"]);
    assert.match(reply.body.data[0].message, /^readonly: came as a raw key .*DELETE \/v1\/keys\/\{keyId\}$/);
    assert.deepEqual(JSON.parse(reply.body.slashing_protection).data, []);
    assert.equal((await signDuty(service, publicKey, vote(2n, 3n))).status, 200);

    // Deleted by its own route and brought as a keystore it is a keystore's key, and the other way round.
    const key = `/v1/keys/${made.body.id}`;
    assert.equal((await service.call("DELETE", key)).status, 204);
    assert.deepEqual(statuses(await importing([keystore])), ["imported"]);
    assert.equal((await listed()).get(publicKey), false);
    assert.equal((await service.call("GET", key)).body.source, undefined);
    const gone = await service.call("DELETE", PATH, { pubkeys: [publicKey] }, keymanager);
    assert.deepEqual(statuses(gone), ["deleted"]);
    const raw = await service.call("POST", "/v1/keys/import", body);
    assert.deepEqual([raw.status, raw.body.id, raw.body.source], [201, made.body.id, "raw"]);
    assert.equal((await listed()).get(publicKey), true);
  });
});

describe("routes that other signers have and this one lacks are 404, with and without a token", () => {
  const key = `0x${"ab".repeat(48)}`;
  const rows: readonly (readonly [string, string, unknown?])[] = [
    ["GET", "/eth/v1/remotekeys"],
    ["POST", "/eth/v1/remotekeys", { remote_keys: [] }],
    ["GET", `/eth/v1/validator/${key}/feerecipient`],
    ["POST", `/eth/v1/validator/${key}/graffiti`, { graffiti: "x" }],
    ["PUT", PATH, {}],
    ["GET", `${PATH}/`],
    ["GET", "/eth/v2/keystores?a=b"],
    ["GET", "/eth"],
    ["GET", "/api/v1/eth1/publicKeys"],
    ["POST", `/api/v1/eth1/sign/${key}`, { data: "0x" }],
    ["GET", `/api/v1/eth2/sign/${key}`],
    ["POST", "/api/v1/eth2/ext/sign/0xab", {}],
    ["GET", "/api?a"],
  ];
  for (const [method, path, body] of rows) {
    test(`${method} ${path}`, async () => {
      const none = { authorization: "" };
      for (const headers of [none, keymanager, { authorization: "Bearer wrong" }, {}]) {
        const reply = await service.call(method, path, body, headers);
        assert.equal(reply.status, 404, reply.text);
        assert.equal(reply.body.code, "request.not_found");
        assert.equal(typeof (path.startsWith("/eth") ? reply.body.message : reply.body.detail), "string");
        assert.equal(reply.headers.get("www-authenticate"), null);
      }
      const text = await service.call(method, path, body, { ...none, accept: "text/plain" });
      assert.equal(text.status, 404);
      if (path.startsWith("/api")) assert.match(text.text, /^no such route/);
    });
  }
  test("what is there asks who calls before it says anything of what it knows", async () => {
    for (const [method, path] of [
      ["GET", PATH],
      ["POST", `/api/v1/eth2/sign/${key}`],
      ["POST", "/api/v1/eth2/sign/nothing"],
      ["GET", "/api/v1/eth2/publicKeys"],
    ] as const) {
      const body = method === "POST" ? {} : undefined;
      assert.equal((await service.call(method, path, body, { authorization: "" })).status, 401, path);
    }
    for (const path of ["/v1/nothing", "/apis/x", "/ethereum"]) {
      assert.equal((await service.call("GET", path, undefined, { authorization: "" })).status, 401, path);
    }
  });
});
