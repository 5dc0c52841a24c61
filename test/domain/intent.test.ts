/** Intents: harmless is a statement, opacity names each cause once, and reasons for people are cut at a length that fits. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { intentOf, sameAsset, type Opacity } from "../../src/domain/intent.ts";

const TRANSFER = { asset: "native", from: "a", to: "b", amount: "1", ownChange: false };
const CONTROL = { what: "owner", of: "a", to: "b" } as const;

test("intent: no effect and no statement that there is none is opaque", () => {
  for (const findings of [{}, { calls: [{ to: "c", value: "0", selector: null }] }, { harmless: [] }]) {
    const { opaque, opaqueCauses } = intentOf(findings, {});
    assert.deepEqual({ opaque, opaqueCauses }, { opaque: true, opaqueCauses: ["unstated"] });
  }
});

test("intent: a statement, a transfer, an allowance or a control each makes it known", () => {
  const allowance = { asset: "native", owner: "a", spender: "b", amount: "1" };
  for (const findings of [
    { harmless: ["a login"] },
    { transfers: [TRANSFER] },
    { allowances: [allowance] },
    { control: [CONTROL] },
  ]) {
    const { opaque, opaqueCauses } = intentOf(findings, {});
    assert.deepEqual({ opaque, opaqueCauses }, { opaque: false, opaqueCauses: [] });
  }
});

test("intent: it is called harmless only where nothing at all happens", () => {
  assert.equal(intentOf({ harmless: ["a login", "a login"] }, {}).harmless, "a login");
  assert.equal(intentOf({ harmless: ["a login"], transfers: [TRANSFER] }, {}).harmless, undefined);
  assert.equal(intentOf({ harmless: ["a login"], control: [CONTROL] }, {}).harmless, undefined);
  const hidden: Opacity = { cause: "unknownCall", reason: "call 0" };
  assert.equal(intentOf({ harmless: ["a login"], opacity: [hidden] }, {}).harmless, undefined);
});

test("intent: every cause of opacity stands once, and no number of reasons hides one", () => {
  const calls = Array.from({ length: 64 }, (_, index): Opacity => {
    return { cause: "unknownCall", reason: `call ${index}` };
  });
  const opacity: Opacity[] = [...calls, ...calls, { cause: "reservedFields", reason: "paymaster_data" }];
  const { opaque, opaqueCauses, opaqueReason } = intentOf({ opacity }, {});
  assert.deepEqual(
    { opaque, opaqueCauses, opaqueReason },
    {
      opaque: true,
      opaqueCauses: ["unknownCall", "reservedFields"],
      opaqueReason: "call 0; call 1; call 2; call 3; and 61 more",
    },
  );
});

test("assets: hex is a number before the slash, all else is compared exactly", () => {
  assert.ok(sameAsset("starknet-erc20:0x04718F", "starknet-erc20:0x4718f"));
  assert.ok(sameAsset("native", "native"));
  for (const [a, b] of [
    [undefined, "native"],
    ["erc721:0x1/2", "erc721:0x1/02"],
    ["erc20:0x1", "erc721:0x1"],
    ["spl:Ab", "spl:aB"],
  ] as const)
    assert.ok(!sameAsset(a, b), `${a} is not ${b}`);
});
