/** Bindings and principals changed in place: what they may not do, what stays, and that nothing stale is recorded. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { constant, guest } from "../policy/guests.ts";
import { ALLOW_OPAQUE, answering, DENY } from "../running/policies.ts";
import { RunningService, type Reply } from "../running/service.ts";
import { assertProblem } from "./problems.ts";

let service: RunningService;
let walletId: string;
let index = 0;

before(async () => {
  service = await RunningService.start();
  walletId = (await service.call("POST", "/v1/wallets", { name: "rights" })).body.id;
});
after(() => service.stop());

type Headers = Readonly<Record<string, string>>;

async function made(path: string, body: unknown, headers: Headers = {}): Promise<any> {
  const reply = await service.call("POST", path, body, headers);
  assert.ok(reply.status < 300, reply.text);
  return reply.body;
}

async function upload(module: Uint8Array): Promise<string> {
  return (await made("/v1/policies?name=rights", module)).digest;
}

async function newKey(): Promise<string> {
  return (await made(`/v1/wallets/${walletId}/keys`, { chain: "ethereum", index: (index += 1) })).id;
}

async function bound(module: Uint8Array, options = {}): Promise<{ keyId: string; bindingId: string }> {
  const keyId = await newKey();
  const policy = await upload(module);
  const { id } = await made("/v1/bindings", { policy, scope: { keyId }, ...options });
  return { keyId, bindingId: id };
}

function sign(keyId: string, text = "hello", headers: Headers = {}): Promise<Reply> {
  const body = { type: "ethereum.message", message: { text } };
  return service.call("POST", `/v1/keys/${keyId}/sign`, body, headers);
}

function put(bindingId: string, change: unknown): Promise<Reply> {
  return service.call("PUT", `/v1/bindings/${bindingId}`, change);
}

interface Member {
  readonly id: string;
  readonly headers: Headers;
}

async function member(roles: readonly string[], groups: readonly string[] = []): Promise<Member> {
  const { id, token } = await made("/v1/principals", { name: "member", roles, groups });
  return { id, headers: bearer(token) };
}

function bearer(token: string): Headers {
  return { authorization: `Bearer ${token}` };
}

function patch(id: string, change: unknown, headers: Headers = {}): Promise<Reply> {
  return service.call("PATCH", `/v1/principals/${id}`, change, headers);
}

async function entries(): Promise<any[]> {
  const all: any[] = [];
  for (let from = 0; ; from += 500) {
    const { body } = await service.call("GET", `/v1/audit/entries?from=${from}&limit=500`);
    all.push(...body.items);
    if (body.items.length < 500) return all;
  }
}

const SPENDING = (max: string): Uint8Array =>
  answering({
    decision: "allow",
    allowOpaque: true,
    limits: [{ counter: "all", amount: "1", window: 86_400, max }],
  });

/** Allows everything, and takes no settings but `{}`. */
const PICKY = ((): Uint8Array => {
  const allow = constant('{"decision":"allow","allowOpaque":true}', 1024);
  const valid = constant('{"valid":true}', 2048);
  const invalid = constant('{"valid":false,"reason":"none are taken"}', 3072);
  const empty = "(i32.eq (local.get $len) (i32.const 2))";
  return guest({
    fields: [allow, valid, invalid].map(({ data }) => data).join(" "),
    evaluate: allow.result,
    settings: `(if (result i64) ${empty} (then ${valid.result}) (else ${invalid.result}))`,
  });
})();

