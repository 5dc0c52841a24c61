/** A row that does not check: whoever reads it learns which one it is, and gets nothing that was guessed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { principalOf, bindingOf, descriptorOf, keyOf, policyOf, requestOf } from "../../src/ledger/rows.ts";
import { DirectoryTable } from "../../src/ledger/tables/directory.ts";
import { PresenceTable } from "../../src/ledger/tables/presence.ts";
import { memoryLedger } from "./memory.ts";
import { evidenceOf } from "../../src/domain/requests.ts";

const AT = { namespace: "default", createdAt: "2026-01-01T00:00:00.000Z" };
const KEY = {
  ...AT,
  id: "key_1",
  walletId: null,
  chain: "ethereum",
  curve: "secp256k1",
  derivation: "imported",
  path: null,
  publicKey: new Uint8Array(33),
  address: "0x00",
  label: null,
  attributes: '{"network":"testnet","networks":{"testnet":"a"},"purpose":84}',
  state: "active",
};
const PRINCIPAL = {
  ...AT,
  id: "prn_1",
  name: "a",
  roles: '["KeyUser"]',
  groups: '["treasury"]',
  version: 1,
  tokenVersion: 1,
  tokenHash: new Uint8Array(32),
};
const POLICY = { ...AT, digest: "sha256:00", name: "a", sizeBytes: 1, abi: "policy_v1", meter: "{}" };
const BINDING = {
  ...AT,
  id: "bnd_1",
  policy: "sha256:00",
  scopeKind: "wallet",
  scopeId: "wal_1",
  settings: "{}",
  fuelMax: 1,
  mode: "enforce",
  version: 1,
};
const DESCRIPTOR = {
  ...AT,
  id: "dsc_1",
  walletId: "wal_1",
  name: "a",
  network: "mainnet",
  descriptor: "wsh()",
  ownKeys: '[{"name":"k0","keyId":"key_1"}]',
  receiveAddress: "a",
  changeAddress: null,
};
const REQUEST = {
  id: "req_1",
  namespace: "default",
  keyId: "key_1",
  principal: "prn_1",
  type: "ethereum.message",
  receivedAt: AT.createdAt,
  idempotencyKey: null,
  bodyHash: new Uint8Array(32),
  decision: "deny",
  problem: '{"code":"policy.denied","detail":"no","members":{}}',
  evidence: '{"intent":{},"payloads":[],"evaluations":[]}',
  result: null,
  sequence: 0,
};

test("a row that checks becomes its noun", () => {
  assert.deepEqual(keyOf(KEY).attributes, { network: "testnet", networks: { testnet: "a" }, purpose: 84 });
  assert.deepEqual(principalOf(PRINCIPAL).principal.roles, ["KeyUser"]);
  assert.deepEqual(bindingOf(BINDING).scope, { kind: "wallet", id: "wal_1" });
  assert.deepEqual(descriptorOf(DESCRIPTOR).ownKeys, [{ name: "k0", keyId: "key_1" }]);
  assert.equal(requestOf(REQUEST).problem?.code, "policy.denied");
  assert.deepEqual(policyOf(POLICY).meter, {});
});

const DAMAGED: Readonly<Record<string, () => unknown>> = {
  "chain of key key_1 is not one of ethereum, ": () => keyOf({ ...KEY, chain: "dogecoin" }),
  "curve of key key_1 is not one of secp256k1, ": () => keyOf({ ...KEY, curve: "" }),
  "derivation of key key_1 is not one of bip32-secp256k1, ": () => keyOf({ ...KEY, derivation: "eip2334" }),
  "state of key key_1 is not one of active, disabled, deleted": () => keyOf({ ...KEY, state: "frozen" }),
  "attributes of key key_1 is not JSON": () => keyOf({ ...KEY, attributes: '{"purpose":8' }),
  "attributes of key key_1 is not an object": () => keyOf({ ...KEY, attributes: "[]" }),
  "attributes/guardian of key key_1 is not an object": () =>
    keyOf({ ...KEY, attributes: '{"guardian":true}' }),
  "attributes/networks/testnet of key key_1 is not a text": () =>
    keyOf({ ...KEY, attributes: '{"networks":{"testnet":1}}' }),
  "roles of principal prn_1 is not a list": () => principalOf({ ...PRINCIPAL, roles: '"KeyUser"' }),
  "roles/1 of principal prn_1 is not a text": () => principalOf({ ...PRINCIPAL, roles: '["KeyUser",7]' }),
  "groups/0 of principal prn_1 is not a text": () => principalOf({ ...PRINCIPAL, groups: "[7]" }),
  "meter of policy sha256:00 is not an object": () => policyOf({ ...POLICY, meter: "null" }),
  "scope_kind of binding bnd_1 is not one of namespace, wallet, key": () =>
    bindingOf({ ...BINDING, scopeKind: "group" }),
  "mode of binding bnd_1 is not one of enforce, shadow": () => bindingOf({ ...BINDING, mode: "off" }),
  "settings of binding bnd_1 is not an object": () => bindingOf({ ...BINDING, settings: "[]" }),
  "own_keys/0/keyId of descriptor dsc_1 is not a text": () =>
    descriptorOf({ ...DESCRIPTOR, ownKeys: '[{"name":"k0"}]' }),
  "decision of request req_1 is not one of allow, deny": () => requestOf({ ...REQUEST, decision: "" }),
  "problem/code of request req_1 is not a text": () =>
    requestOf({ ...REQUEST, problem: '{"detail":"no","members":{}}' }),
  "evidence/payloads of request req_1 is not a list": () =>
    evidenceOf({ ...REQUEST, evidence: '{"intent":{},"evaluations":[]}' }),
  "evidence/evaluations/0/verdict/decision of request req_1 is not a text": () =>
    evidenceOf({
      ...REQUEST,
      evidence:
        '{"intent":{},"payloads":[],"evaluations":[{"bindingId":"b","policy":"p","mode":"m","fuelUsed":0,"verdict":{}}]}',
    }),
};

for (const [message, read] of Object.entries(DAMAGED)) {
  test(`refuses: ${message}`, () =>
    assert.throws(read, (error: unknown) => {
      assert.ok(error instanceof Error && "code" in error);
      assert.equal(error.code, "service.internal");
      assert.ok(error.message.startsWith(`ledger: ${message}`), error.message);
      assert.match(error.message, /; the ledger was written by a newer release, or is damaged: /);
      return true;
    }));
}

test("a role that this release does not know carries nothing, and an act that leaves roles as they are keeps it", () => {
  const database = memoryLedger();
  const table = new DirectoryTable(database);
  database
    .prepare("INSERT INTO namespace (name, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING")
    .run("default", AT.createdAt);
  table.insertPrincipal(principalOf(PRINCIPAL));
  database.prepare("UPDATE principal SET roles = ?").run('["KeyUser","Later"]');
  const stored = new PresenceTable(database).principal("default", "prn_1");
  assert.ok(stored);
  assert.deepEqual(stored.principal.roles, ["KeyUser"]);
  table.updatePrincipal({ ...stored, tokenHash: new Uint8Array(32) }, { roles: false, groups: true });
  assert.deepEqual(database.prepare("SELECT roles FROM principal").pluck().all(), ['["KeyUser","Later"]']);
  table.updatePrincipal(stored, { roles: true, groups: false });
  assert.deepEqual(database.prepare("SELECT roles FROM principal").pluck().all(), ['["KeyUser"]']);
});
