/** The path's order, and that every way out of it before the end leaves the key unused or the signature unreleased. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SignerError, type ErrorCode } from "../../src/domain/errors.ts";
import type { RecordedRequest } from "../../src/domain/requests.ts";
import { IN_PROCESS } from "../../src/signing/departures.ts";
import { foresee } from "../../src/signing/foresight.ts";
import { evaluate, sign } from "../../src/signing/path.ts";
import type { DecisionCall } from "../../src/record/decision.ts";
import { readPayloads } from "../../src/record/payloads.ts";
import { createEvaluateSteps, createSteps } from "../../src/signing/steps.ts";
import { fakeParts, type FakeParts } from "./parts.ts";
import { PRINCIPAL, submission } from "./sample.ts";

const SUBMISSION = submission();
const WHOLE = ["key", "decode", "evaluate", "decide", "sign", "verify", "assemble", "outcome"];

async function fails(
  code: ErrorCode,
  events: readonly string[],
  changes: Partial<FakeParts>,
  asked = SUBMISSION,
): Promise<void> {
  const { fake, parts } = fakeParts(changes);
  await assert.rejects(sign(createSteps(parts), asked), { code });
  assert.deepEqual(fake.events, events);
}

const refuse = (code: ErrorCode) => () => Promise.reject(new SignerError(code, "no"));

test("path: a caller without the role reaches nothing", () =>
  fails("auth.forbidden", [], {}, submission({ principal: { ...PRINCIPAL, roles: ["Auditor"] } })));

test("path: a key of another namespace is not found", () =>
  fails("key.not_found", ["key"], {}, submission({ principal: { ...PRINCIPAL, namespace: "other" } })));

test("path: sealed: nothing is decoded, evaluated or recorded", () =>
  fails("service.sealed", ["key"], { sealed: true }));

test("path: what cannot be decoded is not recorded", () =>
  fails("transaction.invalid", ["key", "decode"], { decode: refuse("transaction.invalid") }));

test("path: a ledger that fails: the key is not used", () =>
  fails("service.stopping", WHOLE.slice(0, 4), { decide: refuse("service.stopping") }));

test("path: a limit that refuses in the record step: the key is not used", () =>
  fails("policy.limit", WHOLE.slice(0, 4), {
    decide: () =>
      Promise.resolve({
        outcome: "recorded",
        sequence: 0,
        problem: { code: "policy.limit", detail: "spent", members: {} },
      }),
  }));

test("path: a used Idempotency-Key: the key is not used", () =>
  fails("request.idempotency_conflict", WHOLE.slice(0, 4), {
    decide: () => Promise.resolve({ outcome: "conflict" }),
  }));

/** Stale so often, then recorded. */
function staleFor(times: number): FakeParts["decide"] {
  let left = times;
  return () => {
    left -= 1;
    return Promise.resolve(
      left >= 0 ? { outcome: "stale" } : { outcome: "recorded", sequence: 0, problem: null },
    );
  };
}

test("path: what changes all the time meanwhile is given up after four rounds: the key is not used", () =>
  fails("service.overloaded", Array.from({ length: 4 }, () => WHOLE.slice(0, 4)).flat(), {
    decide: staleFor(Infinity),
  }));

test("path: a request that was overtaken is judged again from the start, and refused by what is so now", async () => {
  const { fake, parts } = fakeParts({ decide: staleFor(1) });
  const key = parts.directory.key.bind(parts.directory);
  let asked = 0;
  parts.directory.key = (namespace, id) => {
    asked += 1;
    return asked === 1 ? key(namespace, id) : { ...key(namespace, id), state: "disabled" };
  };
  await assert.rejects(sign(createSteps(parts), SUBMISSION), { code: "key.disabled" });
  assert.deepEqual(fake.events, [...WHOLE.slice(0, 4), "key"]);
});

test("path: a request that was overtaken and is still allowed is signed once", async () => {
  const { fake, parts } = fakeParts({ decide: staleFor(2) });
  await sign(createSteps(parts), SUBMISSION);
  assert.deepEqual(fake.events, [...WHOLE.slice(0, 4), ...WHOLE.slice(0, 4), ...WHOLE]);
});

test("path: a signature that does not verify is dropped: no outcome, no answer", () =>
  fails("service.signature_invalid", WHOLE.slice(0, 6), { verifies: false }));

