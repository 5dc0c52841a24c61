/** The EOTS guard as properties: 100,000 random messages and more, each verdict compared with a brute-force oracle. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadImplementation, HEIGHT_MAX } from "./guard.ts";
import { checkHistories } from "./histories.ts";

const CODE = await loadImplementation();
let messages = 0;

test("eots: no height has two messages, and nothing new above the floor is refused", async () => {
  messages += await checkHistories(CODE, { runs: 380, from: 0n });
});

test("eots: the same where heights pass 2^53 and 2^63", async () => {
  messages += await checkHistories(CODE, { runs: 80, from: 2n ** 53n - 30n });
  messages += await checkHistories(CODE, { runs: 80, from: 2n ** 63n - 30n });
});

test("eots: the same up to the highest of all heights", async () => {
  messages += await checkHistories(CODE, { runs: 200, from: HEIGHT_MAX - 60n });
});

test("eots: together they asked for 100,000 messages", (t) => {
  t.diagnostic(`${messages} messages`);
  assert.ok(messages >= 100_000, `${messages}`);
});
