/** /metrics: what docs/metrics.md names is there, what is there is named, and no label tells whose key it was. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parse as parseYaml } from "yaml";
import { EotsClient } from "../grpc/client.ts";
import { ALLOW_OPAQUE, bind, DENY, fromText } from "../running/policies.ts";
import { RunningService } from "../running/service.ts";
import { block, signDuty, validatorKeys, vote } from "../running/validators.ts";

const DOCUMENTATION = readFileSync(join(import.meta.dirname, "../../docs/metrics.md"), "utf8");
/** Rows of the table of our own metrics: name, type, labels. */
const DOCUMENTED = [...DOCUMENTATION.matchAll(/^\| `(\w+)`\s*\| (\w+)\s*\| ([^|]*)\|/gm)].map(
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
/** Of the finality provider: the one key that a label may name. */
let uid: string;

before(async () => {
  service = await RunningService.start({
    environment: { CLAVIGER_EOTS__ENABLED: "true", CLAVIGER_EOTS__PORT: "0" },
  });
  await service.call("POST", "/v1/namespaces", { name: NAMESPACE });
  const wallet = await service.call("POST", "/v1/wallets", { name: "metrics-wallet-name" });
  secrets.push(wallet.body.id, wallet.body.name);
  for (const [index, policy] of [ALLOW_OPAQUE, DENY, ENDLESS].entries()) {
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
  const [validator = ""] = await validatorKeys(service, 1);
  secrets.push(validator.slice(2));
  for (const duty of [block(1n), block(1n, 1), vote(1n, 2n), {}]) await signDuty(service, validator, duty);
  await signDuty(service, `0x${"ab".repeat(48)}`, vote(1n, 2n));
  await finalityProvider(wallet.body.id);
  await service.call("GET", "/v1/no-such-route/secret-path");
  text = (await service.call("GET", "/metrics")).text;
});
after(() => service.stop());

/** A vote, a double sign, a batch of both, a commitment and randomness for three heights. */
async function finalityProvider(walletId: string): Promise<void> {
  const key = await service.call("POST", `/v1/wallets/${walletId}/keys`, { chain: "babylon" });
  uid = key.body.address;
  secrets.push(key.body.id);
  const client = new EotsClient(service.eots);
  const [provider, chainId] = [Buffer.from(uid, "hex"), Buffer.from("chain-of-the-metrics-test")];
  secrets.push(chainId.toString());
  await client.signEots(provider, chainId, 10n, Buffer.alloc(40));
  await assert.rejects(client.signEots(provider, chainId, 10n, Buffer.alloc(40, 1)));
  // Repeats are given out and not counted again, over either door.
  await client.signEots(provider, chainId, 10n, Buffer.alloc(40));
  const items = [10n, 12n].map((height) => ({ height, message: Buffer.alloc(40, 1) }));
  await client.signBatch(provider, chainId, items);
  await client.signBatch(provider, chainId, items);
  const rest = { type: "babylon.eots", chainId: chainId.toString(), message: "0x00" };
  for (const height of ["11", "11", "10"]) {
    await service.call("POST", `/v1/keys/${key.body.id}/sign`, { ...rest, height });
  }
  await client.randomness(provider, chainId, 90n, 0);
  await client.signSchnorr(provider, Buffer.alloc(32));
  await client.randomness(provider, chainId, 10n, 3, 2n);
  await assert.rejects(client.randomness(provider, chainId, 2n ** 64n - 1n, 3));
  client.close();
}

test("the documentation has a row for every metric of ours, and no other", () => {
  const exposed = [...text.matchAll(/^# TYPE ((?!process_|nodejs_)\w+) (\w+)$/gm)].map(
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
      assert.deepEqual(
        new Set(found.filter((label) => label !== "le" && label !== "quantile")),
        new Set(labels),
        line,
      );
    }
  });
}

/** Every expression of the board and of the rules. */
function expressions(): string[] {
  const read = (file: string) => readFileSync(join(import.meta.dirname, "../../docs", file), "utf8");
  const board = JSON.parse(read("grafana/validators.json"));
  const rules = parseYaml(read("alerts.yaml"));
  return [
    ...board.panels.flatMap((panel: any) => panel.targets.map((target: any) => target.expr)),
    ...board.templating.list.flatMap((variable: any) =>
      variable.type === "query" ? [variable.query.query] : [],
    ),
    ...rules.groups.flatMap((group: any) => group.rules.map((rule: any) => rule.expr)),
  ];
}

test("the board and the alert rules name metrics, labels and values that are there", () => {
  const all = expressions();
  assert.ok(all.length > 20);
  for (const expression of all) {
    const named = [
      ...expression.matchAll(/\b((?:claviger|signing|eth2|http_bls|eots)_\w+)(?:\{([^}]*)\})?/g),
    ];
    assert.ok(named.length > 0, expression);
    for (const [, name = "", selector = ""] of named) {
      const lines = text.split("\n").filter((line) => new RegExp(`^${name}[{ ]`).test(line));
      const known = lines.length > 0 || name === "claviger_policy_workers_lost_total";
      assert.ok(known, `${name} of: ${expression}`);
      for (const [, label = ""] of selector.matchAll(/(\w+)=~?"/g)) {
        const absent = label !== "instance" && !lines.some((line) => line.includes(`${label}="`));
        assert.ok(!absent, `label ${label} of: ${expression}`);
      }
      for (const reason of /reason=~?"([^"]+)"/.exec(selector)?.[1]?.split("|") ?? []) {
        assert.ok(
          lines.some((line) => line.includes(`reason="${reason}"`)),
          `${reason} of: ${expression}`,
        );
      }
    }
  }
});