test("path: with an Idempotency-Key an outcome that is not kept is not released", () =>
  fails(
    "service.stopping",
    WHOLE,
    { outcome: refuse("service.stopping") },
    submission({ idempotencyKey: "k" }),
  ));

test("path: authorize, decode, evaluate, keep (record, sign, verify), respond", async () => {
  const { fake, parts } = fakeParts();
  const answer = await sign(createSteps(parts), SUBMISSION);
  assert.deepEqual(fake.events, WHOLE);
  assert.deepEqual(answer, {
    requestId: "req_1",
    walletId: null,
    keyIds: ["key_1"],
    fields: { signature: "0x01" },
  });
});

test("path: without an Idempotency-Key a lost outcome line is reported, and rejects nobody", async () => {
  const { fake, parts } = fakeParts({ outcome: refuse("service.overloaded") });
  await sign(createSteps(parts), SUBMISSION);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(fake.lost.length, 1);
});

test("path: with an Idempotency-Key the answer is what was stored first", async () => {
  const { parts } = fakeParts({ outcome: () => Promise.resolve({ result: '{"signature":"0x02"}' }) });
  const answer = await sign(createSteps(parts), submission({ idempotencyKey: "k" }));
  assert.deepEqual(answer.fields, { signature: "0x02" });
});

test("path: evaluate ends at the verdict, also while sealed", async () => {
  const { fake, parts } = fakeParts({ sealed: true });
  await evaluate(createEvaluateSteps(parts), SUBMISSION);
  assert.deepEqual(fake.events, ["key", "decode", "evaluate"]);
});

test("path: what is evaluated is no step of signing, at whatever stage: it cannot be kept", async () => {
  const { fake, parts } = fakeParts();
  const [evaluating, signing] = [createEvaluateSteps(parts), createSteps(parts)];
  assert.deepEqual(Object.keys(evaluating), ["authorize", "decode", "evaluate"]);
  const authorized = evaluating.authorize(SUBMISSION);
  const decoded = await evaluating.decode(authorized);
  const evaluated = await evaluating.evaluate(decoded);
  fake.events.length = 0;
  const notMarked = /has not been (?:authorized|decoded|permitted)/;
  // @ts-expect-error a stage of another path
  await assert.rejects(async () => signing.decode(authorized), notMarked);
  // @ts-expect-error a stage of another path
  await assert.rejects(async () => signing.evaluate(decoded), notMarked);
  // @ts-expect-error a stage of another path
  await assert.rejects(async () => signing.keep(evaluated), notMarked);
  // Nor the other way about: what may be signed does not show a policy that it is a dry run.
  const toSign = signing.authorize(SUBMISSION);
  // @ts-expect-error a stage of another path
  await assert.rejects(async () => evaluating.decode(toSign), notMarked);
  const permitted = await signing.evaluate(await signing.decode(toSign));
  await assert.rejects(
    Reflect.apply(foresee, undefined, [permitted, parts.ledger]),
    /has not been evaluated/,
  );
  assert.ok(!fake.events.some((event) => ["decide", "sign"].includes(event)), fake.events.join());
});

/** The stored evidence of a request that met `verdict`. */
async function evidenceOf(
  verdict: FakeParts["verdict"],
): Promise<{ payloads?: unknown; evaluations: any[] }> {
  let evidence = "";
  const { parts } = fakeParts({
    verdict,
    decide: (call) => {
      evidence = call.evidence;
      return Promise.resolve({ outcome: "recorded", sequence: 0, problem: null });
    },
  });
  await sign(createSteps(parts), SUBMISSION);
  return JSON.parse(evidence);
}

test("path: the evidence holds the input that each policy was shown, and leaves what is signed to the record step", async () => {
  const { payloads, evaluations } = await evidenceOf({ decision: "deny", reason: "never" });
  assert.equal(payloads, undefined);
  assert.equal(JSON.parse(evaluations[0].input).request.id, "req_1");
});

test("path: an input that was too large for any policy is not stored for each of them", async () => {
  const { evaluations } = await evidenceOf({
    decision: "failed",
    failure: "input_too_large",
    message: "too large",
  });
  assert.equal(evaluations[0].input, null);
});

