/** A wallet's PSBT: every input of its keys in one request, whatever kinds they are, and what refuses all. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { Transaction } from "@scure/btc-signer";
import fc from "fast-check";
import type { SignRequest } from "../../../src/chains/adapter.ts";
import { bitcoinAdapter } from "../../../src/chains/bitcoin/adapter.ts";
import { PSBT_OPTIONS } from "../../../src/chains/bitcoin/psbt.ts";
import { PURPOSES, type Purpose } from "../../../src/chains/bitcoin/names.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import { INPUT_SHARES } from "../../../src/policy/limits.ts";
import { assertKeysFit, intentText } from "../../../src/signing/intent-text.ts";
import { keysText } from "../../../src/signing/signing-keys.ts";
import {
  accountAddress,
  claimedInputOf,
  coinOf,
  fullPath,
  inputOf,
  payment,
  psbtOf,
  refusal,
  signPayload,
  signRequest,
  stranger,
  textOf,
  walletKey,
  type Coin,
  type TestKey,
} from "./fixtures.ts";
import { verdicts } from "./interpreter.ts";

const WALLET = "wallet_1";
const { wallet } = bitcoinAdapter;
assert.ok(wallet);

/** Two keys of each purpose and one of another account, as the wallet has them. */
const KEYS: readonly TestKey[] = [
  ...PURPOSES.flatMap((purpose) => [0, 1].map((index) => walletKey({ purpose, index }))),
  walletKey({ account: 1 }),
].map((key, order) => ({ ...key, record: { ...key.record, id: `key_${order}` } }));

function keyOf(purpose: Purpose, index = 0): TestKey {
  const found = KEYS[PURPOSES.indexOf(purpose) * 2 + index];
  assert.ok(found);
  return found;
}

/** Decodes as the signing path does: what the survey finds among the keys, and nothing else. */
function decodeFor(keys: readonly TestKey[], request: SignRequest) {
  assert.ok(wallet);
  const { addresses, accountPaths } = wallet.survey(request);
  const records = keys.map(({ record }) => record);
  const found = records.filter(({ address }) => addresses.includes(address));
  const accountOf = (path: string | null) => path?.split("/").slice(0, 4).join("/") ?? "";
  const paths = new Set([...accountPaths, ...found.map(({ path }) => accountOf(path))]);
  const accounts = [...paths].flatMap(
    (path) => records.find((record) => accountOf(record.path) === path) ?? [],
  );
  return structuredClone(
    wallet.decode(request, { walletId: WALLET, keys: found, accounts, descriptors: [] }),
  );
}

function signAll(keys: readonly TestKey[], request: SignRequest) {
  const decoded = decodeFor(keys, request);
  const { payloads, signedBy = [] } = decoded;
  const signatures = payloads.map((payload, order) => {
    const key = keys.find(({ record }) => record.id === signedBy[order]);
    assert.ok(key, "each payload names a key of the wallet");
    return signPayload(payload, key.privateKey);
  });
  return { decoded, fields: bitcoinAdapter.assemble(decoded, signatures) };
}

function psbtFor(coins: readonly Coin[], outputs: readonly Coin[], PSBTVersion = 0): SignRequest {
  const inputs = coins.map((coin, salt) => inputOf(coin, salt));
  return { type: "bitcoin.psbt", psbt: psbtOf(inputs, outputs, { PSBTVersion, version: 2 }) };
}

/** An input that states where the key of its coin lies. */
function statedInput(purpose: Purpose, branch: number, index: number, salt: number, account = 0) {
  const { publicKey, fingerprint, script } = accountAddress(purpose, branch, index, account);
  const der = { fingerprint, path: fullPath(purpose, branch, index, account) };
  const stated =
    purpose === 86
      ? { tapBip32Derivation: [[publicKey.slice(1), { hashes: [], der }]] as never }
      : { bip32Derivation: [[publicKey, der]] as never };
  return inputOf({ script, amount: 50_000n }, salt, stated);
}

function missing(error: unknown): { address: unknown; path: unknown; input: unknown } {
  assert.ok(error instanceof SignerError, String(error));
  assert.equal(error.code, "wallet.key_missing");
  const { address, path, input } = error.members;
  assert.ok(error.message.includes(String(address)) && error.message.includes(String(path)), error.message);
  return { address, path, input };
}

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  assert.fail("nothing was refused");
}

