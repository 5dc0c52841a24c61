/**
 * Babylon stakes: the scripts of babylonlabs-io/babylon (btcstaking/testvectors/vectors.json, cases 1 and 2) are read, ours alone
 * are signed, and bitcore-lib's interpreter accepts what comes out.
 */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { schnorr } from "@noble/curves/secp256k1.js";
import { p2tr, Transaction } from "@scure/btc-signer";
import { bitcoinAdapter } from "../../../src/chains/bitcoin/adapter.ts";
import { PSBT_OPTIONS } from "../../../src/chains/bitcoin/psbt.ts";
import { hex } from "../../../src/chains/bitcoin/scripts.ts";
import { stakingOutput } from "../../../src/chains/bitcoin/staking/output.ts";
import { readStakingLeaf } from "../../../src/chains/bitcoin/staking/leaf.ts";
import { fromBase64, toBase64 } from "../../../src/domain/bytes.ts";
import {
  claimedInputOf,
  coinOf,
  keys,
  payment,
  psbtOf,
  refusal,
  signRequest,
  textOf,
  walletKey,
} from "./fixtures.ts";
import type { TestKey } from "./fixtures.ts";
import { verdicts } from "./interpreter.ts";
import { NUMS, SIGNERS } from "./shared.ts";

const bytes = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, "hex"));
const xOnly = (publicKey: Uint8Array | null | undefined): string =>
  hex((publicKey ?? new Uint8Array(33)).subarray(1));

/** `<key> CHECKSIG <key> CHECKSIGADD … <threshold> NUMEQUAL` as btcd's builder writes it. */
function multisig(threshold: number, group: readonly string[], end: string): string {
  const sorted = group.toSorted();
  return (
    sorted.map((key, at) => `20${key}${at === 0 ? "ac" : "ba"}`).join("") +
    (0x50 + threshold).toString(16) +
    end
  );
}

const staker = keys[86];
const STAKER = xOnly(staker.script.taproot ? staker.record.publicKey : null);
const PROVIDER = xOnly(SIGNERS[5]?.node.publicKey);
const COVENANT = SIGNERS.slice(0, 3).map(({ node }) => node);
const COVENANT_KEYS = COVENANT.map(({ publicKey }) => xOnly(publicKey));

const LEAVES = {
  timelock: `20${STAKER}ad02e803b2`,
  unbonding: `20${STAKER}ad${multisig(2, COVENANT_KEYS, "9c")}`,
  slashing: `20${STAKER}ad20${PROVIDER}ad${multisig(2, COVENANT_KEYS, "9c")}`,
} as const;
type Path = keyof typeof LEAVES;

function treeOf({ timelock, unbonding, slashing }: Readonly<Record<Path, string>>, internal = NUMS) {
  const leaf = (script: string) => ({ script: bytes(script) });
  return p2tr(bytes(internal), [[leaf(timelock), leaf(unbonding)], leaf(slashing)], undefined, true);
}

const stake = treeOf(LEAVES);
const COIN = { script: stake.script, amount: 100_000n };

function rowOf(tree: typeof stake, script: string) {
  const row = tree.tapLeafScript?.find(([, leaf]) => hex(leaf) === `${script}c0`);
  assert.ok(row);
  return row;
}

function stakeInput(path: Path, more: Parameters<typeof claimedInputOf>[2] = {}) {
  return claimedInputOf(COIN, 0, {
    tapLeafScript: [rowOf(stake, LEAVES[path])],
    tapInternalKey: bytes(NUMS),
    ...more,
  });
}

const sign = (key: TestKey, psbt: string) => signRequest(key, { type: "bitcoin.psbt", psbt });

