/** A history that is streamed for an hour is merged under the rights that its caller has when it has arrived. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
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
