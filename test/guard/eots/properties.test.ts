/** The EOTS guard as properties: in proofs 100,000 random messages, each verdict compared with a brute-force oracle. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { rounds } from "../../extent.ts";
import { loadImplementation, HEIGHT_MAX } from "./guard.ts";
import { checkHistories } from "./histories.ts";

const CODE = await loadImplementation();
const RUNS = rounds("HISTORIES");
let messages = 0;

test("eots: no height has two messages, and nothing new above the floor is refused", async () => {
  messages += await checkHistories(CODE, { runs: Math.ceil(RUNS * 0.76), from: 0n });
});

test("eots: the same where heights pass 2^53 and 2^63", async () => {
  messages += await checkHistories(CODE, { runs: Math.ceil(RUNS * 0.16), from: 2n ** 53n - 30n });
  messages += await checkHistories(CODE, { runs: Math.ceil(RUNS * 0.16), from: 2n ** 63n - 30n });
});

test("eots: the same up to the highest of all heights", async () => {
  messages += await checkHistories(CODE, { runs: Math.ceil(RUNS * 0.4), from: HEIGHT_MAX - 60n });
});

test("eots: together they asked for 200 messages a round", (t) => {
  t.diagnostic(`${messages} messages`);
  assert.ok(messages >= RUNS * 200, `${messages}`);
});
