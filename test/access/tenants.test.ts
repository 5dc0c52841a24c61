/** What belongs to one tenant does not exist for another: the same 404, byte for byte, as for an id that nothing has. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ROLES, ROOT_NAMESPACE } from "../../src/access/roles.ts";
import { answering } from "../running/policies.ts";
import { RunningService, type Reply } from "../running/service.ts";
import { belongings, member, SIGN, TENANT, type Belongings, type Member } from "./tenants.ts";

const OTHER = "globex";
const ABSENT: Belongings = {
  walletId: `wal_${"0".repeat(29)}`,
  keyId: `key_${"0".repeat(29)}`,
  digest: `sha256:${"0".repeat(64)}`,
  bindingId: `bnd_${"0".repeat(29)}`,
  requestId: `req_${"0".repeat(29)}`,
  principalId: `prn_${"0".repeat(29)}`,
  sequence: 0,
};

type Call = readonly [method: string, path: string, body?: unknown];
/** Every way to name a thing of another tenant. */
const WAYS: Readonly<Record<string, (things: Belongings) => Call>> = {
  "read a wallet": ({ walletId }) => ["GET", `/v1/wallets/${walletId}`],
  "derive from a wallet": ({ walletId }) => ["POST", `/v1/wallets/${walletId}/keys`, { chain: "solana" }],
  "read a key": ({ keyId }) => ["GET", `/v1/keys/${keyId}`],
  "disable a key": ({ keyId }) => ["POST", `/v1/keys/${keyId}/disable`],
  "enable a key": ({ keyId }) => ["POST", `/v1/keys/${keyId}/enable`],
  "delete a key": ({ keyId }) => ["DELETE", `/v1/keys/${keyId}`],
  "freeze a key": ({ keyId }) => ["POST", "/v1/freeze", { scope: { keyId } }],
  "freeze a wallet": ({ walletId }) => ["POST", "/v1/freeze", { scope: { walletId } }],
  "sign with a key": ({ keyId }) => ["POST", `/v1/keys/${keyId}/sign`, SIGN],
  "evaluate with a key": ({ keyId }) => ["POST", `/v1/keys/${keyId}/evaluate`, SIGN],
  "read a policy": ({ digest }) => ["GET", `/v1/policies/${digest}`],
  "bind a policy": ({ digest }) => ["POST", "/v1/bindings", { policy: digest, scope: { namespace: TENANT } }],
  "bind to a key": ({ keyId }) => ["POST", "/v1/bindings", { policy: own.digest, scope: { keyId } }],
  "bind to a wallet": ({ walletId }) => ["POST", "/v1/bindings", { policy: own.digest, scope: { walletId } }],
  "read a binding": ({ bindingId }) => ["GET", `/v1/bindings/${bindingId}`],
  "change a binding": ({ bindingId }) => ["PUT", `/v1/bindings/${bindingId}`, { mode: "shadow" }],
  "change a binding to a policy": ({ digest }) => [
    "PUT",
    `/v1/bindings/${own.bindingId}`,
    { policy: digest },
  ],
  "delete a binding": ({ bindingId }) => ["DELETE", `/v1/bindings/${bindingId}`],
  "read a request": ({ requestId }) => ["GET", `/v1/requests/${requestId}`],
  "read a receipt": ({ requestId }) => ["GET", `/v1/receipts/${requestId}`],
  "approve a request": ({ requestId }) => [
    "POST",
    `/v1/requests/${requestId}/approvals`,
    { verdict: "approve" },
  ],
  "change a principal": ({ principalId }) => [
    "PATCH",
    `/v1/principals/${principalId}`,
    { roles: ["NamespaceAdmin"] },
  ],
  "rotate a principal": ({ principalId }) => ["POST", `/v1/principals/${principalId}/rotate`],
  "delete a principal": ({ principalId }) => ["DELETE", `/v1/principals/${principalId}`],
};

let service: RunningService;
let tenant: Member;
let other: Member;
let own: Belongings;
let others: Readonly<Record<string, Belongings>>;

before(async () => {
  service = await RunningService.start();
  for (const name of [TENANT, OTHER]) await service.call("POST", "/v1/namespaces", { name });
  tenant = await member(service, TENANT, ROLES);
  other = await member(service, OTHER, ROLES);
  own = await belongings(service, answering({ decision: "deny", reason: "own" }), tenant.authorization);
  const denies = (reason: string): Uint8Array => answering({ decision: "deny", reason });
  others = {
    [ROOT_NAMESPACE]: await belongings(service, denies("root")),
    [OTHER]: await belongings(service, denies("other"), other.authorization),
  };
});
after(() => service.stop());

async function asTenant([method, path, body]: Call): Promise<Reply> {
  return service.call(method, path, body, tenant.authorization);
}

/** The answer without what differs between any two answers. */
function shape(reply: Reply): unknown {
  const { requestId, ...rest } = reply.body;
  assert.equal(reply.headers.get("x-request-id"), requestId);
  const headers = [...reply.headers.keys()].filter((name) => name !== "date");
  return { status: reply.status, length: reply.text.length, text: JSON.stringify(rest), headers };
}

