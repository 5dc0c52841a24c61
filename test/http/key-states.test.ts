/** Keys disabled, enabled, deleted and made again over REST: what stops, when, and what is still known afterwards. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { voteMessage } from "../chains/babylon/sample.ts";
import { ALLOW_OPAQUE, bind } from "../running/policies.ts";
import { RunningService, type Reply } from "../running/service.ts";
import { signDuty, vote } from "../running/validators.ts";
import { assertProblem } from "./problems.ts";

let service: RunningService;
let walletId: string;
let index = 0;

before(async () => {
  service = await RunningService.start();
  walletId = (await service.call("POST", "/v1/wallets", { name: "states" })).body.id;
  await bind(service, ALLOW_OPAQUE, { walletId });
});
after(() => service.stop());

const post = (path: string, body?: unknown, headers = {}): Promise<Reply> =>
  service.call("POST", path, body, headers);

async function derived(chain: string, at = (index += 1)): Promise<any> {
  const reply = await post(`/v1/wallets/${walletId}/keys`, { chain, index: at });
  assert.ok(reply.status < 300, reply.text);
  return reply.body;
}

function sign(id: string, text = "hello", headers = {}): Promise<Reply> {
  return post(`/v1/keys/${id}/sign`, { type: "ethereum.message", message: { text } }, headers);
}

function finalityVote(id: string, height: bigint, byte = "ab"): Promise<Reply> {
  const message = voteMessage(height, byte);
  return post(`/v1/keys/${id}/sign`, {
    type: "babylon.eots",
    chainId: "bbn-1",
    height: `${height}`,
    message,
  });
}

async function stateOf(id: string): Promise<string> {
  return (await service.call("GET", `/v1/keys/${id}`)).body.state;
}

/** Leaves of the audit log about one key, oldest first. */
async function entriesOf(id: string): Promise<any[]> {
  const entries: any[] = [];
  for (let from = 0; ; from += 500) {
    const { body } = await service.call("GET", `/v1/audit/entries?from=${from}&limit=500`);
    entries.push(...body.items);
    if (body.items.length < 500) break;
  }
  return entries.filter((entry) => JSON.stringify(entry).includes(id));
}

describe("a key that is disabled or deleted signs nothing", () => {
  for (const [name, act] of [
    ["disabled", (id: string) => post(`/v1/keys/${id}/disable`)],
    ["deleted", (id: string) => service.call("DELETE", `/v1/keys/${id}`)],
  ] as const) {
    test(`${name}: ethereum, also under an Idempotency-Key that was answered before`, async () => {
      const { id } = await derived("ethereum");
      const headers = { "idempotency-key": `states-${name}` };
      assert.equal((await sign(id, "once", headers)).status, 200);
      assert.ok((await act(id)).status < 300);
      assertProblem(await sign(id), "key.disabled");
      assertProblem(await sign(id, "once", headers), "key.disabled");
      assert.equal((await sign(id)).body.state, name);
    });

    test(`${name}: a finality provider's votes, batches and randomness`, async () => {
      const { id } = await derived("babylon");
      await act(id);
      assertProblem(await finalityVote(id, 1n), "key.disabled");
      const items = [{ height: "1", message: "0x01" }];
      assertProblem(await post(`/v1/keys/${id}/eots/batch`, { chainId: "bbn-1", items }), "key.disabled");
      const range = { chainId: "bbn-1", startHeight: "1", count: 1 };
      assertProblem(await post(`/v1/keys/${id}/eots/randomness`, range), "key.disabled");
    });

    test(`${name}: a validator's duties, as its clients know it`, async () => {
      const { id, publicKey } = await derived("ethereum-validator");
      await act(id);
      assertProblem(await signDuty(service, publicKey, vote(1n, 2n)), "guard.disabled");
      const { text } = await service.call("GET", "/api/v1/eth2/publicKeys");
      assert.ok(!text.includes(publicKey));
    });
  }

  test("a deleted key is neither enabled nor disabled", async () => {
    const { id } = await derived("ethereum");
    await service.call("DELETE", `/v1/keys/${id}`);
    assertProblem(await post(`/v1/keys/${id}/enable`), "request.conflict");
    assertProblem(await post(`/v1/keys/${id}/disable`), "request.conflict");
    assert.equal(await stateOf(id), "deleted");
  });

  test("these routes take no body", async () => {
    const { id } = await derived("ethereum");
    assertProblem(await post(`/v1/keys/${id}/disable`, { reason: "x" }), "request.malformed");
  });
});

