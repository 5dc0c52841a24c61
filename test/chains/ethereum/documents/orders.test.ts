/** Orders: the most that can leave, to whom, and whoever else is paid. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Intent } from "../../../../src/domain/intent.ts";
import { DOCUMENTS } from "../../../../src/chains/ethereum/documents/registry.ts";
import { decode, OWNER } from "../keys.ts";
import { CONTRACT, domainOf, OTHER, requestOf, sampleOf, valueOf, type Message } from "./samples.ts";

const ZERO = `0x${"00".repeat(20)}`;
const TOKEN = `0x${"22".repeat(20)}`;
const BOUGHT = `0x${"33".repeat(20)}`;
const RELAYER = "0xc92e8bdf79f0507f65a392b0ab4667716bfe0110";

function intentOf(name: string, message: Message): Intent {
  const known = DOCUMENTS.find((document) => document.name === name) ?? assert.fail(name);
  const form = known.domains[0] ?? assert.fail();
  return decode(requestOf(sampleOf(known, form, message))).intent;
}

function verifierOf(name: string): unknown {
  const form = DOCUMENTS.find((document) => document.name === name)?.domains[0] ?? assert.fail(name);
  return domainOf(form)["verifyingContract"];
}

const transfer = (asset: string, to: string, amount: string) => ({
  asset,
  from: OWNER,
  to,
  amount,
  ownChange: false,
});

function assertOpaque(name: string, message: Message): void {
  const intent = intentOf(name, message);
  assert.deepEqual([intent.opaque, intent.opaqueCauses], [true, ["unknownTypedData"]]);
}

describe("orders: opaque where the terms are hidden", () => {
  const cases: readonly (readonly [string, string, Message])[] = [
    ["a CoW order that neither sells nor buys", "CoW Order", { kind: "give" }],
    ["a CoW order from an unknown balance", "CoW Order", { sellTokenBalance: "vault" }],
    ["a 1inch order with an extension", "1inch Order", { makerTraits: (1n << 249n).toString() }],
    ["a Polymarket order that neither buys nor sells", "Polymarket Order", { side: 2 }],
    ["a LooksRare order under another strategy", "LooksRare Maker", { strategyId: 1 }],
    ["a LooksRare order of another kind of token", "LooksRare Maker", { collectionType: 2 }],
    ["a LooksRare order of another kind", "LooksRare Maker", { quoteType: 2 }],
    ["a LooksRare order with an amount too few", "LooksRare Maker", { amounts: [] }],
    [
      "a Seaport order of an unknown item",
      "Seaport OrderComponents",
      {
        offer: [{ itemType: 6, token: TOKEN, identifierOrCriteria: 0, startAmount: 1, endAmount: 1 }],
        consideration: [],
      },
    ],
  ];
  for (const [what, name, message] of cases) test(what, () => assertOpaque(name, message));
});

test("Seaport: an unknown item among what is paid is opaque, and the offer still shown", () => {
  const item = { itemType: 1, token: TOKEN, identifierOrCriteria: 0, startAmount: 1, endAmount: 1 };
  const consideration = [{ ...item, itemType: 9, recipient: OTHER }];
  const intent = intentOf("Seaport OrderComponents", { offer: [item], consideration });
  assert.deepEqual([intent.opaqueCauses, intent.allowances.length], [["unknownTypedData"], 1]);
});

describe("CoW Order", () => {
  const order = { sellToken: TOKEN, sellAmount: "100", feeAmount: "7", validTo: 1_800_000_000 };
  const sold = (spender: string) => [
    { asset: `erc20:${TOKEN}`, owner: OWNER, spender, amount: "107", expiresAt: "1800000000" },
  ];
  for (const [what, receiver, spender] of [
    ["no receiver: the vault relayer may take it", ZERO, RELAYER],
    ["the owner receives: the vault relayer may take it", OWNER, RELAYER],
    ["another receiver is paid what is sold", OTHER, OTHER],
  ] as const) {
    test(what, () =>
      assert.deepEqual(intentOf("CoW Order", { ...order, receiver }).allowances, sold(spender)),
    );
  }
});

describe("UniswapX: the permitted amount to the reactor, and every other recipient", () => {
  const permitted = { token: TOKEN, amount: "100" };
  const allowances = [
    { asset: `erc20:${TOKEN}`, owner: OWNER, spender: CONTRACT, amount: "100", expiresAt: "9" },
  ];
  /** How the outputs of each order are called, and which of their amounts counts. */
  const orders: readonly (readonly [string, string, Message])[] = [
    ["DutchOrder", "outputs", { startAmount: "9", endAmount: "8" }],
    ["ExclusiveDutchOrder", "outputs", { startAmount: "8", endAmount: "9" }],
    ["V2DutchOrder", "baseOutputs", { startAmount: "9", endAmount: "8" }],
    ["V3DutchOrder", "baseOutputs", { startAmount: "9", minAmount: "8" }],
    ["PriorityOrder", "outputs", { amount: "9", mpsPerPriorityFeeWei: "8" }],
    ["LimitOrder", "outputs", { amount: "9" }],
  ];
  for (const [order] of orders) {
    test(`${order} of another: a spender that is no reactor takes from the signer, so it is opaque`, () => {
      const name = `UniswapX ${order}`;
      const known = DOCUMENTS.find((document) => document.name === name) ?? assert.fail();
      const { types } = sampleOf(known, known.domains[0] ?? assert.fail());
      const [witness, info] = [valueOf(order, types), valueOf("OrderInfo", types)];
      assert.ok(isMessage(witness) && isMessage(info));
      assertOpaque(name, { permitted, witness: { ...witness, info: { ...info, swapper: OTHER } } });
    });
  }
  for (const [order, member, amounts] of orders) {
    test(order, () => {
      const name = `UniswapX ${order}`;
      const known = DOCUMENTS.find((document) => document.name === name) ?? assert.fail();
      const { types } = sampleOf(known, known.domains[0] ?? assert.fail());
      const outputType = types[order]?.find((field) => field.name === member)?.type.slice(0, -2) ?? "";
      const output = valueOf(outputType, types);
      assert.ok(isMessage(output));
      const outputs = [OWNER, OTHER].map((recipient) => ({
        ...output,
        ...amounts,
        token: BOUGHT,
        recipient,
      }));
      const witness = valueOf(order, types);
      assert.ok(isMessage(witness));
      const message = {
        permitted,
        spender: CONTRACT,
        deadline: 9,
        witness: { ...witness, [member]: outputs },
      };
      const intent = intentOf(name, message);
      assert.deepEqual(intent.allowances, allowances);
      assert.deepEqual(intent.transfers, [transfer(`erc20:${BOUGHT}`, OTHER, "9")]);
    });
  }
});

