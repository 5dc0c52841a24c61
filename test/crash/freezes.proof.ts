/**
 * A freeze that is ordered or lifted while its storage fails or the process is killed: it is done whole or not at all, and what
 * was answered holds after a start.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ALLOW_OPAQUE } from "../running/policies.ts";
import type { Reply } from "../running/service.ts";
import { everyFault, FaultyInstallation, unwritten, written, type FaultCase } from "./every-fault.ts";

type Act = "order" | "lift";
type State = "frozen" | "free";

const FROM: Record<Act, State> = { order: "free", lift: "frozen" };
const TO: Record<Act, State> = { order: "frozen", lift: "free" };
const WRITE: Record<Act, string> = { order: "INSERT INTO freeze", lift: "UPDATE freeze SET lifted_by" };

interface Case extends FaultCase {
  readonly what: Act;
  readonly left: State;
}

const CASES: readonly Case[] = (["order", "lift"] as const).flatMap((what) => {
  const which = { following: WRITE[what] };
  return [
    ...[WRITE[what], "INSERT INTO audit_leaf"].map((sql): Case => ({
      what,
      fault: written(sql),
      left: FROM[what],
    })),
    { what, fault: unwritten("COMMIT", "SIGKILL", which), left: FROM[what] },
    { what, fault: written("COMMIT", "SIGKILL", which), left: TO[what] },
  ];
});

let installation: FaultyInstallation;
let keyId: string;

before(async () => {
  installation = await FaultyInstallation.create();
  await installation.bind(await installation.upload(ALLOW_OPAQUE));
  const path = `/v1/wallets/${installation.walletId}/keys`;
  keyId = (await installation.service.call("POST", path, { chain: "ethereum", index: 99 })).body.id;
});
after(() => installation.end());

const order = (): Promise<Reply> =>
  installation.service.call("POST", "/v1/freeze", { scope: { walletId: installation.walletId } });

async function lift(): Promise<Reply> {
  const { body } = await installation.service.call("GET", "/v1/freeze");
  return installation.service.call("DELETE", `/v1/freeze/${body.items[0]?.id ?? "none"}`);
}

const PERFORM: Record<Act, () => Promise<Reply>> = { order, lift };

function stored(): State {
  return installation.read((database) => {
    const sql = "SELECT count(*) FROM freeze WHERE lifted_at IS NULL";
    return database.prepare(sql).pluck().get() === 0 ? "free" : "frozen";
  });
}

async function assertHolds(state: State): Promise<void> {
  assert.equal(stored(), state);
  const body = { type: "ethereum.message", message: { text: "still there?" } };
  const signed = await installation.service.call("POST", `/v1/keys/${keyId}/sign`, body);
  assert.equal(signed.body.code, state === "frozen" ? "key.frozen" : undefined, signed.text);
}

everyFault<Case, void>({
  installation: () => installation,
  cases: CASES,
  arrange: async ({ what }) => {
    if (stored() !== FROM[what])
      assert.ok((await PERFORM[what === "order" ? "lift" : "order"]()).status < 300);
  },
  act: (_, { what }) => PERFORM[what](),
  onDisk: stored,
  holds: async (_, { what, left }) => {
    await assertHolds(left);
    if (left !== TO[what]) assert.ok((await PERFORM[what]()).status < 300);
    await assertHolds(TO[what]);
  },
});

test("killed after the answer: what was ordered holds, and what was lifted does not", async () => {
  for (const what of ["order", "lift"] as const) {
    if (stored() !== FROM[what]) assert.ok((await PERFORM.lift()).status < 300);
    assert.ok((await PERFORM[what]()).status < 300);
    await installation.service.kill();
    await installation.restart();
    await assertHolds(TO[what]);
  }
});
