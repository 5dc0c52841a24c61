/** EIP-3076 as properties: 200 random messages a history, in proofs 100,000 together, each verdict compared with an oracle. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { rounds } from "../../extent.ts";
import { checkHistories } from "./histories.ts";
import { loadImplementation } from "./guard.ts";

const CODE = await loadImplementation();
const RUNS = rounds("HISTORIES");
let messages = 0;

test("eip3076: complete: nothing slashable is signed, nothing safe is refused", async () => {
  messages += await checkHistories(CODE, { runs: RUNS, modes: false, shrink: false });
});

test("eip3076: with changes between complete and minimal mode", async () => {
  messages += await checkHistories(CODE, { runs: Math.ceil(RUNS * 0.6), modes: true, shrink: false });
});

test("eip3076: every import merged in pieces", async () => {
  messages += await checkHistories(
    { ...CODE, pieceRows: 3 },
    { runs: Math.ceil(RUNS * 0.4), modes: true, shrink: false },
  );
});

test("eip3076: in files, closed and opened again or left as a killed process leaves them", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "claviger-histories-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  messages += await checkHistories(CODE, {
    runs: Math.ceil(RUNS * 0.08),
    modes: true,
    folder,
    shrink: false,
  });
});

test("eip3076: all together asked for 200 messages a history of the first kind", () => {
  assert.ok(messages >= RUNS * 200, `${messages}`);
});