suite("a wallet's PSBT is refused", () => {
  const coins = [coinOf(keyOf(84)), coinOf(keyOf(84, 1))];
  const outputs = [{ ...payment, amount: 190_000n }];

  test("without an input of its keys", () => {
    const request = psbtFor([coinOf(stranger)], [payment]);
    assert.throws(
      () => decodeFor(KEYS, request),
      refusal("transaction.refused", "no input spends an output of a key"),
    );
  });

  test("with no output, or more than are signed at once, before its keys are looked for", () => {
    const coin = coinOf(keyOf(84));
    const survey = (paid: readonly Coin[]) => () => wallet.survey(psbtFor([coin], paid));
    assert.throws(survey([]), refusal("transaction.refused", "has no outputs"));
    const many = Array.from({ length: 2001 }, () => ({ ...payment, amount: 1n }));
    assert.throws(survey(many), refusal("transaction.refused", "has 2001 outputs"));
  });

  test("when it pays a key of the wallet and spends none", () => {
    const request = psbtFor([coinOf(stranger)], [coinOf(keyOf(84), 90_000n)]);
    assert.throws(
      () => decodeFor(KEYS, request),
      refusal("transaction.refused", "no input spends an output of a key"),
    );
  });

  for (const purpose of PURPOSES) {
    test(`an address of its BIP-${purpose} account that has no key: by the stated path, whatever the index`, () => {
      const psbt = psbtOf([inputOf(coinOf(keyOf(84))), statedInput(purpose, 1, 5000, 1)], outputs);
      const error = missing(thrown(() => decodeFor(KEYS, { type: "bitcoin.psbt", psbt })));
      assert.equal(error.path, `m/${purpose}'/0'/0'/1/5000`);
      assert.equal(error.input, 1);
    });

    test(`an address of its BIP-${purpose} account that has no key: without a path, among the first twenty`, () => {
      const lost = accountAddress(purpose, 1, 19).script;
      const request = psbtFor([coinOf(keyOf(purpose)), { script: lost, amount: 100_000n }], outputs);
      assert.equal(missing(thrown(() => decodeFor(KEYS, request))).path, `m/${purpose}'/0'/0'/1/19`);
    });
  }

  test("a missing key alone, with its path stated", () => {
    const psbt = psbtOf([statedInput(84, 0, 77, 0)], [{ ...payment, amount: 40_000n }]);
    const error = missing(thrown(() => decodeFor(KEYS, { type: "bitcoin.psbt", psbt })));
    assert.equal(error.path, "m/84'/0'/0'/0/77");
  });

  test("a path that lies finds nothing, so the input is somebody else's", () => {
    const { publicKey, fingerprint } = accountAddress(84, 0, 7);
    const lie = { bip32Derivation: [[publicKey, { fingerprint, path: fullPath(84, 0, 7) }]] as never };
    const psbt = psbtOf([inputOf(coinOf(keyOf(84))), inputOf(coinOf(stranger), 1, lie)], outputs);
    assert.equal(decodeFor(KEYS, { type: "bitcoin.psbt", psbt }).payloads.length, 1);
  });

  test("one input without its previous transaction, unless all that we sign is taproot", () => {
    const mixed = [inputOf(coinOf(keyOf(84))), claimedInputOf(coinOf(keyOf(86)), 1)];
    const taproot = [claimedInputOf(coinOf(keyOf(86))), claimedInputOf(coinOf(keyOf(86, 1)), 1)];
    const foreign = [...taproot, claimedInputOf(coinOf(stranger), 2)];
    const decode = (inputs: typeof mixed) =>
      decodeFor(KEYS, { type: "bitcoin.psbt", psbt: psbtOf(inputs, outputs) });
    assert.throws(() => decode(mixed), refusal("transaction.refused", "input 1: needs nonWitnessUtxo"));
    assert.equal(decode(taproot).payloads.length, 2);
    assert.throws(
      () => decodeFor(KEYS, { type: "bitcoin.psbt", psbt: psbtOf([...mixed, ...foreign.slice(2)], outputs) }),
      refusal("transaction.refused", "needs nonWitnessUtxo"),
    );
    const paid = [{ ...payment, amount: 290_000n }];
    assert.equal(decodeFor(KEYS, { type: "bitcoin.psbt", psbt: psbtOf(foreign, paid) }).payloads.length, 2);
  });

  test("inputs of keys of two networks", () => {
    const testnet = walletKey({ network: "testnet", index: 3 });
    const other = { ...testnet, record: { ...testnet.record, id: "key_testnet" } };
    const request = psbtFor(
      [coins[0] ?? payment, { script: other.script.script, amount: 100_000n }],
      outputs,
    );
    assert.throws(
      () => decodeFor([...KEYS, other], request),
      refusal("transaction.refused", "of mainnet and of testnet"),
    );
  });

  test("one input with another hash type than ALL", () => {
    const psbt = psbtOf(
      [inputOf(coins[0] ?? payment), inputOf(coins[1] ?? payment, 1, { sighashType: 0x81 })],
      outputs,
    );
    assert.throws(
      () => decodeFor(KEYS, { type: "bitcoin.psbt", psbt }),
      refusal("transaction.refused", "input 1: asks for another sighash type"),
    );
  });
});

