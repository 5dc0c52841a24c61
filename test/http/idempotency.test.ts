/** Idempotency-Key on every POST: one effect and one answer, however often and however quickly it is repeated. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { withChecksum } from "../../src/chains/bitcoin/descriptor-checksum.ts";
import { LEDGER_FILE, openLedger } from "../../src/ledger/open.ts";
import { ALLOW_OPAQUE, answering, bind, DENY } from "../running/policies.ts";
import { RunningService, type Reply } from "../running/service.ts";
import { operations } from "./document.ts";
import { assertProblem } from "./problems.ts";

let service: RunningService;
let walletId: string;
let keyId: string;
let deniedKeyId: string;
let finalityKeyId: string;
let digest: string;
/** Of the wallet's account for shared descriptors. */
let keyExpression: string;
before(async () => {
  service = await RunningService.start();
  walletId = (await service.call("POST", "/v1/wallets", { name: "idempotency" })).body.id;
  const path = `/v1/wallets/${walletId}/keys`;
  keyId = (await service.call("POST", path, { chain: "ethereum" })).body.id;
  deniedKeyId = (await service.call("POST", path, { chain: "ethereum", index: 1 })).body.id;
  finalityKeyId = (await service.call("POST", path, { chain: "babylon" })).body.id;
  await bind(service, ALLOW_OPAQUE, { keyId });
  await bind(service, DENY, { keyId: deniedKeyId });
  const account = await service.call("GET", `/v1/wallets/${walletId}/accounts/bitcoin-mainnet-48-0-2`);
  keyExpression = account.body.keyExpression;
  // The first descriptor of an account makes the account's key as well.
  const first = { name: "first", descriptor: withChecksum(`wsh(pk(${keyExpression}/<0;1>/*))`) };
  await service.call("POST", `/v1/wallets/${walletId}/descriptors`, first);
  for (let index = 0; index < FREEZABLE; index += 1) {
    frozenWallets.push((await service.call("POST", "/v1/wallets", { name: "to freeze" })).body.id);
  }
  digest = (await service.call("POST", "/v1/policies?name=bound", answering({ decision: "allow" }))).body
    .digest;
});
after(() => service.stop());

interface Row {
  readonly path: () => string;
  readonly body: (variant: number) => unknown;
  /** Where the effects can be counted. */
  readonly list: string;
  /** Status of the first answer; of a repeat too. */
  readonly status: number;
  /** Audit entries of one effect. */
  readonly entries: number;
}

const message = (variant: number): unknown => ({
  type: "ethereum.message",
  message: { text: `message ${variant}` },
});
let variants = 0x1000;
/** More than the variants that one row tries, each of which freezes a wallet of its own. */
const FREEZABLE = 16;
const frozenWallets: string[] = [];

const ROWS: Readonly<Record<string, Row>> = {
  "POST /v1/wallets": {
    path: () => "/v1/wallets",
    body: (variant) => ({ name: `wallet ${variant}` }),
    list: "/v1/wallets",
    status: 201,
    entries: 1,
  },
  "POST /v1/wallets/{walletId}/keys": {
    path: () => `/v1/wallets/${walletId}/keys`,
    body: (variant) => ({ chain: "ethereum", index: variant }),
    list: "/v1/keys",
    status: 201,
    entries: 1,
  },
  "POST /v1/wallets/{walletId}/descriptors": {
    path: () => `/v1/wallets/${walletId}/descriptors`,
    body: (variant) => {
      const descriptor = withChecksum(`wsh(and_v(v:pk(${keyExpression}/<0;1>/*),older(${variant})))`);
      return { name: `descriptor ${variant}`, descriptor };
    },
    list: "/v1/wallets/{walletId}/descriptors",
    status: 201,
    entries: 1,
  },
  "POST /v1/keys/import": {
    path: () => "/v1/keys/import",
    body: (variant) => ({ chain: "ethereum", privateKey: `0x${variant.toString(16).padStart(64, "0")}` }),
    list: "/v1/keys",
    status: 201,
    entries: 1,
  },
  "POST /v1/policies": {
    path: () => "/v1/policies?name=idempotent",
    body: (variant) => answering({ decision: "deny", reason: `policy ${variant}` }),
    list: "/v1/policies",
    status: 201,
    entries: 1,
  },
  "POST /v1/bindings": {
    path: () => "/v1/bindings",
    body: (variant) => ({
      policy: digest,
      scope: { keyId: deniedKeyId },
      mode: "shadow",
      settings: { variant },
    }),
    list: "/v1/bindings",
    status: 201,
    entries: 1,
  },
  "POST /v1/freeze": {
    path: () => "/v1/freeze",
    body: (variant) => ({ scope: { walletId: frozenWallets[variant % FREEZABLE] } }),
    list: "/v1/freeze",
    status: 201,
    entries: 1,
  },
  "POST /v1/principals": {
    path: () => "/v1/principals",
    body: (variant) => ({ name: `principal ${variant}`, roles: ["Auditor"] }),
    list: "/v1/principals",
    status: 201,
    entries: 1,
  },
  "POST /v1/namespaces": {
    path: () => "/v1/namespaces",
    body: (variant) => ({ name: `namespace-${variant}` }),
    list: "/v1/namespaces",
    status: 201,
    entries: 1,
  },
  "POST /v1/keys/{keyId}/eots/batch": {
    path: () => `/v1/keys/${finalityKeyId}/eots/batch`,
    body: (variant) => votes(variant),
    list: "/v1/requests",
    status: 200,
    entries: 2,
  },
  "POST /v1/wallets/{walletId}/sign": {
    path: () => `/v1/wallets/${walletId}/sign?keyId=${keyId}`,
    body: message,
    list: "/v1/requests",
    status: 200,
    entries: 2,
  },
  "POST /v1/keys/{keyId}/sign": {
    path: () => `/v1/keys/${keyId}/sign`,
    body: message,
    list: "/v1/requests",
    status: 200,
    // The decision and its outcome.
    entries: 2,
  },
};

