/** A binding changed or a token rotated while the storage fails or the process is killed: done whole or not at all. */
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { ALLOW } from "../running/policies.ts";
import type { Reply } from "../running/service.ts";
import { everyFault, FaultyInstallation, unwritten, written, type FaultCase } from "./every-fault.ts";

interface Case extends FaultCase {
  readonly what: "a binding changes" | "a token is rotated";
  readonly left: "the old one" | "the new one";
}

const WRITES: Readonly<Record<Case["what"], string>> = {
  "a binding changes": "UPDATE binding SET policy",
  "a token is rotated": "UPDATE principal SET roles",
};

const CASES: readonly Case[] = (["a binding changes", "a token is rotated"] as const).flatMap((what) => [
  { what, fault: written(WRITES[what]), left: "the old one" },
  { what, fault: written("INSERT INTO audit_leaf", "SQLITE_FULL"), left: "the old one" },
  { what, fault: unwritten("COMMIT", "SIGKILL"), left: "the old one" },
  { what, fault: written("COMMIT", "SIGKILL"), left: "the new one" },
]);

let installation: FaultyInstallation;
let bindingId: string;
let principal: { readonly id: string; token: string };
let settings = 0;

before(async () => {
  installation = await FaultyInstallation.create();
  bindingId = await installation.bind(await installation.upload(ALLOW));
  const body = { name: "rotated", roles: ["Auditor"] };
  principal = (await installation.service.call("POST", "/v1/principals", body)).body;
});
after(() => installation.end());

function perform(what: Case["what"]): Promise<Reply> {
  return what === "a binding changes"
    ? installation.service.call("PUT", `/v1/bindings/${bindingId}`, { settings: { settings } })
    : installation.service.call("POST", `/v1/principals/${principal.id}/rotate`);
}

/** What the file has in the row that the act changes. */
function rowOf(what: Case["what"]): string {
  const [table, id] = what === "a binding changes" ? ["binding", bindingId] : ["principal", principal.id];
  return installation.read((database) =>
    JSON.stringify(database.prepare<[string]>(`SELECT * FROM ${table} WHERE id = ?`).get(id)),
  );
}

/** Whether the service has the newest settings in the binding, or refuses the old token. */
async function isDone(what: Case["what"]): Promise<boolean> {
  if (what === "a binding changes") {
    const { body } = await installation.service.call("GET", `/v1/bindings/${bindingId}`);
    assert.equal(body.version, body.settings.settings === undefined ? 1 : 1 + body.settings.settings);
    return body.settings.settings === settings;
  }
  const headers = { authorization: `Bearer ${principal.token}` };
  return (await installation.service.call("GET", "/v1/keys", undefined, headers)).status === 401;
}

everyFault<Case, string>({
  installation: () => installation,
  cases: CASES,
  arrange: ({ what }) => {
    if (what === "a binding changes") settings += 1;
    return rowOf(what);
  },
  act: (_, { what }) => perform(what),
  onDisk: (earlier, { what }) => (rowOf(what) === earlier ? "the old one" : "the new one"),
  holds: async (_, { what, left }) => {
    assert.equal(await isDone(what), left === "the new one");
    const repeated = await perform(what);
    assert.equal(repeated.status, 200, repeated.text);
    assert.equal(await isDone(what), true);
    if (what === "a token is rotated") principal.token = repeated.body.token;
  },
});
