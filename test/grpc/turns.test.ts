/** Turns: one at a time, in order, and a failure is only its own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Turns } from "../../src/grpc/turns.ts";

test("each begins when the one before has ended, also when that failed", async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const work =
    (name: string, fails = false) =>
    async () => {
      seen.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
  const outcomes = await Promise.allSettled([
    turns.take(work("first")),
    turns.take(work("second", true)),
    turns.take(work("third")),
  ]);
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : String(outcome.reason))),
    ["first", "Error: second", "third"],
  );
  assert.deepEqual(
    seen,
    ["first", "second", "third"].flatMap((name) => [`${name} begins`, `${name} ends`]),
  );
});