describe("x402 over Permit2", () => {
  const permitted = { token: TOKEN, amount: "100" };
  for (const [name, proxy] of [
    ["x402 exact payment", "0x402085c248EeA27D92E8b30b2C58ed07f9E20001"],
    ["x402 upto payment", "0x4020A4f3b7b90ccA423B9fabCc0CE57C6C240002"],
  ] as const) {
    const witness = { to: OTHER, facilitator: OWNER, validAfter: 0 };
    const { facilitator: _, ...exact } = witness;
    const message = { permitted, deadline: 9, witness: name.includes("exact") ? exact : witness };
    test(`${name}: the proxy pays the recipient of the witness`, () => {
      const intent = intentOf(name, { ...message, spender: proxy });
      assert.deepEqual(intent.transfers, [transfer(`erc20:${TOKEN}`, OTHER, "100")]);
      assert.deepEqual(intent.allowances, []);
    });
    test(`${name}: another spender may pay anyone`, () => {
      const intent = intentOf(name, { ...message, spender: CONTRACT });
      const allowance = { asset: `erc20:${TOKEN}`, owner: OWNER, spender: CONTRACT, amount: "100" };
      assert.deepEqual([intent.transfers, intent.allowances], [[], [{ ...allowance, expiresAt: "9" }]]);
    });
  }
});

describe("Seaport", () => {
  const item = (itemType: number, id: number, startAmount: number, endAmount = startAmount) => ({
    itemType,
    token: TOKEN,
    identifierOrCriteria: id,
    startAmount,
    endAmount,
  });
  const seaport = verifierOf("Seaport OrderComponents");
  const allowed = (asset: string, amount: string) => ({
    asset,
    owner: OWNER,
    spender: seaport,
    amount,
    expiresAt: "9",
  });

  test("a sale for nothing shows the NFT leaving", () => {
    const intent = intentOf("Seaport OrderComponents", {
      offer: [item(2, 7, 1)],
      consideration: [],
      endTime: 9,
    });
    assert.deepEqual(intent.allowances, [allowed(`erc721:${TOKEN}/7`, "1")]);
    assert.deepEqual([intent.opaque, intent.transfers], [false, []]);
  });

  test("each kind of item is its asset, at the larger of its two amounts", () => {
    const offer = [item(0, 0, 1, 2), item(1, 0, 4, 3), item(3, 5, 6), item(4, 0, 1), item(5, 8, 9)];
    const intent = intentOf("Seaport OrderComponents", { offer, consideration: [], endTime: 9 });
    assert.deepEqual(intent.allowances, [
      allowed("native", "2"),
      allowed(`erc20:${TOKEN}`, "4"),
      allowed(`erc1155:${TOKEN}/5`, "6"),
      allowed(`erc721:${TOKEN}/*`, "1"),
      allowed(`erc1155:${TOKEN}/*`, "9"),
    ]);
  });

  test("whoever but the offerer is paid is a recipient", () => {
    const consideration = [
      { ...item(0, 0, 95), recipient: OWNER },
      { ...item(0, 0, 5), recipient: OTHER },
    ];
    const intent = intentOf("Seaport OrderComponents", { offer: [item(2, 7, 1)], consideration, endTime: 9 });
    assert.deepEqual(intent.transfers, [transfer("native", OTHER, "5")]);
  });

  test("a tree shows every order in it, and none of nobody", () => {
    const order = (offerer: string, id: number) => ({
      offerer,
      zone: ZERO,
      offer: [item(2, id, 1)],
      consideration: [],
      orderType: 0,
      startTime: 0,
      endTime: 9,
      zoneHash: `0x${"00".repeat(32)}`,
      salt: 0,
      conduitKey: `0x${"00".repeat(32)}`,
      counter: 0,
    });
    const known = DOCUMENTS.find((document) => document.type.startsWith("BulkOrder(OrderComponents[2][2] "));
    assert.ok(known?.domains[0] !== undefined);
    const tree = [
      [order(OWNER, 1), order(OWNER, 2)],
      [order(OWNER, 3), order(ZERO, 4)],
    ];
    const { intent } = decode(requestOf(sampleOf(known, known.domains[0], { tree })));
    const assets = intent.allowances.map((allowance) => allowance.asset);
    assert.deepEqual(
      assets,
      [1, 2, 3].map((id) => `erc721:${TOKEN}/${id}`),
    );
  });
});

