/** Acts: the caller's right is what the ledger says when the act is done, and rules about several rows hold then too. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Actor, BuiltInId } from "../../src/access/actors.ts";
import type { Freeze } from "../../src/domain/freezes.ts";
import { ROOT_NAMESPACE, SYSTEM_NAMESPACE } from "../../src/access/roles.ts";
import { createToken, hashToken } from "../../src/access/tokens.ts";
import { newPrincipal } from "../../src/administration/principals.ts";
import { AnsweredBefore } from "../../src/domain/requests.ts";
import type { ActName } from "../../src/record/acts/act.ts";
import type { Ledger } from "../../src/record/ledger.ts";
import { ActLedger, answerOf, bindingOf, KEY, OPERATOR, OTHER, type Member } from "./act-ledger.ts";

let home: ActLedger;
let ledger: Ledger;

before(async () => {
  home = await ActLedger.start();
  ({ ledger } = home);
  // There is always one more, so that any other can be deleted.
  await home.member(["NamespaceAdmin"]);
});
after(() => home.end());

const wallet = { id: "wal_1", namespace: ROOT_NAMESPACE, name: "w", createdAt: "now" };
const NEVER = { principal: { namespace: ROOT_NAMESPACE, roles: [] } };

const FREEZE: Freeze = {
  id: "frz_0",
  scope: { kind: "namespace", namespace: ROOT_NAMESPACE },
  orderedBy: "prn_0",
  orderedIn: ROOT_NAMESPACE,
  createdAt: "now",
};

/** Of each act, an input that is read for its permission; a caller without the right gets no further. */
const INPUTS: Readonly<Record<ActName, object>> = {
  initialise: {},
  createNamespace: { created: { name: "new", createdAt: "now" }, answer: null },
  createPrincipal: { created: NEVER, answer: null },
  updatePrincipal: { namespace: ROOT_NAMESPACE, id: "prn_0", roles: [], groups: null },
  rotatePrincipal: { namespace: ROOT_NAMESPACE, id: "prn_0", tokenHash: new Uint8Array(32), answer: null },
  deletePrincipal: { namespace: ROOT_NAMESPACE, id: "prn_0" },
  createWallet: { wallet, answer: null },
  createKey: { key: KEY, answer: null },
  importValidatorKey: { key: KEY, history: null },
  restartValidatorKey: { id: KEY.id },
  restoreEotsKey: { key: KEY, floors: [] },
  setKeyState: { id: "key_0", state: "active", answer: null },
  deleteKeys: { ids: [], forEveryone: false },
  createFreeze: { freeze: FREEZE, answerFor: FREEZE.id, answer: null },
  liftFreeze: { id: "frz_0" },
  createPolicy: { policy: { namespace: ROOT_NAMESPACE }, answer: null },
  createBinding: { binding: { namespace: ROOT_NAMESPACE }, answer: null },
  updateBinding: { binding: { namespace: ROOT_NAMESPACE }, version: 1 },
  deleteBinding: { namespace: ROOT_NAMESPACE, id: "bnd_0" },
  createDescriptor: { descriptor: { namespace: ROOT_NAMESPACE }, answer: null },
  deleteDescriptor: { namespace: ROOT_NAMESPACE, id: "dsc_0" },
  noteAct: { action: "system.seal" },
  acceptClock: { stated: "2026-01-01T00:00:00.000Z" },
  answerRepeat: { permission: "wallet.create", request: answerOf(OPERATOR, "never", 1) },
  configureSlashing: { settings: {} },
  setSlashingEnabled: { publicKeys: [], enabled: true },
  mergeSlashingImport: { number: 0, options: {} },
  pinSlashingChain: { genesisValidatorsRoot: new Uint8Array(32), network: null },
  endSlashingImport: {},
  raiseSlashingFloors: { publicKeys: [], slot: null, epoch: null },
  setSlashingBounds: { publicKeys: [], bounds: {} },
  setEotsFloor: {},
  requireEotsFloor: { publicKeys: [] },
  setEotsEnabled: { publicKeys: [], enabled: true },
  noteEotsExport: { publicKeys: [], disable: false },
  mergeEotsImport: { number: 0, options: {} },
  pruneEotsHistory: { after: null, rowsMax: 1 },
};

