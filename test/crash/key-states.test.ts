/**
 * A key disabled, enabled, deleted or made again while its storage fails or the process is killed: the act is done whole or
 * not at all. After a start a key that is not active signs nothing, and one that is deleted has no secret.
 */
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { ALLOW_OPAQUE } from "../running/policies.ts";
import type { Reply } from "../running/service.ts";
import { few } from "../extent.ts";
import { everyFault, FaultyInstallation, unwritten, written, type FaultCase } from "./every-fault.ts";

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

interface Case extends FaultCase {
  readonly what: Act;
  readonly left: State;
}

const CASES: readonly Case[] = (["disable", "enable", "delete", "revive"] as const).flatMap((what) => {
  const which = { following: "UPDATE key SET state" };
  return [
    ...WRITES[what].map((sql): Case => ({ what, fault: written(sql), left: FROM[what] })),
    { what, fault: unwritten("COMMIT", "SIGKILL", which), left: FROM[what] },
    { what, fault: written("COMMIT", "SIGKILL", which), left: TO[what] },
  ];
});

let installation: FaultyInstallation;
let keyId: string;

before(async () => {
  installation = await FaultyInstallation.create();
  await installation.bind(await installation.upload(ALLOW_OPAQUE));
  keyId = (await derive()).body.id;
});
after(() => installation.end());

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

/** The state in the file, where a key has a secret exactly while it is not deleted. */
function stored(): string {
  return installation.read((database) => {
    const of = (sql: string): unknown => database.prepare<[string]>(sql).pluck().get(keyId);
    const state = of(
      "SELECT CASE WHEN deleted_at IS NULL THEN state ELSE 'deleted' END FROM key WHERE id = ?",
    );
    const secrets = of("SELECT count(*) FROM key_secret WHERE key_id = ?");
    assert.equal(secrets, state === "deleted" ? 0 : 1, "the secret fits the state");
    return String(state);
  });
}

/** What the service shows and what a request gets fit together. */
async function assertShown(state: State): Promise<void> {
  const shown = await installation.service.call("GET", `/v1/keys/${keyId}`);
  assert.equal(shown.body.state, state);
  assert.equal(stored(), state);
  const body = { type: "ethereum.message", message: { text: "still there?" } };
  const signed = await installation.service.call("POST", `/v1/keys/${keyId}/sign`, body);
  assert.equal(signed.status, state === "active" ? 200 : 403, signed.text);
}

everyFault<Case, void>({
  installation: () => installation,
  cases: few(CASES, 4),
  arrange: ({ what }) => bring(FROM[what]),
  act: (_, { what }) => PERFORM[what](),
  onDisk: stored,
  holds: async (_, { what, left }) => {
    await assertShown(left);
    const repeated = await PERFORM[what]();
    assert.ok(repeated.status < 300, repeated.text);
    await assertShown(TO[what]);
  },
});
