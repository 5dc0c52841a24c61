/** transfer-limits: texts that an operator lets through, and where messages may sign in. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import type { Json } from "../../../src/domain/canonical.ts";
import type { OpaqueCause } from "../../../src/domain/intent.ts";
import { PolicyUnderTest, type IntentParts } from "../../harness.ts";

const policy = new PolicyUnderTest("transfer-limits");
before(() => policy.start());
after(() => policy.stop());

const NOTHING = { rules: [], maxFee: [] };
const TEXTS = { ...NOTHING, messages: ["I accept the terms.", "Order for desk 7:*"] };

/** A message as each chain's decode shows it. */
const SHOWN: Readonly<Record<string, (text: string, more?: Record<string, Json>) => IntentParts>> = {
  ethereum: (text, more = {}) => ({ ethereum: { message: { hex: "0x00", text, ...more } } }),
  bitcoin: (text, more = {}) => ({ bitcoin: { message: { text, format: "bip322", ...more } } }),
  solana: (text, more = {}) => ({ solana: { version: 0, message: text, ...more } }),
};

function unknown(shown: IntentParts, causes: readonly OpaqueCause[] = ["unknownMessage"]): IntentParts {
  return { ...shown, fee: null, opaque: true, opaqueCauses: causes };
}

async function says(chain: string, intent: IntentParts, settings: Json): Promise<string> {
  return policy.says({ settings, chain, intent, type: `${chain}.message` });
}

for (const [chain, shown] of Object.entries(SHOWN)) {
  describe(`transfer-limits: ${chain} messages`, () => {
    const refused: readonly (readonly [string, IntentParts, Json?])[] = [
      ["an unknown text that is not listed", unknown(shown("I accept the terms"))],
      ["a listed text with something behind it", unknown(shown("I accept the terms. And more."))],
      ["a text that only contains a listed beginning", unknown(shown(" Order for desk 7: sell"))],
      ["a text in another case", unknown(shown("i accept the terms."))],
      [
        "a listed text that is a hash as well",
        unknown(shown("I accept the terms."), ["unknownMessage", "hashedMessage"]),
      ],
      [
        "an unknown text where only harmless ones are allowed",
        unknown(shown("hello")),
        { ...NOTHING, allowMessages: true },
      ],
    ];
    for (const [name, intent, settings] of refused) {
      test(`refuses ${name}`, async () =>
        assert.equal(await says(chain, intent, settings ?? TEXTS), "deny opaque"));
    }

    test("refuses a harmless message that is neither allowed nor listed", async () => {
      assert.equal(await says(chain, { ...shown("hello"), fee: null }, TEXTS), "deny message_not_allowed");
    });

    test("refuses to sign in where signInDomains does not say so, in any spelling but its own", async () => {
      const settings = { ...NOTHING, allowMessages: true, signInDomains: ["app.example"] };
      for (const domain of [
        "evil.example",
        "app.example.evil.example",
        "APP.example",
        "app.example:8443",
        "",
      ]) {
        const intent = { ...shown("sign in", { signIn: { domain } }), fee: null };
        assert.equal(await says(chain, intent, settings), "deny sign_in_not_allowed", domain);
      }
      const intent = { ...shown("sign in", { signIn: { domain: "app.example" } }), fee: null };
      assert.equal(await says(chain, intent, settings), "allow");
      const otherwise = { ...settings, allowMessages: false };
      assert.equal(await says(chain, intent, otherwise), "allow", "a key for these sign-ins alone");
      const opaque = unknown(shown("sign in", { signIn: { domain: "app.example" } }));
      assert.equal(await says(chain, opaque, otherwise), "deny opaque");
      const proof = { ...shown("a proof of ownership"), fee: null };
      assert.equal(await says(chain, proof, otherwise), "deny message_not_allowed");
      assert.equal(await says(chain, intent, NOTHING), "deny message_not_allowed");
      assert.equal(await says(chain, { ...shown("a proof of ownership"), fee: null }, settings), "allow");
    });

    test("lets listed texts and beginnings through", async () => {
      for (const text of ["I accept the terms.", "Order for desk 7:", "Order for desk 7: buy"]) {
        assert.equal(await says(chain, unknown(shown(text)), TEXTS), "allowOpaque");
        assert.equal(await says(chain, { ...shown(text), fee: null }, TEXTS), "allow");
      }
    });

    test("an entry is the whole text, with * its beginning, whatever the characters", async () => {
      const text = fc.string({
        unit: fc.oneof(fc.string(), fc.constantFrom("\n", '"', "\\", "é", "€", "🔑")),
        minLength: 1,
        maxLength: 30,
      });
      await fc.assert(
        fc.asyncProperty(text, text, async (entry, other) => {
          fc.pre(entry.isWellFormed() && other.isWellFormed() && !entry.endsWith("*"));
          const listed = async (message: string, messages: string[]): Promise<boolean> =>
            (await says(chain, unknown(shown(message)), { ...NOTHING, messages })) === "allowOpaque";
          assert.equal(await listed(entry, [entry]), true);
          assert.equal(await listed(other, [entry]), other === entry);
          assert.equal(await listed(entry + other, [`${entry}*`]), true);
          assert.equal(await listed(other, [`${entry}*`]), other.startsWith(entry));
        }),
        { numRuns: 40 },
      );
    });
  });
}

describe("transfer-limits: solana.rawMessage", () => {
  const raw = (intent: IntentParts, settings: Json) =>
    policy.says({ settings, chain: "solana", intent, type: "solana.rawMessage" });
  const signIn = { solana: { message: "sign in", signIn: { domain: "app.example" } }, fee: null };
  const terms = { ...TEXTS, rawMessages: true };
  const listed = unknown({ solana: { message: "I accept the terms." } }, ["unknownMessage", "rawMessage"]);

  test("needs a setting of its own, whatever else is allowed", async () => {
    const others = { ...TEXTS, allowMessages: true, allowOpaque: true, signInDomains: ["app.example"] };
    assert.equal(await raw(signIn, others), "deny raw_message_not_allowed");
    assert.equal(await raw(listed, others), "deny raw_message_not_allowed");
  });

  test("then its text is judged as any other", async () => {
    const unlisted = { ...listed, solana: { message: "hello" } };
    assert.equal(await raw(unlisted, terms), "deny opaque");
    assert.equal(
      await raw({ ...listed, opaqueCauses: ["hashedMessage", "rawMessage"] }, terms),
      "deny opaque",
    );
    assert.equal(await raw(signIn, terms), "deny message_not_allowed");
    assert.equal(await raw(listed, terms), "allowOpaque");
    assert.equal(await raw(signIn, { ...terms, signInDomains: ["app.example"] }), "allow");
    assert.equal(
      await raw(signIn, { ...terms, signInDomains: ["other.example"] }),
      "deny sign_in_not_allowed",
    );
  });

  test("the setting says nothing of other types", async () => {
    assert.equal(await says("solana", unknown({ solana: { message: "hello" } }), terms), "deny opaque");
  });
});

test("transfer-limits: a text listed for messages says nothing of a transaction that shows the same", async () => {
  const intent = {
    ...unknown({ ethereum: { message: { text: "I accept the terms." } } }),
    calls: [{ to: "0x01", selector: "0x01020304" }],
  };
  const other: IntentParts = { ...intent, opaqueCauses: ["unknownMessage", "unknownCall"] };
  assert.equal(await says("ethereum", other, TEXTS), "deny opaque");
});