function perform(name: string, actor: unknown, input: object = Reflect.get(INPUTS, name)): Promise<unknown> {
  const method: unknown = Reflect.get(ledger, name);
  assert.ok(typeof method === "function");
  return Reflect.apply(method, ledger, [{ ...input, actor }]);
}

async function refused(code: string, work: () => Promise<unknown>): Promise<void> {
  const size = await home.size();
  await assert.rejects(work(), { code });
  assert.equal(await home.size(), size, "a refused act has no leaf");
}

describe("every act asks for its caller first", () => {
  for (const name of Object.keys(INPUTS)) {
    test(`${name}: a caller that was deleted, had another token, is of another namespace, or never was`, async () => {
      const gone = await home.member(["KeyAdmin", "NamespaceAdmin", "PolicyAdmin", "Auditor"]);
      await home.delete(gone);
      await refused("auth.missing", () => perform(name, gone.actor));
      const live = await home.member(["KeyAdmin", "NamespaceAdmin", "PolicyAdmin", "Auditor"]);
      await refused("auth.missing", () => perform(name, { ...live.actor, tokenVersion: 2 }));
      await refused("auth.missing", () => perform(name, { ...live.actor, namespace: OTHER }));
      await refused("auth.missing", () => perform(name, { ...live.actor, principal: "prn_never" }));
      await refused("auth.missing", () => perform(name, { ...live.actor, tokenVersion: null }));
      await refused("auth.missing", () =>
        perform(name, { ...live.actor, principal: "claviger", tokenVersion: null }),
      );
    });
  }

  for (const name of Object.keys(INPUTS)) {
    test(`${name}: a caller without the role, stored or built in`, async () => {
      const approver = await home.member(["Approver"]);
      await refused("auth.forbidden", () => perform(name, approver.actor));
      const principal: BuiltInId = "commit-boost-module:relay";
      await refused("auth.forbidden", () =>
        perform(name, { namespace: ROOT_NAMESPACE, principal, tokenVersion: null }),
      );
    });
  }
});

describe("a permission that depends on the input", () => {
  const every: readonly (readonly [ActName, object])[] = [
    ["setSlashingEnabled", { publicKeys: null, enabled: false }],
    ["raiseSlashingFloors", { publicKeys: null, slot: 1n, epoch: null }],
    ["setSlashingBounds", { publicKeys: null, bounds: { slot: 1n } }],
    ["noteEotsExport", { publicKeys: null, disable: true }],
  ];
  for (const [name, input] of every) {
    test(`${name} of every key needs the root namespace`, async () => {
      const { actor } = await home.member(["KeyAdmin", "NamespaceAdmin"], OTHER);
      await refused("auth.forbidden", () => perform(name, actor, input));
    });
  }

  test("mergeSlashingImport of every key needs the root namespace", async () => {
    const { actor } = await home.member(["KeyAdmin", "NamespaceAdmin"], OTHER);
    const number = await ledger.beginSlashingImport({ reach: { of: "everyKey" } });
    const genesisValidatorsRoot = new Uint8Array(32);
    const options = { genesisValidatorsRoot, expectedRoot: null };
    await refused("auth.forbidden", () => perform("mergeSlashingImport", actor, { number, options }));
    await ledger.discardSlashingImport({ number });
  });

  test("everything, and another namespace, is frozen by the root namespace alone", async () => {
    const { actor } = await home.member(["KeyAdmin", "NamespaceAdmin"], OTHER);
    for (const scope of [FREEZE.scope, { kind: "everything" } as const]) {
      const freeze = { ...FREEZE, scope, orderedBy: actor.principal, orderedIn: OTHER };
      await refused("auth.forbidden", () =>
        ledger.createFreeze({ actor, freeze, answerFor: freeze.id, answer: null }),
      );
    }
  });

  test("a freeze is lifted by the stricter role, where it was ordered; who ordered it is what the caller is", async () => {
    const root = await home.member(["NamespaceAdmin"]);
    const scope = { kind: "namespace", namespace: OTHER } as const;
    const id = "frz_1";
    const freeze = { ...FREEZE, id, scope, orderedBy: "prn_never", orderedIn: OTHER };
    const ordered = await ledger.createFreeze({ actor: root.actor, freeze, answerFor: id, answer: null });
    const { orderedBy, orderedIn } = ordered.freeze;
    assert.deepEqual([orderedBy, orderedIn], [root.actor.principal, ROOT_NAMESPACE]);
    const tenant = await home.member(["KeyAdmin", "NamespaceAdmin"], OTHER);
    const keyAdmin = await home.member(["KeyAdmin"]);
    for (const { actor } of [tenant, keyAdmin]) {
      await refused("auth.forbidden", () => ledger.liftFreeze({ actor, id }));
    }
    assert.equal(await ledger.liftFreeze({ actor: root.actor, id }), true);
    assert.equal(await ledger.liftFreeze({ actor: root.actor, id }), false);
  });

  test("what only commands do is no principal's", async () => {
    const { actor } = await home.member(["KeyAdmin", "NamespaceAdmin", "PolicyAdmin", "Auditor"]);
    await refused("auth.forbidden", () => ledger.configureSlashing({ actor, settings: { floorSlot: 1n } }));
    await refused("auth.forbidden", () => ledger.noteAct({ actor, action: "whatever" }));
  });
});

