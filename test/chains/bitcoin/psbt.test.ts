/** bitcoin.psbt: the intent that policies see, and what comes back. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Transaction } from "@scure/btc-signer";
import { bitcoinAdapter } from "../../../src/chains/bitcoin/adapter.ts";
import { parsePsbt, PSBT_OPTIONS } from "../../../src/chains/bitcoin/psbt.ts";
import { hex } from "../../../src/chains/bitcoin/scripts.ts";
import { PURPOSES } from "../../../src/chains/bitcoin/names.ts";
import { fromBase64 } from "../../../src/domain/bytes.ts";
import {
  claimedInputOf,
  COIN,
  coinOf,
  decodePsbt,
  fundingTransaction,
  inputOf,
  keys,
  payment,
  psbtOf,
  signRequest,
  stranger,
  textOf,
  unsigned,
  walletKey,
} from "./fixtures.ts";

const segwit = keys[84];

suite("bitcoin.psbt: intent", () => {
  test("transfers in output order, fee, and the full decode", () => {
    const inputs = [inputOf(coinOf(segwit)), inputOf(coinOf(stranger, 50_000n), 1, { sequence: 0xfffffffd })];
    const opReturn = { script: Uint8Array.of(0x6a, 2, 0xca, 0xfe), amount: 0n };
    const outputs = [payment, opReturn, { script: segwit.script.script, amount: 55_000n }];
    const { intent, environment, type } = decodePsbt(segwit, psbtOf(inputs, outputs, { lockTime: 800_000 }));
    const from = segwit.record.address;
    assert.equal(type, "bitcoin.psbt");
    assert.deepEqual(environment, { chainId: "bitcoin:mainnet", network: "mainnet" });
    assert.equal(intent.opaque, false);
    assert.deepEqual(intent.transfers, [
      { asset: "native", from, to: stranger.record.address, amount: "90000", ownChange: false },
      { asset: "native", from, to: "op_return:02cafe", amount: "0", ownChange: false },
      { asset: "native", from, to: from, amount: "55000", ownChange: true },
    ]);
    assert.deepEqual(intent.fee, { asset: "native", max: "5000" });
    const ids = [0, 1].map(
      (salt) =>
        fundingTransaction(coinOf(salt === 0 ? segwit : stranger, salt === 0 ? COIN : 50_000n), salt).txid,
    );
    assert.deepEqual(intent.bitcoin, {
      psbtVersion: 0,
      version: 2,
      lockTime: 800_000,
      // 167 bytes without signatures and a quarter of 2 + 108 witness units.
      feeRate: "26",
      virtualSize: 195,
      inputs: [
        { txid: ids[0], index: 0, sequence: 0xffffffff, from, amount: "100000", own: true },
        {
          txid: ids[1],
          index: 0,
          sequence: 0xfffffffd,
          from: stranger.record.address,
          amount: "50000",
          own: false,
        },
      ],
    });
  });
  for (const purpose of PURPOSES) {
    test(`purpose ${purpose}: slots are the outpoints that we sign, in input order, under the key's network`, () => {
      const own = coinOf(keys[purpose]);
      const inputs = [inputOf(own, 5), inputOf(coinOf(stranger), 6), inputOf(own, 4)];
      const { slots } = decodePsbt(keys[purpose], psbtOf(inputs, [payment]));
      assert.deepEqual(
        slots,
        [5, 4].map((salt) => `bitcoin:mainnet:${fundingTransaction(own, salt).txid}:0`),
      );
    });
  }
  test("a script without address makes the intent opaque", () => {
    const { intent } = decodePsbt(
      segwit,
      psbtOf([inputOf(coinOf(segwit))], [{ script: Uint8Array.of(0x51), amount: 90_000n }]),
    );
    assert.equal(intent.opaque, true);
    assert.deepEqual(intent.opaqueCauses, ["unknownScript"]);
    assert.equal(intent.opaqueReason, "output 0 pays a script that has no address");
    assert.equal(intent.transfers[0]?.to, "script:51");
  });
  test("each network is its own environment", () => {
    for (const network of ["testnet", "signet", "regtest"]) {
      const key = walletKey({ network });
      const { environment } = decodePsbt(key, psbtOf([inputOf(coinOf(key))], [payment]));
      assert.deepEqual(environment, { chainId: `bitcoin:${network}`, network });
    }
  });
});

suite("bitcoin.psbt: what comes back", () => {
  for (const purpose of PURPOSES) {
    for (const PSBTVersion of [0, 2]) {
      test(`BIP-${purpose}, v${PSBTVersion}: final transaction, id and PSBT of the same version`, () => {
        const key = keys[purpose];
        const psbt = psbtOf([inputOf(coinOf(key))], [payment], { PSBTVersion });
        const { fields } = signRequest(key, { type: "bitcoin.psbt", psbt });
        const raw = Buffer.from(textOf(fields, "signedTransaction"), "hex");
        assert.equal(Transaction.fromRaw(raw).id, fields["txid"]);
        const answer = parsePsbt(textOf(fields, "psbt"));
        assert.equal(answer.version, PSBTVersion);
        assert.equal(answer.transaction.isFinal, true);
        assert.equal(hex(answer.transaction.extract()), fields["signedTransaction"]);
        assert.equal(hex(answer.transaction.unsignedTx), hex(parsePsbt(psbt).transaction.unsignedTx));
      });
      test(`BIP-${purpose}, v${PSBTVersion}, finalize false: only a signature is added`, () => {
        const key = keys[purpose];
        const psbt = psbtOf([inputOf(coinOf(key))], [payment], { PSBTVersion });
        const { fields } = signRequest(key, { type: "bitcoin.psbt", psbt, finalize: false });
        assert.deepEqual(Object.keys(fields), ["psbt"]);
        const before = parsePsbt(psbt).transaction.getInput(0);
        const { partialSig, tapKeySig, redeemScript, ...rest } = parsePsbt(
          textOf(fields, "psbt"),
        ).transaction.getInput(0);
        assert.deepEqual(rest, before);
        assert.equal(tapKeySig?.length, purpose === 86 ? 64 : undefined);
        assert.equal(partialSig?.length, purpose === 86 ? undefined : 1);
        assert.deepEqual(redeemScript, key.script.redeemScript);
      });
    }
  }
  test("taproot with SIGHASH_ALL named: 65 bytes", () => {
    const psbt = psbtOf([claimedInputOf(coinOf(keys[86]), 0, { sighashType: 1 })], [payment]);
    const { fields } = signRequest(keys[86], { type: "bitcoin.psbt", psbt, finalize: false });
    const { tapKeySig } = parsePsbt(textOf(fields, "psbt")).transaction.getInput(0);
    assert.equal(tapKeySig?.length, 65);
    assert.equal(tapKeySig?.[64], 1);
  });
  test("an input of someone else without signature: a PSBT with ours only", () => {
    const psbt = psbtOf(
      [inputOf(coinOf(segwit)), inputOf(coinOf(stranger), 1)],
      [payment, { ...payment, amount: 100_000n }],
    );
    const { fields } = signRequest(segwit, { type: "bitcoin.psbt", psbt });
    assert.deepEqual(Object.keys(fields), ["psbt"]);
    const { transaction } = parsePsbt(textOf(fields, "psbt"));
    assert.equal(transaction.getInput(0).partialSig?.length, 1);
    assert.equal(transaction.getInput(1).partialSig, undefined);
  });
  test("two keys, one after the other, make the final transaction", () => {
    const psbt = psbtOf(
      [inputOf(coinOf(keys[44])), inputOf(coinOf(keys[49]), 1)],
      [payment, { ...payment, amount: 100_000n }],
    );
    const first = signRequest(keys[44], { type: "bitcoin.psbt", psbt }).fields;
    assert.equal(first["signedTransaction"], undefined);
    const second = signRequest(keys[49], { type: "bitcoin.psbt", psbt: textOf(first, "psbt") }).fields;
    const raw = Buffer.from(textOf(second, "signedTransaction"), "hex");
    assert.equal(Transaction.fromRaw(raw).inputsLength, 2);
  });
  test("bip370: signing clears the modifiable flags, and leaves the others", () => {
    const flagged = Transaction.fromPSBT(
      unsigned([inputOf(coinOf(segwit))], [payment], { PSBTVersion: 2 }).toPSBT(2),
      PSBT_OPTIONS,
    );
    const modifiable = Buffer.from(hex(flagged.toPSBT(2)).replace("010601", "010601"), "hex");
    const at = modifiable.indexOf(Buffer.from("010601", "hex"));
    modifiable[at + 3] = 0b1011;
    const { fields } = signRequest(segwit, {
      type: "bitcoin.psbt",
      psbt: modifiable.toString("base64"),
      finalize: false,
    });
    const answer = Buffer.from(fromBase64(textOf(fields, "psbt")) ?? []);
    assert.equal(answer[answer.indexOf(Buffer.from("010601", "hex")) + 3], 0b1000);
  });
  test("unknown fields are handed through (BIP-174)", () => {
    const psbt = Buffer.from(psbtOf([inputOf(coinOf(segwit))], [payment]), "base64");
    const end = 5 + 3 + (psbt[7] ?? 0);
    const unknown = Buffer.from("02f00102abcd", "hex");
    const text = Buffer.concat([psbt.subarray(0, end), unknown, psbt.subarray(end)]).toString("base64");
    for (const finalize of [true, false]) {
      const { fields } = signRequest(segwit, { type: "bitcoin.psbt", psbt: text, finalize });
      assert.equal(Buffer.from(textOf(fields, "psbt"), "base64").includes(unknown), true);
    }
  });
  test("a signature too few or too many is a bug, not an answer", () => {
    const decoded = decodePsbt(segwit, psbtOf([inputOf(coinOf(segwit))], [payment]));
    assert.throws(() => bitcoinAdapter.assemble(decoded, []), /one signature/);
    assert.throws(
      () => bitcoinAdapter.assemble({ ...decoded, draft: {} }, [{ bytes: new Uint8Array(64) }]),
      /not made/,
    );
  });
});
