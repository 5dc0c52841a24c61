/** The settings that two policies share for changes of control: rules, EIP-7702 delegates, and the end of a delegation. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { Compile } from "typebox/schema";
import type { Json } from "../../../src/domain/canonical.ts";
import { CONTROL_KINDS, type Control } from "../../../src/domain/intent.ts";
import { PolicyUnderTest, type IntentParts } from "../../harness.ts";

const OWN = "0x1111111111111111111111111111111111111111";
const CODE = "0x52908400098527886e0f7030069857d2e4169ee7";
const OTHER = "0x8617e340b3d01fa5f11f306f4090fd50e238070d";
const ZERO = `0x${"0".repeat(40)}`;

/** The same settings, and no limits, in either policy. */
const BASES = {
  "contract-allowlist": { contracts: [] },
  "transfer-limits": { rules: [], maxFee: [{ chain: "ethereum", max: "21000" }] },
} as const;

const delegate = (to: string | null, of = OWN): Control => ({ what: "delegate", of, to });

/** A request for one authorization, as the host shows it. */
function authorizing(address: string, control = [delegate(address === ZERO ? null : address)]): IntentParts {
  return { control, fee: null, ethereum: { authorization: { chainId: "1", address, nonce: "0" } } };
}

/** A transaction that carries authorizations. */
function carrying(
  entries: readonly (readonly [authority: string, address: string])[],
  control: Control[],
): IntentParts {
  const authorizationList = entries.map(([authority, address]) => ({
    authority,
    address,
    chainId: "1",
    nonce: "0",
  }));
  return { control, ethereum: { transaction: { type: "eip7702", authorizationList } } };
}

