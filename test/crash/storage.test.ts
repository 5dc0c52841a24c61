/** Real storage failures: a disk that is full, and one whose fsync fails. Refuse, stop, recover; never sign. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { answering } from "../running/policies.ts";
import type { Reply } from "../running/service.ts";
import {
  failingSync,
  mountSmall,
  NEEDS_COMPILER,
  NEEDS_MOUNT,
  resize,
  temporary,
} from "./failing-storage.ts";
import { allowed, decisionById, decisionsByKey, Installation, reserved } from "./installation.ts";
import { ethereumTransfer } from "./requests.ts";

const POLICY = answering({
  decision: "allow",
  limits: [{ counter: "all", amount: "1", window: 86_400, max: "1000000" }],
});

/** Signs until there is no reply; resolves with the replies, and the Idempotency-Key that got none. */
async function signUntilSilence(
  installation: Installation,
): Promise<{ replies: Reply[]; lost: string; ask: ReturnType<typeof ethereumTransfer> }> {
  const replies: Reply[] = [];
  for (let count = 0; count < 5000; count += 1) {
    const lost = randomUUID();
    const ask = ethereumTransfer(installation.keys.ethereum);
    try {
      replies.push(await installation.sign(ask, lost));
    } catch {
      return { replies, lost, ask };
    }
  }
  throw new Error("the storage did not fail");
}

/** After the restart: all that was released is there, the log verifies, and the lost request has one answer. */
async function checkRecovery(
  installation: Installation,
  binding: string,
  { replies, lost, ask }: Awaited<ReturnType<typeof signUntilSilence>>,
): Promise<void> {
  await installation.verifyAudit();
  installation.read((database) => {
    for (const reply of replies) {
      assert.equal(reply.status, 200, reply.text);
      assert.equal(decisionById(database, reply.body.requestId)?.decision, "allow");
    }
  });
  const before = installation.read((database) => decisionsByKey(database, lost));
  const reply = await installation.sign(ask, lost);
  assert.equal(reply.status, 200, reply.text);
  if (before[0] !== undefined) assert.equal(reply.body.requestId, before[0].id);
  installation.read((database) =>
    assert.equal(reserved(database, binding), BigInt(allowed(database, binding, 0))),
  );
  await installation.verifyAudit();
}

test("disk full: the process stops with code 70, signs nothing, and goes on when there is room", async (t) => {
  const { directory, installations } = temporary(t);
  if (!mountSmall(directory, "2m")) {
    t.skip(NEEDS_MOUNT);
    return;
  }
  const installation = await Installation.create(directory);
  installations.push(installation);
  const binding = await installation.bind(await installation.upload(POLICY));
  const { process: child, stderr } = installation.service;
  const exit = once(child, "exit");
  const silence = await signUntilSilence(installation);
  assert.deepEqual(await exit, [70, null]);
  assert.match(stderr.join(""), /claviger: thread ledger failed: .*(?:full|I\/O)/);
  t.diagnostic(`${silence.replies.length} signatures before the disk was full`);
  assert.ok(silence.replies.length > 0);

  assert.ok(resize(directory, "64m"));
  await installation.restart();
  await checkRecovery(installation, binding, silence);
});

test("fsync fails: the process stops with code 70, and what it may have lost is written anew", async (t) => {
  const { directory, installations } = temporary(t);
  const faultFile = join(directory, "fail");
  const environment = failingSync(directory, faultFile);
  if (environment === null) {
    t.skip(NEEDS_COMPILER);
    return;
  }
  const installation = await Installation.create(join(directory, "data"));
  installations.push(installation);
  const binding = await installation.bind(await installation.upload(POLICY));
  await installation.service.stop();
  await installation.restart(environment);
  const first = await installation.sign(ethereumTransfer(installation.keys.ethereum), randomUUID());
  assert.equal(first.status, 200, first.text);

  const { process: child, stderr } = installation.service;
  const exit = once(child, "exit");
  writeFileSync(faultFile, "");
  const silence = await signUntilSilence(installation);
  assert.equal(silence.replies.length, 0, "no signature without its fsync");
  assert.deepEqual(await exit, [70, null]);
  assert.match(stderr.join(""), /claviger: thread ledger failed: disk I\/O error/);

  await assert.rejects(
    installation.restart(environment),
    /disk I\/O error/,
    "no start while fsync still fails",
  );
  rmSync(faultFile);
  await installation.restart(environment);
  await checkRecovery(installation, binding, { ...silence, replies: [first] });
});
