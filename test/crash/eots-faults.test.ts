/**
 * A service that dies, or whose disk fails, under the EOTS guard's own writes: no signature, code 70 where it can say so,
 * and after a start from the file only the recorded message signs, singly and in batches.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { Reply } from "../running/service.ts";
import { few, rounds } from "../extent.ts";
import type { Fault } from "./fault-preload.ts";
import { Installation } from "./installation.ts";

const PRELOAD = pathToFileURL(join(import.meta.dirname, "fault-preload.ts")).href;
const KILLS = rounds("EOTS_SERVICE_KILLS");
const INSERT = "INSERT INTO eots_record";

/** Ends the process. `kept`: the vote's row is on disk afterwards. */
const FATAL: readonly (readonly [fault: Fault, kept: boolean])[] = [
  [{ sql: "COMMIT", when: "after", code: "SIGKILL" }, true],
  [{ sql: "COMMIT", when: "before", code: "SIGKILL" }, false],
  [{ sql: INSERT, when: "before", code: "SQLITE_FULL" }, false],
  [{ sql: INSERT, when: "after", code: "SQLITE_IOERR_WRITE" }, false],
  // The row is written, what comes after it in the same transaction is not.
  [{ sql: "INSERT INTO request", when: "before", code: "SQLITE_FULL" }, false],
  [{ sql: "COMMIT", when: "before", code: "SQLITE_FULL" }, false],
  [{ sql: "COMMIT", when: "after", code: "SQLITE_IOERR_FSYNC" }, true],
];

/** Undo themselves: the call fails alone, and leaves nothing. */
const SURVIVED: readonly Fault[] = [
  { sql: INSERT, when: "before", code: null },
  { sql: INSERT, when: "after", code: null },
  { sql: INSERT, when: "after", code: "SQLITE_CONSTRAINT_TRIGGER" },
];

let installation: Installation;
let key: { readonly id: string; readonly address: string };
let faultFile: string;
let height = 2n ** 63n;

before(async () => {
  installation = await Installation.create();
  const reply = await installation.service.call("POST", `/v1/wallets/${installation.walletId}/keys`, {
    chain: "babylon",
  });
  assert.equal(reply.status, 201, reply.text);
  key = reply.body;
  faultFile = join(installation.directory, "fault.json");
  await installation.service.stop();
  await restart();
});
after(async () => {
  await installation.service.stop();
  installation.remove();
});

function restart(): Promise<void> {
  return installation.restart({ NODE_OPTIONS: `--import=${PRELOAD}`, TEST_FAULT_FILE: faultFile });
}

function vote(at: bigint, variant = 1): { height: string; message: string } {
  const app = variant.toString(16).padStart(2, "0").repeat(32);
  return { height: String(at), message: `0x${at.toString(16).padStart(16, "0")}${app}` };
}

function sign(at: bigint, variant = 1): Promise<Reply> {
  const body = { type: "babylon.eots", chainId: "bbn-1", ...vote(at, variant) };
  return installation.sign({ keyId: key.id, body });
}

function signBatch(heights: readonly bigint[], variant = 1): Promise<Reply> {
  const body = { chainId: "bbn-1", items: heights.map((at) => vote(at, variant)) };
  return installation.service.call("POST", `/v1/keys/${key.id}/eots/batch`, body);
}

function rows(): ReadonlyMap<bigint, string> {
  return installation.read(
    (database) =>
      new Map(
        database
          .prepare<[], { height: string; message: string }>(
            "SELECT lower(hex(height)) AS height, lower(hex(message)) AS message FROM eots_record",
          )
          .all()
          .map((row) => [BigInt(`0x${row.height}`), `0x${row.message}`]),
      ),
  );
}

/** Requests that were recorded when a process died: their outcomes never come. */
const lost = new Set<string>();

function withoutOutcome(): readonly string[] {
  return installation.read((database) =>
    database
      .prepare<[], { id: string }>("SELECT id FROM request WHERE decision = 'allow' AND result IS NULL")
      .all()
      .map(({ id }) => id),
  );
}

/**
 * Resolves once the outcomes of what was answered are on disk. They follow in a commit of their own, which must not be the one that
 * a fault is meant for.
 */
async function outcomesKept(): Promise<void> {
  while (withoutOutcome().some((id) => !lost.has(id))) await setTimeout(5);
}

async function assertRefused(at: bigint): Promise<void> {
  const reply = await sign(at, 9);
  assert.equal(reply.status, 412, reply.text);
  assert.equal(reply.body.code, "guard.eots_conflict");
}

