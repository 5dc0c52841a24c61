/** Spends of registered descriptors: signed in turn by wallets that know one key each, and judged by bitcore-lib's interpreter. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Transaction } from "@scure/btc-signer";
import fc from "fast-check";
import { PSBT_OPTIONS } from "../../../src/chains/bitcoin/psbt.ts";
import { fromBase64 } from "../../../src/domain/bytes.ts";
import { COIN, payment, refusal, textOf } from "./fixtures.ts";
import { verdicts } from "./interpreter.ts";
import {
  coinAt,
  derivationsOf,
  NUMS,
  PREIMAGE,
  PREIMAGE_HASH160,
  PREIMAGE_SHA256,
  sharedInput,
  sharedPsbt,
  SIGNERS,
  signAs,
  viewOf,
} from "./shared.ts";

const TWO_OF_THREE = "wsh(sortedmulti(2,A,B,C))";
const coin = coinAt(TWO_OF_THREE);

/** Signed by each of these in turn. */
function signedBy(signers: readonly number[], text: string, psbt: string) {
  let fields: ReturnType<typeof signAs>["fields"] = { psbt };
  for (const signer of signers) fields = signAs(signer, viewOf(signer, text), textOf(fields, "psbt")).fields;
  return fields;
}

function inputOf(psbt: string) {
  return Transaction.fromPSBT(fromBase64(psbt) ?? new Uint8Array(0), PSBT_OPTIONS).getInput(0);
}

suite("descriptor spends: refusals", () => {
  const view = viewOf(0, TWO_OF_THREE);
  const spend = (more = {}, outputs = [payment]): string => sharedPsbt([sharedInput(coin, 0, more)], outputs);

  test("without the descriptor the input belongs to nobody we know", () => {
    assert.throws(
      () => signAs(0, viewOf(0), spend()),
      refusal("transaction.refused", "no input spends an output"),
    );
    const other = viewOf(0, "wsh(sortedmulti(2,A,B,D))");
    assert.throws(
      () => signAs(0, other, spend()),
      refusal("transaction.refused", "no input spends an output"),
    );
  });

  for (const [name, branch, index] of [
    ["index", 0, 4],
    ["branch", 1, 3],
  ] as const) {
    test(`a derivation that names another ${name}`, () => {
      const { descriptor, output } = coinAt(TWO_OF_THREE, branch, index);
      const lie = derivationsOf(descriptor, output);
      assert.throws(
        () => signAs(0, view, spend(lie)),
        refusal("transaction.refused", "no input spends an output"),
      );
    });
  }

  test("no derivation at all", () => {
    const none = { bip32Derivation: undefined };
    assert.throws(
      () => signAs(0, view, spend(none)),
      refusal("transaction.refused", "no input spends an output"),
    );
  });

  test("another witness script", () => {
    const { output } = coinAt(TWO_OF_THREE, 0, 4);
    const witnessScript = output.witnessScript ?? output.script;
    assert.throws(
      () => signAs(0, view, spend({ witnessScript })),
      refusal("transaction.invalid", "witnessScript"),
    );
  });

  for (const sighashType of [2, 3, 0x81, 0]) {
    test(`sighash type ${sighashType}`, () => {
      assert.throws(
        () => signAs(0, view, spend({ sighashType })),
        refusal("transaction.refused", "sighash type"),
      );
    });
  }

  test("an amount that no previous transaction proves", () => {
    const claimed = { nonWitnessUtxo: undefined, witnessUtxo: { script: coin.script, amount: coin.amount } };
    assert.throws(() => signAs(0, view, spend(claimed)), refusal("transaction.refused", "nonWitnessUtxo"));
  });

  test("signed by this wallet before", () => {
    const once = textOf(signAs(0, view, spend()).fields, "psbt");
    assert.throws(
      () => signAs(0, view, once),
      refusal("transaction.refused", "signed by this wallet already"),
    );
  });

  test("a signature of another signer that does not verify, or is nobody's", () => {
    const once = textOf(signAs(1, viewOf(1, TWO_OF_THREE), spend()).fields, "psbt");
    const [[key, signature] = [new Uint8Array(33), new Uint8Array(71)]] = inputOf(once).partialSig ?? [];
    const flipped = Uint8Array.from(signature);
    flipped[20] = (flipped[20] ?? 0) ^ 1;
    const wrong = spend({ partialSig: [[key, flipped]] });
    assert.throws(() => signAs(0, view, wrong), refusal("transaction.refused", "does not verify"));
    const openEnded = Uint8Array.from(signature);
    openEnded[openEnded.length - 1] = 0x81;
    const open = spend({ partialSig: [[key, openEnded]] });
    assert.throws(() => signAs(0, view, open), refusal("transaction.refused", "SIGHASH_ALL"));
    const stranger = SIGNERS[9]?.node.publicKey ?? new Uint8Array(33);
    const foreign = spend({ partialSig: [[stranger, signature]] });
    assert.throws(
      () => signAs(0, view, foreign),
      refusal("transaction.refused", "not a key of the descriptor"),
    );
  });

  test("a leaf signature with a hash type that nodes refuse there: DEFAULT in a 65th byte, or a partial one", () => {
    const text = `tr(${NUMS},multi_a(2,A,B))`;
    const shared = sharedInput(coinAt(text));
    const once = signAs(1, viewOf(1, text), sharedPsbt([shared], [payment])).fields;
    const [row] = inputOf(textOf(once, "psbt")).tapScriptSig ?? [];
    assert.ok(row);
    for (const type of [0, 3, 0x81]) {
      const typed = Uint8Array.of(...row[1], type);
      const psbt = sharedPsbt([{ ...shared, tapScriptSig: [[row[0], typed]] }], [payment]);
      assert.throws(
        () => signAs(0, viewOf(0, text), psbt),
        refusal("transaction.refused", "another hash type"),
      );
    }
  });
});

