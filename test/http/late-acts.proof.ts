/** An act whose body is still on its way when its caller loses the right: it is refused, and nothing is made. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { ALLOW_OPAQUE } from "../running/policies.ts";
import { documentOf, ROOT } from "../running/interchange.ts";
import { RunningService } from "../running/service.ts";

let service: RunningService;
let walletId: string;
let keyId: string;
let digest: string;

before(async () => {
  service = await RunningService.start();
  const make = async (path: string, body: unknown): Promise<any> =>
    (await service.call("POST", path, body)).body;
  walletId = (await make("/v1/wallets", { name: "late" })).id;
  keyId = (await make(`/v1/wallets/${walletId}/keys`, { chain: "ethereum" })).id;
  ({ digest } = await make("/v1/policies?name=late", ALLOW_OPAQUE));
});
after(() => service.stop());

const ROLES = ["KeyAdmin", "KeyUser", "PolicyAdmin", "NamespaceAdmin"];

interface Caller {
  readonly id: string;
  readonly token: string;
}

async function newCaller(): Promise<Caller> {
  return (await service.call("POST", "/v1/principals", { name: "late", roles: ROLES })).body;
}

interface Ended {
  readonly status: number;
  readonly body: any;
}

/** Sends the head of a request and half of its body, then calls `meanwhile`, then sends the rest. */
async function inTwoHalves(
  { token }: Caller,
  { method = "POST", path, body, type = "application/json" }: Row,
  meanwhile: () => Promise<unknown>,
): Promise<Ended> {
  const headers = { authorization: `Bearer ${token}`, "content-type": type, expect: "100-continue" };
  const call = request(new URL(path(), service.url), { method, headers });
  const answered = once(call, "response");
  call.flushHeaders();
  // The service says so when it has the head, by which it knows the caller.
  await once(call, "continue");
  const bytes = Buffer.from(body());
  const half = Math.floor(bytes.length / 2);
  await new Promise((resolve) => call.write(bytes.subarray(0, half), resolve));
  await meanwhile();
  call.end(bytes.subarray(half));
  const [response]: IncomingMessage[] = await answered;
  assert.ok(response);
  return { status: response.statusCode ?? 0, body: JSON.parse(await text(response)) };
}

interface Row {
  readonly method?: string;
  readonly path: () => string;
  readonly body: () => string | Uint8Array;
  readonly type?: string;
}

const json = (value: unknown): string => JSON.stringify(value);
const ADMINISTRATOR = { name: "made late", roles: ["NamespaceAdmin"] };

const ROWS: Readonly<Record<string, Row>> = {
  "a new administrator": { path: () => "/v1/principals", body: () => json(ADMINISTRATOR) },
  "a namespace": { path: () => "/v1/namespaces", body: () => json({ name: "late" }) },
  "a wallet": { path: () => "/v1/wallets", body: () => json({ name: "late" }) },
  "a derived key": {
    path: () => `/v1/wallets/${walletId}/keys`,
    body: () => json({ chain: "ethereum", index: 77 }),
  },
  "an imported key": {
    path: () => "/v1/keys/import",
    body: () => json({ chain: "ethereum", privateKey: `0x${"7".repeat(64)}` }),
  },
  "a policy": {
    path: () => "/v1/policies?name=late",
    body: () => Buffer.concat([ALLOW_OPAQUE, Buffer.from([0, 2, 1, 120])]),
    type: "application/wasm",
  },
  "a binding": { path: () => "/v1/bindings", body: () => json({ policy: digest, scope: { keyId } }) },
  "an import of history": {
    path: () => `/v1/slashing-protection/import?genesisValidatorsRoot=${ROOT}`,
    body: () => documentOf(""),
  },
};

const REMOVE = (id: string): Promise<unknown> => service.call("DELETE", `/v1/principals/${id}`);
const ROTATE = (id: string): Promise<unknown> => service.call("POST", `/v1/principals/${id}/rotate`);
const DEMOTE = (id: string): Promise<unknown> =>
  service.call("PATCH", `/v1/principals/${id}`, { roles: ["Approver"] });

async function actions(): Promise<readonly string[]> {
  const { body } = await service.call("GET", "/v1/audit/entries?limit=500");
  return body.items.map(({ entry }: any) => entry.action);
}

for (const [name, row] of Object.entries(ROWS)) {
  describe(name, () => {
    for (const [what, take, action, status, code] of [
      ["is deleted", REMOVE, "principal.delete", 401, "auth.missing"],
      ["gets another token", ROTATE, "principal.rotate", 401, "auth.missing"],
      ["loses its roles", DEMOTE, "principal.update", 403, "auth.forbidden"],
    ] as const) {
      test(`is not made when its caller ${what} while the body is on its way`, async () => {
        const caller = await newCaller();
        const earlier = await actions();
        const answer = await inTwoHalves(caller, row, () => take(caller.id));
        assert.deepEqual([answer.status, answer.body.code], [status, code], json(answer.body));
        assert.deepEqual((await actions()).slice(earlier.length), [action]);
      });
    }

    test("is made when nothing happens meanwhile", async () => {
      const answer = await inTwoHalves(await newCaller(), row, async () => undefined);
      assert.ok(answer.status < 300, json(answer.body));
    });
  });
}
