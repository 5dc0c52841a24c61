/** What a spend is warned of, and never refused for: outputs that nodes do not relay, and no fee. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { p2ms, p2pk, p2sh, p2tr, p2wpkh, p2wsh } from "@scure/btc-signer";
import { dustLimit } from "../../../src/chains/bitcoin/warnings.ts";
import { coinOf, decodePsbt, inputOf, keys, payment, psbtOf, stranger } from "./fixtures.ts";

const key = stranger.record.publicKey;
const own = keys[84];

suite("bitcoin: the least that nodes relay, as Bitcoin Core computes it", () => {
  const limits: readonly (readonly [string, Uint8Array, number])[] = [
    ["P2PKH", keys[44].script.script, 546],
    ["P2SH", p2sh(p2wpkh(key)).script, 540],
    ["P2WPKH", p2wpkh(key).script, 294],
    ["P2WSH", p2wsh(p2pk(key)).script, 330],
    ["P2TR", p2tr(key.subarray(1)).script, 330],
    ["P2A", Uint8Array.of(0x51, 2, 0x4e, 0x73), 240],
    ["P2PK", p2pk(key).script, 576],
    ["bare multisig, 1 of 1", p2ms(1, [key]).script, 582],
    ["OP_RETURN", Uint8Array.of(0x6a, 1, 0), 0],
  ];
  for (const [name, script, limit] of limits) {
    test(`${name}: ${limit} satoshi`, () => assert.equal(dustLimit(script), limit));
  }
});

function warningsFor(amounts: readonly bigint[], change: bigint) {
  const outputs = [
    ...amounts.map((amount) => ({ ...payment, amount })),
    { script: own.script.script, amount: change },
  ];
  return decodePsbt(own, psbtOf([inputOf(coinOf(own))], outputs)).intent.warnings;
}

suite("bitcoin.psbt: warnings", () => {
  test("none where every output is relayed and a fee is paid", () => {
    assert.equal(warningsFor([546n], 98_000n), undefined);
  });

  test("dust is named by its position, with the least amount", () => {
    assert.deepEqual(warningsFor([293n, 50_000n], 40_000n), [
      {
        code: "dust_output",
        message: "output 0: nodes do not relay so little; output 0 pays 293 satoshi, and 294 is the least",
      },
    ]);
    assert.equal(warningsFor([294n, 50_000n], 40_000n), undefined);
  });

  test("many of them are counted", () => {
    const [warning] = warningsFor(Array(11).fill(1n), 90_000n) ?? [];
    assert.match(String(warning?.message), /^output 0, 1, 2, 3, 4, 5, 6, 7 and 3 more: /);
  });

  test("no fee", () => {
    assert.deepEqual(
      warningsFor([60_000n], 40_000n)?.map(({ code }) => code),
      ["zero_fee"],
    );
    assert.deepEqual(
      warningsFor([1n], 99_999n)?.map(({ code }) => code),
      ["dust_output", "zero_fee"],
    );
  });

  test("data outputs hold nothing", () => {
    const outputs = [payment, { script: Uint8Array.of(0x6a, 1, 0), amount: 0n }];
    assert.equal(decodePsbt(own, psbtOf([inputOf(coinOf(own))], outputs)).intent.warnings, undefined);
  });
});