suite("descriptor spends: change", () => {
  const view = viewOf(0, TWO_OF_THREE, "wsh(sortedmulti(2,A,B,D))");
  const changeTo = (text: string, branch: number, index: number, hint = { text, branch, index }) => {
    const { output } = coinAt(text, branch, index);
    const stated = coinAt(hint.text, hint.branch, hint.index);
    return { script: output.script, amount: 9_000n, ...derivationsOf(stated.descriptor, stated.output) };
  };
  const ownChange = (output: object, inputs = [sharedInput(coin)]): boolean | undefined => {
    const psbt = sharedPsbt(inputs, [payment, output]);
    return signAs(0, view, psbt).decoded.intent.transfers[1]?.ownChange;
  };

  test("back to the descriptor, either branch", () => {
    assert.equal(ownChange(changeTo(TWO_OF_THREE, 1, 12)), true);
    assert.equal(ownChange(changeTo(TWO_OF_THREE, 0, 12)), true);
  });
  test("to another descriptor of the wallet is a transfer", () => {
    assert.equal(ownChange(changeTo("wsh(sortedmulti(2,A,B,D))", 1, 12)), false);
  });
  test("to one that is not registered is a transfer, whatever it says", () => {
    assert.equal(
      ownChange(changeTo("wsh(sortedmulti(2,A,B,E))", 1, 12, { text: TWO_OF_THREE, branch: 1, index: 12 })),
      false,
    );
    assert.equal(ownChange(changeTo("wsh(multi(1,A,B,C))", 1, 12)), false);
  });
  test("where the stated index is another", () => {
    assert.equal(
      ownChange(changeTo(TWO_OF_THREE, 1, 12, { text: TWO_OF_THREE, branch: 1, index: 13 })),
      false,
    );
  });
  test("past the index that anybody looks at", () => {
    assert.equal(ownChange(changeTo(TWO_OF_THREE, 1, 1_000_001)), false);
  });
  test("where inputs of two descriptors are spent, to either of them", () => {
    const inputs = [sharedInput(coin), sharedInput(coinAt("wsh(sortedmulti(2,A,B,D))"), 1)];
    assert.equal(ownChange(changeTo(TWO_OF_THREE, 1, 12), inputs), false);
    assert.equal(ownChange(changeTo("wsh(sortedmulti(2,A,B,D))", 1, 12), inputs), false);
  });
  test("the intent names address and descriptor", () => {
    const { decoded } = signAs(0, view, sharedPsbt([sharedInput(coin)], [payment]));
    assert.equal(decoded.intent.transfers[0]?.from, coin.output.address);
    assert.deepEqual(decoded.descriptors, ["dsc_0"]);
    assert.deepEqual(decoded.signedBy, ["key_0"]);
    assert.match(JSON.stringify(decoded.intent.bitcoin), /"own":true,"descriptor":"dsc_0"/);
  });
});

