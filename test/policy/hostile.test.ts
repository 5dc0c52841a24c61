/** Guests that hang, flood or fill memory, and what the next caller notices of it: nothing. */
import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { SignerError } from "../../src/domain/errors.ts";
import { GUEST_LIMITS } from "../../src/policy/limits.ts";
import { PolicySandbox, type EvaluationResult, type PolicySandboxOptions } from "../../src/policy/sandbox.ts";
import { ALLOW, answering, guest, INPUT } from "./guests.ts";

const FUEL = 10_000_000;
const HUGE_FUEL = Number.MAX_SAFE_INTEGER;
const ENDLESS = guest({ evaluate: "(loop $again (br $again)) (i64.const 0)" });

/** Until a guest that hangs is ended: long for one that answers, on a loaded machine too. */
const HANGS_MS = 500;

/** Where nothing hangs, the backstop is out of reach. */
async function started(context: TestContext, options: PolicySandboxOptions = {}): Promise<PolicySandbox> {
  const sandbox = new PolicySandbox({ cpuMs: 30_000, ...options });
  context.after(() => sandbox.close());
  await sandbox.ready();
  return sandbox;
}

function said({ verdict }: EvaluationResult): string {
  return verdict.decision === "failed" ? verdict.failure : verdict.decision;
}

describe("a guest that hangs", () => {
  test("may run for a quarter of a second", () => assert.equal(GUEST_LIMITS.cpuMs, 250));

  test("is answered `timeout`; the others of its batch are answered by the spare", async (context) => {
    const lost: string[] = [];
    const onThreadLost = (cause: string): void => void lost.push(cause);
    const sandbox = await started(context, { cpuMs: HANGS_MS, onThreadLost });
    const fine = (await sandbox.prepare(answering(ALLOW))).digest;
    const hangs = (await sandbox.prepare(ENDLESS)).digest;
    const digests = [fine, fine, hangs, fine, fine];
    const began = performance.now();
    const results = await Promise.all(
      digests.map((digest) => sandbox.evaluate({ digest, input: INPUT, fuelMax: HUGE_FUEL })),
    );
    assert.deepEqual(results.map(said), ["allow", "allow", "timeout", "allow", "allow"]);
    assert.ok(performance.now() - began >= HANGS_MS);
    assert.deepEqual(lost, ["timeout"]);
    assert.equal(results[2]?.fuelUsed, HUGE_FUEL);
    assert.equal(sandbox.depth, 0);
  });

  test("again and again: each time a new spare takes over", async (context) => {
    const sandbox = await started(context, { cpuMs: HANGS_MS });
    const fine = (await sandbox.prepare(answering(ALLOW))).digest;
    const hangs = (await sandbox.prepare(ENDLESS)).digest;
    for (let round = 0; round < 4; round++) {
      assert.equal(
        said(await sandbox.evaluate({ digest: hangs, input: INPUT, fuelMax: HUGE_FUEL })),
        "timeout",
      );
      assert.equal(said(await sandbox.evaluate({ digest: fine, input: INPUT, fuelMax: FUEL })), "allow");
    }
  });

  test("two in one batch: both time out, nothing is lost", async (context) => {
    const sandbox = await started(context, { cpuMs: HANGS_MS });
    const hangs = (await sandbox.prepare(ENDLESS)).digest;
    const fine = (await sandbox.prepare(answering(ALLOW))).digest;
    const results = await Promise.all(
      [hangs, fine, hangs, fine].map((digest) =>
        sandbox.evaluate({ digest, input: INPUT, fuelMax: HUGE_FUEL }),
      ),
    );
    assert.deepEqual(results.map(said), ["timeout", "allow", "timeout", "allow"]);
  });

  test("in policy_validate_settings refuses the settings", async (context) => {
    const sandbox = await started(context, { cpuMs: HANGS_MS });
    const module = guest({ settings: "(loop $again (br $again)) (i64.const 0)", evaluate: "(i64.const 0)" });
    const { digest } = await sandbox.prepare(module);
    const verdict = await sandbox.validateSettings(digest, "{}", HUGE_FUEL);
    assert.match(verdict.ok ? "" : verdict.reason, /^timeout: /);
  });
});

