/** Lists: every item once, in order, whatever the page's size; and nothing but what the document says. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { byId } from "../../src/administration/pages.ts";
import { withChecksum } from "../../src/chains/bitcoin/descriptor-checksum.ts";
import { answering, bind, DENY } from "../running/policies.ts";
import { RunningService } from "../running/service.ts";
import { validatorKeys } from "../running/validators.ts";
import { assertDocumented, operations } from "./document.ts";

const COUNT = 12;
let service: RunningService;
let walletId: string;
before(async () => {
  service = await RunningService.start();
  const wallets = await Promise.all(
    Array.from({ length: COUNT }, (_, index) =>
      service.call("POST", "/v1/wallets", { name: `wallet ${index}` }),
    ),
  );
  walletId = wallets[0]?.body.id;
  // Made at once, so that ids and the order of storing differ.
  const keys = await Promise.all(
    Array.from({ length: COUNT }, (_, index) =>
      service.call("POST", `/v1/wallets/${walletId}/keys`, { chain: "ethereum", index }),
    ),
  );
  await Promise.all(
    keys.map(async (key, index) => {
      await bind(service, answering({ decision: "deny", reason: String(index) }), { keyId: key.body.id });
      const body = { type: "ethereum.message", message: { text: "x" } };
      await service.call("POST", `/v1/keys/${key.body.id}/sign`, body);
      await service.call("POST", "/v1/principals", { name: `principal ${index}`, roles: ["Auditor"] });
      await service.call("POST", "/v1/namespaces", { name: `namespace-${index}` });
      await service.call("POST", "/v1/freeze", { scope: { namespace: `namespace-${index}` } });
    }),
  );
  for (let index = 0; index < COUNT; index += 1) {
    await service.call("POST", `/v1/wallets/${walletId}/keys`, { chain: "babylon", index });
    await service.call("POST", `/v1/wallets/${walletId}/keys`, { chain: "bitcoin", account: index });
    const account = await service.call(
      "GET",
      `/v1/wallets/${walletId}/accounts/bitcoin-mainnet-48-${index}-2`,
    );
    const descriptor = withChecksum(`wsh(pk(${account.body.keyExpression}/<0;1>/*))`);
    await service.call("POST", `/v1/wallets/${walletId}/descriptors`, { name: String(index), descriptor });
  }
  await bind(service, DENY, { namespace: "default" });
  // Some of them with a history, some without.
  for (const publicKey of (await validatorKeys(service, COUNT)).slice(COUNT / 2)) {
    await service.call("POST", "/v1/slashing-protection/disable", { publicKeys: [publicKey] });
  }
});
after(() => service.stop());

const LISTS = [
  "/v1/wallets",
  "/v1/keys",
  "/v1/freeze",
  "/v1/policies",
  "/v1/bindings",
  "/v1/requests",
  "/v1/principals",
  "/v1/namespaces",
  "/v1/eots/keys",
  "/v1/slashing-protection/keys",
  "/v1/audit/entries",
  "/v1/wallets/{walletId}/accounts",
  "/v1/wallets/{walletId}/descriptors",
];

/** By index, not by cursor; their own tests try them. */
const RANGES = [
  "/v1/wallets/{walletId}/accounts/{account}/addresses",
  "/v1/wallets/{walletId}/descriptors/{descriptorId}/addresses",
];

/** Cursors past the end of lists whose ids are no ids of ours. */
const PAST: Readonly<Record<string, string>> = {
  "/v1/audit/entries": "99999999",
  "/v1/requests": "req_",
  "/v1/eots/keys": "ff".repeat(32),
  "/v1/slashing-protection/keys": `0x${"ff".repeat(48)}`,
};

test("every list of the document is here", () => {
  const lists = operations()
    .filter(({ operation }) => JSON.stringify(operation.responses["200"] ?? "").includes('"next"'))
    .map(({ path }) => path);
  assert.deepEqual([...LISTS, ...RANGES].toSorted(), lists.toSorted());
});