describe("what changes while an act is on its way", () => {
  const made = (member: Member): Promise<unknown> => {
    const created = newPrincipal(
      ROOT_NAMESPACE,
      { name: "late", roles: ["NamespaceAdmin"] },
      hashToken(createToken()),
    );
    return ledger.createPrincipal({ actor: member.actor, created, answer: null });
  };

  test("the caller is deleted: its act in the same batch is refused", async () => {
    const [root, late] = [await home.member(["NamespaceAdmin"]), await home.member(["NamespaceAdmin"])];
    const size = await home.size();
    const { id } = late;
    const deleting = ledger.deletePrincipal({ actor: root.actor, namespace: ROOT_NAMESPACE, id });
    await assert.rejects(made(late), { code: "auth.missing" });
    assert.equal(await deleting, true);
    assert.deepEqual(await home.actions(size), ["principal.delete"]);
  });

  test("the caller's token is replaced", async () => {
    const [root, late] = [await home.member(["NamespaceAdmin"]), await home.member(["NamespaceAdmin"])];
    const tokenHash = hashToken(createToken());
    const { id } = late;
    const rotating = ledger.rotatePrincipal({
      actor: root.actor,
      namespace: ROOT_NAMESPACE,
      id,
      tokenHash,
      answer: null,
    });
    await assert.rejects(made(late), { code: "auth.missing" });
    const { principal } = await rotating;
    const again: Actor = { ...late.actor, tokenVersion: principal.tokenVersion };
    await made({ ...late, actor: again });
  });

  test("the caller's role is taken", async () => {
    const [root, late] = [await home.member(["NamespaceAdmin"]), await home.member(["NamespaceAdmin"])];
    const change = { namespace: ROOT_NAMESPACE, id: late.id, roles: ["Auditor"], groups: null } as const;
    const taking = ledger.updatePrincipal({ actor: root.actor, ...change });
    await assert.rejects(made(late), { code: "auth.forbidden" });
    assert.deepEqual((await taking).principal.roles, ["Auditor"]);
  });
});

describe("the last administrator of the root namespace", () => {
  let first: Member;
  let second: Member;

  before(async () => {
    const { principals } = await ledger.readDirectory();
    first = await home.member(["NamespaceAdmin"]);
    second = await home.member(["NamespaceAdmin"]);
    for (const { principal } of principals) {
      await ledger.deletePrincipal({ actor: OPERATOR, namespace: principal.namespace, id: principal.id });
    }
  });

  test("of two who delete each other at once one remains, who cannot be deleted", async () => {
    const deletions = await Promise.allSettled([
      ledger.deletePrincipal({ actor: first.actor, namespace: ROOT_NAMESPACE, id: second.id }),
      ledger.deletePrincipal({ actor: second.actor, namespace: ROOT_NAMESPACE, id: first.id }),
    ]);
    assert.deepEqual(
      deletions.map(({ status }) => status),
      ["fulfilled", "rejected"],
    );
    await assert.rejects(
      ledger.deletePrincipal({ actor: second.actor, namespace: ROOT_NAMESPACE, id: first.id }),
      { code: "auth.missing" },
    );
    await refused("request.conflict", () =>
      ledger.deletePrincipal({ actor: first.actor, namespace: ROOT_NAMESPACE, id: first.id }),
    );
    await refused("request.conflict", () => home.delete(first));
  });

  test("no role of the last one is taken, also by whoever needs no role", async () => {
    const change = { namespace: ROOT_NAMESPACE, id: first.id, roles: ["Auditor"], groups: null } as const;
    await refused("request.conflict", () => ledger.updatePrincipal({ actor: OPERATOR, ...change }));
    await refused("auth.forbidden", () => ledger.updatePrincipal({ actor: first.actor, ...change }));
  });
});

