/** The directory follows the ledger: after each act it is what a start would read, and nobody sees a reply before its change. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { PrincipalIndex } from "../../src/access/principals.ts";
import { ROOT_NAMESPACE, SYSTEM_NAMESPACE } from "../../src/access/roles.ts";
import { applyChanges, type Memory } from "../../src/directory/changes.ts";
import type { Directory } from "../../src/directory/directory.ts";
import { loadDirectory } from "../../src/directory/load.ts";
import type { Ledger } from "../../src/record/ledger.ts";
import { ActLedger, bindingOf, KEY, OPERATOR, OTHER } from "../record/act-ledger.ts";
import { decision } from "../record/tables.ts";

let home: ActLedger;
let ledger: Ledger;
let memory: Memory;

before(async () => {
  home = await ActLedger.start();
  ({ ledger } = home);
  memory = loadDirectory(await ledger.readDirectory());
  ledger.followChanges((changes) => applyChanges(memory, changes));
});
after(() => home.end());

/** All that the two say, in the order in which they say it. */
function said({ directory, principals }: { directory: Directory; principals: PrincipalIndex }): unknown {
  const namespaces = [...directory.namespaces];
  return {
    namespaces,
    ofEach: namespaces.map(({ name }) => ({
      principals: [...principals.list(name)],
      wallets: [...directory.wallets(name)],
      keys: [...directory.keys(name)],
      policies: [...directory.policies(name)],
      bindings: [...directory.bindings(name)],
    })),
    bindings: directory.bindingsFor(KEY),
  };
}

async function assertFollowed(what: string): Promise<void> {
  assert.deepEqual(said(memory), said(loadDirectory(await ledger.readDirectory())), what);
}

test("after each act, it says what a start would read", async () => {
  const actor = OPERATOR;
  const namespace = ROOT_NAMESPACE;
  await ledger.createNamespace({ actor, created: { name: "new", createdAt: "now" }, answer: null });
  await assertFollowed("a namespace is made");
  const member = await home.member(["Auditor"], OTHER);
  await home.member(["NamespaceAdmin"]);
  await assertFollowed("principals are made");
  const { id } = member;
  await ledger.updatePrincipal({ actor, namespace: OTHER, id, roles: ["KeyUser"], groups: ["a"] });
  await assertFollowed("a principal changes");
  const tokenHash = new Uint8Array(32).fill(7);
  await ledger.rotatePrincipal({ actor, namespace: OTHER, id, tokenHash, answer: null });
  await assertFollowed("a token is replaced");
  assert.equal(memory.principals.current(member.record.principal), undefined);
  await home.delete(member);
  await assertFollowed("a principal is deleted");
  const policy = await home.policy();
  await assertFollowed("a policy is made");
  const bindings = [1, 2, 3].map(() => bindingOf(policy, { scope: { kind: "key", id: KEY.id } }));
  for (const binding of bindings) await ledger.createBinding({ actor, binding, answer: null });
  await assertFollowed("bindings are made");
  const [first, second] = bindings;
  assert.ok(first && second);
  await ledger.updateBinding({ actor, binding: { ...second, settings: '{"a":1}', version: 2 }, version: 1 });
  await assertFollowed("a binding changes, and keeps its place");
  await ledger.deleteBinding({ actor, namespace, id: first.id });
  await assertFollowed("a binding is deleted");
  for (const state of ["disabled", "active"] as const) {
    await ledger.setKeyState({ actor, id: KEY.id, state, answer: null });
    assert.equal(memory.directory.key(namespace, KEY.id).state, state);
    await assertFollowed(`a key is ${state}`);
  }
  await ledger.deleteKeys({ actor, ids: [KEY.id], forEveryone: false });
  assert.equal(memory.directory.key(namespace, KEY.id).state, "deleted");
  await assertFollowed("a key is deleted");
});

test("an act that is refused, or was done before, changes nothing in it", async () => {
  const earlier = said(memory);
  const created = { name: OTHER, createdAt: "now" };
  await assert.rejects(ledger.createNamespace({ actor: OPERATOR, created, answer: null }));
  await ledger.deleteBinding({ actor: OPERATOR, namespace: ROOT_NAMESPACE, id: "bnd_none" });
  assert.deepEqual(said(memory), earlier);
});

test("the system's own namespace is not in it", () => {
  const created = { name: SYSTEM_NAMESPACE, createdAt: "now" };
  const key = { ...KEY, id: "key_2", namespace: SYSTEM_NAMESPACE };
  const wallet = { id: "wal_1", namespace: SYSTEM_NAMESPACE, name: "w", createdAt: "now" };
  applyChanges(memory, [
    { change: "namespaceAdded", namespace: created },
    { change: "keyChanged", key },
    { change: "walletAdded", wallet },
  ]);
  assert.equal(memory.directory.namespaces.has(SYSTEM_NAMESPACE), false);
  assert.deepEqual([...memory.directory.keys(SYSTEM_NAMESPACE)], []);
  assert.deepEqual([...memory.directory.wallets(SYSTEM_NAMESPACE)], []);
});

test("a decision that comes back stale finds the act that made it so", async () => {
  const other = await ActLedger.start();
  try {
    const copy = loadDirectory(await other.ledger.readDirectory());
    other.ledger.followChanges((changes) => applyChanges(copy, changes));
    const policy = await other.policy();
    for (let round = 0; round < 30; round += 1) {
      const earlier = copy.directory.bindingsFor(KEY);
      const call = decision({
        namespace: ROOT_NAMESPACE,
        judgedUnder: { principal: null, bindings: earlier.map(({ id, version }) => `${id}:${version}`) },
      });
      const binding = bindingOf(policy, { scope: { kind: "key", id: KEY.id } });
      const acting = other.ledger.createBinding({ actor: OPERATOR, binding, answer: null });
      // In one message with the act, and decided after it.
      const seen = await other.ledger.decide(call).then((reply) => {
        return { outcome: reply.outcome, bindings: copy.directory.bindingsFor(KEY).length };
      });
      assert.deepEqual(seen, { outcome: "stale", bindings: earlier.length + 1 });
      await acting;
    }
  } finally {
    await other.end();
  }
});