/** An earlier request; `evidence` is what the record step stored for it. */
function earlier(call: DecisionCall, changes: Partial<RecordedRequest>): RecordedRequest {
  return {
    id: "req_0",
    namespace: call.namespace,
    keyId: call.keyId,
    principal: call.principal,
    type: call.type,
    receivedAt: call.receivedAt,
    idempotencyKey: call.idempotencyKey,
    bodyHash: call.bodyHash,
    decision: "allow",
    problem: null,
    evidence: JSON.stringify({
      ...JSON.parse(call.evidence),
      payloads: readPayloads(call.payloads).hashes(),
    }),
    result: null,
    sequence: 0,
    ...changes,
  };
}

const known =
  (changes: Partial<RecordedRequest>): FakeParts["decide"] =>
  (call) =>
    Promise.resolve({ outcome: "known", request: earlier(call, changes) });
const REPEAT = submission({ idempotencyKey: "k" });

test("path: a request that was answered before gets that answer, and the key is not used", async () => {
  const { fake, parts } = fakeParts({ decide: known({ result: '{"signature":"0x09"}' }) });
  const answer = await sign(createSteps(parts), REPEAT);
  assert.deepEqual(answer, {
    requestId: "req_0",
    walletId: null,
    keyIds: ["key_1"],
    fields: { signature: "0x09" },
  });
  assert.deepEqual(fake.events, WHOLE.slice(0, 4));
});

test("path: what was answered before is not given again by a service that was sealed meanwhile, and holds no act up", async () => {
  const { fake, parts } = fakeParts();
  fake.decide = (call) => {
    fake.sealed = true;
    return known({ result: '{"signature":"0x09"}' })(call);
  };
  const sealed = { code: "service.sealed" };
  await assert.rejects(
    parts.departures.run(IN_PROCESS, (departure) => sign(createSteps(parts), { ...REPEAT, departure })),
    sealed,
  );
  await parts.departures.settled();
});

test("path: a request that was decided but never signed is signed under its first id", async () => {
  const { fake, parts } = fakeParts({ decide: known({}) });
  const answer = await sign(createSteps(parts), REPEAT);
  assert.equal(answer.requestId, "req_0");
  assert.deepEqual(fake.events, WHOLE);
});

test("path: a repeat that the guard refuses by now gets neither a kept signature nor a new one", async () => {
  const problem = { code: "guard.disabled", detail: "frozen", members: {} };
  for (const result of ['{"signature":"0x09"}', null]) {
    const { fake, parts } = fakeParts({
      decide: (call) => Promise.resolve({ outcome: "known", request: earlier(call, { result }), problem }),
    });
    await assert.rejects(sign(createSteps(parts), REPEAT), { code: "guard.disabled" });
    assert.ok(!fake.events.includes("sign"));
  }
});

test("path: it is not signed when the policies refuse it today, and a kept signature is given all the same", async () => {
  const verdict = { decision: "deny", code: "no", reason: "not today" } as const;
  const { fake, parts } = fakeParts({ verdict, decide: known({}) });
  await assert.rejects(sign(createSteps(parts), REPEAT), (error: unknown) => {
    assert.ok(error instanceof SignerError, String(error));
    assert.deepEqual([error.code, error.members["requestId"]], ["policy.denied", "req_0"]);
    return true;
  });
  assert.ok(!fake.events.includes("sign"));
  const kept = fakeParts({ verdict, decide: known({ result: '{"signature":"0x09"}' }) });
  const answer = await sign(createSteps(kept.parts), REPEAT);
  assert.deepEqual(answer.fields, { signature: "0x09" });
});

test("path: it is not signed when it would be other bytes than those that were decided", () =>
  fails(
    "request.idempotency_conflict",
    WHOLE.slice(0, 4),
    { decide: known({ evidence: '{"payloads":["00"],"intent":{},"evaluations":[]}' }) },
    REPEAT,
  ));

test("path: it is not signed by another key than the one that was decided, though the bytes are the same", () =>
  fails("request.idempotency_conflict", WHOLE.slice(0, 4), { decide: known({ keyId: "key_0" }) }, REPEAT));

test("path: a request that was refused before is refused again with its first id", async () => {
  const problem = { code: "policy.denied", detail: "never", members: { reason: "never" } };
  const { fake, parts } = fakeParts({ decide: known({ decision: "deny", problem }) });
  await assert.rejects(sign(createSteps(parts), REPEAT), {
    code: "policy.denied",
    message: "never",
    members: { reason: "never", requestId: "req_0" },
  });
  assert.deepEqual(fake.events, WHOLE.slice(0, 4));
});