describe("a principal's namespace", () => {
  const create = (actor: Actor, namespace: string): Promise<unknown> => {
    const hash = hashToken(createToken());
    const created = newPrincipal(namespace, { name: "new", roles: ["Auditor"] }, hash);
    return ledger.createPrincipal({ actor, created, answer: null });
  };

  test("is there, is not the system's, and is the caller's unless that is of the root namespace", async () => {
    const root = await home.member(["NamespaceAdmin"]);
    const other = await home.member(["NamespaceAdmin"], OTHER);
    await refused("auth.forbidden", () => create(root.actor, "nowhere"));
    await refused("auth.forbidden", () => create(root.actor, SYSTEM_NAMESPACE));
    await refused("auth.forbidden", () => create(other.actor, ROOT_NAMESPACE));
    await create(other.actor, OTHER);
    await create(root.actor, OTHER);
  });

  test("hides it from administrators of another", async () => {
    const root = await home.member(["Auditor"]);
    const other = await home.member(["NamespaceAdmin"], OTHER);
    const at = { namespace: ROOT_NAMESPACE, id: root.id };
    await refused("request.not_found", () => ledger.deletePrincipal({ actor: other.actor, ...at }));
    await refused("request.not_found", () =>
      ledger.updatePrincipal({ actor: other.actor, ...at, roles: ["KeyUser"], groups: null }),
    );
    const rotation = { ...at, tokenHash: new Uint8Array(32), answer: null };
    await refused("request.not_found", () => ledger.rotatePrincipal({ actor: other.actor, ...rotation }));
  });
});

describe("a binding", () => {
  let author: Member;

  before(async () => {
    author = await home.member(["PolicyAdmin"]);
  });

  const bind = (binding: ReturnType<typeof bindingOf>): Promise<void> =>
    ledger.createBinding({ actor: author.actor, binding, answer: null });

  test("names a policy and a scope that are there, of the caller's own namespace", async () => {
    const policy = await home.policy();
    await refused("policy.not_found", () => bind(bindingOf({ ...policy, digest: "sha256:none" })));
    await refused("key.not_found", () => bind(bindingOf(policy, { scope: { kind: "key", id: "key_none" } })));
    await refused("wallet.not_found", () =>
      bind(bindingOf(policy, { scope: { kind: "wallet", id: "wal_none" } })),
    );
    await refused("auth.forbidden", () =>
      bind(bindingOf(policy, { scope: { kind: "namespace", id: OTHER } })),
    );
    await refused("auth.forbidden", () => bind(bindingOf(policy, { namespace: OTHER })));
    const binding = bindingOf(policy);
    await bind(binding);
    const change = { actor: author.actor, version: 1 };
    const version = { version: 2 };
    await refused("policy.not_found", () =>
      ledger.updateBinding({ ...change, binding: { ...binding, ...version, policy: "sha256:none" } }),
    );
    await refused("auth.forbidden", () =>
      ledger.updateBinding({ ...change, binding: { ...binding, ...version, namespace: OTHER } }),
    );
    await ledger.deleteBinding({ actor: author.actor, namespace: ROOT_NAMESPACE, id: binding.id });
  });

  test("is one of 32 on its scope at most, however many come at once", async () => {
    const policy = await home.policy();
    const { bindings: earlier } = await ledger.readDirectory();
    const outcomes = await Promise.allSettled(Array.from({ length: 40 }, () => bind(bindingOf(policy))));
    const made = outcomes.filter(({ status }) => status === "fulfilled").length;
    assert.equal(made, 32 - earlier.length);
    await refused("request.conflict", () => bind(bindingOf(policy)));
    const { bindings } = await ledger.readDirectory();
    assert.equal(bindings.length, 32);
  });
});

