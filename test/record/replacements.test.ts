/** Replacements under spending limits, case by case: what can only take the place of what was signed counts once. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { Problem } from "../../src/domain/requests.ts";
import type { DecisionCall, DecisionReply } from "../../src/record/decision.ts";
import {
  claim,
  decide,
  decideTogether,
  decision,
  foresee,
  newTables,
  operate,
  tablesOver,
} from "./tables.ts";

const WINDOW = 10;
const MAX = "10";

/** Second, slots (one letter each), amount, and whether it fits 10 in 10 s. */
type Step = readonly [second: number, slots: string, amount: number, expected: "fits" | "over"];

const CASES: Readonly<Record<string, readonly Step[]>> = {
  "another slot is another payment": [
    [0, "a", 10, "fits"],
    [1, "b", 1, "over"],
  ],
  "what has no slot counts in full, each time": [
    [0, "", 6, "fits"],
    [0, "", 6, "over"],
    [0, "a", 4, "fits"],
    [0, "", 1, "over"],
  ],
  "a second slot in common gives no credit": [
    [0, "ab", 6, "fits"],
    [1, "b", 6, "over"],
    [1, "ba", 6, "fits"],
  ],
  "of three in a chain the first and the last are both paid: both count": [
    [0, "a", 5, "fits"],
    [0, "ab", 5, "fits"],
    [0, "b", 6, "over"],
    [0, "b", 5, "fits"],
    [0, "c", 1, "over"],
  ],
  "two groups at once: the credit of one": [
    [0, "a", 4, "fits"],
    [0, "b", 3, "fits"],
    [0, "ab", 8, "over"],
    [0, "ba", 7, "fits"],
    [0, "c", 1, "over"],
  ],
  "a larger one counts what it is larger by": [
    [0, "a", 6, "fits"],
    [1, "a", 11, "over"],
    [1, "a", 10, "fits"],
    [1, "a", 10, "fits"],
    [1, "b", 1, "over"],
  ],
  "a smaller one frees nothing": [
    [0, "a", 10, "fits"],
    [1, "a", 1, "fits"],
    [1, "b", 1, "over"],
  ],
  "the largest counts until the last has left the window": [
    [0, "a", 10, "fits"],
    [9, "a", 1, "fits"],
    [18, "b", 1, "over"],
    [19, "b", 10, "fits"],
  ],
  "when the last has left, the group is over: what spends its slot counts in full, and only that": [
    [0, "a", 10, "fits"],
    [10, "a", 3, "fits"],
    [10, "b", 8, "over"],
    [10, "b", 7, "fits"],
  ],
  "what was refused joins nothing": [
    [0, "a", 10, "fits"],
    [5, "a", 11, "over"],
    [10, "b", 10, "fits"],
  ],
  "zero reserves nothing, and prolongs nothing": [
    [0, "a", 10, "fits"],
    [9, "a", 0, "fits"],
    [10, "b", 10, "fits"],
  ],
  "a new group takes the first slot": [
    [0, "ab", 4, "fits"],
    [0, "ac", 4, "fits"],
    [0, "bc", 6, "fits"],
    [0, "d", 1, "over"],
  ],
};

function call(slots: string, amount: number | bigint, max = MAX): DecisionCall {
  const reservations = [claim({ amount: String(amount), window: WINDOW, max })];
  return decision({ reservations, slots: slots.split("") });
}

function problemOf(reply: DecisionReply): Problem | null {
  assert.equal(reply.outcome, "recorded");
  return reply.outcome === "recorded" ? reply.problem : null;
}

/** Runs `work` under a clock that it sets, in seconds. */
function withClock(work: (set: (second: number) => void) => void): void {
  mock.timers.enable({ apis: ["Date"], now: 1_000_000_000 });
  try {
    work((second) => mock.timers.setTime(1_000_000_000 + second * 1000));
  } finally {
    mock.timers.reset();
  }
}

for (const [name, steps] of Object.entries(CASES)) {
  for (const restarts of [false, true]) {
    test(`replacements: ${name}${restarts ? ", with a start before each" : ""}`, () => {
      withClock((set) => {
        let tables = newTables();
        for (const [index, [second, slots, amount, expected]] of steps.entries()) {
          set(second);
          if (restarts) tables = tablesOver(tables.database);
          const decisionCall = call(slots, amount);
          const dry = foresee(tables, decisionCall).problem;
          // What fails after it was reserved leaves nothing behind.
          operate(tables, () => decide(tables, { ...decisionCall, id: `${decisionCall.id}_lost` }), true);
          const problem = problemOf(operate(tables, () => decide(tables, decisionCall)));
          assert.equal(
            problem === null ? "fits" : problem.code,
            expected === "fits" ? "fits" : "policy.limit",
            `step ${index}`,
          );
          assert.deepEqual(dry, problem, "the dry run foresees it");
        }
      });
    });
  }
}

