/** transfer-limits: rules about one account's assets, for keys that sign for several (owners of Safes, smart accounts). */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Json } from "../../../src/domain/canonical.ts";
import { PolicyUnderTest, type IntentParts } from "../../harness.ts";

const policy = new PolicyUnderTest("transfer-limits");
before(() => policy.start());
after(() => policy.stop());

const SAFE = "0x5afe5afe5afe5afe5afe5afe5afe5afe5afe5afe";
const OTHER_SAFE = "0xbadbadbadbadbadbadbadbadbadbadbadbadbadb";
const PAYEE = "0x8617e340b3d01fa5f11f306f4090fd50e238070d";
const USDC = "erc20:0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";
const ASSET = { chain: "ethereum", asset: USDC, recipients: [PAYEE] };
const SETTINGS = {
  rules: [
    { ...ASSET, from: [SAFE.toUpperCase().replace("X", "x")], maxPerTransaction: "10" },
    { chain: "ethereum", asset: "native", from: [SAFE] },
  ],
  maxFee: [],
} satisfies Json;

const says = (intent: IntentParts, settings: Json = SETTINGS): Promise<string> =>
  policy.says({ settings, intent: { fee: null, ...intent }, type: "ethereum.typedData" });
const paid = (from: string, amount = "10"): IntentParts => ({
  transfers: [{ asset: USDC, from, to: PAYEE, amount }],
});

describe("transfer-limits: from", () => {
  const refused: readonly (readonly [string, IntentParts])[] = [
    ["another account's transfer", paid(OTHER_SAFE)],
    [
      "another account's allowance",
      { allowances: [{ asset: USDC, owner: OTHER_SAFE, spender: PAYEE, amount: "1" }] },
    ],
    ["another account's transfer of nothing", paid(OTHER_SAFE, "0")],
    [
      "another account's transfer beside a listed one",
      { transfers: [...(paid(SAFE, "1").transfers ?? []), ...(paid(OTHER_SAFE, "1").transfers ?? [])] },
    ],
    ["a call's value of which nobody says whose it is", { calls: [{ to: PAYEE, value: "1" }] }],
  ];
  for (const [name, intent] of refused) {
    test(`refuses ${name}`, async () => assert.equal(await says(intent), "deny asset_not_allowed"));
  }

  test("refuses more of the listed account than the rule says", async () =>
    assert.equal(await says(paid(SAFE, "11")), "deny amount_over_limit"));

  test("the reason names account and network", async () => {
    const { verdict } = await policy.evaluate({
      settings: SETTINGS,
      intent: paid(OTHER_SAFE),
      chainId: "10",
    });
    assert.ok(verdict.decision === "deny");
    assert.match(verdict.reason, new RegExp(`asset ${USDC} of ${OTHER_SAFE} on ethereum 10; add one`));
  });

  test("lets the listed account's assets through, in any spelling of its address", async () => {
    assert.equal(await says(paid(SAFE)), "allow");
    const allowances = [{ asset: USDC, owner: SAFE, spender: PAYEE, amount: "1" }];
    assert.equal(await says({ allowances }), "allow");
  });

  test("each account has limits of its own under rules with their own names", async () => {
    const rules = [
      { ...ASSET, name: "one", from: [SAFE], maxPerTransaction: "10" },
      { ...ASSET, name: "two", from: [OTHER_SAFE], maxPerTransaction: "5" },
    ];
    const both = {
      transfers: [...(paid(SAFE, "10").transfers ?? []), ...(paid(OTHER_SAFE, "5").transfers ?? [])],
    };
    assert.equal(await says(both, { rules, maxFee: [] }), "allow");
    assert.equal(await says(paid(OTHER_SAFE, "6"), { rules, maxFee: [] }), "deny amount_over_limit");
  });
});
