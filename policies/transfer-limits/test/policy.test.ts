/** transfer-limits in the real sandbox: recipients, amounts, windows and fees on every chain. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import type { Json } from "../../../src/domain/canonical.ts";
import { PolicyUnderTest, type InputParts, type IntentParts } from "../../harness.ts";

const policy = new PolicyUnderTest("transfer-limits");
before(() => policy.start());
after(() => policy.stop());

const TREASURY = "0x52908400098527886E0F7030069857D2E4169EE7";
const STRANGER = "0x8617e340b3d01fa5f11f306f4090fd50e238070d";
const USDC = "erc20:0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";
const MAX_UINT256 = (2n ** 256n - 1n).toString();
const OVER = { quorum: 2, groups: ["treasury"], expiresIn: 3600 };

const SETTINGS = {
  rules: [
    {
      chain: "ethereum",
      chainId: "1",
      asset: "native",
      recipients: [TREASURY],
      maxPerTransaction: "1000",
      windows: [
        { seconds: 3600, max: "1500" },
        { seconds: 86400, max: "5000", over: OVER },
      ],
    },
    {
      name: "usdc-out",
      chain: "ethereum",
      asset: "erc20:0xA0B86991C6218B36C1D19D4A2E9EB0CE3606EB48",
      maxPerTransaction: "50",
    },
    {
      chain: "ethereum",
      asset: "erc721:0x00000000000000000000000000000000000000aa/*",
      recipients: [TREASURY],
    },
    { chain: "solana", asset: "spl:EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkwyTDt1v", recipients: ["AbC"] },
    {
      chain: "starknet",
      asset: "starknet-erc20:0x0049d36570d4e46f48e99674bd3fcc84644ddd6b96f7c741b1562b82f9e004dc7",
      recipients: ["0x00ab"],
    },
  ],
  contracts: [
    { chain: "ethereum", address: TREASURY },
    { chain: "ethereum", address: STRANGER },
  ],
  maxFee: [
    { chain: "ethereum", chainId: "1", max: "30000" },
    { chain: "solana", max: "5000" },
    {
      chain: "starknet",
      asset: "starknet-erc20:0x4718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938d",
      max: "10",
    },
  ],
} satisfies Json;

function says(intent: IntentParts, other: Partial<InputParts> = {}): Promise<string> {
  return policy.says({ settings: SETTINGS, intent, ...other });
}

const pay = (amount: string, to = TREASURY): IntentParts => ({
  transfers: [{ asset: "native", to, amount }],
});

describe("transfer-limits: refusals", () => {
  const cases: readonly (readonly [string, IntentParts, string, Partial<InputParts>?])[] = [
    [
      "an asset without rule",
      { transfers: [{ asset: "erc20:0x01", to: TREASURY, amount: "1" }] },
      "deny asset_not_allowed",
    ],
    ["a rule of another network", pay("1"), "deny asset_not_allowed", { chainId: "137" }],
    ["a rule of another chain", pay("1"), "deny asset_not_allowed", { chain: "bitcoin" }],
    ["a recipient that is not listed", pay("1", STRANGER), "deny recipient_not_allowed"],
    ["nothing for a recipient that is not listed", pay("0", STRANGER), "deny recipient_not_allowed"],
    [
      "a zero amount of an asset without rule",
      { transfers: [{ asset: "erc20:0x01", to: TREASURY, amount: "0" }] },
      "deny asset_not_allowed",
    ],
    ["one wei too much", pay("1001"), "deny amount_over_limit"],
    ["more than 64 bits", pay("18446744073709551617"), "deny amount_over_limit"],
    [
      "two transfers that are too much together",
      { transfers: [...(pay("600").transfers ?? []), ...(pay("401").transfers ?? [])] },
      "deny amount_over_limit",
    ],
    [
      "a transfer and an allowance that are too much together",
      {
        transfers: [{ asset: USDC, to: STRANGER, amount: "30" }],
        allowances: [{ asset: USDC, spender: STRANGER, amount: "21" }],
      },
      "deny amount_over_limit",
    ],
    [
      "an unlimited allowance",
      { allowances: [{ asset: USDC, spender: STRANGER, amount: MAX_UINT256 }] },
      "deny amount_over_limit",
    ],
    [
      "an allowance to a spender that is not listed",
      { allowances: [{ asset: "native", spender: STRANGER, amount: "1" }] },
      "deny recipient_not_allowed",
    ],
    [
      "two sums past 2^256",
      {
        transfers: [1, 2].map((token) => ({
          asset: `erc721:0x00000000000000000000000000000000000000aa/${token}`,
          to: TREASURY,
          amount: MAX_UINT256,
        })),
      },
      "deny amount_over_limit",
    ],
    [
      "a token of another collection",
      {
        transfers: [
          { asset: "erc721:0x00000000000000000000000000000000000000ab/7", to: TREASURY, amount: "1" },
        ],
      },
      "deny asset_not_allowed",
    ],
    [
      "a base58 recipient in another case",
      {
        transfers: [{ asset: "spl:EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkwyTDt1v", to: "abc", amount: "1" }],
        fee: null,
      },
      "deny recipient_not_allowed",
      { chain: "solana" },
    ],
    [
      "a base58 asset in another case",
      { transfers: [{ asset: "spl:EPJFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkwyTDt1v", to: "AbC", amount: "1" }] },
      "deny asset_not_allowed",
      { chain: "solana" },
    ],
    [
      "a fee over its maximum",
      { ...pay("1"), fee: { asset: "native", max: "30001" } },
      "deny fee_over_limit",
    ],
    [
      "a fee on a chain without maxFee",
      { transfers: [{ asset: USDC, to: STRANGER, amount: "1" }] },
      "deny fee_over_limit",
      { chainId: "10" },
    ],
    [
      "a fee in another asset",
      { fee: { asset: "native", max: "1" } },
      "deny fee_over_limit",
      { chain: "starknet" },
    ],
    ["an opaque request", { ...pay("1"), opaque: true, opaqueReason: "unknown function" }, "deny opaque"],
    ["a message", { fee: null }, "deny message_not_allowed", { type: "ethereum.message" }],
    [
      "a contract's creation",
      { calls: [{ to: null, function: "constructor" }] },
      "deny contract_creation_not_allowed",
    ],
    [
      "value in a call that is in no transfer",
      { calls: [{ to: STRANGER, value: "5", function: "deposit()", selector: "0xd0e30db0" }] },
      "deny recipient_not_allowed",
    ],
    [
      "value in two calls where one transfer says so",
      {
        transfers: [{ asset: "native", to: TREASURY, amount: "600" }],
        calls: [1, 2].map(() => ({
          to: TREASURY,
          value: "600",
          function: "deposit()",
          selector: "0xd0e30db0",
        })),
      },
      "deny amount_over_limit",
    ],
  ];
  for (const [name, intent, expected, other] of cases) {
    test(name, async () => assert.equal(await says(intent, other), expected));
  }

  test("an input of another version is no verdict", async () => {
    const broken: InputParts = {
      settings: SETTINGS,
      intent: { transfers: [{ amount: "1.5", to: TREASURY }] },
    };
    assert.match(await policy.says(broken), /^failed trap/);
  });
});

describe("transfer-limits: what passes", () => {
  test("the exact maximum, in any case of the address, with both windows", async () => {
    const { verdict } = await policy.evaluate({
      settings: SETTINGS,
      intent: pay("1000", TREASURY.toLowerCase()),
    });
    assert.deepEqual(verdict, {
      decision: "allow",
      allowOpaque: false,
      allowControl: [],
      limits: [
        { counter: "ethereum/1/native/3600", amount: "1000", window: 3600, max: "1500" },
        { counter: "ethereum/1/native/86400", amount: "1000", window: 86400, max: "5000", over: OVER },
      ],
    });
  });

  test("change to an own address is no spending, a transaction without effects neither", async () => {
    const change = [{ asset: "native", to: STRANGER, amount: "99999", ownChange: true }];
    assert.equal(await says({ transfers: change }), "allow");
    assert.equal(await says({}), "allow");
  });

  test("sums of 40 digits are exact", async () => {
    const big = 10n ** 40n;
    const rule = { chain: "ethereum", asset: "native", maxPerTransaction: (big + 7n).toString() };
    const settings = { rules: [rule], maxFee: [{ chain: "ethereum", max: MAX_UINT256 }] };
    for (const [last, expected] of [
      ["8", "allow"],
      ["9", "deny amount_over_limit"],
    ] as const) {
      const transfers = [(big - 1n).toString(), last].map((amount) => ({
        asset: "native",
        to: STRANGER,
        amount,
      }));
      assert.equal(await says({ transfers }, { settings }), expected);
    }
  });
});

describe("transfer-limits: whatever the numbers and names", () => {
  test("sums and comparisons are those of integers, whatever their size", async () => {
    const anyAmount = fc.oneof(fc.bigInt(0n, 1000n), fc.bigInt(0n, 2n ** 80n), fc.bigInt(0n, 2n ** 250n));
    const near = fc.bigInt(-2n, 2n);
    await fc.assert(
      fc.asyncProperty(fc.array(anyAmount, { minLength: 1, maxLength: 5 }), near, async (amounts, offset) => {
        const sum = amounts.reduce((total, amount) => total + amount, 0n);
        const max = sum + offset < 0n ? 0n : sum + offset;
        const settings = {
          rules: [{ chain: "ethereum", asset: "native", maxPerTransaction: max.toString() }],
          maxFee: [{ chain: "ethereum", max: "21000" }],
        };
        const transfers = amounts.map((amount) => ({
          asset: "native",
          to: STRANGER,
          amount: amount.toString(),
        }));
        assert.equal(
          await says({ transfers }, { settings }),
          sum <= max ? "allow" : "deny amount_over_limit",
        );
      }),
    );
  });

  test("a recipient is paid exactly where the list has it, whatever its length", async () => {
    const name = fc.oneof(
      fc.string({ minLength: 1, maxLength: 3 }),
      fc.constantFrom(TREASURY, STRANGER, "0x0ab", "0xAB"),
    );
    const normal = (text: string): string =>
      /^0x/i.test(text) ? `0x${text.slice(2).replace(/^0+(?=.)/, "")}`.toLowerCase() : text;
    await fc.assert(
      fc.asyncProperty(fc.array(name, { maxLength: 40 }), name, async (recipients, to) => {
        fc.pre(
          [to, ...recipients].every(
            (recipient) => recipient.isWellFormed() && !/^0x.*[g-z]/i.test(recipient),
          ),
        );
        const rules = [{ chain: "ethereum", asset: "native", recipients }];
        const settings = { rules, maxFee: [{ chain: "ethereum", max: "21000" }] };
        const listed = recipients.some((recipient) => normal(recipient) === normal(to));
        const expected = listed ? "allow" : "deny recipient_not_allowed";
        assert.equal(await says({ transfers: [{ to, amount: "1" }] }, { settings }), expected);
      }),
    );
  });

  test("value of a call that stands among the transfers counts once", async () => {
    const calls = [{ to: TREASURY, value: "600", function: "deposit()", selector: "0xd0e30db0" }];
    assert.equal(await says({ ...pay("600"), calls }), "allow");
  });

  test("the first rule that pays the recipient takes the amount", async () => {
    const settings = {
      rules: [
        { name: "home", chain: "ethereum", asset: "native", recipients: [TREASURY] },
        {
          name: "away",
          chain: "ethereum",
          asset: "native",
          maxPerTransaction: "10",
          windows: [{ seconds: 60, max: "20" }],
        },
      ],
      maxFee: [{ chain: "ethereum", max: "21000" }],
    };
    assert.equal(await says(pay("999999"), { settings }), "allow");
    const { verdict } = await policy.evaluate({ settings, intent: pay("10", STRANGER) });
    assert.deepEqual(verdict.decision === "allow" && verdict.limits, [
      { counter: "away/60", amount: "10", window: 60, max: "20" },
    ]);
    assert.equal(await says(pay("11", STRANGER), { settings }), "deny amount_over_limit");
  });

  test("ERC-721 of the collection, StarkNet addresses without leading zeros, SPL", async () => {
    const token = { asset: "erc721:0x00000000000000000000000000000000000000aa/7", to: TREASURY, amount: "1" };
    assert.equal(await says({ transfers: [token] }), "allow");
    const strk = {
      asset: "starknet-erc20:0x04718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938d",
      max: "10",
    };
    const eth = {
      asset: "starknet-erc20:0x49d36570d4e46f48e99674bd3fcc84644ddd6b96f7c741b1562b82f9e004dc7",
      to: "0xAB",
      amount: "1",
    };
    assert.equal(
      await says({ transfers: [eth], fee: strk }, { chain: "starknet", chainId: "SN_MAIN" }),
      "allow",
    );
    const usdc = { asset: "spl:EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkwyTDt1v", to: "AbC", amount: "1" };
    assert.equal(
      await says({ transfers: [usdc], fee: { asset: "native", max: "5000" } }, { chain: "solana" }),
      "allow",
    );
  });

  test("what the settings switch on", async () => {
    const settings = { ...SETTINGS, allowContractCreation: true, allowMessages: true, allowOpaque: true };
    assert.equal(await says({ fee: null }, { settings, type: "ethereum.message" }), "allow");
    assert.equal(await says({ ...pay("1"), opaque: true }, { settings }), "allowOpaque");
    assert.equal(await says({ calls: [{ to: null, function: "constructor" }] }, { settings }), "allow");
    const deployment = [{ what: "deployment", of: STRANGER, to: null }] as const;
    const created = { calls: [{ to: null, function: "constructor" }], control: deployment };
    assert.equal(await says(created, { settings }), "allow control deployment");
    const funded = { calls: [{ to: null, value: "1", function: "constructor" }] };
    assert.equal(await says(funded, { settings }), "deny recipient_not_allowed");
    const rules = [{ chain: "ethereum", asset: "native", maxPerTransaction: "10" }];
    const stated = {
      calls: [{ to: null, value: "10", function: "constructor" }],
      transfers: [{ amount: "10" }],
    };
    assert.equal(await says(stated, { settings: { ...settings, rules } }), "allow");
    const hidden = { ...stated, transfers: [{ amount: "9" }] };
    assert.equal(await says(hidden, { settings: { ...settings, rules } }), "deny amount_over_limit");
  });

  test("costs little fuel", async () => {
    const { fuelUsed } = await policy.evaluate({ settings: SETTINGS, intent: pay("1000") });
    assert.ok(fuelUsed < 300_000, `${fuelUsed}`);
  });
});
