/** Previous transactions: what they prove, and that the PSBT comes back with them as they were. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { RawTx, Transaction } from "@scure/btc-signer";
import fc from "fast-check";
import { parsePsbt } from "../../../src/chains/bitcoin/psbt.ts";
import { putBack, takeOut } from "../../../src/chains/bitcoin/previous-transactions.ts";
import { hex } from "../../../src/chains/bitcoin/scripts.ts";
import {
  decodePsbt,
  type Coin,
  keys,
  payment,
  psbtOf,
  refusal,
  signRequest,
  stranger,
  textOf,
  unsigned,
} from "./fixtures.ts";
import { verdicts } from "./interpreter.ts";

const COUNT = 20;

/** A transaction that pays so many coins to a key; witnesses do not change its id. */
function parentOf(script: Uint8Array, segwit = false) {
  const input = {
    txid: new Uint8Array(32).fill(7),
    index: 0,
    finalScriptSig: new Uint8Array(0),
    sequence: 0,
  };
  const body = {
    version: 2,
    lockTime: 0,
    inputs: [input],
    outputs: Array.from({ length: COUNT }, (_, index) => ({ amount: 100_000n + BigInt(index), script })),
  };
  const bare = RawTx.encode({ ...body, segwitFlag: false });
  const { id } = Transaction.fromRaw(bare, { allowUnknownOutputs: true });
  const bytes = segwit
    ? RawTx.encode({ ...body, segwitFlag: true, witnesses: [[new Uint8Array(72).fill(1)]] })
    : bare;
  return { txid: id, bytes, outputs: body.outputs };
}

const own = keys[84].script.script;
const outputs = [{ ...payment, amount: 1_900_000n }];

suite("a previous transaction is refused", () => {
  const { txid, bytes } = parentOf(own);
  test("when it is not the one that is spent", () => {
    const [spent, other] = [parentOf(own), parentOf(stranger.script.script)];
    const psbt = Buffer.from(
      psbtOf([{ txid: spent.txid, index: 0, nonWitnessUtxo: spent.bytes }], [payment]),
      "base64",
    );
    const forged = Buffer.from(psbt.toString("hex").replace(hex(spent.bytes), hex(other.bytes)), "hex");
    assert.throws(
      () => parsePsbt(forged.toString("base64")),
      refusal("transaction.invalid", "input 0: has a nonWitnessUtxo with a wrong txid"),
    );
  });
  test("when it has no such output, or another than witnessUtxo says", () => {
    // The library would not write these: the previous transaction is put in afterwards.
    const forged = (input: { readonly index: number; readonly witnessUtxo?: Coin }) => {
      const psbt = unsigned([{ txid, ...input }], [payment], { version: 2 }).toPSBT();
      const whole = putBack(psbt, [{ position: 0, bytes, hadWitnessUtxo: true }]);
      return () => parsePsbt(Buffer.from(whole).toString("base64"));
    };
    const lacks = refusal("transaction.invalid", "input 0: spends an output that nonWitnessUtxo lacks");
    assert.throws(forged({ index: COUNT }), lacks);
    const differs = refusal(
      "transaction.invalid",
      "input 0: has a witnessUtxo different from nonWitnessUtxo",
    );
    for (const lie of [
      { amount: 100_001n, script: own },
      { amount: 100_000n, script: payment.script },
    ]) {
      assert.throws(forged({ index: 0, witnessUtxo: lie }), differs);
    }
    assert.equal(forged({ index: 0, witnessUtxo: { amount: 100_000n, script: own } })().slim.taken.length, 1);
  });

  test("when it is no transaction, or has bytes behind it", () => {
    const psbt = unsigned([{ txid, index: 0 }], [payment], { version: 2 }).toPSBT();
    for (const wrong of [bytes.subarray(1), new Uint8Array(0), Uint8Array.of(...bytes, 0)]) {
      const whole = putBack(psbt, [{ position: 0, bytes: wrong, hadWitnessUtxo: true }]);
      const read = () => parsePsbt(Buffer.from(whole).toString("base64"));
      assert.throws(read, refusal("transaction.invalid", "input 0: has a nonWitnessUtxo"));
    }
  });
});