describe("a binding's change that is refused leaves it as it was", () => {
  for (const [name, change, code] of [
    ["nothing", {}, "request.malformed"],
    ["a scope", { scope: { namespace: "default" } }, "request.malformed"],
    ["no such mode", { mode: "off" }, "request.malformed"],
    ["too much fuel", { fuelMax: 100_000_001 }, "request.malformed"],
    ["a policy that is not there", { policy: `sha256:${"0".repeat(64)}` }, "policy.not_found"],
    ["settings that the policy refuses", { settings: { rules: "none" } }, "policy.settings_invalid"],
    ["settings that are too long", { settings: { x: "y".repeat(70_000) } }, "policy.settings_invalid"],
    ["too little fuel to check the settings", { fuelMax: 1 }, "policy.settings_invalid"],
  ] as const) {
    test(name, async () => {
      const { bindingId } = await bound(PICKY);
      const earlier = await service.call("GET", `/v1/bindings/${bindingId}`);
      assertProblem(await put(bindingId, change), code);
      assert.deepEqual((await service.call("GET", `/v1/bindings/${bindingId}`)).body, earlier.body);
    });
  }

  test("a policy that does not take the settings that stay", async () => {
    const { bindingId } = await bound(ALLOW_OPAQUE, { settings: { rules: "none" } });
    const policy = await upload(PICKY);
    assertProblem(await put(bindingId, { policy }), "policy.settings_invalid");
  });

  test("of changes at once that were made from one version, one is done", async () => {
    const { bindingId } = await bound(ALLOW_OPAQUE);
    const replies = await Promise.all(
      Array.from({ length: 6 }, (_, value) => put(bindingId, { settings: { value } })),
    );
    const done = replies.filter(({ status }) => status === 200);
    assert.ok(done.length >= 1);
    for (const reply of replies) if (reply.status !== 200) assertProblem(reply, "request.conflict");
    const { body } = await service.call("GET", `/v1/bindings/${bindingId}`);
    assert.equal(body.version, 1 + done.length);
  });
});

describe("a binding's change", () => {
  test("id, scope, date and what is left out stay; one leaf; the same again changes nothing", async () => {
    const { bindingId } = await bound(ALLOW_OPAQUE, { settings: { a: 1 }, fuelMax: 20_000_000 });
    const earlier = (await service.call("GET", `/v1/bindings/${bindingId}`)).body;
    const change = { settings: { a: 2 }, mode: "shadow" };
    const changed = await put(bindingId, change);
    assert.equal(changed.status, 200, changed.text);
    assert.deepEqual(changed.body, { ...earlier, ...change, version: 2 });
    assert.deepEqual((await put(bindingId, change)).body, changed.body);
    assert.deepEqual((await service.call("GET", `/v1/bindings/${bindingId}`)).body, changed.body);
    const leaves = (await entries()).filter(({ entry }) => entry.target === bindingId);
    assert.deepEqual(
      leaves.map(({ entry }) => entry.action),
      ["binding.create", "binding.update"],
    );
  });

  test("what was spent stays spent under another limit", async () => {
    const { keyId, bindingId } = await bound(SPENDING("3"));
    for (const text of ["1", "2", "3"]) assert.equal((await sign(keyId, text)).status, 200);
    assertProblem(await sign(keyId, "4"), "policy.limit");
    await put(bindingId, { policy: await upload(SPENDING("4")) });
    assert.equal((await sign(keyId, "4")).status, 200);
    const refused = await sign(keyId, "5");
    assertProblem(refused, "policy.limit");
    assert.equal(refused.body.spent, "4");
  });

  for (const [name, act] of [
    ["changed", async (bindingId: string) => put(bindingId, { policy: await upload(DENY) })],
    ["deleted", (bindingId: string) => service.call("DELETE", `/v1/bindings/${bindingId}`)],
    [
      "joined by one that denies",
      async (_: string, keyId: string) =>
        service.call("POST", "/v1/bindings", { policy: await upload(DENY), scope: { keyId } }),
    ],
    [
      "joined by one on the namespace that denies",
      async () =>
        service.call("POST", "/v1/bindings", { policy: await upload(DENY), scope: { namespace: "default" } }),
    ],
  ] as const) {
    test(`under load, ${name}: nothing that is recorded later was judged before`, async () => {
      const { keyId, bindingId } = await bound(ALLOW_OPAQUE);
      const signing = Array.from({ length: 100 }, (_, n) => sign(keyId, `load ${n}`));
      await Promise.race(signing);
      const acted = await act(bindingId, keyId);
      assert.ok(acted.status < 300, acted.text);
      await Promise.all(signing);
      const log = await entries();
      if (acted.status === 201) await service.call("DELETE", `/v1/bindings/${acted.body.id}`);
      const changes = log.filter(({ entry }) => String(entry.action).startsWith("binding."));
      const change = changes.at(-1).sequence;
      const decided = log.filter(({ entry }) => entry.type === "decision" && entry.keyId === keyId);
      assert.ok(decided.some(({ sequence }) => sequence < change));
      for (const { entry, sequence } of decided) {
        assert.equal(entry.decision, sequence < change ? "allow" : "deny", `decision ${sequence}`);
      }
    });
  }
});