test("what happened was counted", () => {
  const value = (line: string): number =>
    Number(
      text
        .split("\n")
        .find((sample) => sample.startsWith(`${line} `))
        ?.split(" ")
        .at(-1),
    );
  assert.equal(value('claviger_sign_requests_total{type="ethereum.message",outcome="signed"}'), 1);
  assert.equal(value('claviger_sign_requests_total{type="ethereum.message",outcome="policy.denied"}'), 1);
  assert.equal(value('claviger_sign_requests_total{type="ethereum.message",outcome="policy.failed"}'), 1);
  assert.equal(value('claviger_evaluate_requests_total{type="ethereum.message",outcome="done"}'), 3);
  assert.equal(value('claviger_http_requests_total{method="GET",route="none",status="404"}'), 1);
  assert.equal(value('claviger_duties_signed_total{type="BLOCK_V2"}'), 1);
  assert.equal(value('claviger_duties_signed_total{type="ATTESTATION"}'), 1);
  assert.equal(value('claviger_guard_refusals_total{reason="double_proposal"}'), 1);
  assert.equal(value('claviger_guard_refusals_total{reason="double_vote"}'), 0);
  assert.equal(value("eth2_slashingprotection_permitted_signings"), 2);
  assert.equal(value("eth2_slashingprotection_prevented_signings"), 1);
  assert.equal(value('eth2_slashingprotection_database_duration_count{signingOperation="block"}'), 1);
  assert.equal(value("signing_bls_signing_duration_count"), 2);
  assert.equal(value("signing_bls_missing_identifier_count_total"), 1);
  assert.equal(value("http_bls_malformed_request_count_total"), 1);
  assert.equal(value("signing_signers_loaded_count"), 1);
  assert.equal(value('claviger_sign_requests_total{type="babylon.eots",outcome="signed"}'), 6);
  assert.equal(value('claviger_sign_requests_total{type="babylon.eots",outcome="guard.eots_conflict"}'), 4);
  assert.equal(value('claviger_guard_refusals_total{reason="eots_conflict"}'), 4);
  assert.equal(value('claviger_guard_refusals_total{reason="eots_below_floor"}'), 0);
  assert.equal(value('claviger_grpc_calls_total{method="SignEOTS",status="OK"}'), 2);
  assert.equal(value('claviger_grpc_calls_total{method="SignEOTS",status="FAILED_PRECONDITION"}'), 1);
  assert.equal(value('claviger_grpc_calls_total{method="SignEOTS",status="UNAUTHENTICATED"}'), 0);
  const provider = `{fp_btc_pk_hex="${uid}"}`;
  assert.equal(value(`eots_fp_total_eots_sign_counter${provider}`), 3);
  assert.equal(value(`eots_fp_last_eots_sign_height${provider}`), 11);
  assert.equal(value(`eots_fp_total_schnorr_sign_counter${provider}`), 1);
  assert.equal(value(`eots_fp_total_generated_randomness_counter${provider}`), 2);
  assert.equal(value(`eots_fp_last_generated_randomness_height${provider}`), 10);
  assert.equal(value("eots_created_keys_counter"), 1);
  assert.equal(value("claviger_finality_provider_keys_loaded"), 1);
  assert.equal(value("claviger_sealed"), 0);
  assert.ok(value("claviger_keys_loaded") >= 12);
  assert.ok(value("claviger_policy_fuel_count") >= 6);
  for (const stage of ["decode", "evaluate", "record", "sign", "verify", "respond"]) {
    assert.ok(value(`claviger_stage_seconds_count{stage="${stage}"}`) >= 1, stage);
  }
});

test("eotsd's names alone tell whose key it was", () => {
  const named = text.split("\n").filter((line) => line.includes(uid));
  for (const line of named) assert.match(line, /^eots_fp_\w+\{fp_btc_pk_hex="[0-9a-f]{64}"\} /);
  assert.equal(named.length, 5);
});

test("no label names another key, an address, a wallet, a tenant, a binding, a request or a path", () => {
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
