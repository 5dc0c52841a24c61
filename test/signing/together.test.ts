/** A batch goes the one path item by item and meets in one ledger operation: nothing half-recorded, nothing that waits for ever. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DecodedRequest, SignRequest } from "../../src/chains/adapter.ts";
import { SignerError, type ErrorCode } from "../../src/domain/errors.ts";
import type { Core } from "../../src/core.ts";
import type { DecisionReply } from "../../src/record/decision.ts";
import { IN_PROCESS } from "../../src/signing/departures.ts";
import { coreOf, fakeParts, type FakeParts } from "./parts.ts";
import { decideTogether, decision, newTables, operate } from "../record/tables.ts";
import { DECODED, KEY, PRINCIPAL } from "./sample.ts";

const RECORDED: DecisionReply = { outcome: "recorded", sequence: 0, problem: null };

function core(changes: Partial<FakeParts> = {}): { core: Core; fake: FakeParts } {
  const { fake, parts } = fakeParts({ decode: decodeHeight, ...changes });
  return { fake, core: coreOf(parts) };
}

/** A vote whose message says nothing, at `/height`. */
function decodeHeight({ height }: SignRequest): Promise<DecodedRequest> {
  const publicKey = new Uint8Array(32).fill(1);
  const chainId = new Uint8Array(0);
  const message = new Uint8Array(1);
  const vote = { publicKey, chainId, height: BigInt(String(height)), message } as const;
  return Promise.resolve({ ...DECODED, payloads: [{ ...vote, scheme: "babylon.eots" }] });
}

function batch(heights: readonly (number | string)[], idempotencyKey: string | null = null) {
  const requests = heights.map((height) => ({ type: "babylon.eots", height }));
  return { principal: PRINCIPAL, keyId: KEY.id, requests, idempotencyKey, outlet: IN_PROCESS };
}

function counted(fake: FakeParts, event: string): number {
  return fake.events.filter((happened) => happened === event).length;
}

/** Fails at one height, with a field. */
function failingAt(bad: number, code: ErrorCode): FakeParts["decode"] {
  return (request) =>
    request["height"] === bad
      ? Promise.reject(new SignerError(code, "/height: no", { field: "/height" }))
      : decodeHeight(request);
}

for (const position of [0, 70, 149]) {
  test(`together: item ${position} of 150 cannot be decoded: all fail, nothing is recorded, nobody waits`, async () => {
    const { core: door, fake } = core({ decode: failingAt(position, "request.malformed") });
    const heights = Array.from({ length: 150 }, (_, index) => index);
    await assert.rejects(door.signTogether(batch(heights)), (error: unknown) => {
      assert.ok(error instanceof SignerError);
      assert.deepEqual([error.code, error.members["item"]], ["request.malformed", position]);
      return true;
    });
    assert.equal(counted(fake, "decideTogether") + counted(fake, "sign"), 0);
    // Its places are free again.
    await door.signTogether(batch([1000]));
  });
}

for (const [first, second] of [
  [0, 1],
  [3, 149],
] as const) {
  test(`together: items ${first} and ${second} have one height: refused, nothing is recorded`, async () => {
    const { core: door, fake } = core();
    const heights = Array.from({ length: 150 }, (_, index) => index);
    heights[second] = first;
    await assert.rejects(
      door.signTogether(batch(heights)),
      (error: unknown) => error instanceof SignerError && error.code === "request.malformed",
    );
    assert.equal(counted(fake, "decideTogether") + counted(fake, "sign"), 0);
  });
}

test("together: nothing, and more than 2,000 items, are refused", async () => {
  const { core: door, fake } = core();
  await assert.rejects(door.signTogether(batch([])), { code: "request.malformed" });
  const heights = Array.from({ length: 2001 }, (_, index) => index);
  await assert.rejects(door.signTogether(batch(heights)), { code: "request.malformed" });
  assert.deepEqual(fake.events, []);
});

test("together: sealed, or without the role: all fail, nothing is decoded", async () => {
  const { core: door, fake } = core({ sealed: true });
  await assert.rejects(door.signTogether(batch([1, 2])), { code: "service.sealed" });
  const auditor = { ...PRINCIPAL, roles: ["Auditor"] as const };
  await assert.rejects(door.signTogether({ ...batch([1]), principal: auditor }), { code: "auth.forbidden" });
  assert.equal(counted(fake, "decode"), 0);
});

test("together: a ledger that fails: no key is used", async () => {
  const decide = () => Promise.reject(new SignerError("service.stopping", "over"));
  const { core: door, fake } = core({ decide });
  await assert.rejects(door.signTogether(batch([1, 2, 3])), { code: "service.stopping" });
  assert.equal(counted(fake, "sign"), 0);
});

test("together: a signature that does not verify ends the batch", async () => {
  const { core: door, fake } = core({ verifies: false });
  await assert.rejects(door.signTogether(batch([1, 2])), { code: "service.signature_invalid" });
  assert.equal(counted(fake, "assemble"), 0);
});