/** A vote of its own height for each variant. */
const votes = (variant: number): unknown => ({
  chainId: "bbn-1",
  items: [{ height: String(variant), message: `0x${variant.toString(16).padStart(8, "0")}` }],
});

/** POSTs that leave nothing behind which a repeat could double, and why. */
const WITHOUT_EFFECT = [
  "POST /v1/keys/{keyId}/evaluate",
  "POST /v1/wallets/{walletId}/evaluate",
  // A function of its question: eots.test.ts.
  "POST /v1/keys/{keyId}/eots/randomness",
  "POST /v1/sys/seal",
  "POST /v1/sys/unseal",
  // Once for each Idempotency-Key, with a token that is shown once: rights.test.ts.
  "POST /v1/principals/{principalId}/rotate",
  // A key has one state: key-states.test.ts.
  "POST /v1/keys/{keyId}/disable",
  "POST /v1/keys/{keyId}/enable",
  // Refused in this release, whatever it says.
  "POST /v1/requests/{requestId}/approvals",
  // By its path in web3signer.test.ts; the same duty is the same signature also without a key.
  "POST /api/v1/eth2/sign",
  "POST /api/v1/eth2/sign/{identifier}",
  "POST /reload",
  // Merging again, freezing what is frozen and lifting no freeze change nothing: slashing-protection.test.ts.
  "POST /v1/slashing-protection/import",
  "POST /v1/slashing-protection/export",
  "POST /v1/slashing-protection/disable",
  "POST /v1/slashing-protection/enable",
  "POST /v1/slashing-protection/floors",
  "POST /v1/slashing-protection/bounds",
  // Floors rise once, and what is frozen stays so: eots-history.test.ts. A backup changes nothing here.
  "POST /v1/eots/export",
  "POST /v1/eots/floors",
  "POST /v1/eots/require-floor",
  "POST /v1/keys/{keyId}/eots/backup",
  // As Commit-Boost's clients ask, without such a header: the same commitment is the same signature.
  "POST /signer/v1/request_signature/bls",
  // Refused in this release, whatever they say.
  "POST /signer/v1/request_signature",
  "POST /signer/v1/request_signature/proxy-bls",
  "POST /signer/v1/request_signature/proxy-ecdsa",
  "POST /signer/v1/generate_proxy_key",
  // A keystore that is imported already is a duplicate.
  "POST /eth/v1/keystores",
];

test("every POST has a row, or leaves nothing that a repeat could double", () => {
  const posts = operations()
    .filter(({ method }) => method === "POST")
    .map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual([...Object.keys(ROWS), ...WITHOUT_EFFECT].toSorted(), posts.toSorted());
});

async function count(path: string): Promise<number> {
  const list = path.replace("{walletId}", walletId);
  return (await service.call("GET", `${list}?limit=500`)).body.items.length;
}

async function auditSize(): Promise<number> {
  return (await service.call("GET", "/v1/sys/status")).body.auditSize;
}

