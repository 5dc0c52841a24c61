/**
 * The service killed between each pair of steps of keeper/path.ts. What was recorded by then signs again after a start, with the
 * same bytes; another message in its place is refused. A thread that fails there takes the process with it.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { few } from "../extent.ts";
import { ALLOW_OPAQUE } from "../running/policies.ts";
import type { Reply } from "../running/service.ts";
import { block, signDuty } from "../running/validators.ts";
import { validatorKeys } from "./guard-rows.ts";
import { decisionsByKey, Installation } from "./installation.ts";
import { ethereumTransfer } from "./requests.ts";
import type { Stop } from "./step-preload.ts";

const PRELOAD = pathToFileURL(join(import.meta.dirname, "step-preload.ts")).href;

let installation: Installation;
let stopFile: string;
let publicKey: string;
let slot = 1n;
before(async () => {
  const directory = mkdtempSync(join(tmpdir(), "claviger-keeper-"));
  stopFile = join(directory, "..", `${directory.split("/").at(-1)}.stop`);
  const environment = {
    NODE_OPTIONS: `--import=${PRELOAD}`,
    TEST_STEP_FILE: stopFile,
    // A checkpoint of the service's own would be stopped in place of a request.
    CLAVIGER_AUDIT__CHECKPOINT_SECONDS: "0",
  };
  installation = new Installation(await Installation.make(directory, environment));
  await installation.bind(await installation.upload(ALLOW_OPAQUE));
  publicKey = (await validatorKeys(installation, 1))[0]?.publicKey ?? "";
});
after(() => installation.end());

/** Asks while `stop` is planned: nobody gets an answer. Then the service starts again without it. */
async function dies(stop: Stop, ask: () => Promise<Reply>): Promise<void> {
  writeFileSync(stopFile, JSON.stringify(stop));
  const reply = await ask().catch((error: unknown) => error);
  rmSync(stopFile);
  assert.ok(reply instanceof TypeError, `no reply of any kind: ${JSON.stringify(reply)}`);
  const { ended, stderr } = installation.service;
  if (stop.by === "kill") assert.deepEqual(await ended, [null, "SIGKILL"]);
  else {
    assert.deepEqual(await ended, [70, null]);
    assert.match(stderr.join(""), /claviger: thread \w+ failed: planned failure/);
  }
  await installation.restart();
}

const duty = (root = 0) => signDuty(installation.service, publicKey, block(slot, root));

test("killed before record: nothing is on disk, and another message may take its place", async () => {
  const transfer = ethereumTransfer(installation.keys.ethereum);
  await dies({ at: "keep", by: "kill" }, () => installation.sign(transfer, "before-record"));
  assert.deepEqual(
    installation.read((database) => decisionsByKey(database, "before-record")),
    [],
  );
  slot += 1n;
  await dies({ at: "keep", by: "kill" }, () => duty());
  assert.equal((await duty(1)).status, 200);
});

const BETWEEN: readonly (readonly [name: string, stop: Stop])[] = [
  ["killed between record and sign", { at: "committed", by: "kill" }],
  ["killed between sign and verify", { at: "signed", by: "kill" }],
  ["killed between verify and answer", { at: "verified", by: "kill" }],
];
const FAILING: typeof BETWEEN = [
  ["the record thread fails between record and sign", { at: "committed", by: "throw" }],
  ["a thread with keys fails between sign and verify", { at: "signed", by: "throw" }],
  ["the verifier fails between verify and answer", { at: "verified", by: "throw" }],
];

for (const [name, stop] of [...BETWEEN, ...few(FAILING, 1)]) {
  test(`${name}: another message is refused, the same one signs, alike each time`, async () => {
    slot += 1n;
    await dies(stop, () => duty());
    const other = await duty(1);
    assert.deepEqual([other.status, other.body.code], [412, "guard.double_proposal"], other.text);
    const [first, second] = [await duty(), await duty()];
    assert.deepEqual([first.status, first.text], [200, second.text], first.text);
  });
}

for (const [name, stop] of few(BETWEEN, 1)) {
  test(`${name}: under its Idempotency-Key the one decision is signed, another request is refused`, async () => {
    const transfer = ethereumTransfer(installation.keys.ethereum);
    const key = name.replaceAll(" ", "-");
    await dies(stop, () => installation.sign(transfer, key));
    const [decision, ...more] = installation.read((database) => decisionsByKey(database, key));
    assert.deepEqual([decision?.decision, decision?.result, more], ["allow", null, []]);
    const other = await installation.sign(ethereumTransfer(installation.keys.ethereum), key);
    assert.deepEqual([other.status, other.body.code], [409, "request.idempotency_conflict"], other.text);
    const replies = await Promise.all([installation.sign(transfer, key), installation.sign(transfer, key)]);
    assert.deepEqual(
      replies.map(({ status, body }) => [status, body.requestId]),
      [1, 2].map(() => [200, decision?.id]),
      replies[0]?.text,
    );
    assert.equal(replies[0]?.text, replies[1]?.text);
    await installation.verifyAudit();
  });
}

test("killed between the steps of a checkpoint: the log is whole, and its head is stated after the start", async () => {
  const checkpoint = () => installation.service.call("GET", "/v1/audit/checkpoint");
  for (const [name, stop] of BETWEEN) {
    // Since the last checkpoint the log has grown.
    slot += 1n;
    assert.equal((await duty()).status, 200);
    await dies(stop, checkpoint);
    const [first, second] = [await checkpoint(), await checkpoint()];
    assert.deepEqual([first.status, first.text], [200, second.text], name);
  }
  await installation.verifyAudit();
});
