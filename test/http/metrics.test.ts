/** /metrics: what docs/metrics.md names is there, what is there is named, and no label tells whose key it was. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ALLOW, bind, DENY, fromText } from "../running/policies.ts";
import { RunningService } from "../running/service.ts";

const DOCUMENTATION = readFileSync(join(import.meta.dirname, "../../docs/metrics.md"), "utf8");
/** Rows of the table of our own metrics: name, type, labels. */
const DOCUMENTED = [...DOCUMENTATION.matchAll(/^\| `(claviger_\w+)`\s*\| (\w+)\s*\| ([^|]*)\|/gm)].map(
  ([, name = "", type = "", labels = ""]) => ({
    name,
    type,
    labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label),
  }),
);

const NAMESPACE = "tenant-of-the-metrics-test";
const MESSAGE = { type: "ethereum.message", message: { text: "hello" } };
/** Loops until its fuel is gone, which is a failed policy and no lost worker. */
const ENDLESS = fromText(`(module
  (memory (export "memory") 3)
  (func (export "policy_abi_v1"))
  (func (export "policy_alloc") (param i32) (result i32) i32.const 65536)
  (func (export "policy_evaluate") (param i32 i32) (result i64) (loop br 0) i64.const 0))`);

let service: RunningService;
const secrets: string[] = [NAMESPACE];
let text: string;

before(async () => {
  service = await RunningService.start();
  await service.call("POST", "/v1/namespaces", { name: NAMESPACE });
  const wallet = await service.call("POST", "/v1/wallets", { name: "metrics-wallet-name" });
  secrets.push(wallet.body.id, wallet.body.name);
  for (const [index, policy] of [ALLOW, DENY, ENDLESS].entries()) {
    for (const chain of ["ethereum", "solana", "bitcoin", "starknet"]) {
      const path = `/v1/wallets/${wallet.body.id}/keys`;
      const at = chain === "solana" ? { account: index } : { index };
      const key = await service.call("POST", path, { chain, ...at, label: "metrics-label" });
      assert.equal(key.status, 201, key.text);
      secrets.push(key.body.id, key.body.address, key.body.publicKey.slice(2), key.body.label);
      secrets.push(await bind(service, policy, { keyId: key.body.id }));
      const reply = await service.call("POST", `/v1/keys/${key.body.id}/sign`, MESSAGE);
      await service.call("POST", `/v1/keys/${key.body.id}/evaluate`, MESSAGE);
      await service.call("GET", `/v1/requests/${reply.body.requestId}`);
      secrets.push(reply.body.requestId);
    }
  }
  await service.call("GET", "/v1/no-such-route/secret-path");
  text = (await service.call("GET", "/metrics")).text;
});
after(() => service.stop());

test("the documentation has a row for every metric of ours, and no other", () => {
  const exposed = [...text.matchAll(/^# TYPE (claviger_\w+) (\w+)$/gm)].map(
    ([, name, type]) => `${name} ${type}`,
  );
  assert.deepEqual(DOCUMENTED.map(({ name, type }) => `${name} ${type}`).toSorted(), exposed.toSorted());
});

for (const { name, labels } of DOCUMENTED) {
  test(`${name} has the labels that are documented`, () => {
    const lines = text
      .split("\n")
      .filter((line) => new RegExp(`^${name}(?:_bucket|_sum|_count)?[{ ]`).test(line));
    // A counter with labels has no line before its first event.
    if (name !== "claviger_policy_workers_lost_total") assert.ok(lines.length > 0);
    for (const line of lines) {
      const found = [...(/\{(.*)\}/.exec(line)?.[1] ?? "").matchAll(/(\w+)="/g)].map(([, label]) => label);
      assert.deepEqual(new Set(found.filter((label) => label !== "le")), new Set(labels), line);
    }
  });
}

test("what happened was counted", () => {
  const value = (line: string): number =>
    Number(
      text
        .split("\n")
        .find((one) => one.startsWith(`${line} `))
        ?.split(" ")
        .at(-1),
    );
  assert.equal(value('claviger_sign_requests_total{type="ethereum.message",outcome="signed"}'), 1);
  assert.equal(value('claviger_sign_requests_total{type="ethereum.message",outcome="policy.denied"}'), 1);
  assert.equal(value('claviger_sign_requests_total{type="ethereum.message",outcome="policy.failed"}'), 1);
  assert.equal(value('claviger_evaluate_requests_total{type="ethereum.message",outcome="done"}'), 3);
  assert.equal(value('claviger_http_requests_total{method="GET",route="none",status="404"}'), 1);
  assert.equal(value("claviger_sealed"), 0);
  assert.ok(value("claviger_keys_loaded") >= 12);
  assert.ok(value("claviger_policy_fuel_count") >= 6);
  for (const stage of ["decode", "evaluate", "record", "sign", "verify", "respond"]) {
    assert.ok(value(`claviger_stage_seconds_count{stage="${stage}"}`) >= 1, stage);
  }
});

test("no label names a key, an address, a wallet, a tenant, a binding, a request or a path", () => {
  for (const secret of [...secrets, "secret-path"]) assert.ok(!text.includes(secret), secret);
  assert.doesNotMatch(text, /(?:wal|key|req|bnd|prn)_[0-9a-z]{20}/);
  assert.doesNotMatch(text, /0x[0-9a-fA-F]{20}|sha256:/);
});

test("a metric's labels take few values, whatever clients send", async () => {
  const lines = async (): Promise<number> => (await service.call("GET", "/metrics")).text.split("\n").length;
  const key = (await service.call("GET", "/v1/keys")).body.items[0].id;
  await service.call("GET", "/v1/x0");
  await service.call("POST", `/v1/keys/${key}/sign`, { type: "made.up" });
  const first = await lines();
  for (let index = 0; index < 20; index += 1) {
    await service.call("GET", `/v1/x${index}`);
    await service.call("GET", `/v1/keys/${index}`);
    await service.call("POST", `/v1/keys/${key}/sign`, { type: `made.up.${index}` });
  }
  assert.ok((await lines()) <= first + 2);
});
