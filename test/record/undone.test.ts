/** A repeat under an Idempotency-Key gets the kept answer while that is true; what was undone since is not said to be so. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ROOT_NAMESPACE } from "../../src/access/roles.ts";
import { createToken, hashToken } from "../../src/access/tokens.ts";
import { newPrincipal } from "../../src/administration/principals.ts";
import { AnsweredBefore } from "../../src/domain/requests.ts";
import type { StoredAnswer } from "../../src/record/contract.ts";
import type { Ledger } from "../../src/record/ledger.ts";
import { ActLedger, answerOf, bindingOf, KEY, type Member } from "./act-ledger.ts";

let home: ActLedger;
let ledger: Ledger;
before(async () => {
  home = await ActLedger.start();
  ({ ledger } = home);
});
after(() => home.end());

/** An act under its Idempotency-Key, and how what it brought about is undone and done again. */
interface Undoable {
  readonly act: () => Promise<unknown>;
  readonly undo: () => Promise<unknown>;
  /** Where the same thing can be so again. */
  readonly redo?: () => Promise<unknown>;
  readonly undone: RegExp;
}
const UNDOABLE: Readonly<Record<string, (member: Member) => Promise<Undoable>>> = {
  "a freeze that was lifted": async ({ actor }) => {
    const scope = { kind: "key", id: KEY.id, namespace: ROOT_NAMESPACE } as const;
    const freeze = { id: "frz_kept", scope, orderedBy: "prn_0", orderedIn: ROOT_NAMESPACE, createdAt: "now" };
    const answer = answerOf(actor, "undone", 1);
    return {
      act: () => ledger.createFreeze({ actor, freeze, answerFor: freeze.id, answer }),
      undo: () => ledger.liftFreeze({ actor, id: freeze.id }),
      undone: /freeze frz_kept was lifted at \d{4}-/,
    };
  },
  "a key that was disabled and is active": async ({ actor }) => {
    const set = (state: "active" | "disabled", answer: StoredAnswer = null) =>
      ledger.setKeyState({ actor, id: KEY.id, state, answer });
    return {
      act: () => set("disabled", answerOf(actor, "undone", 1)),
      undo: () => set("active"),
      redo: () => set("disabled"),
      undone: /key key_1 is active by now/,
    };
  },
  "a key that was enabled and is disabled": async ({ actor }) => {
    const set = (state: "active" | "disabled", answer: StoredAnswer = null) =>
      ledger.setKeyState({ actor, id: KEY.id, state, answer });
    return {
      act: () => set("active", answerOf(actor, "undone", 1)),
      undo: () => set("disabled"),
      redo: () => set("active"),
      undone: /key key_1 is disabled by now/,
    };
  },
  "a principal whose roles were changed": async ({ actor }) => {
    const created = newPrincipal(ROOT_NAMESPACE, { name: "n", roles: ["Auditor"] }, hashToken(createToken()));
    const { id } = created.principal;
    const change = { namespace: ROOT_NAMESPACE, id, roles: ["KeyUser"], groups: null } as const;
    return {
      act: () => ledger.createPrincipal({ actor, created, answer: answerOf(actor, "undone", 1) }),
      undo: () => ledger.updatePrincipal({ actor, ...change }),
      undone: /principal prn_\S+ was changed/,
    };
  },
  "a principal that was deleted": async ({ actor }) => {
    const created = newPrincipal(ROOT_NAMESPACE, { name: "n", roles: ["Auditor"] }, hashToken(createToken()));
    const { id } = created.principal;
    return {
      act: () => ledger.createPrincipal({ actor, created, answer: answerOf(actor, "undone", 1) }),
      undo: () => ledger.deletePrincipal({ actor, namespace: ROOT_NAMESPACE, id }),
      undone: /principal prn_\S+ was deleted/,
    };
  },
  "a token that was rotated once more": async ({ actor }) => {
    const { id } = await home.member(["Auditor"]);
    const rotate = (answer: StoredAnswer) => {
      const tokenHash = hashToken(createToken());
      return ledger.rotatePrincipal({ actor, namespace: ROOT_NAMESPACE, id, tokenHash, answer });
    };
    return {
      act: () => rotate(answerOf(actor, "undone", 1)),
      undo: () => rotate(null),
      undone: /principal prn_\S+ was changed/,
    };
  },
  "a binding that was changed": async ({ actor }) => {
    const binding = bindingOf(await home.policy());
    return {
      act: () => ledger.createBinding({ actor, binding, answer: answerOf(actor, "undone", 1) }),
      undo: () =>
        ledger.updateBinding({ actor, binding: { ...binding, mode: "shadow", version: 2 }, version: 1 }),
      undone: /binding bnd_\d+ was changed/,
    };
  },
  "a binding that was deleted": async ({ actor }) => {
    const binding = bindingOf(await home.policy());
    return {
      act: () => ledger.createBinding({ actor, binding, answer: answerOf(actor, "undone", 1) }),
      undo: () => ledger.deleteBinding({ actor, namespace: ROOT_NAMESPACE, id: binding.id }),
      undone: /binding bnd_\d+ was deleted/,
    };
  },
};
for (const [name, prepare] of Object.entries(UNDOABLE)) {
  test(`of ${name}: a repeat does nothing and is told so, and gets the answer where it is true again`, async () => {
    const member = await home.member(["NamespaceAdmin", "KeyAdmin", "PolicyAdmin"]);
    const { act, undo, redo, undone } = await prepare(member);
    await act();
    await assert.rejects(act(), AnsweredBefore);
    await undo();
    const size = await home.size();
    await assert.rejects(act(), { code: "request.conflict", message: undone });
    const request = answerOf(member.actor, "undone", 1);
    await assert.rejects(ledger.answerRepeat({ actor: member.actor, permission: "key.create", request }), {
      code: "request.conflict",
      message: undone,
    });
    assert.equal(await home.size(), size, "a repeat has no leaf");
    if (redo === undefined) return;
    await redo();
    await assert.rejects(act(), AnsweredBefore);
  });
}
