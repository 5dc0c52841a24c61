/**
 * A repeat of what was allowed: the guard is asked again, and no second decision comes of it. What was never signed needs all of
 * its rules; what was signed already is held back by a freeze alone.
 * @module
 */
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { SigningPayload } from "../../src/chains/adapter.ts";
import { SigningRoot } from "../../src/domain/signing-root.ts";
import type { DecisionReply } from "../../src/record/decision.ts";
import { payloadOf } from "../chains/ethereum-validator/payloads.ts";
import * as validators from "../guard/eip3076/guard.ts";
import * as providers from "../guard/eots/guard.ts";
import { decide, decision, newTables, operate, recordOutcome, type TestTables } from "./tables.ts";

const BLOCK = payloadOf(validators.block(0, 5n, 1));
const VOTE = payloadOf(validators.attestation(0, 2n, 3n, 1));
const STATEMENT: SigningPayload = {
  scheme: "babylon.eots",
  publicKey: providers.publicKey(0),
  chainId: providers.track(0).chainId,
  height: 7n,
  message: Uint8Array.of(1, 2, 3),
};

const OTHER = new SigningRoot(validators.root(2));

let tables: TestTables;
beforeEach(() => {
  tables = newTables();
  tables.database.exec(
    "UPDATE slashing_chain SET unknown_history = 'floor', floor_slot = 1, floor_epoch = 1",
  );
});

const ask = (payload: SigningPayload): DecisionReply =>
  operate(tables, () => decide(tables, decision({ idempotencyKey: "k", payloads: [payload] })));

/** The code of the refusal; null where it may be signed; undefined where it is no repeat. */
function refusal(reply: DecisionReply): string | null | undefined {
  return reply.outcome === "known" ? (reply.problem?.code ?? null) : undefined;
}

/** A decision on disk, and no signature: its id. */
function left(payload: SigningPayload): string {
  const reply = ask(payload);
  assert.ok(reply.outcome === "recorded" && reply.problem === null, JSON.stringify(reply));
  return String(tables.database.prepare("SELECT id FROM request").pluck().get());
}

const FREEZES: readonly (readonly [string, SigningPayload, () => void, string])[] = [
  [
    "a block of a key that was frozen",
    BLOCK,
    () => tables.slashing.setFrozen(validators.publicKey(0), true),
    "guard.disabled",
  ],
  [
    "a vote of a key that was frozen",
    VOTE,
    () => tables.slashing.setFrozen(validators.publicKey(0), true),
    "guard.disabled",
  ],
  [
    "a block at a bound",
    BLOCK,
    () => tables.database.exec("UPDATE slashing_chain SET stop_slot = 5"),
    "guard.above_watermark",
  ],
  [
    "a vote at a bound",
    VOTE,
    () => tables.database.exec("UPDATE slashing_validator SET stop_epoch = 3"),
    "guard.above_watermark",
  ],
  [
    "a vote with another one of its target on record by now",
    VOTE,
    () => tables.slashing.insertAttestation(1n, { source: 2n, target: 3n, signingRoot: OTHER }),
    "guard.double_vote",
  ],
  [
    "a statement of a key that was frozen",
    STATEMENT,
    () => tables.eots.setKey(providers.publicKey(0), { frozen: true }),
    "guard.disabled",
  ],
];

describe("record: a repeat of what was allowed", () => {
  for (const [name, payload, act, code] of FREEZES) {
    test(`that was never signed is refused by the guard as it is now, without a second decision: ${name}`, () => {
      left(payload);
      assert.equal(refusal(ask(payload)), null);
      act();
      assert.equal(refusal(ask(payload)), code);
      assert.equal(tables.log.size, 1);
    });

    test(`gets what was kept, unless the key is frozen: ${name}`, () => {
      const requestId = left(payload);
      const result = '{"signature":"0x"}';
      operate(tables, () =>
        recordOutcome(tables, { namespace: "root", requestId, signatureHash: "00", result }),
      );
      act();
      const reply = ask(payload);
      assert.ok(reply.outcome === "known" && reply.request.result === result);
      assert.equal(refusal(reply), code === "guard.disabled" ? code : null);
    });
  }

  test("that was never signed is refused in the mode that keeps no messages: it cannot be told from another one", () => {
    tables.slashing.setChain({ mode: "minimal" });
    left(VOTE);
    assert.equal(refusal(ask(VOTE)), "guard.below_watermark");
  });

  test("that the policies refuse today adds no decision", () => {
    left(STATEMENT);
    const problem = { code: "policy.denied", detail: "not today", members: {} };
    const reply = operate(tables, () =>
      decide(tables, decision({ idempotencyKey: "k", payloads: [STATEMENT], problem })),
    );
    assert.equal(refusal(reply), null);
    assert.equal(tables.log.size, 1);
  });
});
