/** Freezes over REST: what signs nothing any more, who orders and lifts one, and what is signed again afterwards. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ROOT_NAMESPACE, type Role } from "../../src/access/roles.ts";
import { member, TENANT, type Member } from "../access/tenants.ts";
import { voteMessage } from "../chains/babylon/sample.ts";
import { ALLOW_OPAQUE, bind } from "../running/policies.ts";
import { RunningService, type Reply } from "../running/service.ts";
import { signDuty, vote } from "../running/validators.ts";
import { assertProblem } from "./problems.ts";

type Scope = Readonly<Record<string, unknown>>;
type Headers = Readonly<Record<string, string>>;

let service: RunningService;
/** One principal of each of these roles, in both namespaces. */
const members = new Map<string, Member>();
let tenantKey: { walletId: string; id: string };
let walletId: string;
let index = 0;

before(async () => {
  service = await RunningService.start();
  walletId = (await post("/v1/wallets", { name: "freezes" })).body.id;
  await bind(service, ALLOW_OPAQUE, { namespace: ROOT_NAMESPACE });
  await post("/v1/namespaces", { name: TENANT });
  for (const namespace of [ROOT_NAMESPACE, TENANT]) {
    for (const role of ["KeyAdmin", "NamespaceAdmin", "KeyUser", "PolicyAdmin", "Auditor"] as const) {
      members.set(`${role} ${namespace}`, await member(service, namespace, [role]));
    }
  }
  const inTenant = { call: (method: string, path: string, body?: unknown) => ask(method, path, body) };
  const ask = (method: string, path: string, body?: unknown): Promise<Reply> =>
    service.call(method, path, body, as("PolicyAdmin", TENANT));
  await bind(inTenant, ALLOW_OPAQUE, { namespace: TENANT });
  const wallet = await post("/v1/wallets", { name: "tenant" }, as("KeyAdmin", TENANT));
  const key = await post(`/v1/wallets/${wallet.body.id}/keys`, { chain: "ethereum" }, as("KeyAdmin", TENANT));
  tenantKey = { walletId: wallet.body.id, id: key.body.id };
});
after(() => service.stop());

function as(role: Role, namespace: string = ROOT_NAMESPACE): Headers {
  const found = members.get(`${role} ${namespace}`);
  assert.ok(found);
  return found.authorization;
}

const post = (path: string, body?: unknown, headers: Headers = {}): Promise<Reply> =>
  service.call("POST", path, body, headers);
const freeze = (scope: Scope, headers: Headers = {}): Promise<Reply> =>
  post("/v1/freeze", { scope }, headers);
const lift = (id: string, headers: Headers = {}): Promise<Reply> =>
  service.call("DELETE", `/v1/freeze/${id}`, undefined, headers);

async function derived(chain: string, wallet = walletId): Promise<any> {
  const reply = await post(`/v1/wallets/${wallet}/keys`, { chain, index: (index += 1) });
  assert.ok(reply.status < 300, reply.text);
  return reply.body;
}

async function sign(id: string, headers: Headers = {}, text = "hello"): Promise<Reply> {
  return post(`/v1/keys/${id}/sign`, { type: "ethereum.message", message: { text } }, headers);
}

async function frozenWhile(scope: Scope, work: (id: string) => Promise<void>): Promise<void> {
  const ordered = await freeze(scope);
  assert.equal(ordered.status, 201, ordered.text);
  try {
    await work(ordered.body.id);
  } finally {
    assert.equal((await lift(ordered.body.id)).status, 204);
  }
}

