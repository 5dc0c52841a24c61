/** bitcoin.psbt: what is refused whatever the policies say. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { bitcoinAdapter } from "../../../src/chains/bitcoin/adapter.ts";
import { parsePsbt } from "../../../src/chains/bitcoin/psbt.ts";
import { hex } from "../../../src/chains/bitcoin/scripts.ts";
import {
  accountAddress,
  claimedInputOf,
  COIN,
  coinOf,
  decodePsbt,
  fundingTransaction,
  importedKey,
  inputOf,
  keys,
  payment,
  psbtOf,
  refusal,
  signRequest,
  stranger,
  textOf,
  unsigned,
} from "./fixtures.ts";
import type { TestKey } from "./fixtures.ts";

const segwit = keys[84];

function refuses(name: string, text: string, psbt: () => string, key: TestKey = segwit) {
  test(`${name} is refused`, () => {
    assert.throws(() => decodePsbt(key, psbt()), refusal("transaction.refused", text));
  });
}

suite("bitcoin.psbt: inputs that are refused", () => {
  refuses("a PSBT without inputs", "no input spends", () => psbtOf([], [payment]));
  refuses("a PSBT with inputs of others only", "no input spends", () =>
    psbtOf([inputOf(coinOf(stranger))], [payment]),
  );
  refuses("the same public key under another script type", "no input spends", () => {
    return psbtOf([inputOf(coinOf(importedKey(segwit.privateKey, { purpose: 44 })))], [payment]);
  });
  refuses("an input of another key of the same account", "no input spends", () => {
    return psbtOf([inputOf({ script: accountAddress(84, 0, 1).script, amount: COIN })], [payment]);
  });
  refuses("an input without any previous output", "input 1: has neither", () => {
    const bare = { txid: fundingTransaction(coinOf(stranger), 1).txid, index: 0 };
    return psbtOf([inputOf(coinOf(segwit)), bare], [payment]);
  });
  for (const purpose of [44, 49, 84] as const) {
    const key = keys[purpose];
    refuses(
      `BIP-${purpose}: an own input whose amount is only claimed`,
      "needs nonWitnessUtxo",
      () => {
        return psbtOf([claimedInputOf(coinOf(key))], [payment]);
      },
      key,
    );
    refuses(
      `BIP-${purpose}: another input, claimed to be taproot, whose amount is only claimed`,
      "needs nonWitnessUtxo",
      () => {
        return psbtOf([inputOf(coinOf(key)), claimedInputOf(coinOf(keys[86]), 1)], [payment]);
      },
      key,
    );
  }
  test("a previous transaction with another id is refused", () => {
    const { txid } = fundingTransaction(coinOf(segwit), 0);
    const { bytes } = fundingTransaction(coinOf(segwit, 100_000_000n), 0);
    const forged = unsigned([{ txid, index: 0 }], [payment]);
    const psbt = Buffer.from(forged.toPSBT(0));
    const value = Buffer.concat([Buffer.from([1, 0, bytes.length]), bytes]);
    // Insert PSBT_IN_NON_WITNESS_UTXO as the only record of the input map.
    const at = 5 + 3 + (psbt[7] ?? 0) + 1;
    const text = Buffer.concat([psbt.subarray(0, at), value, psbt.subarray(at)]).toString("base64");
    assert.throws(() => decodePsbt(segwit, text), refusal("transaction.invalid", "wrong txid"));
  });
  test("a witnessUtxo that differs from the previous transaction is refused", () => {
    const good = parsePsbt(
      psbtOf([inputOf(coinOf(segwit), 0, { witnessUtxo: coinOf(segwit) })], [payment]),
    ).bytes;
    const lie = Buffer.from(hex(good).replaceAll("a086010000000000160014", "a186010000000000160014"), "hex");
    assert.throws(() => decodePsbt(segwit, lie.toString("base64")), refusal("transaction.invalid", "/psbt"));
  });
  for (const type of [2, 3, 0x81, 0x82, 0x83, 0x41, 0]) {
    refuses(`sighash type ${type} on an ECDSA input`, "sighash", () => {
      return psbtOf([inputOf(coinOf(segwit), 0, { sighashType: type })], [payment]);
    });
    if (type === 0) continue;
    refuses(
      `sighash type ${type} on a taproot input`,
      "sighash",
      () => {
        return psbtOf([claimedInputOf(coinOf(keys[86]), 0, { sighashType: type })], [payment]);
      },
      keys[86],
    );
  }
  refuses("the same outpoint twice", "same output", () =>
    psbtOf([inputOf(coinOf(segwit)), inputOf(coinOf(segwit))], [payment]),
  );
  refuses("an own input that is signed already", "signed already", () => {
    const request = {
      type: "bitcoin.psbt",
      psbt: psbtOf([inputOf(coinOf(segwit))], [payment]),
      finalize: false,
    };
    return textOf(signRequest(segwit, request).fields, "psbt");
  });
  refuses("an own input that is final already", "signed already", () => {
    const request = { type: "bitcoin.psbt", psbt: psbtOf([inputOf(coinOf(segwit))], [payment]) };
    return textOf(signRequest(segwit, request).fields, "psbt");
  });
  refuses("a signature of another key on an own input", "signed already", () => {
    const signature = new Uint8Array(71).fill(1);
    return psbtOf(
      [inputOf(coinOf(segwit), 0, { partialSig: [[stranger.record.publicKey, signature]] })],
      [payment],
    );
  });
  refuses("an own input worth nothing, which would be a BIP-322 proof", "bitcoin.message", () => {
    return psbtOf([inputOf(coinOf(segwit, 0n))], [{ script: Uint8Array.of(0x6a), amount: 0n }]);
  });
  test("taproot: a script tree on an own input is refused", () => {
    const internalKey = keys[86].script.taproot?.internalKey ?? new Uint8Array();
    const tree = { tapInternalKey: internalKey, tapMerkleRoot: new Uint8Array(32).fill(5) };
    const psbt = psbtOf([claimedInputOf(coinOf(keys[86]), 0, tree)], [payment]);
    assert.throws(() => decodePsbt(keys[86], psbt), refusal("transaction.invalid", "/psbt"));
  });
  refuses(
    "taproot: a merkle root without internal key on an own input",
    "without a script tree",
    () => {
      return psbtOf(
        [claimedInputOf(coinOf(keys[86]), 0, { tapMerkleRoot: new Uint8Array(32).fill(5) })],
        [payment],
      );
    },
    keys[86],
  );
  test("taproot: a foreign internal key on an own input is refused", () => {
    const tapInternalKey = stranger.record.publicKey.slice(1);
    const psbt = psbtOf([claimedInputOf(coinOf(keys[86]), 0, { tapInternalKey })], [payment]);
    assert.throws(() => decodePsbt(keys[86], psbt), refusal("transaction.invalid", "/psbt"));
  });
  test("a redeem script that does not hash to the own address is refused", () => {
    const psbt = psbtOf([inputOf(coinOf(keys[49]), 0, { redeemScript: stranger.script.script })], [payment]);
    assert.throws(() => decodePsbt(keys[49], psbt), refusal("transaction.invalid", "/psbt"));
  });
});

suite("bitcoin.psbt: outputs, fee and version that are refused", () => {
  const big = 10_000_000_000n;
  refuses("a PSBT without outputs", "no outputs", () => psbtOf([inputOf(coinOf(segwit))], []));
  refuses("outputs past 21 million bitcoin", "21 million", () => {
    return psbtOf([inputOf(coinOf(segwit))], [{ script: payment.script, amount: 2_100_000_000_000_001n }]);
  });
  refuses("a previous output past 21 million bitcoin", "21 million", () => {
    return psbtOf([inputOf(coinOf(segwit, 2_100_000_000_000_001n))], [payment]);
  });
  refuses("a negative fee", "more than the inputs hold", () => {
    return psbtOf([inputOf(coinOf(segwit, 80_000n))], [payment]);
  });
  refuses("a fee of 0.99999 BTC", "fee of", () =>
    psbtOf([inputOf(coinOf(segwit, 100_000_000n))], [{ ...payment, amount: 1000n }]),
  );
  refuses("a fee one satoshi past the cap", "fee of 5000001", () => {
    return psbtOf([inputOf(coinOf(segwit, big))], [{ ...payment, amount: big - 5_000_001n }]);
  });
  refuses("a fee rate past the cap", "per virtual byte", () => {
    return psbtOf([inputOf(coinOf(segwit, 1_000_000n))], [{ ...payment, amount: 1000n }]);
  });
  for (const version of [0, -1]) {
    refuses(`transaction version ${version}`, "version", () =>
      psbtOf([inputOf(coinOf(segwit))], [payment], { version }),
    );
  }
  test("transaction version 4 cannot be decoded", () => {
    const psbt = psbtOf([inputOf(coinOf(segwit))], [payment], { version: 4 });
    assert.throws(() => decodePsbt(segwit, psbt), refusal("transaction.invalid", "/psbt"));
  });
  test("finalize must be true or false", () => {
    const request = {
      type: "bitcoin.psbt",
      psbt: psbtOf([inputOf(coinOf(segwit))], [payment]),
      finalize: "yes",
    };
    assert.throws(
      () => bitcoinAdapter.decode(request, segwit.record),
      refusal("transaction.invalid", "/finalize"),
    );
  });
  test("a request of another chain is refused", () => {
    assert.throws(
      () => bitcoinAdapter.decode({ type: "ethereum.message" }, segwit.record),
      refusal("transaction.invalid", "/type"),
    );
  });
});
