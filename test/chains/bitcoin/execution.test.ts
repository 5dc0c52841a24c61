/** Transactions as they would be broadcast, judged by bitcore-lib's script interpreter. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { hex } from "../../../src/chains/bitcoin/scripts.ts";
import { PURPOSES } from "../../../src/chains/bitcoin/names.ts";
import {
  claimedInputOf,
  coinOf,
  decodePsbt,
  inputOf,
  keys,
  payment,
  psbtOf,
  signPayload,
  signRequest,
  stranger,
  textOf,
} from "./fixtures.ts";
import type { Coin, TestKey } from "./fixtures.ts";
import { bitcoinAdapter } from "../../../src/chains/bitcoin/adapter.ts";
import { verdicts } from "./interpreter.ts";

const KINDS = { 44: "p2pkh", 49: "p2sh-p2wpkh", 84: "p2wpkh", 86: "p2tr" } as const;

/** Two coins of the key in one transaction with a payment and change. */
function spend(key: TestKey, PSBTVersion: number) {
  const coins: readonly Coin[] = [coinOf(key), coinOf(key, 70_000n)];
  const change = { script: key.script.script, amount: 75_000n };
  const psbt = psbtOf([inputOf(coins[0] ?? payment), inputOf(coins[1] ?? payment, 1)], [payment, change], {
    PSBTVersion,
  });
  return { coins, psbt };
}

suite("real execution: a wrong signature is refused", () => {
  for (const purpose of PURPOSES) {
    test(`${KINDS[purpose]}: one bit of the signature`, () => {
      const key = keys[purpose];
      const { coins, psbt } = spend(key, 0);
      const decoded = decodePsbt(key, psbt);
      const signatures = decoded.payloads.map((payload) => signPayload(payload, key.privateKey));
      const [first, ...others] = signatures;
      const bytes = Uint8Array.from(first?.bytes ?? []);
      bytes[40] = (bytes[40] ?? 0) ^ 1;
      const fields = bitcoinAdapter.assemble(decoded, [{ bytes }, ...others]);
      const [bad, good] = verdicts(textOf(fields, "signedTransaction"), coins);
      assert.notEqual(bad, "ok");
      assert.equal(good, "ok");
    });
    test(`${KINDS[purpose]}: another output amount`, () => {
      const key = keys[purpose];
      const { coins, psbt } = spend(key, 0);
      const raw = textOf(signRequest(key, { type: "bitcoin.psbt", psbt }).fields, "signedTransaction");
      const changed = raw.replace("905f010000000000", "8f5f010000000000");
      assert.notEqual(changed, raw);
      assert.equal(verdicts(changed, coins).includes("ok"), false);
    });
  }
  for (const purpose of [49, 84, 86] as const) {
    test(`${KINDS[purpose]}: another amount of the coin`, () => {
      const key = keys[purpose];
      const { coins, psbt } = spend(key, 0);
      const raw = textOf(signRequest(key, { type: "bitcoin.psbt", psbt }).fields, "signedTransaction");
      const [first, second] = verdicts(raw, [coinOf(key, 100_001n), coins[1] ?? payment]);
      assert.notEqual(first, "ok");
      // BIP-143 commits to the own amount only, BIP-341 to all: the reason why both have different proofs to bring.
      assert.equal(second === "ok", purpose !== 86);
    });
  }
});

suite("real execution: what we sign is accepted", () => {
  for (const purpose of PURPOSES) {
    for (const version of [0, 2]) {
      test(`${KINDS[purpose]}, PSBT v${version}, two inputs`, () => {
        const { coins, psbt } = spend(keys[purpose], version);
        const raw = textOf(
          signRequest(keys[purpose], { type: "bitcoin.psbt", psbt }).fields,
          "signedTransaction",
        );
        assert.deepEqual(verdicts(raw, coins), ["ok", "ok"]);
      });
    }
  }
  test("p2tr with SIGHASH_ALL named", () => {
    const coin = coinOf(keys[86]);
    const psbt = psbtOf([claimedInputOf(coin, 0, { sighashType: 1 })], [payment]);
    const raw = textOf(signRequest(keys[86], { type: "bitcoin.psbt", psbt }).fields, "signedTransaction");
    assert.deepEqual(verdicts(raw, [coin]), ["ok"]);
  });
  test("four kinds of input, signed by four keys in turn", () => {
    const coins = PURPOSES.map((purpose) => coinOf(keys[purpose]));
    const inputs = coins.map((coin, salt) => inputOf(coin, salt));
    let psbt = psbtOf(inputs, [{ ...payment, amount: 390_000n }], { lockTime: 100, version: 2 });
    let raw = "";
    for (const [order, purpose] of PURPOSES.entries()) {
      const { fields } = signRequest(keys[purpose], { type: "bitcoin.psbt", psbt });
      psbt = textOf(fields, "psbt");
      assert.equal("signedTransaction" in fields, order === 3);
      if (order === 3) raw = textOf(fields, "signedTransaction");
    }
    assert.deepEqual(verdicts(raw, coins), ["ok", "ok", "ok", "ok"]);
  });
  test("no signature of ours satisfies a stranger's coin", () => {
    const { coins, psbt } = spend(keys[84], 0);
    const raw = textOf(signRequest(keys[84], { type: "bitcoin.psbt", psbt }).fields, "signedTransaction");
    const foreign = { script: stranger.script.script, amount: coins[0]?.amount ?? 0n };
    assert.notEqual(verdicts(raw, [foreign, coins[1] ?? foreign])[0], "ok");
    assert.equal(hex(foreign.script).length, 44);
  });
});