/** The parts of an answer that a repeat must give again. A token is shown once. */
function same(reply: Reply): unknown {
  const { token: _token, ...body } = reply.body;
  return { status: reply.status, body };
}

let keys = 0;
const fresh = (): Record<string, string> => ({ "idempotency-key": `test-${(keys += 1)}` });

for (const [route, row] of Object.entries(ROWS)) {
  describe(route, () => {
    test("a repeat gets the first answer and has no effect; another body is 409", async () => {
      const variant = (variants += 1);
      const [list, size] = [await count(row.list), await auditSize()];
      const headers = fresh();
      const first = await service.call("POST", row.path(), row.body(variant), headers);
      assert.equal(first.status, row.status, first.text);
      const repeat = await service.call("POST", row.path(), row.body(variant), headers);
      assert.deepEqual(same(repeat), same(first));
      if (route.endsWith("/principals")) {
        assert.match(first.body.token, /^clv_/);
        assert.equal(repeat.body.token, null);
      }
      const other = await service.call("POST", row.path(), row.body((variants += 1)), headers);
      assertProblem(other, "request.idempotency_conflict");
      assert.equal(await count(row.list), list + 1);
      assert.equal(await auditSize(), size + row.entries);
    });

    test("twelve at once have one effect and one answer", async () => {
      const variant = (variants += 1);
      const [list, size] = [await count(row.list), await auditSize()];
      const headers = fresh();
      const replies = await Promise.all(
        Array.from({ length: 12 }, () => service.call("POST", row.path(), row.body(variant), headers)),
      );
      const answers = new Set(replies.map((reply) => JSON.stringify(same(reply))));
      assert.equal(answers.size, 1, [...answers].join("\n"));
      assert.equal(replies[0]?.status, row.status, replies[0]?.text);
      assert.ok(replies.filter((reply) => typeof reply.body.token === "string").length <= 1);
      assert.equal(await count(row.list), list + 1);
      assert.equal(await auditSize(), size + row.entries);
    });

    test("two bodies at once under one key: one wins, the other is 409", async () => {
      const list = await count(row.list);
      const headers = fresh();
      const replies = await Promise.all(
        [1, 2].map(() => service.call("POST", row.path(), row.body((variants += 1)), headers)),
      );
      assert.deepEqual(
        replies.map((reply) => reply.status).toSorted((a, b) => a - b),
        [row.status, 409],
        replies.map((reply) => reply.text).join("\n"),
      );
      assert.equal(await count(row.list), list + 1);
    });

    test("a key that is empty, too long, not ASCII or sent twice is refused", async () => {
      const variant = (variants += 1);
      for (const value of [" ", "", "a b", "x".repeat(129), "clé", "a, b"]) {
        const headers = { "idempotency-key": value };
        const reply = await service.call("POST", row.path(), row.body(variant), headers);
        assertProblem(reply, "request.malformed");
        assert.equal(reply.body.field, "Idempotency-Key");
      }
    });
  });
}

describe("what exists already", () => {
  for (const [route, list] of [
    ["POST /v1/wallets/{walletId}/keys", "/v1/keys"],
    ["POST /v1/keys/import", "/v1/keys"],
    ["POST /v1/policies", "/v1/policies"],
  ] as const) {
    test(`${route}: answered with what is there, under a key of its own too`, async () => {
      const row = ROWS[route];
      assert.ok(row);
      const variant = (variants += 1);
      const first = await service.call("POST", row.path(), row.body(variant));
      assert.equal(first.status, 201, first.text);
      const [there, size] = [await count(list), await auditSize()];
      const headers = fresh();
      const again = await service.call("POST", row.path(), row.body(variant), headers);
      assert.deepEqual(again.body, first.body);
      assert.deepEqual(same(await service.call("POST", row.path(), row.body(variant), headers)), same(again));
      const other = await service.call("POST", row.path(), row.body((variants += 1)), headers);
      assertProblem(other, "request.idempotency_conflict");
      assert.equal(await count(list), there);
      assert.equal(await auditSize(), size);
    });
  }
});

test("a refusal is repeated as it was first, with the id of the request that was recorded", async () => {
  const headers = fresh();
  const path = `/v1/keys/${deniedKeyId}/sign`;
  const first = await service.call("POST", path, message(1), headers);
  assertProblem(first, "policy.denied");
  const size = await auditSize();
  const repeat = await service.call("POST", path, message(1), headers);
  assertProblem(repeat, "policy.denied");
  assert.deepEqual(repeat.body, first.body);
  assert.equal(await auditSize(), size);
  // The verdict stands, whatever the policies would say today.
  assertProblem(await service.call("POST", path, message(2), headers), "request.idempotency_conflict");
});