describe("what is frozen signs nothing", () => {
  test("a key: also under an Idempotency-Key that was answered before, and evaluate says so", async () => {
    const { id, address } = await derived("ethereum");
    const other = await derived("ethereum");
    const headers = { "idempotency-key": "freezes-once" };
    assert.equal((await sign(id, headers)).status, 200);
    await frozenWhile({ keyId: id }, async (freezeId) => {
      assertProblem(await sign(id, headers), "key.frozen");
      const refused = await sign(id);
      assertProblem(refused, "key.frozen");
      assert.equal(refused.body.freezeId, freezeId);
      assert.equal(refused.body.frozen, `key ${id}`);
      assert.equal(refused.body.keyId, id);
      assert.equal(refused.body.address, address);
      assert.match(refused.body.orderedBy, /^prn_/);
      assert.match(refused.body.detail, new RegExp(`DELETE /v1/freeze/${freezeId}`));
      assertProblem(
        await post(`/v1/keys/${id}/evaluate`, { type: "ethereum.message", message: { text: "x" } }),
        "key.frozen",
      );
      assert.equal((await service.call("GET", `/v1/keys/${id}`)).body.state, "active");
      assert.equal((await sign(other.id)).status, 200);
    });
    assert.equal((await sign(id, headers)).status, 200);
  });

  test("nor is a signature read from the list of requests by who asked for it, in whichever scope", async () => {
    const { id } = await derived("ethereum");
    const { requestId, signature } = (await sign(id)).body;
    const read = async (headers: Headers = {}) =>
      (await service.call("GET", `/v1/requests/${requestId}`, undefined, headers)).body.signature;
    assert.equal(await read(), signature);
    for (const scope of [{ keyId: id }, { walletId }, { namespace: ROOT_NAMESPACE }, { everything: true }]) {
      await frozenWhile(scope, async () => {
        assert.equal(await read(), undefined);
        assert.equal(await read(as("Auditor")), signature);
      });
    }
    assert.equal(await read(), signature);
  });

  test("a wallet, with keys that are made later; another wallet signs", async () => {
    const wallet = (await post("/v1/wallets", { name: "frozen" })).body.id;
    const { id } = await derived("ethereum", wallet);
    await frozenWhile({ walletId: wallet }, async () => {
      assertProblem(await sign(id), "key.frozen");
      assertProblem(await sign((await derived("ethereum", wallet)).id), "key.frozen");
      const request = { type: "bitcoin.psbt", psbt: "cHNidP8=" };
      assertProblem(await post(`/v1/wallets/${wallet}/sign`, request), "key.frozen");
      assert.equal((await sign((await derived("ethereum")).id)).status, 200);
    });
    assert.equal((await sign(id)).status, 200);
  });

  test("a namespace: votes, batches, randomness and duties; another namespace signs", async () => {
    const provider = await derived("babylon");
    const validator = await derived("ethereum-validator");
    const item = { height: "1", message: voteMessage(1n) };
    await frozenWhile({ namespace: ROOT_NAMESPACE }, async () => {
      const path = `/v1/keys/${provider.id}`;
      const statement = { type: "babylon.eots", chainId: "bbn-1", ...item };
      assertProblem(await post(`${path}/sign`, statement), "key.frozen");
      assertProblem(await post(`${path}/eots/batch`, { chainId: "bbn-1", items: [item] }), "key.frozen");
      const range = { chainId: "bbn-1", startHeight: "1", count: 1 };
      assertProblem(await post(`${path}/eots/randomness`, range), "key.frozen");
      assertProblem(await signDuty(service, validator.publicKey, vote(1n, 2n)), "key.frozen");
      const { text } = await service.call("GET", "/api/v1/eth2/publicKeys");
      assert.ok(text.includes(validator.publicKey), "a client keeps its validators");
      assert.equal((await sign(tenantKey.id, as("KeyUser", TENANT))).status, 200);
    });
    assert.equal((await signDuty(service, validator.publicKey, vote(1n, 2n))).status, 200);
  });

  test("everything: each namespace, but not the service's own checkpoints", async () => {
    const { id } = await derived("ethereum");
    await frozenWhile({ everything: true }, async () => {
      assertProblem(await sign(id), "key.frozen");
      const refused = await sign(tenantKey.id, as("KeyUser", TENANT));
      assertProblem(refused, "key.frozen");
      assert.equal(refused.body.orderedBy, `namespace ${ROOT_NAMESPACE}`);
      assert.equal((await service.call("GET", "/v1/audit/checkpoint")).status, 200);
    });
    assert.equal((await sign(tenantKey.id, as("KeyUser", TENANT))).status, 200);
  });

  test("of two freezes over a key each must be lifted", async () => {
    const { id } = await derived("ethereum");
    const ofKey = (await freeze({ keyId: id })).body.id;
    const ofWallet = (await freeze({ walletId })).body.id;
    assert.equal((await lift(ofKey)).status, 204);
    assertProblem(await sign(id), "key.frozen");
    assert.equal((await lift(ofWallet)).status, 204);
    assert.equal((await sign(id)).status, 200);
  });

  test("a disabled key stays disabled when a freeze over it is lifted", async () => {
    const { id } = await derived("ethereum");
    await frozenWhile({ keyId: id }, async () => {
      await post(`/v1/keys/${id}/disable`);
    });
    assertProblem(await sign(id), "key.disabled");
  });
});