describe("0x, ParaSwap, 1inch and LooksRare: the maker's side", () => {
  const give = (amount: string, expiresAt?: string, owner = OWNER, asset = `erc20:${TOKEN}`) => ({
    asset,
    owner,
    spender: CONTRACT,
    amount,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  });
  const maker = { makerToken: TOKEN, takerToken: BOUGHT, makerAmount: "5", takerAmount: "0" };

  for (const name of ["0x LimitOrder", "0x RfqOrder"]) {
    test(name, () => {
      assert.deepEqual(intentOf(name, { ...maker, expiry: 9 }).allowances, [give("5", "9")]);
    });
  }

  test("0x OtcOrder: whichever side the key is on", () => {
    const expiryAndNonce = (9n << 192n).toString();
    const made = intentOf("0x OtcOrder", { ...maker, maker: OWNER, taker: OTHER, expiryAndNonce });
    assert.deepEqual(made.allowances, [give("5", "9")]);
    const taken = intentOf("0x OtcOrder", { ...maker, maker: OTHER, taker: OWNER, expiryAndNonce });
    assert.deepEqual(taken.allowances, [give("0", "9", OWNER, `erc20:${BOUGHT}`)]);
    const neither = intentOf("0x OtcOrder", { ...maker, maker: OTHER, taker: OTHER, expiryAndNonce });
    assert.equal(neither.allowances.length, 2);
  });

  test("ParaSwap Order", () => {
    const intent = intentOf("ParaSwap Order", { makerAsset: TOKEN, makerAmount: "5", expiry: 9 });
    assert.deepEqual(intent.allowances, [give("5", "9")]);
  });

  test("1inch Order, with its expiry in the traits and another receiver", () => {
    const order = { makerAsset: TOKEN, takerAsset: BOUGHT, makingAmount: "5", takingAmount: "6" };
    const plain = intentOf("1inch Order", { ...order, receiver: ZERO });
    assert.deepEqual([plain.allowances, plain.transfers], [[give("5")], []]);
    const paid = intentOf("1inch Order", { ...order, receiver: OTHER, makerTraits: (9n << 80n).toString() });
    assert.deepEqual(paid.allowances, [give("5", "9")]);
    assert.deepEqual(paid.transfers, [transfer(`erc20:${BOUGHT}`, OTHER, "6")]);
  });

  test("Polymarket: a buyer's collateral, a seller's shares", () => {
    const spender = verifierOf("Polymarket Order");
    const order = { tokenId: 7, makerAmount: "5", expiration: 0 };
    const given = (side: number) => intentOf("Polymarket Order", { ...order, side }).allowances;
    const base = { owner: OWNER, spender, amount: "5" };
    assert.deepEqual(given(0), [{ asset: "erc20:0x2791bca1f2de4661ed88a30c99a7a9449aa84174", ...base }]);
    assert.deepEqual(given(1), [{ asset: "erc1155:0x4d97dcd97ec945f40cf65f87097ace5ea0476045/7", ...base }]);
  });

  test("LooksRare: a sale at price 0 and a bid", () => {
    const ask = { quoteType: 1, collection: TOKEN, itemIds: [4], amounts: [1], price: 0, endTime: 9 };
    assert.deepEqual(intentOf("LooksRare Maker", ask).allowances, [
      give("1", "9", OWNER, `erc721:${TOKEN}/4`),
    ]);
    const bid = { quoteType: 0, currency: TOKEN, price: "8", endTime: 9 };
    assert.deepEqual(intentOf("LooksRare Maker", bid).allowances, [give("8", "9")]);
  });
});

function isMessage(value: unknown): value is Message {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