for (const [name, base] of Object.entries(BASES)) {
  const policy = new PolicyUnderTest(name === "transfer-limits" ? name : "contract-allowlist");
  before(() => policy.start());
  after(() => policy.stop());

  async function says(intent: IntentParts, settings: Record<string, Json>, chainId = "1"): Promise<string> {
    return policy.says({ settings: { ...base, ...settings }, intent, chainId });
  }

  const delegates = [
    { chain: "ethereum", chainId: "1", addresses: [CODE.toUpperCase().replace("0X", "0x")] },
  ];

  describe(`${name}: what is not named for allowControl`, () => {
    const cases: readonly (readonly [string, IntentParts, Record<string, Json>, string?])[] = [
      ["any change without settings", authorizing(CODE), {}],
      ["the end of a delegation without its switch", authorizing(ZERO), { delegates }],
      ["the end of a delegation, switched off", authorizing(ZERO), { allowDelegationEnd: false }],
      ["another delegate", authorizing(OTHER), { delegates, allowDelegationEnd: true }],
      ["a delegate on another network", authorizing(CODE), { delegates }, "10"],
      [
        "one of two delegates",
        carrying(
          [
            [OWN, CODE],
            [OTHER, OTHER],
          ],
          [delegate(CODE), delegate(OTHER, OTHER)],
        ),
        { delegates },
      ],
      ["a delegate that no authorization names, e.g. of votes", { control: [delegate(CODE)] }, { delegates }],
      ["an unnamed session key", { control: [delegate(null)] }, { allowDelegationEnd: true }],
      [
        "an unnamed session key beside the end of a delegation",
        carrying([[OWN, ZERO]], [delegate(null), delegate(null)]),
        { allowDelegationEnd: true },
      ],
      ["an authorization of another account", carrying([[OTHER, CODE]], [delegate(CODE)]), { delegates }],
      [
        "another kind",
        { control: [{ what: "owner", of: OWN, to: CODE }] },
        { control: [{ chain: "ethereum", what: "module" }] },
      ],
      [
        "a rule of another chain",
        { control: [{ what: "owner", of: OWN, to: CODE }] },
        { control: [{ chain: "starknet", what: "owner" }] },
      ],
      [
        "a rule of another network",
        { control: [{ what: "owner", of: OWN, to: CODE }] },
        { control: [{ chain: "ethereum", chainId: "10", what: "owner" }] },
      ],
      [
        "another account",
        { control: [{ what: "owner", of: OTHER, to: CODE }] },
        { control: [{ chain: "ethereum", what: "owner", of: OWN }] },
      ],
      [
        "another owner",
        { control: [{ what: "owner", of: OWN, to: OTHER }] },
        { control: [{ chain: "ethereum", what: "owner", to: CODE }] },
      ],
      [
        "nobody, where somebody is named",
        { control: [{ what: "owner", of: OWN, to: null }] },
        { control: [{ chain: "ethereum", what: "owner", to: CODE }] },
      ],
      [
        "somebody, where nobody is named",
        { control: [{ what: "owner", of: OWN, to: OTHER }] },
        { control: [{ chain: "ethereum", what: "owner", to: null }] },
      ],
    ];
    for (const [what, intent, settings, chainId] of cases) {
      test(what, async () => assert.equal(await says(intent, settings, chainId), "allow"));
    }

    test("a kind of which one change is allowed and another is not", async () => {
      const control: Control[] = [
        { what: "owner", of: OWN, to: CODE },
        { what: "owner", of: OWN, to: OTHER },
        { what: "module", of: OWN, to: CODE },
      ];
      const rules = [
        { chain: "ethereum", what: "owner", to: CODE },
        { chain: "ethereum", what: "module" },
      ];
      assert.equal(await says({ control }, { control: rules }), "allow control module");
    });
  });

  describe(`${name}: what is named for allowControl`, () => {
    const cases: readonly (readonly [string, IntentParts, Record<string, Json>])[] = [
      ["a listed delegate", authorizing(CODE), { delegates }],
      ["the end of a delegation", authorizing(ZERO), { allowDelegationEnd: true }],
      [
        "both in one transaction",
        carrying(
          [
            [OWN, CODE],
            [OTHER, ZERO],
          ],
          [delegate(CODE), delegate(null, OTHER)],
        ),
        { delegates, allowDelegationEnd: true },
      ],
      [
        "a session key under a rule",
        { control: [delegate(OTHER)] },
        { control: [{ chain: "ethereum", what: "delegate", to: OTHER }] },
      ],
      [
        "an unnamed one under a rule",
        { control: [delegate(null)] },
        { control: [{ chain: "ethereum", what: "delegate", of: OWN, to: null }] },
      ],
    ];
    for (const [what, intent, settings] of cases) {
      test(what, async () => assert.equal(await says(intent, settings), "allow control delegate"));
    }

    test("exactly the kinds of which every change matches a rule", async () => {
      const address = fc.constantFrom(OWN, CODE, OTHER);
      const anyChange = fc.record({
        what: fc.constantFrom(...CONTROL_KINDS),
        of: address,
        to: fc.option(address),
      });
      const rule = fc.record(
        {
          chain: fc.constant("ethereum"),
          what: fc.constantFrom(...CONTROL_KINDS),
          of: address,
          to: fc.option(address),
        },
        { requiredKeys: ["chain", "what"] },
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(anyChange, { maxLength: 6 }),
          fc.array(rule, { maxLength: 8 }),
          async (control, rules) => {
            const matched = (change: Control): boolean =>
              rules.some(
                ({ what, of, to }) =>
                  what === change.what &&
                  (of === undefined || of === change.of) &&
                  (to === undefined || to === change.to),
              );
            const kinds = [...new Set(control.map(({ what }) => what))].filter((kind) =>
              control.every((change) => change.what !== kind || matched(change)),
            );
            const { verdict } = await policy.evaluate({
              settings: { ...base, control: rules },
              intent: { control },
            });
            assert.ok(verdict.decision === "allow", JSON.stringify(verdict));
            assert.deepEqual(new Set(verdict.allowControl), new Set(kinds));
          },
        ),
      );
    });
  });

  describe(`${name}: settings of control`, () => {
    const schema = Compile(
      JSON.parse(readFileSync(join(import.meta.dirname, `../../${name}/settings.schema.json`), "utf8")),
    );
    const refused: readonly (readonly [string, Record<string, Json>, RegExp])[] = [
      ["rules that are no list", { control: {} }, /^settings\/control must be a list/],
      [
        "a rule without kind",
        { control: [{ chain: "ethereum" }] },
        /^settings\/control\/0\/what must be one of owner,/,
      ],
      [
        "an unknown kind",
        { control: [{ chain: "ethereum", what: "votes" }] },
        /^settings\/control\/0\/what must/,
      ],
      ["a rule without chain", { control: [{ what: "owner" }] }, /^settings\/control\/0\/chain/],
      [
        "a rule of nobody",
        { control: [{ chain: "ethereum", what: "owner", of: null }] },
        /^settings\/control\/0\/of must/,
      ],
      [
        "an unknown member",
        { control: [{ chain: "ethereum", what: "owner", from: "a" }] },
        /^settings\/control\/0\/from is not/,
      ],
      [
        "delegates without addresses",
        { delegates: [{ chain: "ethereum" }] },
        /^settings\/delegates\/0\/addresses/,
      ],
      [
        "delegates on another chain",
        { delegates: [{ chain: "starknet", addresses: [CODE] }] },
        /^settings\/delegates\/0\/chain must/,
      ],
      [
        "the zero address as a delegate",
        { delegates: [{ chain: "ethereum", addresses: [CODE, ZERO] }] },
        /addresses\/1 ends a delegation: set allowDelegationEnd/,
      ],
      ["a switch that is text", { allowDelegationEnd: "yes" }, /^settings\/allowDelegationEnd must/],
    ];
    for (const [what, settings, reason] of refused) {
      test(`refuses ${what}`, async () => {
        assert.match(await policy.problemOf({ ...base, ...settings }), reason);
        assert.equal(schema.Check({ ...base, ...settings }), false, "the schema accepts it");
      });
    }

    test("accepts all of them", async () => {
      const control = CONTROL_KINDS.map((what) => ({
        chain: "ethereum",
        chainId: "1",
        what,
        of: OWN,
        to: null,
      }));
      const settings = { ...base, control, delegates, allowDelegationEnd: true };
      assert.equal(await policy.problemOf(settings), "");
      assert.equal(schema.Check(settings), true);
    });
  });
}