describe("who may freeze, and who may lift", () => {
  test("a KeyAdmin and a NamespaceAdmin freeze in their namespace, nobody else does", async () => {
    for (const role of ["KeyUser", "PolicyAdmin", "Auditor"] as const) {
      for (const scope of [{ keyId: tenantKey.id }, { namespace: TENANT }, { everything: true }]) {
        assertProblem(await freeze(scope, as(role, TENANT)), "auth.forbidden");
      }
    }
    for (const role of ["KeyAdmin", "NamespaceAdmin"] as const) {
      for (const scope of [
        { keyId: tenantKey.id },
        { walletId: tenantKey.walletId },
        { namespace: TENANT },
      ]) {
        const ordered = await freeze(scope, as(role, TENANT));
        assert.equal(ordered.status, 201, ordered.text);
        const lifter = "namespace" in scope ? "NamespaceAdmin" : "KeyAdmin";
        const other = lifter === "KeyAdmin" ? "NamespaceAdmin" : "KeyAdmin";
        assertProblem(await lift(ordered.body.id, as("KeyUser", TENANT)), "auth.forbidden");
        assertProblem(await lift(ordered.body.id, as(other, TENANT)), "auth.forbidden");
        assert.equal((await lift(ordered.body.id, as(lifter, TENANT))).status, 204);
      }
    }
  });

  test("no tenant freezes everything, or another namespace, whether or not there is one", async () => {
    for (const scope of [{ everything: true }, { namespace: ROOT_NAMESPACE }, { namespace: "nobody" }]) {
      for (const role of ["KeyAdmin", "NamespaceAdmin"] as const) {
        assertProblem(await freeze(scope, as(role, TENANT)), "auth.forbidden");
      }
    }
    assertProblem(await freeze({ namespace: "nobody" }), "request.not_found");
  });

  test("what the root namespace froze only the root namespace lifts, and the tenant sees it", async () => {
    const ordered = await freeze({ namespace: TENANT }, as("NamespaceAdmin"));
    assert.equal(ordered.status, 201, ordered.text);
    const { id } = ordered.body;
    assertProblem(await sign(tenantKey.id, as("KeyUser", TENANT)), "key.frozen");
    assertProblem(await lift(id, as("NamespaceAdmin", TENANT)), "auth.forbidden");
    const seen = await service.call("GET", "/v1/freeze", undefined, as("KeyUser", TENANT));
    assert.deepEqual(
      seen.body.items.map((item: any) => [item.id, item.scope, item.orderedBy, item.orderedIn]),
      [[id, { namespace: TENANT }, null, ROOT_NAMESPACE]],
    );
    assert.equal((await lift(id, as("NamespaceAdmin"))).status, 204);
    assert.equal((await sign(tenantKey.id, as("KeyUser", TENANT))).status, 200);
  });

  test("a tenant neither sees nor lifts what another namespace froze of its own", async () => {
    await frozenWhile({ walletId }, async (id) => {
      const seen = await service.call("GET", "/v1/freeze", undefined, as("KeyAdmin", TENANT));
      assert.deepEqual(seen.body.items, []);
      assertProblem(await lift(id, as("KeyAdmin", TENANT)), "request.not_found");
      assertProblem(await freeze({ walletId }, as("KeyAdmin", TENANT)), "wallet.not_found");
    });
  });
});

