/** Bearer tokens: shown once, kept as a hash, gone at once when their principal is deleted. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { PrincipalIndex, type Principal } from "../../src/access/principals.ts";
import { createToken, hashToken, sameHash, TOKEN_LENGTH_MIN } from "../../src/access/tokens.ts";
import { assertProblem } from "../http/problems.ts";
import { RunningService, TOKEN } from "../running/service.ts";

const PRINCIPAL: Principal = {
  id: "prn_1",
  namespace: "default",
  name: "someone",
  roles: ["Auditor"],
  groups: [],
  createdAt: "2026-01-01T00:00:00.000Z",
};

test("a token has 256 random bits and no two are alike", () => {
  const tokens = Array.from({ length: 1000 }, createToken);
  assert.equal(new Set(tokens).size, 1000);
  for (const token of tokens) assert.match(token, /^clv_[A-Za-z0-9_-]{43}$/);
  assert.ok((tokens[0]?.length ?? 0) >= TOKEN_LENGTH_MIN);
});

test("a token is kept as its SHA-256", () => {
  assert.deepEqual(hashToken("abc"), new Uint8Array(createHash("sha256").update("abc").digest()));
});

test("hashes are equal only as a whole", () => {
  const hash = hashToken("abc");
  assert.ok(sameHash(hash, hashToken("abc")));
  assert.ok(!sameHash(hash, hash.subarray(0, 31)));
  for (let index = 0; index < 32; index += 1) {
    const other = hash.slice();
    other[index] = (other[index] ?? 0) ^ 1;
    assert.ok(!sameHash(hash, other), `byte ${index}`);
  }
});

test("an index that finds the first half of a hash still compares the second", () => {
  const token = createToken();
  for (let index = 16; index < 32; index += 1) {
    const near = hashToken(token);
    near[index] = (near[index] ?? 0) ^ 1;
    const principals = new PrincipalIndex();
    principals.add(PRINCIPAL, near);
    assert.equal(principals.authenticate(token), undefined);
  }
  const principals = new PrincipalIndex();
  principals.add(PRINCIPAL, hashToken(token));
  assert.equal(principals.authenticate(token), PRINCIPAL);
  principals.remove(PRINCIPAL.id);
  assert.equal(principals.authenticate(token), undefined);
});

let service: RunningService;
before(async () => {
  service = await RunningService.start({ environment: { CLAVIGER_LOG__LEVEL: "trace" } });
});
after(() => service.stop());

test("the scheme's name has no case; the token has", async () => {
  const ask = async (authorization: string): Promise<number> =>
    (await service.call("GET", "/v1/keys", undefined, { authorization })).status;
  assert.equal(await ask(`bearer ${TOKEN}`), 200);
  assert.equal(await ask(`BEARER  ${TOKEN}`), 200);
  assert.equal(await ask(`Bearer ${TOKEN.toUpperCase()}`), 401);
  assert.equal(await ask(`Bearer ${TOKEN}x`), 401);
  assert.equal(await ask(TOKEN), 401);
});

test("a deleted principal's token stops at once; its id stays taken", async () => {
  const made = await service.call("POST", "/v1/principals", { name: "leaver", roles: ["Auditor"] });
  const headers = { authorization: `Bearer ${made.body.token}` };
  assert.equal((await service.call("GET", "/v1/keys", undefined, headers)).status, 200);
  const deleted = await service.call("DELETE", `/v1/principals/${made.body.id}`);
  assert.equal(deleted.status, 204);
  assertProblem(await service.call("GET", "/v1/keys", undefined, headers), "auth.missing");
  assertProblem(await service.call("DELETE", `/v1/principals/${made.body.id}`), "request.not_found");
  const listed = await service.call("GET", "/v1/principals?limit=500");
  assert.ok(!listed.text.includes(made.body.id));
});

test("the last administrator of the root namespace cannot be deleted", async () => {
  const listed = await service.call("GET", "/v1/principals?limit=500");
  const administrators = listed.body.items.filter((item: any) => item.roles.includes("NamespaceAdmin"));
  assert.equal(administrators.length, 1);
  const path = `/v1/principals/${administrators[0].id}`;
  assertProblem(await service.call("DELETE", path), "request.conflict");
  const second = await service.call("POST", "/v1/principals", { name: "second", roles: ["NamespaceAdmin"] });
  const headers = { authorization: `Bearer ${second.body.token}` };
  assert.equal((await service.call("DELETE", `/v1/principals/${second.body.id}`)).status, 204);
  assertProblem(await service.call("GET", "/v1/principals", undefined, headers), "auth.missing");
  assert.equal((await service.call("GET", "/v1/principals")).status, 200);
});

test("no token is in the data directory, in a list or in the log", async () => {
  const header = { "idempotency-key": "tokens-1" };
  const body = { name: "secretive", roles: ["KeyUser"] };
  const made = await service.call("POST", "/v1/principals", body, header);
  const token: string = made.body.token;
  assert.match(token, /^clv_/);
  const repeated = await service.call("POST", "/v1/principals", body, header);
  assert.deepEqual(repeated.body, { ...made.body, token: null });
  // Used once, and once wrongly, so that it has passed through everything that could write it down.
  const headers = { authorization: `Bearer ${token}` };
  await service.call("POST", "/v1/wallets", { name: "not allowed" }, headers);
  await service.call("GET", "/v1/keys", undefined, { authorization: `Bearer ${token}x` });
  for (const path of ["/v1/principals?limit=500", "/v1/audit/entries?limit=500", "/metrics"]) {
    const reply = await service.call("GET", path);
    assert.ok(!reply.text.includes(token.slice(4)) && !reply.text.includes(TOKEN), path);
  }
  const files = readdirSync(service.dataDirectory, { recursive: true, withFileTypes: true });
  const contents = files
    .filter((file) => file.isFile())
    .map((file) => [file.name, readFileSync(join(file.parentPath, file.name))] as const);
  assert.ok(
    contents.some(([, bytes]) => bytes.includes(made.body.id)),
    "the principal itself is stored",
  );
  for (const secret of [token, token.slice(4), TOKEN]) {
    for (const [name, bytes] of contents) assert.ok(!bytes.includes(secret), name);
    assert.ok(!service.stderr.join("").includes(secret));
  }
});