suite("babylon stakes: refusals", () => {
  const psbt = (more: Parameters<typeof claimedInputOf>[2] = {}) =>
    psbtOf([stakeInput("timelock", more)], [payment]);
  const nobodys = refusal("transaction.refused", "no input spends an output");

  test("of another staker, whatever other key of the contract ours is", () => {
    assert.throws(() => sign(keys[84], psbt()), nobodys);
  });
  test("without the leaf, or with several", () => {
    assert.throws(() => sign(staker, psbtOf([claimedInputOf(COIN)], [payment])), nobodys);
    const rows = [rowOf(stake, LEAVES.timelock), rowOf(stake, LEAVES.unbonding)];
    assert.throws(() => sign(staker, psbt({ tapLeafScript: rows })), nobodys);
  });
  for (const sighashType of [2, 3, 0x81]) {
    test(`sighash type ${sighashType}`, () => {
      assert.throws(
        () => sign(staker, psbt({ sighashType })),
        refusal("transaction.refused", "sighash type"),
      );
    });
  }

  const [first = "", second = "", third = ""] = COVENANT_KEYS.toSorted();
  for (const [name, script] of [
    ["a key alone", `20${STAKER}ac`],
    ["a timelock of 0", `20${STAKER}ad00b2`],
    ["a timelock past two bytes", `20${STAKER}ad03000001b2`],
    ["a timelock by height", `20${STAKER}ad02e803b1`],
    ["a timelock that is not minimal", `20${STAKER}ad03e80300b2`],
    ["something after the timelock", `20${STAKER}ad02e803b2b2`],
    ["unsorted covenant keys", `20${STAKER}ad20${second}ac20${first}ba20${third}ba529c`],
    ["a covenant key twice", `20${STAKER}ad20${first}ac20${first}ba529c`],
    ["the staker in the covenant", `20${STAKER}ad${multisig(2, [STAKER, first], "9c")}`],
    ["a quorum of 0", `20${STAKER}ad20${first}ac20${second}ba009c`],
    ["a quorum past the keys", `20${STAKER}ad${multisig(4, COVENANT_KEYS, "9c")}`],
    ["more than one provider needed", `20${STAKER}ad${multisig(2, COVENANT_KEYS, "9d")}20${PROVIDER}ac`],
    ["three groups", `20${STAKER}ad20${PROVIDER}ad20${first}ad20${second}ac`],
    ["a key that anybody has", `20${STAKER}ad51`],
    ["no staker", multisig(2, COVENANT_KEYS, "9c")],
  ] as const) {
    test(`a script that is none of Babylon's: ${name}`, () =>
      assert.equal(readStakingLeaf(bytes(script)), undefined));
  }

  test("the right leaf under a key that somebody may have", () => {
    const tree = treeOf(LEAVES, xOnly(SIGNERS[7]?.node.publicKey));
    const input = claimedInputOf({ script: tree.script, amount: 100_000n }, 0, {
      tapLeafScript: [rowOf(tree, LEAVES.timelock)],
    });
    assert.throws(() => sign(staker, psbtOf([input], [payment])), nobodys);
  });

  for (const [name, more] of [
    ["a signature of the key path, which nobody can make", { tapKeySig: new Uint8Array(64).fill(1) }],
    ["an ECDSA signature", { partialSig: [[staker.record.publicKey, new Uint8Array(71).fill(1)]] }],
    ["a final script", { finalScriptSig: bytes("51") }],
    ["a final witness", { finalScriptWitness: [bytes("51")] }],
  ] as const) {
    test(`beside ${name}`, () => {
      assert.throws(
        () =>
          sign(
            staker,
            psbtOf([stakeInput("timelock", { sequence: 1000, ...more } as object)], [payment], {
              version: 2,
            }),
          ),
        refusal("transaction.refused", "input 0: "),
      );
    });
  }

  test("a signature of the covenant that does not verify", () => {
    const { hash = new Uint8Array(32) } =
      stake.leaves.find(({ script }) => hex(script) === LEAVES.unbonding) ?? {};
    const row = [{ pubKey: bytes(COVENANT_KEYS[0] ?? ""), leafHash: hash }, new Uint8Array(64)] as const;
    const input = stakeInput("unbonding", { tapScriptSig: [[row[0], row[1]]] });
    assert.throws(
      () => sign(staker, psbtOf([input], [payment])),
      refusal("transaction.refused", "does not verify"),
    );
  });
});

suite("babylon stakes: the published scripts", () => {
  for (const [name, script, expected] of [
    [
      "timelock",
      "204000bd2c8b975d351c5f3a42618aca31e07e2b253fcd571e9630540a3cb6eafdad02e803b2",
      { path: "timelock", timelock: 1000, covenantQuorum: 0, providers: 0, covenant: 0 },
    ],
    [
      "unbonding by one covenant key",
      "204000bd2c8b975d351c5f3a42618aca31e07e2b253fcd571e9630540a3cb6eafdad204852a5d3e79cfdee1bda4ea729e879c1db0f19230eadd3cb96d3cb1efa8d30faac",
      { path: "unbonding", timelock: 0, covenantQuorum: 1, providers: 0, covenant: 1 },
    ],
    [
      "slashing, one provider and one covenant key",
      "204000bd2c8b975d351c5f3a42618aca31e07e2b253fcd571e9630540a3cb6eafdad2046542ccdcbde8a8c147c8d00f14d47f0d5c13c684d27497fc4610c7a4def15e5ad204852a5d3e79cfdee1bda4ea729e879c1db0f19230eadd3cb96d3cb1efa8d30faac",
      { path: "slashing", timelock: 0, covenantQuorum: 1, providers: 1, covenant: 1 },
    ],
    [
      "slashing, one provider and 3 of 5",
      "20cc327c2a1ee1a70d7033bee61ed2e3e6ffc7c5f5d6c637c4f0d2ddfae8a257fead20b5e37d93a8d04daee62838ac680ead407d7cbe0c858525781f8834495be0bce7ad202f57b6d267043beda2deebab1187a67316121f1eac24047c16d1209c5e6cd0a5ac205c3e1bb7c6b475a9caeebcb09fab74546a9b8a364dd0ccede7e5aea5c5b12ed0ba20784bdab9a1c71ea51fa5904227e721681453e59d20af3d97485e79e5518bdfffba20cc5c77da065c490a320834fdcf2c3da70ecd442054c90f874a1edb4669607b83ba20f31cf8fb9ee1d9157e172d65b1bd00a0b54cee3906df13ced709bfd8d407e9a2ba539c",
      { path: "slashing", timelock: 0, covenantQuorum: 3, providers: 1, covenant: 5 },
    ],
  ] as const) {
    test(name, () => {
      const leaf = readStakingLeaf(bytes(script));
      assert.ok(leaf);
      const { path, timelock, covenantQuorum } = leaf;
      const counts = { providers: leaf.finalityProviderKeys.length, covenant: leaf.covenantKeys.length };
      assert.deepEqual({ path, timelock, covenantQuorum, ...counts }, expected);
      assert.equal(hex(leaf.stakerKey), script.slice(2, 66));
    });
  }
});