describe("the calls", () => {
  test("a scope that names nothing, or two things, or something else", async () => {
    const { id } = await derived("ethereum");
    for (const scope of [{}, { keyId: id, walletId }, { everything: false }, { account: "x" }]) {
      assertProblem(await freeze(scope), "request.malformed");
    }
    assertProblem(await freeze({ keyId: `key_${"0".repeat(29)}` }), "key.not_found");
    assertProblem(await post("/v1/freeze", { scope: { keyId: id }, reason: "x" }), "request.malformed");
  });

  test("the same order again is the freeze that holds, and a lifted one is gone", async () => {
    const { id: keyId } = await derived("ethereum");
    const headers = { "idempotency-key": "freezes-order" };
    const first = await freeze({ keyId }, headers);
    assert.equal(first.status, 201, first.text);
    const again = await freeze({ keyId });
    assert.deepEqual([again.status, again.body], [200, first.body]);
    assert.equal((await freeze({ keyId }, headers)).text, first.text, "the first answer, while it holds");
    assert.equal((await lift(first.body.id)).status, 204);
    assertProblem(await lift(first.body.id), "request.not_found");
    const repeat = await freeze({ keyId }, headers);
    assertProblem(repeat, "request.conflict");
    assert.equal(repeat.body.freezeId, first.body.id);
    assert.match(repeat.body.detail, /was lifted at .*; use a new key to do it again$/);
    assert.equal((await sign(keyId)).status, 200, "nothing was done");
    const anew = await freeze({ keyId }, { "idempotency-key": "freezes-order-2" });
    assert.equal(anew.status, 201, anew.text);
    assertProblem(await sign(keyId), "key.frozen");
    assert.equal((await lift(anew.body.id)).status, 204);
    assertProblem(await freeze({ walletId }, headers), "request.idempotency_conflict");
  });

  test("two principals each have their own freeze, and the list has both in pages", async () => {
    const { id: keyId } = await derived("ethereum");
    const ids: string[] = [];
    for (const role of ["KeyAdmin", "NamespaceAdmin"] as const) {
      ids.push((await freeze({ keyId }, as(role))).body.id);
    }
    const first = await service.call("GET", "/v1/freeze?limit=1");
    const second = await service.call("GET", `/v1/freeze?limit=1&cursor=${first.body.next}`);
    assert.deepEqual(
      [...first.body.items, ...second.body.items].map((item) => item.id),
      ids.toSorted(),
    );
    for (const id of ids) assert.equal((await lift(id, as("KeyAdmin"))).status, 204);
  });

  test("under load: whatever was signed was decided before the freeze, and all of it has left", async () => {
    const wallet = (await post("/v1/wallets", { name: "load" })).body.id;
    const { id } = await derived("ethereum", wallet);
    const signing = Array.from({ length: 80 }, (_, number) => sign(id, {}, `load ${number}`));
    await Promise.race(signing);
    const ordered = await freeze({ walletId: wallet });
    assert.equal(ordered.status, 201, ordered.text);
    const replies = await Promise.all(signing);
    for (const reply of replies) if (reply.status !== 200) assertProblem(reply, "key.frozen");
    const { body } = await service.call("GET", "/v1/audit/entries?from=0&limit=500");
    const entries: any[] = body.next === null ? body.items : await laterEntries(body.items);
    const order = entries.find(({ entry }) => entry.target === ordered.body.id);
    assert.equal(order.entry.action, "freeze.create");
    assert.equal(order.entry.scope, `wallet ${wallet}`);
    const decisions = entries.filter(({ entry }) => entry.type === "decision" && entry.keyId === id);
    assert.ok(decisions.every((decision) => decision.sequence < order.sequence));
    const signed = replies.filter(({ status }) => status === 200);
    assert.equal(decisions.length, signed.length, "what was recorded was answered");
    await lift(ordered.body.id);
  });
});

/** All entries of the log, after those that are there. */
async function laterEntries(items: readonly any[]): Promise<any[]> {
  const found = [...items];
  for (;;) {
    const from = found.at(-1).sequence + 1;
    const { body } = await service.call("GET", `/v1/audit/entries?from=${from}&limit=500`);
    found.push(...body.items);
    if (body.items.length < 500) return found;
  }
}