describe("an Idempotency-Key", () => {
  const named = (actor: Actor, name: string, request: number) => {
    const created = newPrincipal(ROOT_NAMESPACE, { name, roles: ["Auditor"] }, hashToken(createToken()));
    const body = JSON.stringify({ id: created.principal.id });
    return { body, act: { actor, created, answer: answerOf(actor, "key", request, body) } };
  };

  test("of the same request many times at once: one act, and its answer to all others", async () => {
    const { actor } = await home.member(["NamespaceAdmin"]);
    const size = await home.size();
    const calls = Array.from({ length: 12 }, () => named(actor, "same", 1));
    const outcomes = await Promise.allSettled(calls.map(({ act }) => ledger.createPrincipal(act)));
    assert.deepEqual(await home.actions(size), ["principal.create"]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["fulfilled", ...Array.from({ length: 11 }, () => "rejected")],
    );
    for (const outcome of outcomes.slice(1)) {
      assert.ok(outcome.status === "rejected" && outcome.reason instanceof AnsweredBefore);
      assert.equal(outcome.reason.answer.body, calls[0]?.body);
      assert.equal(outcome.reason.answer.status, 201);
    }
    await refused("request.idempotency_conflict", () => ledger.createPrincipal(named(actor, "other", 2).act));
  });

  test("gives a caller without the right nothing, not even what it got before", async () => {
    const late = await home.member(["NamespaceAdmin"]);
    const { act } = named(late.actor, "late", 1);
    await ledger.createPrincipal(act);
    const change = { namespace: ROOT_NAMESPACE, id: late.id, roles: ["Auditor"], groups: null } as const;
    await ledger.updatePrincipal({ actor: OPERATOR, ...change });
    await refused("auth.forbidden", () => ledger.createPrincipal(act));
    await home.delete(late);
    await refused("auth.missing", () => ledger.createPrincipal(act));
  });

  test("of an act that was refused is unused", async () => {
    const { actor } = await home.member(["NamespaceAdmin"]);
    const created = { name: OTHER, createdAt: "now" };
    const answer = answerOf(actor, "refused", 1);
    await refused("request.conflict", () => ledger.createNamespace({ actor, created, answer }));
    await ledger.createNamespace({ actor, created: { ...created, name: "fresh" }, answer });
  });

  test("of what existed already keeps no answer that says another name", async () => {
    const { actor } = await home.member(["PolicyAdmin"]);
    const policy = await home.policy();
    const answer = answerOf(actor, "again", 1);
    const again = { actor, policy: { ...policy, name: "second" }, module: new Uint8Array(1), answer };
    assert.deepEqual(await ledger.createPolicy(again), { stored: policy });
    const repeat = { actor, permission: "policy.create", request: answer } as const;
    assert.equal(await ledger.answerRepeat(repeat), undefined);
    assert.deepEqual(await ledger.createPolicy({ ...again, policy }), { stored: policy });
    await assert.rejects(ledger.answerRepeat(repeat), AnsweredBefore);
  });

  test("is given to a repeat while its caller still has the right, and no longer", async () => {
    const { actor, id } = await home.member(["NamespaceAdmin", "KeyAdmin"]);
    const answer = answerOf(actor, "right", 1);
    const created = { name: "rightful", createdAt: "now" };
    await ledger.createNamespace({ actor, created, answer });
    const repeat = { actor, permission: "namespace.create", request: answer } as const;
    await assert.rejects(ledger.answerRepeat(repeat), AnsweredBefore);
    await assert.rejects(ledger.createNamespace({ actor, created, answer }), AnsweredBefore);
    const change = { namespace: ROOT_NAMESPACE, id, roles: ["KeyAdmin"], groups: null } as const;
    await ledger.updatePrincipal({ actor: OPERATOR, ...change });
    await refused("auth.forbidden", () => ledger.answerRepeat(repeat));
    await refused("auth.forbidden", () => ledger.createNamespace({ actor, created, answer }));
  });
});