describe("the other parity of a finality provider's key", () => {
  const secret = Buffer.alloc(32, 0x5a);
  const bytes = (value: bigint): string => `0x${value.toString(16).padStart(64, "0")}`;
  const own = BigInt(`0x${secret.toString("hex")}`);
  const negative = secp256k1.Point.CURVE().n - own;
  const bring = (key: bigint): Promise<Reply> =>
    post("/v1/keys/import", { chain: "babylon", privateKey: bytes(key) });

  test("is refused while this one is here, disabled too, and the reason says so", async () => {
    const { id } = (await bring(own)).body;
    for (const prepare of [() => undefined, () => post(`/v1/keys/${id}/disable`)]) {
      await prepare();
      const refused = await bring(negative);
      assertProblem(refused, "request.conflict");
      assert.match(refused.body.detail, /x-only.*parity.*n - d/);
      assert.equal(refused.body.keyId, id);
    }
  });

  test("may come once this one is deleted; then this one may not", async () => {
    const { id } = (await bring(own)).body;
    await service.call("DELETE", `/v1/keys/${id}`);
    const other = await bring(negative);
    assert.equal(other.status, 201, other.text);
    assertProblem(await bring(own), "request.conflict");
    assert.equal(await stateOf(id), "deleted");
    assert.equal((await finalityVote(other.body.id, 7n)).status, 200);
  });
});

describe("disable and enable", () => {
  test("once each: one leaf, and a repeat changes nothing", async () => {
    const { id } = await derived("ethereum");
    for (const [act, state] of [
      ["disable", "disabled"],
      ["enable", "active"],
    ] as const) {
      const first = await post(`/v1/keys/${id}/${act}`);
      assert.equal(first.status, 200, first.text);
      assert.equal(first.body.state, state);
      assert.deepEqual((await post(`/v1/keys/${id}/${act}`)).body, first.body);
      assert.equal((await entriesOf(id)).filter((item) => item.entry.action === `key.${act}`).length, 1);
    }
    assert.equal((await sign(id)).status, 200);
  });

  test("under one Idempotency-Key the first answer comes again while it is true, and nothing is done", async () => {
    const { id } = await derived("ethereum");
    const headers = { "idempotency-key": "states-disable" };
    const first = await post(`/v1/keys/${id}/disable`, undefined, headers);
    assert.deepEqual((await post(`/v1/keys/${id}/disable`, undefined, headers)).body, first.body);
    await post(`/v1/keys/${id}/enable`);
    // The first answer would not be true any more.
    assertProblem(await post(`/v1/keys/${id}/disable`, undefined, headers), "request.conflict");
    assert.equal(await stateOf(id), "active");
    const other = await derived("ethereum");
    assertProblem(
      await post(`/v1/keys/${other.id}/disable`, undefined, headers),
      "request.idempotency_conflict",
    );
  });

  test("under load: whatever was signed was decided before the key stopped, and all of it has left", async () => {
    const { id } = await derived("ethereum");
    const signing = Array.from({ length: 120 }, (_, n) => sign(id, `load ${n}`));
    await Promise.race(signing);
    const stopped = await post(`/v1/keys/${id}/disable`);
    assert.equal(stopped.status, 200, stopped.text);
    const replies = await Promise.all(signing);
    for (const reply of replies) if (reply.status !== 200) assertProblem(reply, "key.disabled");
    const entries = await entriesOf(id);
    const stop = entries.find((entry) => entry.entry.action === "key.disable").sequence;
    const decisions = entries.filter((entry) => entry.entry.type === "decision");
    assert.ok(decisions.every((decision) => decision.sequence < stop));
    const signed = replies.filter((reply) => reply.status === 200).map((reply) => reply.body.requestId);
    const decided = new Set(decisions.map((decision) => decision.entry.requestId));
    assert.ok(signed.length > 0 && signed.every((requestId) => decided.has(requestId)));
    assert.equal(decided.size, signed.length, "what was recorded was answered");
  });

  test("a validator's key that is frozen too stays frozen", async () => {
    const { id, publicKey } = await derived("ethereum-validator");
    await post("/v1/slashing-protection/disable", { publicKeys: [publicKey] });
    await post(`/v1/keys/${id}/disable`);
    assertProblem(
      await post("/v1/slashing-protection/enable", { publicKeys: [publicKey] }),
      "request.conflict",
    );
    await post(`/v1/keys/${id}/enable`);
    assertProblem(await signDuty(service, publicKey, vote(1n, 2n)), "guard.disabled");
    assert.equal((await post("/v1/slashing-protection/enable", { publicKeys: [publicKey] })).status, 200);
    assert.equal((await signDuty(service, publicKey, vote(1n, 2n))).status, 200);
  });
});

