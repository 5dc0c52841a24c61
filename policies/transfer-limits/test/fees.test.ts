/** transfer-limits: what fees may add up to, in windows of their own and in those of a rule. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Json } from "../../../src/domain/canonical.ts";
import type { Fee } from "../../../src/domain/intent.ts";
import type { LimitClaim } from "../../../src/domain/verdict.ts";
import { PolicyUnderTest, type InputParts, type IntentParts } from "../../harness.ts";

const policy = new PolicyUnderTest("transfer-limits");
before(() => policy.start());
after(() => policy.stop());

const OTHER = "0x8617e340b3d01fa5f11f306f4090fd50e238070d";
const USDC = "erc20:0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";
const STRK = "starknet-erc20:0x04718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938d";
const DAY = 86_400;
const OVER = { quorum: 2, groups: ["treasury"], expiresIn: 3600 };

const SETTINGS = {
  rules: [
    { chain: "ethereum", asset: "native", windows: [{ seconds: DAY, max: "5000" }], fees: true },
    { name: "usdc", chain: "ethereum", asset: USDC, windows: [{ seconds: DAY, max: "50" }] },
    { name: "counts no fees", chain: "bitcoin", asset: "native", windows: [{ seconds: DAY, max: "50" }] },
  ],
  maxFee: [
    {
      chain: "ethereum",
      chainId: "1",
      max: "30000",
      windows: [
        { seconds: 3600, max: "40000" },
        { seconds: DAY, max: "90000", over: OVER },
      ],
    },
    { chain: "starknet", max: "10", windows: [{ seconds: 60, max: "15" }] },
    { chain: "bitcoin", max: "21000" },
  ],
} satisfies Json;

async function limitsOf(
  intent: IntentParts,
  other: Partial<InputParts> = {},
): Promise<readonly LimitClaim[]> {
  const { verdict } = await policy.evaluate({ settings: SETTINGS, intent, ...other });
  assert.ok(verdict.decision === "allow", JSON.stringify(verdict));
  return verdict.limits;
}

const FEE_WINDOWS = [
  {
    counter: "fee/ethereum/1/native/3600",
    asset: "native",
    fees: true,
    amount: "0",
    window: 3600,
    max: "40000",
  },
  {
    counter: `fee/ethereum/1/native/${DAY}`,
    asset: "native",
    fees: true,
    amount: "0",
    window: DAY,
    max: "90000",
    over: OVER,
  },
];
const withFees = (amount: string): LimitClaim => ({
  counter: `ethereum/any/native/${DAY}`,
  asset: "native",
  fees: true,
  amount,
  window: DAY,
  max: "5000",
});

describe("transfer-limits: fees", () => {
  test("a transaction that moves nothing claims the windows of its fee, and those of a rule that counts fees", async () => {
    assert.deepEqual(await limitsOf({}), [withFees("0"), ...FEE_WINDOWS]);
  });

  test("amounts and fees add up in one counter of the rule", async () => {
    const transfers = [{ asset: "native", to: OTHER, amount: "7" }];
    assert.deepEqual(await limitsOf({ transfers }), [withFees("7"), ...FEE_WINDOWS]);
  });

  test("a rule for another asset counts no fee", async () => {
    const transfers = [{ asset: USDC, to: OTHER, amount: "7" }];
    const usdc = { counter: `usdc/${DAY}`, amount: "7", window: DAY, max: "50" };
    assert.deepEqual(await limitsOf({ transfers }), [withFees("0"), usdc, ...FEE_WINDOWS]);
  });

  test("a rule counts no fee unless it says so", async () => {
    assert.deepEqual(await limitsOf({}, { chain: "bitcoin", chainId: "mainnet" }), []);
  });

  test("what pays no fee claims no window of fees", async () => {
    const intent = { fee: null, transfers: [{ asset: "native", to: OTHER, amount: "7" }] };
    const claim = { counter: `ethereum/any/native/${DAY}`, amount: "7", window: DAY, max: "5000" };
    assert.deepEqual(await limitsOf(intent), [claim]);
  });

  test("each asset in which a chain takes fees counts for itself, whatever the spelling of its address", async () => {
    const names = new Set<string>();
    for (const asset of [STRK, STRK.replace("0x0", "0x"), "native"]) {
      const fee: Fee = { asset, max: "10" };
      const [claim, more] = await limitsOf({ fee }, { chain: "starknet", chainId: "SN_MAIN" });
      assert.ok(claim !== undefined && more === undefined);
      assert.equal(claim.asset, asset, "the host compares it with the fee's asset");
      names.add(claim.counter);
    }
    assert.deepEqual(
      [...names],
      [`fee/starknet/any/${STRK.replace("0x0", "0x")}/60`, "fee/starknet/any/native/60"],
    );
  });

  test("one fee above the maximum of one is refused before any window is asked", async () => {
    const fee: Fee = { asset: "native", max: "30001" };
    assert.equal(await policy.says({ settings: SETTINGS, intent: { fee } }), "deny fee_over_limit");
  });
});
