/**
 * The bodies of eight validator clients, each with its headers and its key order: every one is answered, and what is
 * signed is the root by SHA-256 alone. What a client does not send is listed, and docs/validators.md says the same.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { DutyBody } from "../chains/ethereum-validator/duties.ts";
import { expectedRoot } from "../chains/ethereum-validator/expected.ts";
import { sendExactly } from "../running/exact-request.ts";
import { RunningService, type Reply } from "../running/service.ts";
import { assertSigned, validatorKeys } from "../running/validators.ts";
import { CLIENTS } from "./clients/all.ts";
import { INCLUSION_LIST, ROOT, SUBJECTS, type Client, type Sent, type Subject } from "./clients/client.ts";
import { assertProblem } from "./problems.ts";

let service: RunningService;
const keys = new Map<Client, string>();
/** Of a principal that may ask for exits, deposits and withdrawal address changes. */
let authorization: string;

before(async () => {
  service = await RunningService.start();
  const made = await validatorKeys(service, CLIENTS.length);
  for (const [index, client] of CLIENTS.entries()) keys.set(client, made[index] ?? "");
  const member = { name: "clients", roles: ["KeyUser"], groups: ["validator-exits"] };
  authorization = `Bearer ${(await service.call("POST", "/v1/principals", member)).body.token}`;
});
after(() => service?.stop());

/** The body with the client's own root, in its place among the members. */
function withRoot(body: DutyBody): DutyBody {
  const root = `0x${expectedRoot(body).toString("hex")}`;
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name, value === ROOT ? root : value]),
  );
}

function post(client: Client, body: DutyBody): Promise<Reply> {
  const { accept } = client.headers;
  return sendExactly(service, `/api/v1/eth2/sign/${keys.get(client)}`, JSON.stringify(body), {
    "content-type": "application/json",
    authorization,
    ...(accept === undefined ? {} : { accept }),
  });
}

function nameOf({ subject, body }: Sent): string {
  const payload = body["beacon_block"] ?? body["aggregate_and_proof"];
  return [subject, body["type"], payload?.version].filter((part) => part !== undefined).join(" ");
}

for (const client of CLIENTS) {
  describe(`${client.name} (${client.repository}@${client.commit.slice(0, 8)})`, () => {
    test("each subject is sent, or its absence has a reason, and not both", () => {
      const sent = new Set<Subject>(client.sent.map(({ subject }) => subject));
      const notSent = new Map(client.notSent.map(({ subject, reason }) => [subject, reason]));
      for (const subject of SUBJECTS) {
        assert.notEqual(sent.has(subject), notSent.has(subject), subject);
        if (notSent.has(subject)) assert.ok(notSent.get(subject), subject);
      }
      assert.match(client.commit, /^[0-9a-f]{40}$/);
    });

    for (const request of client.sent) {
      test(nameOf(request), async () => {
        const body = withRoot(request.body);
        const { status, headers, text } = await post(client, body);
        assert.equal(status, 200, text);
        const type = headers.get("content-type") ?? "";
        const json = client.headers.accept === "application/json";
        assert.match(type, json ? /^application\/json/ : /^text\/plain/);
        assertSigned(keys.get(client) ?? "", body, json ? JSON.parse(text).signature : text);
      });
    }
  });
}

test("an inclusion list without fork_info, as Lodestar sends it, has no root where nobody scheduled Heze", async () => {
  const body = { inclusion_list: INCLUSION_LIST, type: "INCLUSION_LIST" };
  const key = keys.get(CLIENTS[2] ?? assert.fail()) ?? "";
  const reply = await service.call("POST", `/api/v1/eth2/sign/${key}`, body);
  assertProblem(reply, "request.malformed");
  assert.equal(reply.body.field, "/fork_info");
});

test("docs/validators.md names each client's source, and what it does not send", () => {
  const text = readFileSync(join(import.meta.dirname, "../../docs/validators.md"), "utf8");
  const flowing = text.replaceAll(/\s+/g, " ");
  const rows = text.split("\n").map((line) => cells(line).join("|"));
  for (const row of [...sourceRows(), ...subjectRows()]) {
    assert.ok(rows.includes(row.join("|")), `docs/validators.md has no row ${row.join(" | ")}`);
  }
  for (const { name, notSent } of CLIENTS) {
    for (const { reason } of notSent) assert.ok(flowing.includes(reason), `${name}: ${reason}`);
  }
});

function cells(line: string): string[] {
  return line.split(" | ").map((cell) => cell.replaceAll(/^\| ?| ?\|$/g, "").trim());
}

function sourceRows(): string[][] {
  return CLIENTS.map(({ name, repository, commit, habit }) => [
    name,
    `\`${repository}\` at \`${commit.slice(0, 12)}\``,
    habit,
  ]);
}

function subjectRows(): string[][] {
  return SUBJECTS.map((subject) => [
    subject,
    ...CLIENTS.map(({ sent }) => (sent.some((request) => request.subject === subject) ? "yes" : "–")),
  ]);
}
