/**
 * Who stops something waits behind nobody and is never turned away, however much waits for the ledger. Orders are asserted, and no
 * times.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ROOT_NAMESPACE } from "../../src/access/roles.ts";
import { rankOf } from "../../src/domain/urgency.ts";
import { LEDGER_QUEUE_MAX, OUTCOMES_MAX, STOPS_MAX } from "../../src/record/bounds.ts";
import type { DecisionCall, DecisionReply } from "../../src/record/decision.ts";
import { rankOfCall, roomOfCall } from "../../src/record/ranks.ts";
import { ActLedger, KEY, OPERATOR } from "./act-ledger.ts";

let made = 0;

/** A request with the key that is there, which nothing but a freeze forbids. */
function decision(): DecisionCall {
  made += 1;
  return {
    id: `req_${String(made).padStart(8, "0")}`,
    namespace: ROOT_NAMESPACE,
    keyId: KEY.id,
    principal: "prn_1",
    type: "test",
    receivedAt: "2026-01-01T00:00:00.000Z",
    idempotencyKey: null,
    bodyHash: new Uint8Array(32),
    problem: null,
    reservations: [],
    payloads: [],
    evaluations: [],
    evidence: JSON.stringify({ payloads: [], intent: {}, evaluations: [] }),
    judgedUnder: { principal: null, bindings: [] },
  };
}

const FREEZE = {
  id: "frz_1",
  scope: { kind: "key", id: KEY.id, namespace: ROOT_NAMESPACE },
  orderedBy: OPERATOR.principal,
  orderedIn: ROOT_NAMESPACE,
  createdAt: "2026-01-01T00:00:00.000Z",
} as const;

test("a full inbox of lists and votes: a freeze that comes last is answered first, and holds for all of them", async (t) => {
  const acts = await ActLedger.start();
  t.after(() => acts.end());
  const page = { namespace: ROOT_NAMESPACE, principal: null, before: "req_~", limit: 100 };
  const list = () => acts.ledger.readRequests(page);
  const order: string[] = [];
  const noted = <Reply>(name: string, reply: Promise<Reply>): Promise<Reply> =>
    reply.finally(() => order.push(name));
  const lists = Array.from({ length: 256 }, () => noted("list", list()));
  const votes = Array.from({ length: LEDGER_QUEUE_MAX - lists.length }, () =>
    noted("vote", acts.ledger.decide(decision())),
  );
  assert.equal(acts.ledger.depth, LEDGER_QUEUE_MAX);
  await assert.rejects(list(), { code: "service.overloaded" });
  await assert.rejects(acts.ledger.decide(decision()), { code: "service.overloaded" });
  const { freeze: ordered } = await noted(
    "freeze",
    acts.ledger.createFreeze({ actor: OPERATOR, freeze: FREEZE, answerFor: FREEZE.id, answer: null }),
  );
  assert.equal(ordered.id, "frz_1");
  const replies: readonly DecisionReply[] = await Promise.all(votes);
  assert.equal(replies.filter(({ outcome }) => outcome !== "stale").length, 0, "something was recorded");
  await Promise.all(lists);
  assert.equal(order[0], "freeze");
  // Lists have the rank of requests, and none of them is before a vote.
  assert.equal(order.lastIndexOf("vote"), votes.length);
});

test("what waits: decisions and lists, then lines of what was recorded, then acts that stop something", () => {
  const vote = rankOf("vote");
  const room = (method: string, rank = vote) => roomOfCall({ method, input: [] }, rank);
  assert.deepEqual(
    ["decide", "readRequests", "createWallet"].map((method) => room(method)),
    [LEDGER_QUEUE_MAX, LEDGER_QUEUE_MAX, LEDGER_QUEUE_MAX],
  );
  assert.deepEqual([room("recordOutcome"), room("keep")], [OUTCOMES_MAX, OUTCOMES_MAX]);
  assert.equal(room("createFreeze", 0), OUTCOMES_MAX + STOPS_MAX);
});

const { actor } = { actor: OPERATOR };
const publicKeys = [new Uint8Array(48)];

for (const [name, call, stops] of [
  ["a key is disabled", { method: "setKeyState", input: [{ actor, state: "disabled" }] }, true],
  ["a key is enabled", { method: "setKeyState", input: [{ actor, state: "active" }] }, false],
  [
    "a validator is frozen",
    { method: "setSlashingEnabled", input: [{ actor, publicKeys, enabled: false }] },
    true,
  ],
  [
    "a validator goes on",
    { method: "setSlashingEnabled", input: [{ actor, publicKeys, enabled: true }] },
    false,
  ],
  ["the service is sealed", { method: "noteAct", input: [{ actor, action: "system.seal" }] }, true],
  ["the service is unsealed", { method: "noteAct", input: [{ actor, action: "system.unseal" }] }, false],
  ["a freeze is repeated", { method: "answerRepeat", input: [{ actor, permission: "freeze.create" }] }, true],
  [
    "a wallet is repeated",
    { method: "answerRepeat", input: [{ actor, permission: "wallet.create" }] },
    false,
  ],
  ["a freeze is lifted", { method: "liftFreeze", input: [{ actor, id: "frz_1" }] }, false],
  [
    "a bound is set",
    { method: "setSlashingBounds", input: [{ actor, publicKeys, bounds: { slot: 5n } }] },
    true,
  ],
  [
    "a bound is lifted",
    { method: "setSlashingBounds", input: [{ actor, publicKeys, bounds: { slot: 5n, epoch: null } }] },
    false,
  ],
  ["a binding is made", { method: "createBinding", input: [{ actor }] }, true],
  ["a principal is deleted", { method: "deletePrincipal", input: [{ actor }] }, true],
  ["a principal is made", { method: "createPrincipal", input: [{ actor }] }, false],
  ["a method of every object", { method: "toString", input: [] }, false],
] as const) {
  test(`${name}: ${stops ? "nothing overtakes it" : "it has the rank of votes"}`, () => {
    assert.equal(rankOfCall(call, rankOf("vote")), stops ? 0 : rankOf("vote"));
  });
}

test("lists have the rank of requests, and what a probe or a policy's module waits for has that of votes", () => {
  const rank = (method: string) => rankOfCall({ method, input: [{}] }, rankOf("vote"));
  assert.deepEqual(
    ["readRequests", "readLeaves", "readEotsKeys"].map(rank),
    Array(3).fill(rankOf("request")),
  );
  assert.deepEqual(["readSlashingChain", "readModule"].map(rank), Array(2).fill(rankOf("vote")));
});