/** Asks until the process is gone; it must not have answered. */
async function die(fault: Fault, ask: () => Promise<Reply>): Promise<void> {
  const { process: child } = installation.service;
  await outcomesKept();
  const exit = once(child, "exit");
  writeFileSync(faultFile, JSON.stringify(fault));
  await assert.rejects(ask(), TypeError, "no reply of any kind");
  assert.deepEqual(await exit, fault.code === "SIGKILL" ? [null, "SIGKILL"] : [70, null]);
  rmSync(faultFile);
  for (const id of withoutOutcome()) lost.add(id);
  await restart();
}

for (const [fault, kept] of few(FATAL, 3)) {
  test(`eots: ${fault.sql}: ${fault.code} ${fault.when} it is done: no signature, the same verdicts after a start`, async () => {
    height += 10n;
    const earlier = await sign(height);
    assert.equal(earlier.status, 200, earlier.text);
    await die(fault, () => sign(height + 1n));
    assert.equal(rows().get(height + 1n), kept ? vote(height + 1n).message : undefined);
    assert.equal((await sign(height)).body.signature, earlier.body.signature, "the same bytes");
    await assertRefused(height);
    if (kept) await assertRefused(height + 1n);
    const reply = await sign(height + 1n);
    assert.equal(reply.status, 200, reply.text);
    await assertRefused(height + 1n);
    assert.equal((await sign(height + 1n)).body.signature, reply.body.signature);
    await installation.verifyAudit();
  });
}

test("eots: a batch whose second row fails: none of it is recorded or signed", async () => {
  height += 10n;
  const heights = [height, height + 1n, height + 2n];
  await die({ sql: INSERT, when: "before", code: "SQLITE_FULL", skip: 1 }, () => signBatch(heights));
  for (const at of heights) assert.equal(rows().has(at), false);
  const { status, body, text } = await signBatch(heights, 2);
  assert.equal(status, 200, text);
  for (const item of body.items) assert.match(item.signature, /^0x[0-9a-f]{64}$/);
});

test("eots: a batch that is killed after its commit is recorded as a whole, and only that signs", async () => {
  height += 10n;
  const heights = [height, height + 1n, height + 2n];
  await die({ sql: "COMMIT", when: "after", code: "SIGKILL" }, () => signBatch(heights));
  for (const at of heights) assert.equal(rows().get(at), vote(at).message);
  const other = await signBatch(heights, 2);
  assert.ok(
    other.body.items.every((item: any) => item.error.code === "guard.eots_conflict"),
    other.text,
  );
  const again = await signBatch(heights);
  assert.ok(
    again.body.items.every((item: any) => /^0x[0-9a-f]{64}$/.test(item.signature)),
    again.text,
  );
});

test(`eots: ${KILLS} kills between record and reply, under votes that contradict each other`, async (t) => {
  const seen = { recorded: 0, free: 0 };
  for (let kill = 0; kill < KILLS; kill += 1) {
    height += 10n;
    await outcomesKept();
    const exit = once(installation.service.process, "exit");
    writeFileSync(faultFile, JSON.stringify({ sql: "COMMIT", when: "after", code: "SIGKILL" }));
    const asks = [1, 2, 3, 4].flatMap((variant) => [
      sign(height, variant),
      signBatch([height, height + 1n], variant),
    ]);
    const replies = await Promise.allSettled(asks);
    assert.deepEqual(await exit, [null, "SIGKILL"]);
    rmSync(faultFile);
    for (const id of withoutOutcome()) lost.add(id);
    await restart();
    assert.ok(
      replies.every((reply) => reply.status === "rejected"),
      "nothing was answered",
    );
    const kept = rows();
    for (const at of [height, height + 1n]) {
      const message = kept.get(at);
      if (message === undefined) seen.free += 1;
      else seen.recorded += 1;
      const signatures = new Set<string>();
      for (const variant of [4, 3, 2, 1]) {
        const reply = await sign(at, variant);
        if (reply.status === 200) {
          assert.equal(vote(at, variant).message, message ?? vote(at, 4).message);
          signatures.add(reply.body.signature);
        } else assert.equal(reply.body.code, "guard.eots_conflict", reply.text);
      }
      assert.equal(signatures.size, 1);
    }
  }
  t.diagnostic(JSON.stringify(seen));
  assert.ok(seen.recorded > 0);
  await installation.verifyAudit();
});

for (const fault of SURVIVED) {
  test(`eots: ${fault.code ?? "Error"} ${fault.when} the row is written: the call fails alone and leaves nothing`, async () => {
    height += 10n;
    await outcomesKept();
    writeFileSync(faultFile, JSON.stringify(fault));
    const refused = await sign(height);
    rmSync(faultFile);
    assert.equal(refused.status, 500, refused.text);
    assert.doesNotMatch(refused.text, /planned/);
    assert.equal(rows().has(height), false);
    assert.equal((await sign(height, 3)).status, 200);
    await assertRefused(height);
    await installation.verifyAudit();
  });
}
