/** Probes: what an orchestrator asks, in every state of the service. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ALLOW_OPAQUE, bind } from "../running/policies.ts";
import { RunningService, type Reply } from "../running/service.ts";
import { assertProblem } from "./problems.ts";

const NO_TOKEN = { authorization: "" };
const MESSAGE = { type: "ethereum.message", message: { text: "hello" } };

let service: RunningService;
let keyId: string;
let walletId: string;
before(async () => {
  service = await RunningService.start();
  walletId = (await service.call("POST", "/v1/wallets", { name: "health" })).body.id;
  keyId = (await service.call("POST", `/v1/wallets/${walletId}/keys`, { chain: "ethereum" })).body.id;
  await bind(service, ALLOW_OPAQUE, { keyId });
});
after(() => service.stop());

async function probe(name: string): Promise<Reply> {
  return service.call("GET", `/health/${name}`, undefined, NO_TOKEN);
}

async function sealedGauge(): Promise<string | undefined> {
  const { text } = await service.call("GET", "/metrics", undefined, NO_TOKEN);
  return /^claviger_sealed (\d)$/m.exec(text)?.[1];
}

test("unsealed: live, started and ready, without a token, and not to be cached", async () => {
  for (const [name, status] of [
    ["live", "live"],
    ["startup", "started"],
    ["ready", "ready"],
  ] as const) {
    const reply = await probe(name);
    assert.equal(reply.status, 200);
    assert.deepEqual(reply.body, { status });
    assert.equal(reply.headers.get("cache-control"), "no-store");
    assert.equal(reply.headers.get("x-content-type-options"), "nosniff");
  }
  assert.equal(await sealedGauge(), "0");
});

test("sealed: live but not ready; nothing is signed or made; reading goes on; unsealing makes it ready again", async () => {
  const size = (await service.call("GET", "/v1/sys/status")).body.auditSize;
  const sealed = await service.call("POST", "/v1/sys/seal");
  assert.equal(sealed.status, 200, sealed.text);
  assert.equal(sealed.body.state, "sealed");
  assert.equal((await probe("live")).status, 200);
  assert.equal((await probe("startup")).status, 200);
  assertProblem(await probe("ready"), "service.sealed");
  assert.equal(await sealedGauge(), "1");
  assertProblem(await service.call("POST", `/v1/keys/${keyId}/sign`, MESSAGE), "service.sealed");
  assertProblem(await service.call("POST", "/v1/wallets", { name: "x" }), "service.sealed");
  const key = { chain: "solana" };
  assertProblem(await service.call("POST", `/v1/wallets/${walletId}/keys`, key), "service.sealed");
  const raw = { chain: "ethereum", privateKey: `0x${"05".repeat(32)}` };
  assertProblem(await service.call("POST", "/v1/keys/import", raw), "service.sealed");
  assert.equal((await service.call("GET", `/v1/keys/${keyId}`)).status, 200);
  assert.equal((await service.call("GET", "/v1/audit/entries")).status, 200);
  // Sealing once more changes nothing that a caller could see.
  assert.equal((await service.call("POST", "/v1/sys/seal")).body.state, "sealed");

  const wrong = await service.call("POST", "/v1/sys/unseal", { passphrase: "not the passphrase" });
  assertProblem(wrong, "service.unseal_failed");
  assert.ok(!wrong.text.includes("not the passphrase"));
  assertProblem(await probe("ready"), "service.sealed");

  const passphrase = readFileSync(join(service.dataDirectory, "dev.passphrase"), "utf8");
  const unsealed = await service.call("POST", "/v1/sys/unseal", { passphrase });
  assert.equal(unsealed.status, 200, unsealed.text);
  assert.equal(unsealed.body.state, "unsealed");
  assert.equal((await probe("ready")).status, 200);
  assert.equal(await sealedGauge(), "0");
  const signed = await service.call("POST", `/v1/keys/${keyId}/sign`, MESSAGE);
  assert.equal(signed.status, 200, signed.text);
  const entries = await service.call("GET", `/v1/audit/entries?from=${size}`);
  const actions = entries.body.items.map((item: any) => item.entry.action ?? item.entry.type);
  assert.deepEqual(actions, ["system.seal", "system.seal", "system.unseal", "decision", "outcome"]);
});

test("a wrong passphrase while unsealed leaves it unsealed", async () => {
  const wrong = await service.call("POST", "/v1/sys/unseal", { passphrase: "not the passphrase" });
  assertProblem(wrong, "service.unseal_failed");
  assert.equal((await service.call("POST", `/v1/keys/${keyId}/sign`, MESSAGE)).status, 200);
});

test("status says what runs", async () => {
  const { body } = await service.call("GET", "/v1/sys/status");
  assert.equal(body.state, "unsealed");
  assert.match(body.version, /^\d+\.\d+\.\d+$/);
  assert.deepEqual(Object.keys(body.queues).toSorted(), ["chains", "ledger", "policy", "vault"]);
  assert.ok(body.keys >= 1 && body.auditSize > 0);
});

test("start-up prints no warning", () => {
  assert.doesNotMatch(service.stderr.join(""), /deprecat|warning/i);
});