describe("load", () => {
  test("200 evaluations at once, on one and on two active workers", async (context) => {
    for (const activeWorkers of [1, 2]) {
      const sandbox = await started(context, { activeWorkers });
      const allow = (await sandbox.prepare(answering(ALLOW))).digest;
      const deny = (await sandbox.prepare(answering('{"decision":"deny","reason":"no"}'))).digest;
      const requests = Array.from({ length: 200 }, (_, index) => (index % 3 === 0 ? deny : allow));
      const results = await Promise.all(
        requests.map((digest) => sandbox.evaluate({ digest, input: INPUT, fuelMax: FUEL })),
      );
      assert.deepEqual(
        results.map(said),
        requests.map((digest) => (digest === deny ? "deny" : "allow")),
      );
      assert.equal(new Set(results.map((result) => result.fuelUsed)).size, 1);
    }
  });

  test("a full queue is `service.overloaded`, and the accepted ones are answered", async (context) => {
    const sandbox = await started(context, { evaluationsMax: 4, requestsMax: 6 });
    const { digest } = await sandbox.prepare(answering(ALLOW));
    const settled = await Promise.allSettled(
      Array.from({ length: 30 }, () => sandbox.evaluate({ digest, input: INPUT, fuelMax: FUEL })),
    );
    const refused = settled.filter((outcome) => outcome.status === "rejected");
    assert.equal(refused.length, 20);
    for (const outcome of refused) {
      assert.ok(outcome.reason instanceof SignerError && outcome.reason.code === "service.overloaded");
    }
  });

  test("memory stays bounded over 400 guests that each fill 16 MiB", async (context) => {
    const sandbox = await started(context);
    const fill =
      "(drop (memory.grow (i32.const 254))) (memory.fill (i32.const 0) (i32.const 7) (i32.const 16777216))";
    const { digest } = await sandbox.prepare(guest({ evaluate: `${fill} unreachable` }));
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 20; round++) {
      const results = await Promise.all(
        Array.from({ length: 20 }, () => sandbox.evaluate({ digest, input: INPUT, fuelMax: 100_000_000 })),
      );
      assert.ok(results.every((result) => said(result) === "trap"));
    }
    const growth = process.memoryUsage().rss - before;
    assert.ok(
      growth < 800 * 2 ** 20,
      `grew by ${Math.round(growth / 2 ** 20)} MiB of 6,400 MiB that were filled`,
    );
  });

  test("close waits for what was accepted and refuses what comes after", async () => {
    const sandbox = new PolicySandbox({ cpuMs: 30_000 });
    const { digest } = await sandbox.prepare(answering(ALLOW));
    const last = sandbox.evaluate({ digest, input: INPUT, fuelMax: FUEL });
    await sandbox.close();
    assert.equal(said(await last), "allow");
    await assert.rejects(sandbox.evaluate({ digest, input: INPUT, fuelMax: FUEL }), {
      code: "service.stopping",
    });
    await assert.rejects(sandbox.prepare(answering(ALLOW)), { code: "service.stopping" });
  });
});

describe("modules", () => {
  test("a source that gives other bytes, fails or is empty: module_unavailable", async (context) => {
    for (const source of [
      () => Promise.resolve(answering(ALLOW)),
      () => Promise.resolve(new Uint8Array(4)),
      () => Promise.reject(new Error("disk")),
      () => Promise.resolve(undefined),
    ]) {
      const sandbox = await started(context, { source });
      const result = await sandbox.evaluate({
        digest: `sha256:${"1".repeat(64)}`,
        input: INPUT,
        fuelMax: FUEL,
      });
      assert.equal(said(result), "module_unavailable");
    }
  });
});