for (const path of LISTS) {
  describe(path, () => {
    const cursor = path === "/v1/audit/entries" ? "from" : "cursor";

    async function page(limit: number, next: string | null): Promise<{ items: any[]; next: string | null }> {
      const at = next === null ? "" : `&${cursor}=${encodeURIComponent(next)}`;
      const reply = await service.call("GET", `${path.replace("{walletId}", walletId)}?limit=${limit}${at}`);
      assert.equal(reply.status, 200, reply.text);
      assertDocumented("GET", path, reply);
      assert.ok(reply.body.items.length <= limit);
      return reply.body;
    }

    test("pages of 1, 5 and 500 hold the same items in the same order", async () => {
      const whole = await page(500, null);
      assert.ok(whole.items.length >= COUNT);
      assert.equal(whole.next, null);
      for (const limit of [1, 5, whole.items.length]) {
        const items: unknown[] = [];
        let next: string | null = null;
        do {
          const reply: { items: any[]; next: string | null } = await page(limit, next);
          items.push(...reply.items);
          next = reply.next;
        } while (next !== null);
        assert.deepEqual(items, whole.items, `limit ${limit}`);
      }
    });

    test("a limit above 500 is 500; a cursor past the end is an empty page", async () => {
      assert.equal(
        (await service.call("GET", `${path.replace("{walletId}", walletId)}?limit=9999`)).status,
        200,
      );
      const end = await page(10, PAST[path] ?? "~");
      assert.deepEqual(end, { items: [], next: null });
    });
  });
}

test("paging: 500 is the largest page, and the last page has no cursor", () => {
  const items = Array.from({ length: 5 }, (_, index) => ({ id: String(index) }));
  const shuffled = [3, 1, 4, 0, 2].map((index) => items[index] ?? assert.fail());
  const pageAfter = (cursor: string | undefined): unknown => {
    const page = byId(shuffled, { cursor, limit: 2 });
    return { items: page.items.map(({ id }) => id), next: page.next };
  };
  assert.deepEqual(pageAfter(undefined), { items: ["0", "1"], next: "1" });
  assert.deepEqual(pageAfter("1"), { items: ["2", "3"], next: "3" });
  assert.deepEqual(pageAfter("3"), { items: ["4"], next: null });
  assert.deepEqual(pageAfter("4"), { items: [], next: null });
});

test("/v1/requests: a KeyUser's page is full of its own requests, though others lie between them", async () => {
  const made = await service.call("POST", "/v1/principals", { name: "user", roles: ["KeyUser"] });
  const key = (await service.call("GET", "/v1/keys?limit=1")).body.items[0];
  const path = `/v1/keys/${key.id}/sign`;
  const body = { type: "ethereum.message", message: { text: "mine" } };
  const user = { authorization: `Bearer ${made.body.token}` };
  for (let index = 0; index < 3; index += 1) {
    await service.call("POST", path, body, user);
    await service.call("POST", path, body);
    await service.call("POST", path, body);
  }
  const first = await service.call("GET", "/v1/requests?limit=2", undefined, user);
  assert.deepEqual(
    first.body.items.map((item: { principal: string }) => item.principal),
    [made.body.id, made.body.id],
  );
  const rest = await service.call("GET", `/v1/requests?limit=2&cursor=${first.body.next}`, undefined, user);
  assert.deepEqual([rest.body.items.length, rest.body.next], [1, null]);
});

test("proofs of the audit log: a proof or a problem for every pair of sizes, and never a failure", async () => {
  const [, size = ""] = (await service.call("GET", "/v1/audit/checkpoint")).text.split("\n");
  const newest = Number(size);
  assert.ok(newest > COUNT);
  const texts = fc.oneof(
    fc
      .constantFrom(0, 1, 2, newest - 1, newest, newest + 1, 2 ** 31, 2 ** 32, 999_999_999_999_999)
      .map(String),
    fc.constantFrom("", "-0", "-1", "00", "1.0", "1e3", "0x1", "+1", " 1", "9007199254740993", "NaN", "null"),
    fc.nat({ max: newest + 2 }).map(String),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(texts, texts, async (first, second) => {
      for (const [route, older] of [
        [`consistency?from=${encodeURIComponent(first)}&to=${encodeURIComponent(second)}`, 0],
        [`inclusion?sequence=${encodeURIComponent(first)}&size=${encodeURIComponent(second)}`, 1],
      ] as const) {
        const reply = await service.call("GET", `/v1/audit/proofs/${route}`);
        const plain = [first, second].every((text) => /^(?:0|[1-9]\d{0,14})$/.test(text));
        const there = plain && Number(first) + older <= Number(second) && Number(second) <= newest;
        // Entries of other namespaces are not shown to be there.
        const others = there && older === 1 && reply.status === 404;
        assert.equal(reply.status, there && !others ? 200 : plain ? 404 : 400, `${route}: ${reply.text}`);
        if (reply.status === 200) assert.ok(Array.isArray(reply.body.proof));
        else assert.match(reply.body.code, /^request\.(?:not_found|malformed)$/);
      }
    }),
    {
      numRuns: 60,
      examples: [
        ["0", "0"],
        ["0", "1"],
        ["1", "1"],
        [String(newest), String(newest)],
      ],
    },
  );
  assert.deepEqual((await service.call("GET", "/v1/audit/proofs/consistency?from=0&to=0")).body, {
    from: 0,
    to: 0,
    proof: [],
  });
});
