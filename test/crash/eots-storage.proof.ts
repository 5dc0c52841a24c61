/** Votes on a disk that is full, and on one whose fsync fails: refuse, stop, recover; no height gets a second message. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Reply } from "../running/service.ts";
import {
  failingSync,
  mountSmall,
  NEEDS_COMPILER,
  NEEDS_MOUNT,
  resize,
  temporary,
} from "./failing-storage.ts";
import { Installation } from "./installation.ts";

async function finalityKey({ service, walletId }: Installation): Promise<string> {
  const reply = await service.call("POST", `/v1/wallets/${walletId}/keys`, { chain: "babylon" });
  assert.equal(reply.status, 201, reply.text);
  return reply.body.id;
}

function vote(installation: Installation, keyId: string, height: number, variant = "ab"): Promise<Reply> {
  // Long, so that a disk of two megabytes is full soon.
  const message = `0x${variant.repeat(2000)}`;
  const body = { type: "babylon.eots", chainId: "bbn-1", height: String(height), message };
  return installation.sign({ keyId, body });
}

/** Signs one height after another until there is no reply: signature by height. The next height got none. */
async function voteUntilSilence(installation: Installation, keyId: string, from: number): Promise<string[]> {
  const signatures: string[] = [];
  for (let height = from; height < from + 5000; height += 1) {
    try {
      const reply = await vote(installation, keyId, height);
      assert.equal(reply.status, 200, reply.text);
      signatures.push(reply.body.signature);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      return signatures;
    }
  }
  throw new Error("the storage did not fail");
}

/** What was signed is signed again to the same bytes, and nothing else; the lost height has one message. */
async function checkRecovery(
  installation: Installation,
  keyId: string,
  from: number,
  signatures: readonly string[],
): Promise<void> {
  await installation.verifyAudit();
  for (const [index, signature] of signatures.entries()) {
    if (index % 10 !== 0 && index !== signatures.length - 1) continue;
    const other = await vote(installation, keyId, from + index, "cd");
    assert.equal(other.body.code, "guard.eots_conflict", other.text);
    assert.equal((await vote(installation, keyId, from + index)).body.signature, signature);
  }
  const lost = from + signatures.length;
  const other = await vote(installation, keyId, lost, "cd");
  const first = await vote(installation, keyId, lost);
  // Whether the lost vote was recorded is for the disk to say; never both.
  assert.deepEqual(new Set([other.status, first.status]), new Set([200, 412]));
  await installation.verifyAudit();
}

test("disk full: no vote leaves unrecorded, and the next start knows them all", async (t) => {
  const { directory, installations } = temporary(t);
  if (!mountSmall(directory, "2m")) {
    t.skip(NEEDS_MOUNT);
    return;
  }
  const installation = await Installation.create(directory);
  installations.push(installation);
  const keyId = await finalityKey(installation);
  const { process: child, stderr } = installation.service;
  const exit = once(child, "exit");
  const signatures = await voteUntilSilence(installation, keyId, 1);
  assert.deepEqual(await exit, [70, null]);
  assert.match(stderr.join(""), /claviger: thread ledger failed: .*(?:full|I\/O)/);
  t.diagnostic(`${signatures.length} votes before the disk was full`);
  assert.ok(signatures.length > 0);

  assert.ok(resize(directory, "64m"));
  await installation.restart();
  await checkRecovery(installation, keyId, 1, signatures);
});

test("fsync fails: no vote is signed without it, and the start after it knows what is on the disk", async (t) => {
  const { directory, installations } = temporary(t);
  const faultFile = join(directory, "fail");
  const environment = failingSync(directory, faultFile);
  if (environment === null) {
    t.skip(NEEDS_COMPILER);
    return;
  }
  const installation = await Installation.create(join(directory, "data"));
  installations.push(installation);
  const keyId = await finalityKey(installation);
  await installation.service.stop();
  await installation.restart(environment);
  const reply = await vote(installation, keyId, 1);
  assert.equal(reply.status, 200, reply.text);

  const exit = once(installation.service.process, "exit");
  writeFileSync(faultFile, "");
  assert.deepEqual(await voteUntilSilence(installation, keyId, 2), [], "no signature without its fsync");
  assert.deepEqual(await exit, [70, null]);
  await assert.rejects(
    installation.restart(environment),
    /disk I\/O error/,
    "no start while fsync still fails",
  );
  rmSync(faultFile);
  await installation.restart(environment);
  await checkRecovery(installation, keyId, 1, [reply.body.signature]);
});
