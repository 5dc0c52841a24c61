/** A receipt is evidence: what it holds is enough to execute the decision again, to the unit of fuel, without the service. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { runGuest } from "../../src/policy/execute.ts";
import { compilePolicy } from "../../src/policy/module.ts";
import { parseVerdict } from "../../src/policy/output.ts";
import { answering, bind, fromText, readyPolicy } from "../running/policies.ts";
import { RunningService } from "../running/service.ts";
import { makeKey, makeWallet, type Key } from "./custody.ts";

const TO = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const SETTINGS = {
  rules: [
    {
      chain: "ethereum",
      asset: "native",
      recipients: [TO],
      maxPerTransaction: "1000",
      windows: [{ seconds: 86_400, max: "1500" }],
    },
  ],
  maxFee: [{ chain: "ethereum", max: "1000000000000000" }],
};
/** Never ends: its fuel does. */
const ENDLESS = fromText(`(module
  (memory (export "memory") 3)
  (func (export "policy_abi_v1"))
  (func (export "policy_alloc") (param i32) (result i32) i32.const 65536)
  (func (export "policy_evaluate") (param i32 i32) (result i64) (loop br 0) unreachable))`);

let service: RunningService;
let key: Key;
/** A nonce for each: a second transaction of one nonce would only replace the first. */
let nonce = 0;

before(async () => {
  service = await RunningService.start();
  const walletId = await makeWallet(service, { name: "treasury" });
  key = await makeKey(service, walletId, { chain: "ethereum" });
  const scope = { keyId: key.id };
  await bind(service, readyPolicy("transfer-limits"), scope, { settings: SETTINGS });
  await bind(service, readyPolicy("deny-opaque"), { walletId });
  await bind(service, answering({ decision: "deny", reason: "only watching" }), scope, { mode: "shadow" });
  await bind(service, ENDLESS, scope, { mode: "shadow", fuelMax: 12_345 });
});
after(() => service.stop());

async function receiptOf(value: string, status: number): Promise<any> {
  const transaction = {
    chainId: 1,
    nonce: (nonce += 1),
    to: TO,
    value,
    gas: 21_000,
    maxFeePerGas: "30000000000",
    maxPriorityFeePerGas: "1",
  };
  const request = { type: "ethereum.transaction", transaction };
  const reply = await service.call("POST", `/v1/keys/${key.id}/sign`, request);
  assert.equal(reply.status, status, reply.text);
  const receipt = await service.call("GET", `/v1/receipts/${reply.body.requestId}`);
  assert.equal(receipt.status, 200, receipt.text);
  return receipt.body;
}

/** Every evaluation of `receipt`, run again here from the bytes in the receipt alone. */
function runAgain(receipt: any) {
  return receipt.evaluations.map((recorded: any) => {
    const module = Buffer.from(receipt.policies[recorded.policy], "base64");
    assert.equal(`sha256:${createHash("sha256").update(module).digest("hex")}`, recorded.policy);
    const { info, policy } = compilePolicy(module);
    assert.equal(info.meter.version, receipt.meter);
    assert.equal(info.meter.schedule, receipt.schedule);
    const input = new TextEncoder().encode(recorded.input);
    const run = runGuest(policy, "policy_evaluate", input, recorded.fuelMax);
    const failed = {
      decision: "failed",
      failure: run.ok ? "" : run.failure,
      message: run.ok ? "" : run.message,
    };
    const parsed = run.ok ? parseVerdict(run.output) : undefined;
    const verdict = parsed?.ok === true ? parsed.verdict : failed;
    return { verdict: JSON.parse(JSON.stringify(verdict)), fuelUsed: run.fuelUsed };
  });
}

describe("receipts: executed again", () => {
  for (const [name, value, status, expected] of [
    ["an allowed transfer", "1000", 200, "allow"],
    ["a transfer that the policy denied", "1001", 403, "deny"],
    ["a transfer past the sliding window, which the host refused", "501", 403, "allow"],
  ] as const) {
    test(`${name}: the same verdicts and the same fuel`, async () => {
      const receipt = await receiptOf(value, status);
      const recorded = receipt.evaluations.map(({ verdict, fuelUsed }: any) => ({ verdict, fuelUsed }));
      assert.deepEqual(runAgain(receipt), recorded);
      const decisions = recorded.map((evaluation: any) => evaluation.verdict.decision).toSorted();
      assert.deepEqual(decisions, [expected, "allow", "deny", "failed"].toSorted());
      assert.ok(recorded.every((evaluation: any) => evaluation.fuelUsed > 0));
    });
  }

  test("out of fuel: all of it was used, then and now", async () => {
    const receipt = await receiptOf("1", 200);
    const failed = runAgain(receipt).find((evaluation: any) => evaluation.verdict.decision === "failed");
    assert.deepEqual([failed.verdict.failure, failed.fuelUsed], ["out_of_fuel", 12_345]);
  });

  test("the input is what the audit entry committed to, and carries the request that was made", async () => {
    const receipt = await receiptOf("2", 200);
    const entries = await service.call("GET", `/v1/audit/entries?from=${receipt.auditSequence}&limit=1`);
    const { entry } = entries.body.items[0];
    assert.equal(entry.requestId, receipt.requestId);
    for (const [index, evaluation] of receipt.evaluations.entries()) {
      const inputHash = createHash("sha256").update(evaluation.input, "utf8").digest("hex");
      assert.equal(inputHash, entry.evaluations[index].inputHash);
      const input = JSON.parse(evaluation.input);
      assert.equal(input.request.id, receipt.requestId);
      assert.equal(input.intent.transfers[0].amount, "2");
    }
  });

  test("a changed input gives another verdict: the comparison above could fail", async () => {
    const receipt = await receiptOf("3", 200);
    const changed = receipt.evaluations.map((evaluation: any) => ({
      ...evaluation,
      input: evaluation.input?.replaceAll('"amount":"3"', '"amount":"3000"'),
    }));
    const decisions = runAgain({ ...receipt, evaluations: changed }).map(
      (evaluation: any) => evaluation.verdict.decision,
    );
    assert.equal(decisions.filter((decision: string) => decision === "deny").length, 2);
  });
});