test("babylon stakes: the published output of 1 provider and 1 covenant key", () => {
  const staked = "204000bd2c8b975d351c5f3a42618aca31e07e2b253fcd571e9630540a3cb6eafdad";
  const provider = "2046542ccdcbde8a8c147c8d00f14d47f0d5c13c684d27497fc4610c7a4def15e5ad";
  const covenant = "204852a5d3e79cfdee1bda4ea729e879c1db0f19230eadd3cb96d3cb1efa8d30faac";
  const tree = [`${staked}02e803b2`, staked + covenant, staked + provider + covenant];
  const tapTree = tree.map((script, at) => ({ depth: at < 2 ? 2 : 1, version: 0xc0, script: bytes(script) }));
  const fields = { tapInternalKey: bytes(NUMS), tapTree };
  const script = bytes("5120b2b169d39fb8ea9828f6ed8dbbeaa12594706d03bfd1638a912608a085fdd7a5");
  assert.equal(stakingOutput(fields, script)?.["kind"], "staking");
  assert.equal(stakingOutput({ ...fields, tapTree: tapTree.slice(0, 2) }, script), undefined);
  // What unbonds it, after 100 blocks.
  const [timelock, slashing] = [`${staked}0164b2`, staked + provider + covenant];
  const unbonding = [timelock, slashing].map((leafScript) => ({
    depth: 1,
    version: 0xc0,
    script: bytes(leafScript),
  }));
  const unbonded = bytes("512071f38cba0e3c0453eb34ac8f9a60805965e9500a9ab69724f636a00fcafc252f");
  assert.deepEqual(
    [stakingOutput({ ...fields, tapTree: unbonding }, unbonded)].map((output) => [
      output?.["kind"],
      output?.["timelock"],
    ]),
    [["unbonding", 100]],
  );
});

