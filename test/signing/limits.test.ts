/** Spending limits over HTTP with 200 requests at once: exactly as many pass as fit, whoever comes first. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { answering, ALLOW, DENY } from "../running/policies.ts";
import { TOKEN, type Reply } from "../running/service.ts";
import { allowed, Installation, leafCount, reserved } from "../crash/installation.ts";
import { ethereumTransfer } from "../crash/requests.ts";

const CONCURRENT = 200;
const LARGE = 2n ** 70n + 1n;
const LARGEST = 2n ** 256n - 1n;

interface Limit {
  readonly counter: string;
  readonly amount: string;
  readonly window: number;
  readonly max: string;
  readonly over?: unknown;
}

let installation: Installation;
const digests = new Map<string, string>();
const bound: string[] = [];

before(async () => {
  installation = await Installation.create();
});
after(async () => {
  await installation.service.stop();
  installation.remove();
});

/** Binds a policy that allows with these limits; `unbindAll` ends it. */
async function bindLimits(...limits: readonly Limit[]): Promise<string> {
  return bindModule(JSON.stringify(limits), answering({ decision: "allow", limits }));
}

async function bindModule(name: string, module: Uint8Array): Promise<string> {
  const digest = digests.get(name) ?? (await installation.upload(module));
  digests.set(name, digest);
  const id = await installation.bind(digest);
  bound.push(id);
  return id;
}

async function unbindAll(): Promise<void> {
  for (const id of bound.splice(0)) await installation.unbind(id);
}

async function signMany(count = CONCURRENT): Promise<{ signed: Reply[]; refused: Reply[] }> {
  const replies = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      installation.sign(
        ethereumTransfer(installation.keys.ethereum),
        index % 2 === 0 ? randomUUID() : undefined,
      ),
    ),
  );
  return {
    signed: replies.filter((reply) => reply.status === 200),
    refused: replies.filter((reply) => reply.status !== 200),
  };
}

async function assertPasses(count: number, code = "policy.limit"): Promise<void> {
  const { signed, refused } = await signMany();
  assert.equal(signed.length, count);
  assert.deepEqual([...new Set(refused.map((reply) => reply.body.code))], [code]);
  assert.equal(new Set(signed.map((reply) => reply.body.requestId)).size, count);
}

function isReserved(bindingId: string, amount: bigint): void {
  installation.read((database) => assert.equal(reserved(database, bindingId), amount));
}

const limit = (counter: string, amount: bigint, max: bigint, window = 86_400): Limit => ({
  counter,
  amount: amount.toString(),
  window,
  max: max.toString(),
});

const CASES: readonly [name: string, limits: readonly Limit[][], passes: number][] = [
  ["one counter of 1 up to 37", [[limit("daily", 1n, 37n)]], 37],
  ["amounts that leave a remainder", [[limit("daily", 3n, 100n)]], 33],
  ["amounts past 2^64", [[limit("daily", LARGE, LARGE * 21n + LARGE - 1n)]], 21],
  ["the largest amount there is, twice", [[limit("daily", LARGEST, LARGEST)]], 1],
  ["two counters of one binding: the tighter holds", [[limit("a", 1n, 50n), limit("b", 10n, 95n, 3600)]], 9],
  ["two bindings: the tighter holds for both", [[limit("daily", 1n, 30n)], [limit("daily", 2n, 24n)]], 12],
  ["a maximum of zero", [[limit("daily", 1n, 0n)]], 0],
];

for (const [name, bindings, passes] of CASES) {
  test(`limits: ${CONCURRENT} at once, ${name}: ${passes} pass`, async () => {
    const ids: string[] = [];
    for (const limits of bindings) ids.push(await bindLimits(...limits));
    const from = installation.read(leafCount);
    await assertPasses(passes);
    for (const [index, id] of ids.entries()) {
      const each = (bindings[index] ?? []).reduce((sum, { amount }) => sum + BigInt(amount), 0n);
      isReserved(id, each * BigInt(passes));
      assert.equal(
        installation.read((database) => allowed(database, id, from)),
        passes,
      );
    }
    await unbindAll();
  });
}

test("limits: 50 nonces, each signed four times at once: as many nonces pass as fit, each with all its replacements", async () => {
  const id = await bindLimits(limit("daily", 3n, 62n));
  const asks = Array.from({ length: 50 }, () => ethereumTransfer(installation.keys.ethereum));
  const replies = await Promise.all([0, 1, 2, 3].flatMap(() => asks.map((ask) => installation.sign(ask))));
  const passed = asks.map(
    (_, index) => replies.filter(({ status }, at) => at % 50 === index && status === 200).length,
  );
  assert.deepEqual(
    passed.toSorted((a, b) => a - b),
    [...Array(30).fill(0), ...Array(20).fill(4)],
  );
  isReserved(id, 60n);
  await unbindAll();
});

test("limits: amounts of zero use up nothing", async () => {
  const id = await bindLimits(limit("daily", 0n, 0n));
  const { refused } = await signMany(20);
  assert.equal(refused.length, 0);
  isReserved(id, 0n);
  await unbindAll();
});