suite("what a policy can be shown of a wallet's transaction", () => {
  const shown = (count: number) => {
    const keys = Array.from({ length: count }, (_, index) => {
      const key = walletKey({ purpose: 86, index: 1000 + index });
      return {
        ...key,
        record: {
          ...key.record,
          id: `key_${"0".repeat(26)}${100 + index}`,
          walletId: `wal_${"0".repeat(29)}`,
        },
      };
    });
    const coins = keys.map((key) => coinOf(key));
    const { intent } = decodeFor(keys, psbtFor(coins, [{ ...payment, amount: 100_000n * BigInt(count) }]));
    const [first, ...others] = keys.map(({ record }) => record);
    assert.ok(first);
    return { intent: intentText(intent), keys: keysText([first, ...others]) };
  };

  test("350 addresses fit", () => {
    const [few, more] = [shown(2), shown(12)].map(({ intent, keys }) => intent.length + keys.length);
    const each = ((more ?? 0) - (few ?? 0)) / 10;
    assert.ok((few ?? 0) + 348 * each <= INPUT_SHARES.intentBytesMax, `${each} bytes each`);
  });

  test("keys and intent that do not fit together are refused, one key always fits beside the intent", () => {
    const { intent, keys } = shown(2);
    const long = intent.padEnd(INPUT_SHARES.intentBytesMax - keys.length);
    assertKeysFit(long, keys, 2);
    assert.throws(() => assertKeysFit(`${long} `, keys, 2), refusal("transaction.too_large", "2 keys"));
    assertKeysFit(`${long} `, keys, 1);
  });
});

suite("who pays in a wallet's transaction", () => {
  const payers = (coins: readonly Coin[]) =>
    decodeFor(KEYS, psbtFor(coins, [payment])).intent.transfers.map(({ from }) => from);
  const [first, two] = [keyOf(84), keyOf(84, 1)];

  test("is the one address that is spent, however often, whoever else pays too", () => {
    const coins = [coinOf(stranger), coinOf(first), coinOf(first)];
    assert.deepEqual(payers(coins), [first.record.address]);
  });

  test("is none of several, in whatever order they stand: a rule about one must not let the others pay", () => {
    assert.deepEqual(payers([coinOf(first), coinOf(two)]), ["addresses:2"]);
    assert.deepEqual(payers([coinOf(two), coinOf(keyOf(86)), coinOf(first)]), ["addresses:3"]);
  });
});

suite("a wallet's change", () => {
  const changes = (coins: readonly Coin[], outputs: readonly Coin[]) =>
    decodeFor(KEYS, psbtFor(coins, outputs)).intent.transfers.map(({ ownChange }) => ownChange);
  const back = (key: TestKey) => coinOf(key, 95_000n);
  const other = KEYS[8];
  assert.ok(other);

  test("goes back to the account of all signed inputs: a key that pays, or another key of the account", () => {
    const coins = [coinOf(keyOf(84)), coinOf(keyOf(84, 1))];
    assert.deepEqual(changes(coins, [back(keyOf(84, 1)), payment]), [true, false]);
    assert.deepEqual(changes([coinOf(keyOf(84))], [back(keyOf(84, 1))]), [true]);
  });

  test("is a transfer where it goes to another account or purpose of the wallet", () => {
    assert.deepEqual(changes([coinOf(keyOf(84))], [back(other)]), [false]);
    assert.deepEqual(changes([coinOf(keyOf(84))], [back(keyOf(86))]), [false]);
  });

  test("is a transfer where inputs of two accounts are signed", () => {
    assert.deepEqual(changes([coinOf(keyOf(84)), coinOf(other)], [back(keyOf(84)), back(other)]), [
      false,
      false,
    ]);
    assert.deepEqual(changes([coinOf(keyOf(84)), coinOf(keyOf(86))], [back(keyOf(84)), payment]), [
      false,
      false,
    ]);
  });
});

