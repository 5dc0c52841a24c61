/** A binding changed or a token rotated while the storage fails or the process is killed: done whole or not at all. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { ALLOW } from "../running/policies.ts";
import type { Reply } from "../running/service.ts";
import { few } from "../extent.ts";
import type { Fault } from "./fault-preload.ts";
import { Installation } from "./installation.ts";

const PRELOAD = pathToFileURL(join(import.meta.dirname, "fault-preload.ts")).href;

type Act = "binding" | "token";

const ROWS: readonly (readonly [act: Act, fault: Fault, done: boolean])[] = (
  ["binding", "token"] as const
).flatMap((act) => {
  const update = act === "binding" ? "UPDATE binding SET policy" : "UPDATE principal SET roles";
  return [
    [act, { sql: update, when: "after", code: "SQLITE_IOERR_WRITE" }, false],
    [act, { sql: "INSERT INTO audit_leaf", when: "after", code: "SQLITE_FULL" }, false],
    [act, { sql: "COMMIT", when: "before", code: "SIGKILL" }, false],
    [act, { sql: "COMMIT", when: "after", code: "SIGKILL" }, true],
  ] as const;
});

let installation: Installation;
let faultFile: string;
let bindingId: string;
let principal: { readonly id: string; token: string };

before(async () => {
  installation = await Installation.create();
  bindingId = await installation.bind(await installation.upload(ALLOW));
  const body = { name: "rotated", roles: ["Auditor"] };
  principal = (await installation.service.call("POST", "/v1/principals", body)).body;
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

let settings = 0;

function perform(act: Act): Promise<Reply> {
  return act === "binding"
    ? installation.service.call("PUT", `/v1/bindings/${bindingId}`, { settings: { settings } })
    : installation.service.call("POST", `/v1/principals/${principal.id}/rotate`);
}

/** Whether the binding has the newest settings, or the old token has stopped. */
async function isDone(act: Act): Promise<boolean> {
  if (act === "binding") {
    const { body } = await installation.service.call("GET", `/v1/bindings/${bindingId}`);
    assert.equal(body.version, body.settings.settings === undefined ? 1 : 1 + body.settings.settings);
    return body.settings.settings === settings;
  }
  const headers = { authorization: `Bearer ${principal.token}` };
  return (await installation.service.call("GET", "/v1/keys", undefined, headers)).status === 401;
}

for (const [act, fault, done] of few(ROWS, 4)) {
  test(`${act}: ${fault.sql}: ${fault.code} ${fault.when} it is written: ${done ? "done" : "not done"}, and whole`, async () => {
    if (act === "binding") settings += 1;
    const exit = once(installation.service.process, "exit");
    writeFileSync(faultFile, JSON.stringify(fault));
    await assert.rejects(perform(act), TypeError, "no reply of any kind");
    await exit;
    rmSync(faultFile);
    await restart();
    assert.equal(await isDone(act), done);
    const repeated = await perform(act);
    assert.equal(repeated.status, 200, repeated.text);
    assert.equal(await isDone(act), true);
    if (act === "token") principal.token = repeated.body.token;
    await installation.verifyAudit();
  });
}