interface Case {
  readonly text: string;
  readonly signers: readonly number[];
  readonly lockTime?: number;
  readonly sequence?: number;
  readonly preimages?: Record<string, unknown>;
}

const HASHED = { sha256: [[Buffer.from(PREIMAGE_SHA256, "hex"), PREIMAGE]] };
const HASHED_160 = { hash160: [[Buffer.from(PREIMAGE_HASH160, "hex"), PREIMAGE]] };
const RECOVERY = "or_d(multi(2,A,B),and_v(v:pkh(C),older(1000)))";
const ESCROW = `andor(pk(A),after(840000),and_v(v:pk(B),sha256(${PREIMAGE_SHA256})))`;
const TREE = `{and_v(v:pk(A),pk(B)),{multi_a(2,B,C,D),and_v(v:pk(E),older(144))}}`;

const CASES: readonly Case[] = [
  { text: "wsh(multi(1,A))", signers: [0] },
  { text: "sh(wsh(multi(2,C,A,B)))", signers: [1, 2] },
  { text: "wsh(sortedmulti(3,A,B,C))", signers: [2, 0, 1] },
  { text: `wsh(${RECOVERY})`, signers: [0, 1] },
  { text: `sh(wsh(${RECOVERY}))`, signers: [2], sequence: 1000 },
  { text: `wsh(${ESCROW})`, signers: [0], lockTime: 840_001, sequence: 0xfffffffe },
  { text: `wsh(${ESCROW})`, signers: [1], preimages: HASHED },
  { text: "wsh(thresh(2,pk(A),s:pk(B),sln:after(840000)))", signers: [0, 1] },
  { text: "wsh(thresh(2,pk(A),s:pk(B),sln:after(840000)))", signers: [1], lockTime: 840_000, sequence: 0 },
  {
    text: `wsh(or_i(and_v(v:pkh(A),hash160(${PREIMAGE_HASH160})),multi(2,B,C,D)))`,
    signers: [0],
    preimages: HASHED_160,
  },
  { text: "wsh(or_i(and_v(v:pkh(A),older(4194305)),multi(2,B,C,D)))", signers: [0], sequence: 0x00400002 },
  { text: "wsh(or_i(and_v(v:pkh(A),older(10)),multi(2,B,C,D)))", signers: [3, 1] },
  { text: `tr(${NUMS},${TREE})`, signers: [0, 1] },
  { text: `tr(${NUMS},${TREE})`, signers: [3, 2] },
  { text: `tr(${NUMS},${TREE})`, signers: [4], sequence: 144 },
  { text: `tr(${NUMS},sortedmulti_a(2,A,B,C))`, signers: [2, 0] },
  { text: "tr(A,{pk(B),and_v(v:pk(C),older(10))})", signers: [0] },
  { text: "tr(A,{pk(B),and_v(v:pk(C),older(10))})", signers: [1] },
];

function psbtOf({ text, lockTime, sequence, preimages }: Case, PSBTVersion = 0): string {
  const spent = coinAt(text);
  const more = { ...(sequence === undefined ? {} : { sequence }), ...preimages };
  return sharedPsbt([sharedInput(spent, 0, more)], [payment], {
    PSBTVersion,
    ...(lockTime === undefined ? {} : { lockTime }),
  });
}