test("limits: past a limit with approvals, the request asks for what is not there yet", async () => {
  const over = { quorum: 1, groups: ["treasury"], expiresIn: 60 };
  await bindLimits({ ...limit("daily", 1n, 5n), over });
  await assertPasses(5, "policy.approval_unavailable");
  await unbindAll();
});

test("limits: evaluate reserves nothing and sees what is spent", async () => {
  const id = await bindLimits(limit("daily", 1n, 2n));
  const leaves = installation.read(leafCount);
  const ask = ethereumTransfer(installation.keys.ethereum);
  const evaluate = () => installation.service.call("POST", `/v1/keys/${ask.keyId}/evaluate`, ask.body);
  const decisions = await Promise.all(Array.from({ length: 50 }, evaluate));
  assert.deepEqual([...new Set(decisions.map((reply) => reply.body.decision))], ["allow"]);
  isReserved(id, 0n);
  assert.equal(installation.read(leafCount), leaves, "nothing is recorded");
  const { signed } = await signMany(3);
  assert.equal(signed.length, 2);
  assert.equal((await evaluate()).body.code, "policy.limit");
  isReserved(id, 2n);
  await unbindAll();
});

test("limits: a request that another policy denies reserves nothing", async () => {
  const id = await bindLimits(limit("daily", 1n, 100n));
  await bindModule("deny", DENY);
  await assertPasses(0, "policy.denied");
  isReserved(id, 0n);
  await unbindAll();
});

test("limits: a request that cannot be decoded, or whose binding is a shadow, reserves nothing", async () => {
  await bindModule("allow", ALLOW);
  const digest = digests.get(JSON.stringify([limit("daily", 1n, 100n)])) ?? "";
  const scope = { walletId: installation.walletId };
  const shadow = await installation.service.call("POST", "/v1/bindings", {
    policy: digest,
    scope,
    mode: "shadow",
  });
  assert.equal(shadow.status, 201, shadow.text);
  bound.push(shadow.body.id);
  const { signed } = await signMany(5);
  assert.equal(signed.length, 5);
  const broken = await installation.sign(ethereumTransfer(installation.keys.ethereum, "-1"));
  assert.equal(broken.status, 400);
  isReserved(shadow.body.id, 0n);
  await unbindAll();
});

test("limits: one Idempotency-Key, 50 callers at once: one answer, one reservation", async () => {
  const id = await bindLimits(limit("daily", 1n, 100n));
  const ask = ethereumTransfer(installation.keys.ethereum);
  const key = randomUUID();
  const replies = await Promise.all(Array.from({ length: 50 }, () => installation.sign(ask, key)));
  assert.equal(new Set(replies.map((reply) => reply.text)).size, 1);
  assert.equal(replies[0]?.status, 200);
  isReserved(id, 1n);
  const other = await installation.sign(ethereumTransfer(installation.keys.ethereum), key);
  assert.equal(other.body.code, "request.idempotency_conflict");
  isReserved(id, 1n);
  await unbindAll();
});

test("limits: while sealed nothing is recorded or reserved, and it counts on afterwards", async () => {
  const id = await bindLimits(limit("daily", 1n, 100n));
  assert.ok((await installation.service.call("POST", "/v1/sys/seal")).status < 300);
  const leaves = installation.read(leafCount);
  const { refused } = await signMany(20);
  assert.deepEqual([...new Set(refused.map((reply) => reply.body.code))], ["service.sealed"]);
  assert.equal(refused.length, 20);
  assert.equal(installation.read(leafCount), leaves);
  isReserved(id, 0n);
  await installation.service.stop();
  await installation.restart();
  await signMany(3);
  isReserved(id, 3n);
  await unbindAll();
});

test("clients that hang up in the middle leave the service and its books whole", async () => {
  const id = await bindLimits(limit("daily", 1n, 100_000n));
  const from = installation.read(leafCount);
  const { hostname, port } = new URL(installation.service.url);
  await Promise.all(
    Array.from({ length: 100 }, async (_, index) => {
      const { keyId, body } = ethereumTransfer(installation.keys.ethereum);
      const text = JSON.stringify(body);
      const socket = connect(Number(port), hostname);
      socket.on("error", () => undefined);
      const half = index % 3 === 0 ? text.slice(0, 40) : text;
      socket.write(
        `POST /v1/keys/${keyId}/sign HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${TOKEN}\r\n` +
          `content-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${half}`,
      );
      await new Promise((resolve) => setTimeout(resolve, 2 + (index % 20)));
      socket.destroy();
    }),
  );
  const { signed } = await signMany(20);
  assert.equal(signed.length, 20);
  assert.equal(installation.service.process.exitCode, null);
  const decisions = installation.read((database) => allowed(database, id, from));
  assert.ok(decisions >= 20);
  isReserved(id, BigInt(decisions));
  await installation.verifyAudit();
  await unbindAll();
});