test("replacements: a batch is decided as its requests one after another", () => {
  const slots = ["a", "ab", "b", "b", "", "c", "cb", "a"];
  const calls = slots.map((slot, index) => call(slot, 2 + (index % 3)));
  const alone = newTables();
  const expected = calls.map((decisionCall) => operate(alone, () => decide(alone, decisionCall)));
  const together = newTables();
  assert.deepEqual(
    operate(together, () => decideTogether(together, calls)).map(problemOf),
    expected.map(problemOf),
  );
  assert.ok(expected.some((reply) => problemOf(reply) !== null));
});

test("replacements: the refusal says what it replaces, and what of it is counted already", () => {
  const tables = newTables();
  operate(tables, () => decide(tables, call("a", 7)));
  operate(tables, () => decide(tables, call("b", 2)));
  const problem = problemOf(operate(tables, () => decide(tables, call("ca", 9))));
  assert.match(
    problem?.detail ?? "",
    /^counter daily: 9 would exceed 10 in 10 s, of which 9 is spent \(it can replace what was signed for a, so 7 of it is in that already\); ask for less/,
  );
  const { amount, spent, replaces, credited } = problem?.members ?? {};
  assert.deepEqual(
    { amount, spent, replaces, credited },
    { amount: "9", spent: "9", replaces: "a", credited: "7" },
  );
  const other = problemOf(operate(tables, () => decide(tables, call("c", 9))));
  assert.ok(other !== null && !("replaces" in other.members) && !("credited" in other.members));
});

test("replacements: the audit leaf names the group of what was reserved, and what of it was counted before", () => {
  const tables = newTables();
  const limitsOf = (slots: string, amount: number) => {
    operate(tables, () => decide(tables, call(slots, amount)));
    const leaf = tables.database
      .prepare("SELECT entry FROM audit_leaf ORDER BY sequence DESC LIMIT 1")
      .pluck()
      .get();
    return JSON.parse(String(leaf)).limits[0];
  };
  const entry = { bindingId: "bnd_1", counter: "daily", window: WINDOW, max: MAX };
  assert.deepEqual(limitsOf("ab", 4), { ...entry, amount: "4", group: "a" });
  assert.deepEqual(limitsOf("ba", 6), { ...entry, amount: "6", group: "a", credited: "4" });
  assert.deepEqual(limitsOf("", 1), { ...entry, amount: "1" }, "no group");
  assert.deepEqual(limitsOf("a", 0), { ...entry, amount: "0" }, "nothing reserved");
  assert.deepEqual(limitsOf("ab", 20), { ...entry, amount: "20" }, "refused");
});

test("replacements: an Idempotency-Key's repeat adds nothing, and prolongs nothing", () => {
  withClock((set) => {
    const tables = newTables();
    const first = { ...call("a", 10), idempotencyKey: "k" };
    set(0);
    operate(tables, () => decide(tables, first));
    set(9);
    assert.equal(operate(tables, () => decide(tables, { ...first, id: "req_again" })).outcome, "known");
    set(10);
    assert.equal(problemOf(operate(tables, () => decide(tables, call("b", 10)))), null);
  });
});

test("replacements: claims under several windows: a group that one of them has left gives no credit", () => {
  withClock((set) => {
    const tables = newTables();
    const both = (amount: string): DecisionCall =>
      decision({
        reservations: [
          claim({ amount, window: 5, max: "20" }),
          claim({ amount: "0", window: 100, max: "20" }),
        ],
        slots: ["a"],
      });
    set(0);
    operate(tables, () => decide(tables, both("8")));
    set(4);
    assert.equal(problemOf(operate(tables, () => decide(tables, both("9")))), null);
    set(9);
    assert.equal(problemOf(operate(tables, () => decide(tables, both("12"))))?.members["spent"], "9");
    assert.equal(problemOf(operate(tables, () => decide(tables, both("11")))), null);
    assert.equal(tables.limits.spent("bnd_1", "daily", 100, Date.now() / 1000), 20n);
  });
});
