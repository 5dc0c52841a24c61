/**
 * A key disabled, deleted or made again while its storage fails or the process is killed: the act is done whole or not at
 * all. After a start a key that is not active signs nothing, and one that is deleted has no secret.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { ALLOW_OPAQUE } from "../running/policies.ts";
import type { Reply } from "../running/service.ts";
import { few } from "../extent.ts";
import type { Fault } from "./fault-preload.ts";
import { Installation } from "./installation.ts";

const PRELOAD = pathToFileURL(join(import.meta.dirname, "fault-preload.ts")).href;

type Act = "disable" | "enable" | "delete" | "revive";
type State = "active" | "disabled" | "deleted";

const FROM: Record<Act, State> = {
  disable: "active",
  enable: "disabled",
  delete: "active",
  revive: "deleted",
};
const TO: Record<Act, State> = { disable: "disabled", enable: "active", delete: "deleted", revive: "active" };
/** The writes of each act, in order. */
const WRITES: Record<Act, readonly string[]> = {
  disable: ["UPDATE key SET state", "INSERT INTO audit_leaf"],
  enable: ["UPDATE key SET state", "INSERT INTO audit_leaf"],
  delete: [
    "UPDATE key SET state",
    "DELETE FROM key_secret",
    "DELETE FROM data_key",
    "INSERT INTO audit_leaf",
  ],
  revive: [
    "DELETE FROM key_secret",
    "INSERT INTO key_secret",
    "UPDATE key SET state",
    "INSERT INTO audit_leaf",
  ],
};

interface Row {
  readonly act: Act;
  readonly fault: Fault;
  readonly done: boolean;
}

const ROWS: readonly Row[] = (["disable", "enable", "delete", "revive"] as const).flatMap((act) => {
  // A key that comes back is made twice: the first commit only found out which id it had.
  const commit = { sql: "COMMIT", ...(act === "revive" ? { skip: 1 } : {}) };
  return [
    ...WRITES[act].map((sql): Row => ({
      act,
      fault: { sql, when: "after", code: "SQLITE_IOERR_WRITE" },
      done: false,
    })),
    { act, fault: { ...commit, when: "before", code: "SIGKILL" }, done: false },
    { act, fault: { ...commit, when: "after", code: "SIGKILL" }, done: true },
  ];
});

let installation: Installation;
let faultFile: string;
let keyId: string;

before(async () => {
  installation = await Installation.create();
  await installation.bind(await installation.upload(ALLOW_OPAQUE));
  keyId = (await derive()).body.id;
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

function derive(): Promise<Reply> {
  const path = `/v1/wallets/${installation.walletId}/keys`;
  return installation.service.call("POST", path, { chain: "ethereum", index: 99 });
}

const PERFORM: Record<Act, () => Promise<Reply>> = {
  disable: () => installation.service.call("POST", `/v1/keys/${keyId}/disable`),
  enable: () => installation.service.call("POST", `/v1/keys/${keyId}/enable`),
  delete: () => installation.service.call("DELETE", `/v1/keys/${keyId}`),
  revive: derive,
};

async function bring(state: State): Promise<void> {
  const now = (await installation.service.call("GET", `/v1/keys/${keyId}`)).body.state;
  if (now === state) return;
  if (now === "deleted") await PERFORM.revive();
  if (now === "disabled") await PERFORM.enable();
  if (state === "disabled") await PERFORM.disable();
  if (state === "deleted") await PERFORM.delete();
}

/** The state that the service shows, the secret on disk and what a request gets fit together. */
async function check(state: State): Promise<void> {
  const shown = await installation.service.call("GET", `/v1/keys/${keyId}`);
  assert.equal(shown.body.state, state);
  const secrets = installation.read((database) =>
    database.prepare<[string]>("SELECT count(*) FROM key_secret WHERE key_id = ?").pluck().get(keyId),
  );
  assert.equal(secrets, state === "deleted" ? 0 : 1);
  const body = { type: "ethereum.message", message: { text: "still there?" } };
  const signed = await installation.service.call("POST", `/v1/keys/${keyId}/sign`, body);
  assert.equal(signed.status, state === "active" ? 200 : 403, signed.text);
  await installation.verifyAudit();
}

for (const { act, fault, done } of few(ROWS, 8)) {
  test(`${act}: ${fault.sql}: ${fault.code} ${fault.when} it is written: ${done ? "done" : "not done"}, and whole`, async () => {
    await bring(FROM[act]);
    const exit = once(installation.service.process, "exit");
    writeFileSync(faultFile, JSON.stringify(fault));
    await assert.rejects(PERFORM[act](), TypeError, "no reply of any kind");
    await exit;
    rmSync(faultFile);
    await restart();
    await check(done ? TO[act] : FROM[act]);
    const repeated = await PERFORM[act]();
    assert.ok(repeated.status < 300, repeated.text);
    await check(TO[act]);
  });
}