suite("babylon stakes: the staker's part", () => {
  test("withdrawing after the timelock is final, and accepted", () => {
    const { decoded, fields } = sign(
      staker,
      psbtOf([stakeInput("timelock", { sequence: 1000 })], [payment], { version: 2 }),
    );
    assert.deepEqual(verdicts(textOf(fields, "signedTransaction"), [COIN]), ["ok"]);
    const detail = JSON.parse(JSON.stringify(decoded.intent.bitcoin));
    assert.deepEqual(detail.inputs[0].babylon, { path: "timelock", stakerKey: STAKER, timelock: 1000 });
    assert.equal(decoded.intent.transfers[0]?.from, stake.address);
    assert.equal(decoded.intent.transfers[0]?.ownChange, false);
  });

  test("before the timelock it is no transaction", () => {
    const { fields } = sign(
      staker,
      psbtOf([stakeInput("timelock", { sequence: 999 })], [payment], { version: 2 }),
    );
    assert.equal(fields["signedTransaction"], undefined);
  });

  test("a key of another purpose stakes too: the script has its bare key", () => {
    const key = walletKey({ purpose: 84, index: 3 });
    const own = Object.fromEntries(
      Object.entries(LEAVES).map(([path, script]) => [
        path,
        script.replace(STAKER, xOnly(key.record.publicKey)),
      ]),
    ) as Record<Path, string>;
    const tree = treeOf(own);
    const coin = { script: tree.script, amount: 100_000n };
    const input = claimedInputOf(coin, 0, { tapLeafScript: [rowOf(tree, own.timelock)], sequence: 1000 });
    const psbt = psbtOf([input], [payment], { version: 2 });
    const { fields } = sign(key, psbt);
    assert.deepEqual(verdicts(textOf(fields, "signedTransaction"), [coin]), ["ok"]);
    // The wallet finds it by the key in the leaf.
    const survey = bitcoinAdapter.wallet?.survey({ type: "bitcoin.psbt", psbt });
    assert.ok(survey?.addresses.includes(key.record.address));
    const view = { walletId: "wal_1", keys: [key.record], accounts: [], descriptors: [] };
    const decoded = bitcoinAdapter.wallet?.decode({ type: "bitcoin.psbt", psbt }, view);
    assert.deepEqual(decoded?.signedBy, [key.record.id]);
  });

  for (const path of ["unbonding", "slashing"] as const) {
    test(`${path}: signed in advance, and final only with the others' signatures`, () => {
      const { decoded, fields } = sign(staker, psbtOf([stakeInput(path)], [payment], { version: 2 }));
      assert.equal(fields["signedTransaction"], undefined);
      const input = Transaction.fromPSBT(
        fromBase64(textOf(fields, "psbt")) ?? bytes(""),
        PSBT_OPTIONS,
      ).getInput(0);
      assert.equal(input.tapScriptSig?.length, 1);
      const detail = JSON.parse(JSON.stringify(decoded.intent.bitcoin));
      assert.deepEqual(detail.inputs[0].babylon, {
        path,
        stakerKey: STAKER,
        ...(path === "slashing" ? { finalityProviderKeys: [PROVIDER] } : {}),
        covenantKeys: COVENANT_KEYS.toSorted(),
        covenantQuorum: 2,
      });
    });
  }

  test("unbonding with the covenant's signatures in it is final, and accepted", () => {
    const input = stakeInput("unbonding");
    const psbt = psbtOf([input], [payment], { version: 2 });
    const transaction = Transaction.fromPSBT(fromBase64(psbt) ?? bytes(""), PSBT_OPTIONS);
    const leaf = bytes(LEAVES.unbonding);
    const digest = transaction.preimageWitnessV1(0, [COIN.script], 0, [COIN.amount], undefined, leaf, 0xc0);
    const { hash: leafHash = bytes("") } =
      stake.leaves.find(({ script }) => hex(script) === LEAVES.unbonding) ?? {};
    const signed = COVENANT.slice(1).map(({ publicKey, privateKey }) => {
      const pubKey = bytes(xOnly(publicKey));
      return [{ pubKey, leafHash }, schnorr.sign(digest, privateKey ?? bytes(""))] as const;
    });
    transaction.updateInput(0, { tapScriptSig: signed.map(([key, signature]) => [key, signature]) }, true);
    const { fields } = sign(staker, toBase64(transaction.toPSBT()));
    assert.deepEqual(verdicts(textOf(fields, "signedTransaction"), [COIN]), ["ok"]);
  });

  test("an output that shows its tree is named, one that lies is not", () => {
    const depths = { timelock: 2, unbonding: 2, slashing: 1 };
    const shown = (leaves: Readonly<Record<string, string>>) => ({
      script: stake.script,
      amount: 90_000n,
      tapInternalKey: bytes(NUMS),
      tapTree: Object.entries(leaves).map(([path, script]) => {
        return { depth: depths[path as Path], version: 0xc0, script: bytes(script) };
      }),
    });
    const detailOf = (output: Parameters<typeof psbtOf>[1][number]): any => {
      const psbt = psbtOf([claimedInputOf(coinOf(staker))], [output]);
      const decoded = bitcoinAdapter.decode({ type: "bitcoin.psbt", psbt }, staker.record);
      return JSON.parse(JSON.stringify(decoded.intent.bitcoin));
    };
    assert.deepEqual(detailOf(shown(LEAVES)).stakes, [
      {
        output: 0,
        kind: "staking",
        stakerKey: STAKER,
        finalityProviderKeys: [PROVIDER],
        covenantKeys: COVENANT_KEYS.toSorted(),
        covenantQuorum: 2,
        timelock: 1000,
      },
    ]);
    const lie = { ...LEAVES, timelock: LEAVES.timelock.replace("02e803", "02e903") };
    assert.equal(detailOf(shown(lie)).stakes, undefined);
  });

  test("the interpreter refuses another output", () => {
    const { fields } = sign(
      staker,
      psbtOf([stakeInput("timelock", { sequence: 1000 })], [payment], { version: 2 }),
    );
    const raw = textOf(fields, "signedTransaction").replace("905f010000000000", "8f5f010000000000");
    assert.notDeepEqual(verdicts(raw, [COIN]), ["ok"]);
  });
});
