/**
 * A history that is streamed for an hour is merged under the rights that its caller has when it has arrived, and into the keys that
 * its namespace has then.
 * @module
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Reply } from "../running/service.ts";
import { compose, type Composed } from "../http/composed.ts";
import { assertProblem } from "../http/problems.ts";
import { documentOf, entryOf, ROOT, upload } from "../running/interchange.ts";

const STRANGER = `0x${"ab".repeat(48)}`;

let service: Composed;
let meanwhile: (() => Promise<void>) | undefined;

before(async () => {
  service = await compose({
    async meanwhile(operation) {
      if (operation !== "mergeSlashingImport") return;
      const act = meanwhile;
      meanwhile = undefined;
      await act?.();
    },
  });
});
after(() => service.close());

/** How many keys the history has. */
async function keysWithHistory(): Promise<number> {
  return (await service.call("GET", "/v1/slashing-protection")).body.keys;
}

const ENDS: readonly (readonly [string, string, string, unknown, string])[] = [
  ["the caller was deleted", "DELETE", "", undefined, "auth.missing"],
  ["its token was replaced", "POST", "/rotate", undefined, "auth.missing"],
  ["its role was taken", "PATCH", "", { roles: ["Auditor"] }, "auth.forbidden"],
  // It may still import, but no more what the document says of everybody's keys, nor tie the directory to a chain.
  ["it reaches every key no more", "PATCH", "", { roles: ["KeyAdmin"] }, "auth.forbidden"],
];
for (const [name, method, path, body, code] of ENDS) {
  test(`${name} while the document was on its way: nothing is merged`, async () => {
    const roles = ["NamespaceAdmin", "KeyAdmin"];
    const { id, token } = (await service.call("POST", "/v1/principals", { name: "importer", roles })).body;
    const entries = (await service.call("GET", "/v1/audit/entries?limit=500")).body.items.length;
    meanwhile = async () => {
      const ended = await service.call(method, `/v1/principals/${id}${path}`, body);
      assert.ok(ended.status < 300, ended.text);
    };
    const headers = { authorization: `Bearer ${token}` };
    const document = documentOf(entryOf(STRANGER, [7]));
    const reply = await upload(service, [document], { headers, query: `?genesisValidatorsRoot=${ROOT}` });
    assertProblem(reply, code);
    assert.equal(meanwhile, undefined, "the document had arrived");
    assert.equal(await keysWithHistory(), 0);
    const { items } = (await service.call("GET", "/v1/audit/entries?limit=500")).body;
    assert.equal(items.length, entries + 1, "the act against the caller alone");
  });
}

test("who has its rights still: it is merged", async () => {
  const query = `?genesisValidatorsRoot=${ROOT}`;
  const reply = await upload(service, [documentOf(entryOf(STRANGER, [7]))], { query });
  assert.equal(reply.status, 200, reply.text);
  assert.equal(await keysWithHistory(), 1);
});

/** Whoever looks after the keys of a namespace, and those that it has by now. */
async function ofNamespace(name: string) {
  assert.equal((await service.call("POST", "/v1/namespaces", { name })).status, 201);
  const made = await service.call("POST", "/v1/principals", {
    name: "keys",
    roles: ["KeyAdmin", "KeyUser"],
    namespace: name,
  });
  assert.equal(made.status, 201, made.text);
  const headers = { authorization: `Bearer ${made.body.token}` };
  const call = async (method: string, path: string, body?: object): Promise<Reply["body"]> => {
    const type = body === undefined ? {} : { "content-type": "application/json" };
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    const reply = await fetch(service.url + path, { method, headers: { ...headers, ...type }, ...text });
    assert.ok(reply.ok, `${method} ${path}: ${reply.status}`);
    return reply.status === 204 ? undefined : reply.json();
  };
  const { id: walletId } = await call("POST", "/v1/wallets", { name: "validators" });
  const create = (index: number): Promise<Reply["body"]> =>
    call("POST", `/v1/wallets/${walletId}/keys`, { chain: "ethereum-validator", index });
  const remove = (id: string): Promise<void> => call("DELETE", `/v1/keys/${id}`);
  return { headers, create, remove };
}

// Keys without a record, so that the second file is merged in pieces.
for (const [size, others] of [
  ["small", 0],
  ["large", 250],
] as const) {
  test(`a ${size} file adds to the keys that the namespace has when it has arrived, and to no others`, async () => {
    const own = await ofNamespace(`holder-${size}`);
    const stays = await own.create(0);
    const goes = await own.create(1);
    const returns = await own.create(2);
    await own.remove(returns.id);
    const gone = await own.create(3);
    await own.remove(gone.id);
    meanwhile = async () => {
      await own.remove(goes.id);
      assert.equal((await own.create(2)).publicKey, returns.publicKey);
    };
    const named = [stays, goes, returns, gone].map(({ publicKey }) => publicKey);
    const strangers = Array.from(
      { length: others },
      (_, index) => `0x${(index + 1).toString(16).padStart(96, "0")}`,
    );
    const document = documentOf(
      [...named, STRANGER, ...strangers].map((publicKey) => entryOf(publicKey, [7])).join(),
    );
    const known = async (): Promise<number> =>
      (await service.call("GET", "/v1/slashing-protection")).body.keysWithHistory;
    const had = await known();
    const reply = await upload(service, [document], { headers: own.headers });
    assert.equal(reply.status, 200, reply.text);
    assert.equal(meanwhile, undefined, "the document had arrived");
    const expected = [stays, returns].map(({ publicKey }): string => publicKey).toSorted();
    assert.deepEqual(
      reply.body.keys.map((key: { readonly publicKey: string }) => key.publicKey),
      expected,
    );
    assert.equal(await known(), had + 2);
  });
}