test("one key of two principals is two keys", async () => {
  const made = await service.call("POST", "/v1/principals", { name: "other", roles: ["KeyAdmin"] });
  const headers = fresh();
  const mine = await service.call("POST", "/v1/wallets", { name: "mine" }, headers);
  const theirs = await service.call(
    "POST",
    "/v1/wallets",
    { name: "theirs" },
    { ...headers, authorization: `Bearer ${made.body.token}` },
  );
  assert.equal(theirs.status, 201, theirs.text);
  assert.notEqual(theirs.body.id, mine.body.id);
});

test("a repeat gets the answer while its caller still has the right, and no longer", async () => {
  const body = { name: "rightful", roles: ["KeyAdmin"] };
  const { id, token } = (await service.call("POST", "/v1/principals", body)).body;
  const headers = { ...fresh(), authorization: `Bearer ${token}` };
  const ask = (name = "rightful"): Promise<Reply> => service.call("POST", "/v1/wallets", { name }, headers);
  const first = await ask();
  assert.equal(first.status, 201, first.text);
  await service.call("PATCH", `/v1/principals/${id}`, { roles: ["Auditor"] });
  assertProblem(await ask(), "auth.forbidden");
  assertProblem(await ask("another"), "auth.forbidden");
  await service.call("PATCH", `/v1/principals/${id}`, { roles: ["KeyAdmin"] });
  const repeat = await ask();
  assert.deepEqual([repeat.status, repeat.text], [first.status, first.text]);
});

test("a repeat gets the answer where the act itself would be refused by now", async () => {
  const headers = fresh();
  const path = `/v1/wallets/${walletId}/keys`;
  const first = await service.call("POST", path, { chain: "ethereum", index: 900 }, headers);
  await service.call("POST", "/v1/sys/seal");
  try {
    assertProblem(await service.call("POST", path, { chain: "ethereum", index: 901 }), "service.sealed");
    const repeat = await service.call("POST", path, { chain: "ethereum", index: 900 }, headers);
    assert.deepEqual([repeat.status, repeat.text], [first.status, first.text]);
    const other = await service.call("POST", path, { chain: "ethereum", index: 902 }, headers);
    assertProblem(other, "request.idempotency_conflict");
  } finally {
    const passphrase = readFileSync(join(service.dataDirectory, "dev.passphrase"), "utf8");
    assert.equal((await service.call("POST", "/v1/sys/unseal", { passphrase })).status, 200);
  }
});

test("an answer that an earlier release kept is given as it was kept", async () => {
  const { items } = (await service.call("GET", "/v1/principals")).body;
  const body = { name: "from before" };
  const answer = { id: "wal_before", name: body.name, createdAt: "2025-01-01T00:00:00.000Z" };
  // Over method, target and canonical body, as every release has hashed them.
  const hash = createHash("sha256").update('POST /v1/wallets\n{"name":"from before"}').digest();
  const database = openLedger(join(service.dataDirectory, LEDGER_FILE), { readonly: false });
  database
    .prepare(
      `INSERT INTO idempotent_answer (namespace, principal, idempotency_key, request_hash, status, body, created_at)
       VALUES ('default', ?, 'from-before', ?, 201, ?, '2025-01-01T00:00:00.000Z')`,
    )
    .run(items[0].id, new Uint8Array(hash), JSON.stringify(answer));
  database.close();
  const headers = { "idempotency-key": "from-before" };
  const repeat = await service.call("POST", "/v1/wallets", body, headers);
  assert.deepEqual([repeat.status, repeat.text], [201, JSON.stringify(answer)]);
  const other = await service.call("POST", "/v1/wallets", { name: "another" }, headers);
  assertProblem(other, "request.idempotency_conflict");
});

test("a request that failed its schema leaves the key unused", async () => {
  const headers = fresh();
  assertProblem(await service.call("POST", "/v1/wallets", { nam: "x" }, headers), "request.malformed");
  assert.equal((await service.call("POST", "/v1/wallets", { name: "x" }, headers)).status, 201);
});

test("the same namespace made twice at once, under two keys: one is made, the other is a conflict", async () => {
  const replies = await Promise.all(
    [1, 2].map(() => service.call("POST", "/v1/namespaces", { name: "raced" }, fresh())),
  );
  const [won, lost] = replies.toSorted((a, b) => a.status - b.status);
  assert.equal(won?.status, 201);
  assert.ok(lost);
  assertProblem(lost, "request.conflict");
});