/** Coins of random keys of the wallet and of strangers, with payments, change and a fee. */
const spend = fc
  .record({
    own: fc.array(fc.record({ key: fc.constantFrom(...KEYS), amount: fc.bigInt(10_000n, 900_000n) }), {
      minLength: 1,
      maxLength: 5,
    }),
    foreign: fc.array(fc.bigInt(10_000n, 900_000n), { maxLength: 1 }),
    fee: fc.bigInt(0n, 9_000n),
    PSBTVersion: fc.constantFrom(0, 2),
    turn: fc.nat(),
  })
  .map(({ own, foreign, fee, PSBTVersion, turn }) => {
    const coins = [
      ...own.map(({ key, amount }) => ({ coin: coinOf(key, amount), key })),
      ...foreign.map((amount) => ({ coin: coinOf(stranger, amount), key: undefined })),
    ];
    const at = turn % coins.length;
    const turned = [...coins.slice(at), ...coins.slice(0, at)];
    const total = coins.reduce((sum, { coin }) => sum + coin.amount, 0n) - fee;
    const outputs = [
      { script: stranger.script.script, amount: total / 2n },
      { script: keyOf(84).script.script, amount: total - total / 2n },
    ];
    return { coins: turned, outputs, fee, PSBTVersion, hasForeign: foreign.length > 0 };
  });

/** What a second library says that each input must sign, and whether our signature is one of it. */
function checkedBySecondLibrary(
  psbt: string,
  coins: readonly { coin: Coin; key: TestKey | undefined }[],
): boolean[] {
  const transaction = Transaction.fromPSBT(Buffer.from(psbt, "base64"), PSBT_OPTIONS);
  const scripts = coins.map(({ coin }) => coin.script);
  const amounts = coins.map(({ coin }) => coin.amount);
  return coins.map(({ coin, key }, position) => {
    if (key === undefined) return true;
    const { tapKeySig, partialSig } = transaction.getInput(position);
    if (tapKeySig !== undefined) {
      const digest = transaction.preimageWitnessV1(position, scripts, 0, amounts);
      return schnorr.verify(tapKeySig, digest, coin.script.slice(2));
    }
    const [[publicKey, signature] = []] = partialSig ?? [];
    if (publicKey === undefined || signature === undefined) return false;
    const program = keyOfScript(key);
    const digest =
      program === "legacy"
        ? transaction["preimageLegacy"](position, coin.script, 1)
        : transaction.preimageWitnessV0(position, program, 1, coin.amount);
    return secp256k1.verify(signature.slice(0, -1), digest, publicKey, { prehash: false, format: "der" });
  });
}

/** Script code of a witness program, or `legacy`. */
function keyOfScript(key: TestKey): Uint8Array | "legacy" {
  if (key.record.attributes["purpose"] === 44) return "legacy";
  const again = walletKey({ path: key.record.path ?? "", purpose: 44 });
  return again.script.script;
}

suite("bitcoin properties: a wallet signs all its inputs in one request", () => {
  test("an interpreter and a second library accept each; fee, keys and transfers are told as they are", () => {
    fc.assert(
      fc.property(spend, ({ coins, outputs, fee, PSBTVersion, hasForeign }) => {
        const request = psbtFor(
          coins.map(({ coin }) => coin),
          outputs,
          PSBTVersion,
        );
        const { decoded, fields } = signAll(KEYS, request);
        const own = coins.flatMap(({ key }) => (key === undefined ? [] : [key.record.id]));
        assert.deepEqual(decoded.signedBy, own);
        assert.equal(decoded.intent.fee?.max, `${fee}`);
        assert.deepEqual(
          decoded.intent.transfers.map(({ amount }) => BigInt(amount)),
          outputs.map(({ amount }) => amount),
        );
        const partial = textOf(signAll(KEYS, { ...request, finalize: false }).fields, "psbt");
        assert.ok(checkedBySecondLibrary(partial, coins).every(Boolean));
        assert.equal("signedTransaction" in fields, !hasForeign);
        const raw = hasForeign ? finish(partial) : textOf(fields, "signedTransaction");
        const results = verdicts(
          raw,
          coins.map(({ coin }) => coin),
        );
        assert.deepEqual(
          results,
          coins.map(() => "ok"),
        );
      }),
      { numRuns: 8 },
    );
  });

  test("the size that the fee is judged by is that of the transaction, or a few bytes more", () => {
    fc.assert(
      fc.property(spend, ({ coins, outputs, hasForeign }) => {
        fc.pre(!hasForeign);
        const request = psbtFor(
          coins.map(({ coin }) => coin),
          outputs,
        );
        const { decoded, fields } = signAll(KEYS, request);
        const { vsize } = Transaction.fromRaw(Buffer.from(textOf(fields, "signedTransaction"), "hex"));
        const { virtualSize } = JSON.parse(JSON.stringify(decoded.intent["bitcoin"]));
        // A signature is a byte or two shorter than it may be.
        assert.ok(
          virtualSize >= vsize && virtualSize <= vsize + 2 * coins.length + 1,
          `${virtualSize} for ${vsize}`,
        );
      }),
      { numRuns: 6 },
    );
  });

  /** The stranger signs what is left. */
  function finish(psbt: string): string {
    return textOf(signRequest(stranger, { type: "bitcoin.psbt", psbt }).fields, "signedTransaction");
  }
});