for (const namespace of [ROOT_NAMESPACE, OTHER]) {
  describe(`a tenant and what belongs to ${namespace}`, () => {
    for (const [name, way] of Object.entries(WAYS)) {
      test(`${name}: as if it were not there`, async () => {
        const things = others[namespace];
        assert.ok(things);
        const foreign = await asTenant(way(things));
        const absent = await asTenant(way(ABSENT));
        assert.equal(foreign.status, 404, foreign.text);
        assert.deepEqual(shape(foreign), shape(absent));
      });
    }
    test("inclusion proof of an entry: as if it were not there", async () => {
      const things = others[namespace];
      assert.ok(things);
      const size = (await service.call("GET", "/v1/sys/status")).body.auditSize;
      const path = "/v1/audit/proofs/inclusion";
      const mine = await asTenant(["GET", `${path}?sequence=${own.sequence}&size=${size}`]);
      assert.equal(mine.status, 200, mine.text);
      const foreign = await asTenant(["GET", `${path}?sequence=${things.sequence}&size=${size}`]);
      const absent = await asTenant(["GET", `${path}?sequence=${size}&size=${size}`]);
      assert.equal(foreign.status, 404);
      const { sequence: _one, requestId: _two, ...left } = foreign.body;
      const { sequence: _three, requestId: _four, ...right } = absent.body;
      assert.deepEqual(left, right);
    });
    test("its things are still there and unchanged", async () => {
      const things = others[namespace];
      assert.ok(things);
      const owner = namespace === ROOT_NAMESPACE ? {} : other.authorization;
      const read = async (path: string): Promise<Reply> => service.call("GET", path, undefined, owner);
      assert.equal((await read(`/v1/keys/${things.keyId}`)).body.state, "active");
      assert.equal((await read(`/v1/bindings/${things.bindingId}`)).status, 200);
      assert.equal((await read(`/v1/requests/${things.requestId}`)).body.status, "denied");
      const principals = await read("/v1/principals?limit=500");
      assert.ok(principals.text.includes(things.principalId));
    });
  });
}

describe("lists of a tenant hold its own things only", () => {
  for (const path of [
    "/v1/wallets",
    "/v1/keys",
    "/v1/policies",
    "/v1/bindings",
    "/v1/requests",
    "/v1/principals",
    "/v1/namespaces",
    "/v1/audit/entries",
  ]) {
    test(path, async () => {
      const reply = await asTenant(["GET", `${path}?limit=500`]);
      assert.equal(reply.status, 200, reply.text);
      assert.ok(reply.body.items.length > 0, "its own things are there");
      assert.equal(reply.body.next, null);
      const foreign = Object.values(others).flatMap((things) =>
        Object.values(things).filter((value) => typeof value === "string"),
      );
      for (const id of [...foreign, OTHER, `"${ROOT_NAMESPACE}"`]) assert.ok(!reply.text.includes(id), id);
    });
  }
  test("a cursor of another tenant's id shows nothing of it", async () => {
    for (const things of Object.values(others)) {
      const keys = await asTenant(["GET", `/v1/keys?cursor=${things.keyId}`]);
      assert.ok(keys.body.items.every((key: any) => key.id === own.keyId));
      const requests = await asTenant(["GET", `/v1/requests?cursor=${things.requestId}`]);
      assert.ok(requests.body.items.every((request: any) => request.requestId === own.requestId));
    }
  });
});

describe("a tenant's administrator reaches no other namespace", () => {
  for (const namespace of [ROOT_NAMESPACE, OTHER, "absent", "claviger"]) {
    test(`principal in ${namespace}: refused as for a namespace that is not there`, async () => {
      const make = (name: string): Promise<Reply> =>
        asTenant(["POST", "/v1/principals", { name: "intruder", roles: ["Auditor"], namespace: name }]);
      const reply = await make(namespace);
      assert.equal(reply.body.code, "auth.forbidden");
      assert.deepEqual(shape(reply), shape(await make("absent-too")));
    });
    test(`binding on ${namespace}: refused as for a namespace that is not there`, async () => {
      const make = (name: string): Promise<Reply> =>
        asTenant(["POST", "/v1/bindings", { policy: own.digest, scope: { namespace: name } }]);
      const reply = await make(namespace);
      assert.equal(reply.body.code, "auth.forbidden");
      assert.deepEqual(shape(reply), shape(await make("absent-too")));
    });
  }
  test("the system's own namespace takes no principal, not even from the root administrator", async () => {
    const body = { name: "x", roles: ["Auditor"], namespace: "claviger" };
    assert.equal((await service.call("POST", "/v1/principals", body)).body.code, "auth.forbidden");
    const taken = await service.call("POST", "/v1/namespaces", { name: "claviger" });
    assert.equal(taken.body.code, "request.conflict");
  });
  test("the root administrator makes a principal there, who then lives there", async () => {
    const made = await member(service, OTHER, ["KeyAdmin"]);
    const wallet = await service.call("POST", "/v1/wallets", { name: "theirs" }, made.authorization);
    assert.equal(wallet.body.namespace, OTHER);
    assert.equal((await service.call("GET", `/v1/wallets/${wallet.body.id}`)).status, 404);
  });
});

test("two tenants import one key and upload one module, and neither learns of the other", async () => {
  const body = { chain: "ethereum", privateKey: `0x${"77".repeat(32)}` };
  const module = answering({ decision: "deny", reason: "shared" });
  const replies = [];
  for (const { authorization } of [tenant, other]) {
    const key = await service.call("POST", "/v1/keys/import", body, authorization);
    const policy = await service.call("POST", "/v1/policies?name=mine", module, authorization);
    replies.push([key.status, policy.status]);
  }
  assert.deepEqual(replies, [
    [201, 201],
    [201, 201],
  ]);
});
