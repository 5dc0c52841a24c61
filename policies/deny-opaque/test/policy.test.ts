/** deny-opaque in the real sandbox: what cannot be told is denied; everything else is allowed, but no control is named. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { CONTROL_KINDS } from "../../../src/domain/intent.ts";
import { PolicyUnderTest } from "../../harness.ts";

const policy = new PolicyUnderTest("deny-opaque");
before(() => policy.start());
after(() => policy.stop());

describe("deny-opaque", () => {
  test("denies an opaque intent and names its reason", async () => {
    const { verdict } = await policy.evaluate({
      settings: {},
      intent: { opaque: true, opaqueReason: 'unknown "function"\n\u0001\\\u{1f511}' },
    });
    assert.deepEqual(verdict, {
      decision: "deny",
      reason: 'the request is opaque: unknown "function"??\\??',
      code: "opaque",
    });
  });

  test("denies a call without a known function", async () => {
    const intent = { calls: [{ to: "0xaa", selector: "0x01020304" }] };
    assert.equal(await policy.says({ settings: {}, intent }), "deny unknown_call");
  });

  test("names no kind of control: the host refuses a change of control under this policy alone", async () => {
    for (const what of CONTROL_KINDS) {
      const control = [{ what, of: "0x1111111111111111111111111111111111111111", to: null }];
      assert.equal(await policy.says({ settings: {}, intent: { control } }), "allow");
    }
  });

  test("reads every character that a reason can have", async () => {
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom('"', "\\", "\n", "ü", "€", "🔑"), fc.string()),
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(text, async (opaqueReason) => {
        fc.pre(opaqueReason.isWellFormed());
        const { verdict } = await policy.evaluate({ settings: {}, intent: { opaque: true, opaqueReason } });
        const reason = `the request is opaque: ${opaqueReason.replaceAll(/\p{Cc}|[\ud800-\udfff]/gu, "?").replaceAll(/[\u{10000}-\u{10ffff}]/gu, "??")}`;
        assert.deepEqual(verdict, { decision: "deny", reason, code: "opaque" });
      }),
    );
  });

  test("allows everything else", async () => {
    for (const intent of [
      {},
      { fee: null },
      { transfers: [{ amount: "1" }], calls: [{ to: "0xaa", selector: "0x01", function: "f()" }] },
    ]) {
      assert.equal(await policy.says({ settings: {}, intent }), "allow");
    }
  });

  test("has no settings", async () => {
    assert.equal(await policy.problemOf({}), "");
    assert.match(await policy.problemOf({ strict: true }), /^settings\/strict is not a setting/);
    assert.match(await policy.problemOf(null), /^settings must be an object/);
  });
});
