/** transfer-limits: which contracts may be called, whatever the call seems to do there. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Json } from "../../../src/domain/canonical.ts";
import type { OpaqueCause } from "../../../src/domain/intent.ts";
import { PolicyUnderTest, type InputParts, type IntentParts } from "../../harness.ts";

const policy = new PolicyUnderTest("transfer-limits");
before(() => policy.start());
after(() => policy.stop());

const USDC = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";
const PUNKS = "0xbc4ca0eda7647a8ab7c2061c2e118a18a936f13d";
const SAFE = "0x52908400098527886e0f7030069857d2e4169ee7";
const OTHER = "0x8617e340b3d01fa5f11f306f4090fd50e238070d";
const STRK = "0x4718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938d";

const SETTINGS = {
  rules: [
    { chain: "ethereum", asset: `erc20:${USDC.toUpperCase().replace("0X", "0x")}` },
    { chain: "ethereum", asset: `erc721:${PUNKS}/*` },
    { chain: "starknet", asset: `starknet-erc20:0x0${STRK.slice(2)}` },
    { chain: "ethereum", chainId: "10", asset: `erc20:${OTHER}` },
    { chain: "ethereum", asset: "native", recipients: [OTHER] },
  ],
  contracts: [{ chain: "ethereum", chainId: "1", address: SAFE }],
  maxFee: [
    { chain: "ethereum", max: "30000" },
    { chain: "starknet", max: "30000" },
    { chain: "solana", max: "30000" },
  ],
} satisfies Json;

function says(intent: IntentParts, other: Partial<InputParts> = {}): Promise<string> {
  return policy.says({ settings: SETTINGS, intent, ...other });
}

/** A function that moves nothing. */
const decrease = { function: "decreaseAllowance(address,uint256)", selector: "0xa457c2d7" };
/** A wrapper around whatever is in `transfers`. */
const multicall = { function: "multicall(bytes[])", selector: "0xac9650d8" };

function at(to: string, opaqueCauses: readonly OpaqueCause[] = []): IntentParts {
  return { calls: [{ to, ...decrease }], opaque: opaqueCauses.length > 0, opaqueCauses };
}

describe("transfer-limits: contracts, refusals", () => {
  const cases: readonly (readonly [string, IntentParts, string, Partial<InputParts>?])[] = [
    [
      "a call that moves nothing, at an unknown contract",
      at(OTHER, ["unknownContract"]),
      "deny contract_not_allowed",
    ],
    ["the same at one that is known", at(OTHER), "deny contract_not_allowed"],
    [
      "a wrapper at a contract that is not listed, though what it moves is covered",
      {
        calls: [{ to: OTHER, ...multicall }],
        transfers: [{ asset: `erc20:${USDC}`, to: SAFE, amount: "1" }],
      },
      "deny contract_not_allowed",
    ],
    [
      "one of two calls",
      {
        calls: [
          { to: SAFE, ...multicall },
          { to: OTHER, ...decrease },
        ],
      },
      "deny contract_not_allowed",
    ],
    ["a contract of another network", at(SAFE), "deny contract_not_allowed", { chainId: "10" }],
    ["an asset of another network", at(OTHER), "deny contract_not_allowed", { chainId: "1" }],
    ["an asset of another chain", at(STRK), "deny contract_not_allowed"],
    [
      "a recipient of a rule: who may be paid may not be called",
      {
        calls: [{ to: OTHER, value: "1", function: "deposit()", selector: "0xd0e30db0" }],
        transfers: [{ to: OTHER, amount: "1" }],
      },
      "deny contract_not_allowed",
    ],
    [
      "an unknown function of a listed contract",
      { ...at(SAFE, ["unknownCall"]), calls: [{ to: SAFE, selector: "0x01020304" }] },
      "deny opaque",
    ],
    ["another cause beside a listed contract", at(SAFE, ["unknownContract", "delegateCall"]), "deny opaque"],
    [
      "unknown contracts that stand in no list of calls",
      { opaque: true, opaqueCauses: ["unknownContract"] },
      "deny opaque",
    ],
    [
      "the same with allowOpaque, for a known function",
      at(OTHER, ["unknownContract"]),
      "deny contract_not_allowed",
      { settings: { ...SETTINGS, allowOpaque: true } },
    ],
  ];
  for (const [name, intent, expected, other] of cases) {
    test(name, async () => assert.equal(await says(intent, other), expected));
  }

  test("the reason names the contract and the setting", async () => {
    const { verdict } = await policy.evaluate({ settings: SETTINGS, intent: at(OTHER) });
    assert.ok(verdict.decision === "deny");
    assert.match(verdict.reason, new RegExp(`${OTHER}.*add it to settings/contracts`));
  });
});

describe("transfer-limits: contracts, what passes", () => {
  test("a listed contract, and that of a covered asset", async () => {
    for (const to of [SAFE, USDC, PUNKS]) assert.equal(await says(at(to)), "allow", to);
    assert.equal(await says(at(OTHER), { chainId: "10" }), "allow");
    const starknet = { ...at(`0x00${STRK.slice(2)}`), fee: null };
    assert.equal(await says(starknet, { chain: "starknet", chainId: "SN_MAIN" }), "allow");
  });

  test("a listed contract answers for unknownContract, and for nothing else", async () => {
    assert.equal(await says(at(SAFE, ["unknownContract"])), "allowOpaque");
    assert.equal(await says(at(USDC, ["unknownContract"])), "allowOpaque");
  });

  test("known programs of Solana need no entry", async () => {
    const call = { to: "ComputeBudget111111111111111111111111111111", function: "computeBudget.setLimit" };
    assert.equal(await says({ calls: [call] }, { chain: "solana", chainId: "mainnet-beta" }), "allow");
  });

  test("an unknown function needs no entry where allowOpaque is on", async () => {
    const intent = { opaque: true, calls: [{ to: OTHER, selector: "0x01020304" }] };
    assert.equal(await says(intent, { settings: { ...SETTINGS, allowOpaque: true } }), "allowOpaque");
  });

  test("a pinned lookup table is answered for", async () => {
    const digest = `0x${"0a".repeat(32)}`;
    const settings = { ...SETTINGS, lookupTables: [{ address: "Tab1e", digest }] };
    const intent: IntentParts = {
      opaque: true,
      opaqueCauses: ["lookup_table"],
      solana: { addressLookupTables: [{ table: "Tab1e", digest }] },
    };
    const other = { chain: "solana", chainId: "mainnet-beta" };
    assert.equal(await says(intent, other), "deny opaque");
    assert.equal(await says(intent, { ...other, settings }), "allowOpaque");
  });
});
