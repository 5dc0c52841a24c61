/** Inputs of others that spend a bare public key (P2PK) or a bare multisig: signed beside, never taken for ours. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { p2ms, p2pk, RawTx, Transaction } from "@scure/btc-signer";
import { PSBT_OPTIONS } from "../../../src/chains/bitcoin/psbt.ts";
import { signatureHasher } from "../../../src/chains/bitcoin/sighash.ts";
import { concat, fromBase64, toBase64 } from "../../../src/domain/bytes.ts";
import {
  coinOf,
  decodePsbt,
  importedKey,
  inputOf,
  keys,
  payment,
  psbtOf,
  refusal,
  signRequest,
  stranger,
  textOf,
  type Coin,
} from "./fixtures.ts";
import { verdicts } from "./interpreter.ts";

const cosigner = importedKey(new Uint8Array(32).fill(5));
const uncompressed = secp256k1.getPublicKey(stranger.privateKey, false);
const SCRIPTS = {
  P2PK: p2pk(stranger.record.publicKey).script,
  "P2PK, uncompressed": concat(Uint8Array.of(65), uncompressed, Uint8Array.of(0xac)),
  "bare multisig, 1 of 2": p2ms(1, [stranger.record.publicKey, cosigner.record.publicKey]).script,
};
const PUBLIC_KEYS: Readonly<Record<string, Uint8Array>> = { "P2PK, uncompressed": uncompressed };
const PURPOSES = [44, 49, 84, 86] as const;
const own = keys[84];
const bare: Coin = { script: SCRIPTS.P2PK, amount: 50_000n };

suite("bitcoin.psbt: bare scripts, refused", () => {
  test("a key's own bare public key is no output of its purpose", () => {
    const coin = { script: p2pk(own.record.publicKey).script, amount: 50_000n };
    assert.throws(
      () => decodePsbt(own, psbtOf([inputOf(coin)], [payment])),
      refusal("transaction.refused", "no input"),
    );
  });

  test("a bare public key with a redeem script beside it", () => {
    const wrapped = inputOf(bare, 1, { redeemScript: SCRIPTS.P2PK });
    const psbt = psbtOf([inputOf(coinOf(own)), wrapped], [payment]);
    assert.throws(() => decodePsbt(own, psbt), refusal("transaction.invalid", "non-wrapped"));
  });

  test("a wrong redeem script of another input, beside a bare public key", () => {
    const wrong = inputOf(coinOf(keys[49]), 2, { redeemScript: stranger.script.script });
    const psbt = psbtOf([inputOf(coinOf(own)), inputOf(bare, 1), wrong], [payment]);
    assert.throws(() => decodePsbt(own, psbt), refusal("transaction.invalid", "redeemScript"));
  });

  test("a bare public key without its previous transaction", () => {
    const { nonWitnessUtxo: _, ...claimed } = inputOf(bare, 1);
    const psbt = psbtOf([inputOf(coinOf(own)), { ...claimed, witnessUtxo: bare }], [payment]);
    assert.throws(() => decodePsbt(own, psbt), refusal("transaction.refused", "needs nonWitnessUtxo"));
  });
});

suite("bitcoin.psbt: bare scripts of others", () => {
  for (const [name, script] of Object.entries(SCRIPTS)) {
    for (const purpose of PURPOSES) {
      const coins = [coinOf(keys[purpose]), { script, amount: 50_000n }];
      const inputs = coins.map((coin, salt) => inputOf(coin, salt));

      for (const PSBTVersion of [0, 2] as const) {
        test(`${name} beside purpose ${purpose}, PSBT version ${PSBTVersion}: partly signed`, () => {
          const psbt = psbtOf(inputs, [payment], { PSBTVersion });
          const { decoded, fields } = signRequest(keys[purpose], { type: "bitcoin.psbt", psbt });
          assert.deepEqual(Object.keys(fields), ["psbt"]);
          assert.equal(decoded.payloads.length, 1);
          const shown = JSON.stringify(decoded.intent.bitcoin);
          assert.match(
            shown,
            new RegExp(`"from":"script:${Buffer.from(script).toString("hex")}","amount":"50000","own":false`),
          );
        });
      }

      test(`${name} beside purpose ${purpose}: with the other's signature the transaction is final, and spends both`, () => {
        const psbt = signedByOther(
          psbtOf(inputs, [payment]),
          coins,
          PUBLIC_KEYS[name] ?? stranger.record.publicKey,
        );
        const { fields } = signRequest(keys[purpose], { type: "bitcoin.psbt", psbt });
        assert.deepEqual(verdicts(textOf(fields, "signedTransaction"), coins), ["ok", "ok"]);
      });
    }
  }
});

/** The stranger's signature of the second input, which spends a bare script. */
function signedByOther(psbt: string, coins: readonly Coin[], publicKey: Uint8Array): string {
  const bytes = fromBase64(psbt);
  assert.ok(bytes);
  const transaction = Transaction.fromPSBT(bytes, { ...PSBT_OPTIONS, disableScriptCheck: true });
  const { version, lockTime, inputs, outputs } = RawTx.decode(transaction.unsignedTx);
  const script = coins[1]?.script;
  assert.ok(script);
  const spending = {
    version,
    lockTime,
    inputs: inputs.map((input) => ({ ...input, txid: input.txid })),
    outputs,
  };
  const digest = signatureHasher(spending, coins).legacy(1, script);
  const der = secp256k1.sign(digest, stranger.privateKey, { prehash: false, format: "der" });
  transaction.updateInput(1, { partialSig: [[publicKey, concat(der, Uint8Array.of(1))]] }, true);
  return toBase64(transaction.toPSBT(0));
}
