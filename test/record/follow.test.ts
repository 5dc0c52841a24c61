/** Lines that nobody waits for: they join the next commit, and never stay behind for longer than a few milliseconds. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startLedger, type Ledger } from "../../src/record/ledger.ts";

const ACTOR = { namespace: "default", principal: "claviger test", tokenVersion: null } as const;
const directory = mkdtempSync(join(tmpdir(), "claviger-follow-"));
const batches: number[] = [];
let ledger: Ledger;

before(async () => {
  const databasePath = join(directory, "ledger.sqlite");
  ledger = await startLedger({ databasePath, onBatch: (size) => batches.push(size) });
});
after(async () => {
  await ledger.close();
  rmSync(directory, { recursive: true, force: true });
});

test("a following line is committed with the next operation, before it", async () => {
  batches.length = 0;
  const line = ledger.following.noteAct({ actor: ACTOR, action: "first" });
  const { size } = await ledger.readHead();
  await line;
  assert.equal(size, 1, "the read behind it sees it");
  assert.deepEqual(batches, [2]);
});

test("a following line that nothing takes along is committed by itself", async () => {
  const earlier = (await ledger.readHead()).size;
  await ledger.following.noteAct({ actor: ACTOR, action: "second" });
  assert.equal((await ledger.readHead()).size, earlier + 1);
});

test("closing the ledger leaves no line behind", async () => {
  const databasePath = join(directory, "closing.sqlite");
  const first = await startLedger({ databasePath });
  const line = first.following.noteAct({ actor: ACTOR, action: "last" });
  await first.close();
  await line;
  const second = await startLedger({ databasePath });
  assert.equal((await second.readHead()).size, 1);
  await second.close();
});