describe("a principal's change that is refused", () => {
  test("nothing, an unknown member, a role that is none, no role", async () => {
    const { id } = await member(["Auditor"]);
    for (const change of [{}, { person: "x" }, { expiresAt: "x" }, { roles: ["Root"] }, { roles: [] }]) {
      assertProblem(await patch(id, change), "request.malformed");
    }
  });

  test("one's own roles and groups, as an administrator too", async () => {
    const administrator = await member(["NamespaceAdmin"]);
    for (const change of [{ roles: ["NamespaceAdmin", "KeyUser"] }, { groups: ["treasury"] }]) {
      assertProblem(await patch(administrator.id, change, administrator.headers), "auth.forbidden");
    }
  });

  test("one that is not there", async () =>
    assertProblem(await patch(`prn_${"0".repeat(29)}`, { groups: [] }), "request.not_found"));
});

describe("a principal's change", () => {
  test("counts for its token at once; identity, token and what is left out stay; one leaf", async () => {
    const { id, headers } = await member(["KeyUser"], ["a"]);
    const { keyId } = await bound(ALLOW_OPAQUE);
    assert.equal((await sign(keyId, "1", headers)).status, 200);
    const changed = await patch(id, { roles: ["Auditor"] });
    assert.equal(changed.status, 200, changed.text);
    assert.deepEqual([changed.body.id, changed.body.roles, changed.body.groups], [id, ["Auditor"], ["a"]]);
    assertProblem(await sign(keyId, "2", headers), "auth.forbidden");
    assert.equal((await service.call("GET", "/v1/audit/entries", undefined, headers)).status, 200);
    await patch(id, { roles: ["Auditor"] });
    const grouped = await patch(id, { groups: ["a", "b"] });
    assert.deepEqual([grouped.body.roles, grouped.body.groups], [["Auditor"], ["a", "b"]]);
    const leaves = (await entries()).filter(({ entry }) => entry.target === id);
    assert.deepEqual(
      leaves.map(({ entry }) => entry.action),
      ["principal.create", "principal.update", "principal.update"],
    );
    const { items } = (await service.call("GET", "/v1/principals?limit=500")).body;
    assert.deepEqual(
      items.map((item: any) => item.id),
      items.map((item: any) => item.id).toSorted(),
    );
  });

  test("under load: whatever is signed after a role was taken was recorded before", async () => {
    const { id, headers } = await member(["KeyUser"]);
    const { keyId } = await bound(ALLOW_OPAQUE);
    const signing = Array.from({ length: 80 }, (_, n) => sign(keyId, `load ${n}`, headers));
    await Promise.race(signing);
    await patch(id, { roles: ["Auditor"] });
    for (const reply of await Promise.all(signing)) {
      if (reply.status !== 200) assertProblem(reply, "auth.forbidden");
    }
    const log = await entries();
    const change = log.find(({ entry }) => entry.target === id && entry.action === "principal.update");
    const decided = log.filter(({ entry }) => entry.type === "decision" && entry.principal === id);
    assert.ok(decided.length > 0 && decided.every(({ sequence }) => sequence < change.sequence));
  });

  test("the last administrator stays: of two who take each other's role at once one remains", async () => {
    const other = await RunningService.start();
    try {
      const call = (method: string, path: string, body?: unknown, headers: Headers = {}): Promise<Reply> =>
        other.call(method, path, body, headers);
      const make = async (): Promise<Member> => {
        const { body } = await call("POST", "/v1/principals", { name: "n", roles: ["NamespaceAdmin"] });
        return { id: body.id, headers: bearer(body.token) };
      };
      const [second, third] = [await make(), await make()];
      const { items } = (await call("GET", "/v1/principals")).body;
      const first = items.find((all: any) => ![second.id, third.id].includes(all.id));
      const roles = ["Auditor"];
      assert.equal(
        (await call("PATCH", `/v1/principals/${first.id}`, { roles }, second.headers)).status,
        200,
      );
      const replies = await Promise.all([
        call("PATCH", `/v1/principals/${third.id}`, { roles }, second.headers),
        call("PATCH", `/v1/principals/${second.id}`, { roles }, third.headers),
      ]);
      assert.deepEqual(
        replies.map(({ status }) => status).toSorted((a, b) => a - b),
        [200, 403],
      );
      const left = replies[0]?.status === 200 ? second : third;
      assert.equal(
        (await call("DELETE", `/v1/principals/${left.id}`, undefined, left.headers)).body.code,
        "request.conflict",
      );
    } finally {
      await other.stop();
    }
  });
});