test("together: a batch that was overtaken gathers again as a whole, and its items fail together where it may not", async () => {
  let stale = true;
  const { core: door, fake } = core({
    decide: () => Promise.resolve(stale ? { outcome: "stale" } : RECORDED),
  });
  const heights = Array.from({ length: 150 }, (_, index) => index);
  await assert.rejects(door.signTogether(batch(heights)), { code: "service.overloaded" });
  assert.deepEqual([counted(fake, "decideTogether"), counted(fake, "sign")], [4, 0]);
  const signing = door.signTogether(batch(heights));
  await new Promise((resolve) => setTimeout(resolve, 1));
  stale = false;
  const outcomes = await signing;
  assert.ok(outcomes.every((outcome) => outcome.status === "fulfilled"));
  assert.equal(counted(fake, "sign"), 150);
});

test("together: what the guard refuses stays with its item; the others are signed", async () => {
  const problem = { code: "guard.eots_conflict", detail: "/message: differs", members: {} };
  let call = 0;
  const decide = (): Promise<DecisionReply> =>
    Promise.resolve(call++ === 1 ? { ...RECORDED, problem } : RECORDED);
  const { core: door, fake } = core({ decide });
  const outcomes = await door.signTogether(batch([5, 6, 7]));
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === "fulfilled" ? "signed" : String(outcome.reason.code))),
    ["signed", "guard.eots_conflict", "signed"],
  );
  assert.equal(counted(fake, "sign"), 2);
});

test("together: what a policy denies is recorded with the others, and refused alone", async () => {
  const { core: door, fake } = core({ verdict: { decision: "deny", reason: "never" } });
  let problems = 0;
  fake.decide = ({ problem }) => {
    problems += problem === null ? 0 : 1;
    return Promise.resolve({ ...RECORDED, problem });
  };
  const outcomes = await door.signTogether(batch([1, 2]));
  assert.ok(
    outcomes.every((outcome) => outcome.status === "rejected" && outcome.reason.code === "policy.denied"),
  );
  assert.deepEqual([problems, counted(fake, "decideTogether")], [2, 1]);
});

test("together: 2,000 items are one ledger operation, and their answers come in order", async () => {
  const { core: door, fake } = core();
  const calls: string[] = [];
  fake.decide = ({ payloads: [payload] }) => {
    if (payload?.scheme === "babylon.eots") calls.push(String(payload.height));
    return Promise.resolve(RECORDED);
  };
  const heights = Array.from({ length: 2000 }, (_, index) => 2000 - index);
  const outcomes = await door.signTogether(batch(heights));
  assert.equal(outcomes.length, 2000);
  assert.ok(outcomes.every((outcome) => outcome.status === "fulfilled"));
  assert.deepEqual(calls, heights.map(String));
  assert.deepEqual(
    [counted(fake, "decideTogether"), counted(fake, "decide"), counted(fake, "sign")],
    [1, 0, 2000],
  );
});

test("together: with an Idempotency-Key the whole batch is the body of each item", async () => {
  const hashes: string[] = [];
  const keys: (string | null)[] = [];
  const { core: door } = core({
    decide: ({ bodyHash, idempotencyKey }) => {
      hashes.push(Buffer.from(bodyHash).toString("hex"));
      keys.push(idempotencyKey);
      return Promise.resolve(RECORDED);
    },
  });
  await door.signTogether(batch([1, 2], "k"));
  await door.signTogether(batch([1, 2], "k"));
  await door.signTogether(batch([1, 2, 3], "k"));
  assert.deepEqual(keys, ["k", "k 1", "k", "k 1", "k", "k 1", "k 2"]);
  assert.deepEqual(hashes.slice(0, 2), hashes.slice(2, 4));
  assert.equal(new Set(hashes).size, 5);
});

test("record together: one key that stopped sends all of them back, and leaves nothing", () => {
  const tables = newTables();
  tables.database
    .exec(`INSERT INTO key SELECT 'key_2', namespace, wallet_id, chain, curve, derivation, path, x'03', '0x2',
    label, attributes, 'disabled', created_at, NULL FROM key`);
  const replies = operate(tables, () =>
    decideTogether(tables, [decision(), decision({ keyId: "key_2" }), decision()]),
  );
  assert.deepEqual(
    replies,
    [1, 2, 3].map(() => ({ outcome: "stale" })),
  );
  assert.equal(tables.log.size, 0);
});

test("record together: another batch under a used Idempotency-Key undoes all of it", () => {
  const tables = newTables();
  operate(tables, () => decideTogether(tables, [decision({ idempotencyKey: "k 1" })]));
  const other = decision({ idempotencyKey: "k 1", bodyHash: new Uint8Array(32).fill(2) });
  const count = (): unknown => tables.database.prepare("SELECT count(*) FROM request").pluck().get();
  tables.database.exec("SAVEPOINT operation");
  assert.throws(() => decideTogether(tables, [decision({ idempotencyKey: "k 0" }), other]), {
    code: "request.idempotency_conflict",
  });
  tables.database.exec("ROLLBACK TO operation; RELEASE operation");
  tables.log.reload();
  assert.equal(Number(count()), 1);
  const replies = operate(tables, () =>
    decideTogether(tables, [decision({ idempotencyKey: "k 0" }), decision()]),
  );
  assert.deepEqual(
    replies.map((reply) => reply.outcome === "recorded" && reply.sequence),
    [1, 2],
  );
});
