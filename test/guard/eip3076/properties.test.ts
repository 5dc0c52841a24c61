/** EIP-3076 as properties: 100,000 random messages and more, each verdict compared with a brute-force oracle. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { checkHistories } from "./histories.ts";
import { loadImplementation } from "./protection.ts";

const CODE = await loadImplementation();
let messages = 0;

test("eip3076: complete: nothing slashable is signed, nothing safe is refused", async () => {
  messages += await checkHistories(CODE, { runs: 500, modes: false, shrink: false });
});

test("eip3076: with changes between complete and minimal mode", async () => {
  messages += await checkHistories(CODE, { runs: 300, modes: true, shrink: false });
});

test("eip3076: in files, closed and opened again or left as a killed process leaves them", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "claviger-histories-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  messages += await checkHistories(CODE, { runs: 40, modes: true, folder, shrink: false });
});

test("eip3076: all together asked for 100,000 messages", () => {
  assert.ok(messages >= 100_000, `${messages}`);
});