suite("descriptor spends: what the last signer gets is accepted", () => {
  for (const [order, example] of CASES.entries()) {
    test(`${example.text} by ${example.signers.join(" and ")}`, () => {
      const psbt = psbtOf(example, order % 2 === 0 ? 0 : 2);
      const earlier = signedBy(example.signers.slice(0, -1), example.text, psbt);
      assert.equal(earlier["signedTransaction"], undefined, "not final before the last signature");
      const raw = textOf(
        signedBy(example.signers.slice(-1), example.text, textOf(earlier, "psbt")),
        "signedTransaction",
      );
      const spent = coinAt(example.text);
      assert.deepEqual(verdicts(raw, [spent]), ["ok"]);
      // Not by a way that needs no signature: one output less, and it is refused.
      const changed = raw.replace("905f010000000000", "8f5f010000000000");
      assert.notDeepEqual(verdicts(changed, [spent]), ["ok"]);
    });
  }

  for (const [name, spend] of [
    ["a relative lock", { text: `wsh(${RECOVERY})`, signers: [2], sequence: 999 }],
    [
      "a relative lock that is switched off",
      { text: `wsh(${RECOVERY})`, signers: [2], sequence: 0x800003e8 },
    ],
    ["a relative lock of another kind", { text: `wsh(${RECOVERY})`, signers: [2], sequence: 0x004003e8 }],
    ["an absolute lock", { text: `wsh(${ESCROW})`, signers: [0], lockTime: 839_999, sequence: 0 }],
    ["an absolute lock of a final input", { text: `wsh(${ESCROW})`, signers: [0], lockTime: 840_000 }],
    ["a preimage", { text: `wsh(${ESCROW})`, signers: [1] }],
    [
      "the right preimage",
      {
        text: `wsh(${ESCROW})`,
        signers: [1],
        preimages: { sha256: [[Buffer.from(PREIMAGE_SHA256, "hex"), new Uint8Array(32)]] },
      },
    ],
  ] as const) {
    test(`not final without ${name}`, () => {
      let psbt: string;
      try {
        psbt = psbtOf(spend);
      } catch {
        // The library of the coordinator does not make such a PSBT.
        return;
      }
      assert.equal(signedBy(spend.signers, spend.text, psbt)["signedTransaction"], undefined);
    });
  }

  test("an unfinished PSBT keeps what it had, and gets scripts and signature", () => {
    const { fields } = signAs(0, viewOf(0, TWO_OF_THREE), sharedPsbt([sharedInput(coin)], [payment]));
    const input = inputOf(textOf(fields, "psbt"));
    assert.deepEqual(input.witnessScript, coin.output.witnessScript);
    assert.equal(input.partialSig?.length, 1);
    assert.equal(input.bip32Derivation?.length, 3);
  });

  test("any multisig of up to 15 keys, with the fewest signers or with all", () => {
    const shape = fc.record({
      count: fc.integer({ min: 1, max: 15 }),
      threshold: fc.integer({ min: 1, max: 15 }),
      sorted: fc.boolean(),
      all: fc.boolean(),
      index: fc.nat(1_000_000),
      rotate: fc.nat(14),
    });
    fc.assert(
      fc.property(shape, ({ count, sorted, all, index, rotate, ...given }) => {
        const threshold = Math.min(given.threshold, count);
        const order = Array.from({ length: count }, (_, at) => (at + rotate) % count);
        const names = order.map((at) => String.fromCodePoint(65 + at));
        const text = `wsh(${sorted ? "sortedmulti" : "multi"}(${[threshold, ...names].join(",")}))`;
        const spent = coinAt(text, 1, index);
        const psbt = sharedPsbt([sharedInput(spent)], [{ ...payment, amount: COIN - 10_000n }]);
        let fields: ReturnType<typeof signAs>["fields"] = { psbt };
        for (const signer of all ? order.slice(0, threshold) : order.slice(-threshold)) {
          fields = signAs(signer, viewOf(signer, text), textOf(fields, "psbt")).fields;
        }
        assert.deepEqual(verdicts(textOf(fields, "signedTransaction"), [spent]), ["ok"]);
      }),
      { numRuns: 3 },
    );
  });
});