suite("previous transactions come back as they were", () => {
  for (const PSBTVersion of [0, 2]) {
    test(`PSBT v${PSBTVersion}: outputs of one parent, with witness and without, with witnessUtxo and without`, () => {
      const parent = parentOf(own, true);
      const inputs = parent.outputs.map((witnessUtxo, index) => {
        const both = index % 2 === 0 ? { witnessUtxo } : {};
        return { txid: parent.txid, index, nonWitnessUtxo: parent.bytes, ...both };
      });
      const psbt = psbtOf(inputs, outputs, { PSBTVersion, version: 2 });
      const { slim, bytes } = parsePsbt(psbt);
      assert.equal(slim.taken.length, COUNT);
      assert.ok(slim.bytes.length < bytes.length / 2);
      const partial = textOf(
        signRequest(keys[84], { type: "bitcoin.psbt", psbt, finalize: false }).fields,
        "psbt",
      );
      const answer = Transaction.fromPSBT(Buffer.from(partial, "base64"));
      for (const [index, { witnessUtxo }] of inputs.entries()) {
        const input = answer.getInput(index);
        assert.equal(hex(RawTx.encode(input.nonWitnessUtxo ?? assert.fail("no proof"))), hex(parent.bytes));
        assert.deepEqual(input.witnessUtxo, witnessUtxo);
        assert.equal(input.partialSig?.length, 1);
      }
      const { fields } = signRequest(keys[84], { type: "bitcoin.psbt", psbt });
      const raw = textOf(fields, "signedTransaction");
      assert.deepEqual(
        verdicts(raw, parent.outputs),
        parent.outputs.map(() => "ok"),
      );
      assert.equal(Transaction.fromPSBT(Buffer.from(textOf(fields, "psbt"), "base64")).id, fields["txid"]);
    });
  }

  test("p2pkh, whose input the library finishes only with it", () => {
    const parent = parentOf(keys[44].script.script);
    const inputs = [0, 1].map((index) => ({ txid: parent.txid, index, nonWitnessUtxo: parent.bytes }));
    const { fields } = signRequest(keys[44], {
      type: "bitcoin.psbt",
      psbt: psbtOf(inputs, [{ ...payment, amount: 190_000n }]),
    });
    assert.deepEqual(verdicts(textOf(fields, "signedTransaction"), parent.outputs.slice(0, 2)), ["ok", "ok"]);
    const final = Transaction.fromPSBT(Buffer.from(textOf(fields, "psbt"), "base64"));
    assert.equal(final.getInput(0).witnessUtxo, undefined);
    assert.notEqual(final.getInput(0).nonWitnessUtxo, undefined);
  });

  test("taken out and put back is the same PSBT, whatever stands beside it", () => {
    const parent = parentOf(own);
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ both: fc.boolean(), none: fc.boolean(), script: fc.uint8Array({ maxLength: 300 }) }),
          {
            minLength: 1,
            maxLength: 6,
          },
        ),
        fc.constantFrom(0, 2),
        (list, PSBTVersion) => {
          const inputs = list.map(({ both, none, script }, index) => ({
            txid: parent.txid,
            index,
            ...(none ? {} : { nonWitnessUtxo: parent.bytes }),
            ...(both || none ? { witnessUtxo: parent.outputs[index] ?? payment } : {}),
            unknown: [[{ type: 0xf0, key: new Uint8Array(2) }, script]] as never,
          }));
          const { bytes, slim } = parsePsbt(psbtOf(inputs, [payment], { PSBTVersion, unknown: "ignore" }));
          assert.equal(slim.taken.length, list.filter(({ none }) => !none).length);
          const again = putBack(
            parsePsbt(Buffer.from(slim.bytes).toString("base64")).transaction.toPSBT(PSBTVersion),
            slim.taken,
          );
          assert.equal(hex(again), hex(bytes));
          assert.deepEqual(takeOut(again).taken, slim.taken);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("each proves the amount of its own input", () => {
    const parent = parentOf(own);
    const inputs = [0, 1].map((index) => ({ txid: parent.txid, index, nonWitnessUtxo: parent.bytes }));
    const { intent } = decodePsbt(keys[84], psbtOf(inputs, [{ ...payment, amount: 190_000n }]));
    assert.equal(intent.fee?.max, "10001");
  });
});