test("a repeat gets no kept signature while the validator is frozen, and the same one afterwards", async () => {
  const { publicKey } = await derived("ethereum-validator");
  const repeat = () =>
    signDuty(service, publicKey, vote(1n, 2n), { "idempotency-key": `frozen-${publicKey}` });
  const first = await repeat();
  assert.equal(first.status, 200, first.text);
  assert.equal((await post("/v1/slashing-protection/disable", { publicKeys: [publicKey] })).status, 200);
  assertProblem(await repeat(), "guard.disabled");
  const listed = async () => (await service.call("GET", "/v1/requests?limit=1")).body.items[0];
  assert.equal((await listed()).status, "signed");
  assert.equal((await listed()).signature, undefined);
  assert.equal((await post("/v1/slashing-protection/enable", { publicKeys: [publicKey] })).status, 200);
  assert.deepEqual((await repeat()).body, first.body);
  assert.equal((await listed()).signature, first.body.signature);
});

describe("a signature in the list of requests", () => {
  test("is not read by who asked for it while the key is disabled, and is by an auditor", async () => {
    const { id } = await derived("ethereum");
    const { requestId, signature } = (await sign(id)).body;
    const auditor = await post("/v1/principals", { name: "auditor", roles: ["Auditor"] });
    const read = async (headers = {}) => {
      const { body } = await service.call("GET", `/v1/requests/${requestId}`, undefined, headers);
      const list = await service.call("GET", "/v1/requests?limit=1", undefined, headers);
      assert.deepEqual(list.body.items, [body]);
      assert.equal(body.status, "signed");
      return body.signature;
    };
    assert.equal(await read(), signature);
    await post(`/v1/keys/${id}/disable`);
    assert.equal(await read(), undefined);
    assert.equal(await read({ authorization: `Bearer ${auditor.body.token}` }), signature);
    await post(`/v1/keys/${id}/enable`);
    assert.equal(await read(), signature);
  });
});

describe("delete", () => {
  test("the record stays and says so; a repeat changes nothing", async () => {
    const { id } = await derived("ethereum");
    const { requestId } = (await sign(id)).body;
    for (const _ of [1, 2]) assert.equal((await service.call("DELETE", `/v1/keys/${id}`)).status, 204);
    assert.equal(await stateOf(id), "deleted");
    const { body } = await service.call("GET", "/v1/keys?limit=500");
    assert.equal(body.items.find((item: any) => item.id === id).state, "deleted");
    assert.equal((await service.call("GET", `/v1/requests/${requestId}`)).body.status, "signed");
    assert.equal((await entriesOf(id)).filter((item) => item.entry.action === "key.delete").length, 1);
  });

  test("at its path again: the same key with the same bindings, and 201", async () => {
    const key = await derived("ethereum", 500);
    await bind(service, ALLOW_OPAQUE, { keyId: key.id });
    await service.call("DELETE", `/v1/keys/${key.id}`);
    const headers = { "idempotency-key": "states-revive" };
    const body = { chain: "ethereum", index: 500, label: "another" };
    const again = await post(`/v1/wallets/${walletId}/keys`, body, headers);
    assert.equal(again.status, 201, again.text);
    assert.deepEqual(again.body, key);
    assert.deepEqual((await post(`/v1/wallets/${walletId}/keys`, body, headers)).body, key);
    assert.equal((await sign(key.id)).status, 200);
    assert.equal((await post(`/v1/wallets/${walletId}/keys`, body)).status, 200);
  });

  test("imported again: its votes are still known, and so are a validator's", async () => {
    const body = { chain: "babylon", privateKey: `0x${"3c".repeat(32)}` };
    const { id } = (await post("/v1/keys/import", body)).body;
    assert.equal((await finalityVote(id, 9n)).status, 200);
    await service.call("DELETE", `/v1/keys/${id}`);
    const again = await post("/v1/keys/import", body);
    assert.deepEqual([again.status, again.body.id], [201, id]);
    assertProblem(await finalityVote(id, 9n, "cd"), "guard.eots_conflict");
    assert.equal((await finalityVote(id, 9n)).status, 200);

    const validator = await derived("ethereum-validator", 77);
    assert.equal((await signDuty(service, validator.publicKey, vote(6n, 7n))).status, 200);
    await service.call("DELETE", `/v1/keys/${validator.id}`);
    assert.equal((await derived("ethereum-validator", 77)).id, validator.id);
    assertProblem(await signDuty(service, validator.publicKey, vote(6n, 7n, 1)), "guard.double_vote");
  });

  test("keys that nobody signs with are not counted", async () => {
    const { id } = await derived("ethereum");
    const { keys } = (await service.call("GET", "/v1/sys/status")).body;
    await service.call("DELETE", `/v1/keys/${id}`);
    assert.equal((await service.call("GET", "/v1/sys/status")).body.keys, keys - 1);
  });
});