describe("rotate", () => {
  test("the old token stops, the new one is the same principal's and is shown once", async () => {
    const { id, headers } = await member(["KeyUser"]);
    const { keyId } = await bound(ALLOW_OPAQUE);
    const path = `/v1/principals/${id}/rotate`;
    const once = { "idempotency-key": "rights-rotate" };
    const rotated = await made(path, undefined, once);
    assert.equal(rotated.id, id);
    assertProblem(await sign(keyId, "old", headers), "auth.missing");
    assert.equal((await sign(keyId, "new", bearer(rotated.token))).status, 200);
    const again = await made(path, undefined, once);
    assert.deepEqual(again, { ...rotated, token: null });
    assert.equal((await sign(keyId, "still", bearer(rotated.token))).status, 200);
    const leaves = (await entries()).filter(({ entry }) => entry.target === id);
    assert.deepEqual(
      leaves.map(({ entry }) => entry.action),
      ["principal.create", "principal.rotate"],
    );
    assert.ok(!JSON.stringify(leaves).includes(rotated.token));
  });

  for (const [name, act] of [
    ["rotated", (id: string) => service.call("POST", `/v1/principals/${id}/rotate`)],
    ["deleted", (id: string) => service.call("DELETE", `/v1/principals/${id}`)],
  ] as const) {
    test(`under load, ${name}: nothing of the old token is recorded later, and what was recorded has left`, async () => {
      const { id, headers } = await member(["KeyUser"]);
      const { keyId } = await bound(ALLOW_OPAQUE);
      const signing = Array.from({ length: 80 }, (_, n) => sign(keyId, `load ${n}`, headers));
      await Promise.race(signing);
      assert.ok((await act(id)).status < 300);
      const replies = await Promise.all(signing);
      for (const reply of replies) if (reply.status !== 200) assertProblem(reply, "auth.missing");
      const log = await entries();
      const change = log.findLast(({ entry }) => entry.target === id);
      const decided = log.filter(({ entry }) => entry.type === "decision" && entry.principal === id);
      assert.ok(decided.every(({ sequence }) => sequence < change.sequence));
      assert.equal(decided.length, replies.filter(({ status }) => status === 200).length);
    });
  }

  test("an administrator's own token", async () => {
    const { id, headers } = await member(["NamespaceAdmin"]);
    const rotated = await made(`/v1/principals/${id}/rotate`, undefined, headers);
    const list = (authorization: Headers): Promise<Reply> =>
      service.call("GET", "/v1/principals", undefined, authorization);
    assertProblem(await list(headers), "auth.missing");
    assert.equal((await list(bearer(rotated.token))).status, 200);
  });
});
