/** Signature hashes against BIP-143 and BIP-341 and against a second implementation. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { RawTx, Transaction } from "@scure/btc-signer";
import { RawOldTx } from "@scure/btc-signer/script.js";
import fc from "fast-check";
import { sign, signSchnorr, verify } from "tiny-secp256k1";
import { derSignature } from "../../../src/chains/bitcoin/assemble.ts";
import { addressOfScript, hex, keyScript } from "../../../src/chains/bitcoin/scripts.ts";
import { doubleSha256, signatureHasher, tapTweak } from "../../../src/chains/bitcoin/sighash.ts";
import { readVectors, skipWithout, vectorsFolder } from "../../vectors.ts";
import { signPayload, unsigned } from "./fixtures.ts";

const ZERO_AUX = new Uint8Array(32);

function bytes(text = ""): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"));
}

const path143 = join(vectorsFolder("bip143"), "bip143.txt");
const text143 = existsSync(path143) ? readFileSync(path143, "utf8") : "";

/** Text between one `=== title ===` and the next. */
function section143(title: string): string {
  return text143.split(/^=== /m).find((part) => part.startsWith(`${title} ===`)) ?? "";
}

function value(text: string, name: string): string {
  return new RegExp(`${name}\\s*:?\\s*([0-9a-f]+)`).exec(text)?.[1] ?? "";
}

suite("bip143: SIGHASH_ALL", { skip: skipWithout("bip143") }, () => {
  const amounts = { "Native P2WPKH": 600_000_000n, "P2SH-P2WPKH": 1_000_000_000n } as const;
  for (const [title, amount] of Object.entries(amounts)) {
    test(title, () => {
      const text = section143(title);
      const own = text.slice(text.indexOf("P2WPKH witness program"));
      const raw = RawOldTx.decode(bytes(/unsigned transaction:\s+([0-9a-f]+)/.exec(text)?.[1]));
      const publicKey = bytes(value(own, "public key"));
      const scriptCode = keyScript(publicKey, 44, "mainnet").script;
      const position = raw.inputs.length - 1;
      const digest = signatureHasher(raw, []).witnessV0(position, scriptCode, amount);
      assert.equal(hex(digest), value(own, "sigHash"));
      const scripts = keyScript(publicKey, title === "P2SH-P2WPKH" ? 49 : 84, "mainnet");
      assert.equal(hex(scripts.script), value(own, "scriptPubKey"));
      const { bytes: signature } = signPayload(
        { scheme: "secp256k1.ecdsa", digest, publicKey },
        bytes(value(own, "private key")),
      );
      assert.equal(hex(derSignature(signature)), value(own, "signature"));
    });
  }
  test("P2SH-P2WSH, first of six signatures", () => {
    const text = section143("P2SH-P2WSH");
    const raw = RawOldTx.decode(bytes(/unsigned transaction:\s+([0-9a-f]+)/.exec(text)?.[1]));
    const witnessScript = bytes(value(text, "witnessScript"));
    const digest = signatureHasher(raw, []).witnessV0(0, witnessScript, 987_654_321n);
    assert.equal(hex(digest), value(text, "sigHash"));
  });
  test("Native P2WSH without FindAndDelete", () => {
    const text = section143("No FindAndDelete");
    const raw = RawOldTx.decode(bytes(/unsigned transaction:\s+([0-9a-f]+)/.exec(text)?.[1]));
    const [, length = "", script = ""] = /scriptCode:\s+([0-9a-f]{2})([0-9a-f]+)/.exec(text) ?? [];
    assert.equal(Number.parseInt(length, 16), script.length / 2);
    assert.equal(hex(signatureHasher(raw, []).witnessV0(0, bytes(script), 200_000n)), value(text, "sigHash"));
  });
});

suite("bip143: every preimage, digest and signature", { skip: skipWithout("bip143") }, () => {
  const titles = [...text143.matchAll(/^=== (.+) ===$/gm)].map((match) => match[1] ?? "");
  for (const title of titles) {
    const blocks = section143(title).matchAll(
      /preimage[^:\n]*:\s+([0-9a-f]+)[\s\S]*?sig[Hh]ash:\s+([0-9a-f]{64})((?:(?!preimage)[^=])*)/g,
    );
    for (const [order, [, preimage, digest = "", rest = ""]] of [...blocks].entries()) {
      test(`${title}, ${order + 1}`, () => {
        assert.equal(hex(doubleSha256(bytes(preimage))), digest);
        const [publicKey, secret] = [value(rest, "public key"), value(rest, "private key")];
        const signature = value(rest, "signature");
        if (publicKey === "" || signature === "") return;
        const compact = secp256k1.Signature.fromBytes(bytes(signature.slice(0, -2)), "der").toBytes(
          "compact",
        );
        assert.equal(verify(bytes(digest), bytes(publicKey), compact), true);
        assert.deepEqual(new Uint8Array(sign(bytes(digest), bytes(secret))), compact);
      });
    }
  }
});

interface ScriptVector {
  readonly given: { readonly internalPubkey: string; readonly scriptTree: unknown };
  readonly intermediary: { readonly tweak: string; readonly tweakedPubkey: string };
  readonly expected: { readonly scriptPubKey: string; readonly bip350Address: string };
}

interface SpendVector {
  readonly given: { readonly txinIndex: number; readonly internalPrivkey: string; readonly hashType: number };
  readonly intermediary: {
    readonly internalPubkey: string;
    readonly tweak: string;
    readonly tweakedPrivkey: string;
    readonly sigMsg: string;
    readonly sigHash: string;
  };
  readonly expected: { readonly witness: readonly string[] };
}

interface TaprootVectors {
  readonly scriptPubKey: readonly ScriptVector[];
  readonly keyPathSpending: readonly {
    readonly given: {
      readonly rawUnsignedTx: string;
      readonly utxosSpent: readonly { readonly scriptPubKey: string; readonly amountSats: number }[];
    };
    readonly inputSpending: readonly SpendVector[];
    readonly auxiliary: { readonly fullySignedTx: string };
  }[];
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- published vectors, described in their SOURCE.md
const taproot = readVectors("bip341", "wallet-test-vectors.json") as TaprootVectors | undefined;

suite("bip341: scriptPubKey", { skip: skipWithout("bip341") }, () => {
  for (const [order, { given, intermediary, expected }] of (taproot?.scriptPubKey ?? []).entries()) {
    test(`${order + 1}, ${given.scriptTree === null ? "key path only" : "with a script tree"}`, () => {
      assert.equal(addressOfScript(bytes(expected.scriptPubKey), "mainnet"), expected.bip350Address);
      if (given.scriptTree !== null) return;
      const script = keyScript(bytes(`02${given.internalPubkey}`), 86, "mainnet");
      assert.equal(hex(script.script), expected.scriptPubKey);
      assert.equal(script.address, expected.bip350Address);
      assert.equal(hex(script.taproot?.outputKey ?? ZERO_AUX), intermediary.tweakedPubkey);
      assert.equal(hex(tapTweak(bytes(given.internalPubkey))), intermediary.tweak);
    });
  }
});

suite("bip341: keyPathSpending", { skip: skipWithout("bip341") }, () => {
  for (const { given, inputSpending, auxiliary } of taproot?.keyPathSpending ?? []) {
    const raw = RawOldTx.decode(bytes(given.rawUnsignedTx));
    const spent = given.utxosSpent.map(({ scriptPubKey, amountSats }) => {
      return { script: bytes(scriptPubKey), amount: BigInt(amountSats) };
    });
    const signed = RawTx.decode(bytes(auxiliary.fullySignedTx));
    for (const { given: input, intermediary, expected } of inputSpending) {
      const { txinIndex, hashType } = input;
      test(`input ${txinIndex}, hash type ${hashType}: message, key and witness`, () => {
        // sigMsg holds the epoch byte 0 that the tagged hash begins with.
        assert.equal(
          hex(schnorr.utils.taggedHash("TapSighash", bytes(intermediary.sigMsg))),
          intermediary.sigHash,
        );
        const digest = bytes(intermediary.sigHash);
        const signature = hex(
          new Uint8Array(signSchnorr(digest, bytes(intermediary.tweakedPrivkey), ZERO_AUX)),
        );
        const typed = hashType === 0 ? signature : signature + hashType.toString(16).padStart(2, "0");
        assert.deepEqual(expected.witness, [typed]);
        assert.equal(hex(signed.witnesses?.[txinIndex]?.[0] ?? ZERO_AUX), typed);
        const publicKey = schnorr.getPublicKey(bytes(intermediary.tweakedPrivkey));
        // Throws unless key and tweak give the published tweaked key.
        signPayload(
          { scheme: "secp256k1.schnorr", digest, publicKey, tweak: bytes(intermediary.tweak) },
          bytes(input.internalPrivkey),
        );
      });
      if (hashType !== 0 && hashType !== 1) continue;
      test(`input ${txinIndex}, hash type ${hashType}: digest`, () => {
        assert.equal(hex(signatureHasher(raw, spent).taproot(txinIndex, hashType)), intermediary.sigHash);
      });
    }
  }
});

suite("signature hashes agree with a second implementation", () => {
  const script = fc.uint8Array({ minLength: 0, maxLength: 300 });
  const coin = fc.record({ script, amount: fc.bigInt(0n, 2_100_000_000_000_000n) });
  const input = fc.record({
    txid: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    index: fc.nat(0xffffffff),
    sequence: fc.nat(0xffffffff),
    coin,
  });
  const model = fc.record({
    version: fc.constantFrom(1, 2, 3),
    lockTime: fc.nat(0xffffffff),
    inputs: fc.array(input, { minLength: 1, maxLength: 5 }),
    outputs: fc.array(coin, { minLength: 1, maxLength: 5 }),
  });
  test("bip143 and bip341: btc-signer's preimages", () => {
    fc.assert(
      fc.property(model, ({ version, lockTime, inputs, outputs }) => {
        const plain = inputs.map(({ txid, index, sequence }) => ({ txid, index, sequence }));
        const transaction = unsigned(plain, outputs, { version, lockTime });
        const spent = inputs.map(({ coin: previous }) => previous);
        const hasher = signatureHasher({ version, lockTime, inputs: plain, outputs }, spent);
        for (const [position, { script: code, amount }] of spent.entries()) {
          assert.deepEqual(
            hasher.witnessV0(position, code, amount),
            transaction.preimageWitnessV0(position, code, 1, amount),
          );
          for (const type of [0, 1]) {
            const scripts = spent.map((previous) => previous.script);
            const amounts = spent.map((previous) => previous.amount);
            assert.deepEqual(
              hasher.taproot(position, type),
              transaction.preimageWitnessV1(position, scripts, type, amounts),
            );
          }
        }
      }),
      { numRuns: 60 },
    );
  });
  test("legacy: the whole transaction with one script, hashed in one piece", () => {
    fc.assert(
      fc.property(model, ({ version, lockTime, inputs, outputs }) => {
        const hasher = signatureHasher({ version, lockTime, inputs, outputs }, []);
        for (const [position, { coin: previous }] of inputs.entries()) {
          const whole = RawTx.encode({
            version,
            lockTime,
            segwitFlag: false,
            outputs,
            inputs: inputs.map(({ txid, index, sequence }, at) => {
              return {
                txid,
                index,
                sequence,
                finalScriptSig: at === position ? previous.script : new Uint8Array(0),
              };
            }),
          });
          assert.deepEqual(
            hasher.legacy(position, previous.script),
            doubleSha256(whole, Uint8Array.of(1, 0, 0, 0)),
          );
        }
      }),
      { numRuns: 60 },
    );
  });
  test("an input that does not exist has no hash", () => {
    const hasher = signatureHasher({ version: 2, lockTime: 0, inputs: [], outputs: [] }, []);
    assert.throws(() => hasher.witnessV0(0, new Uint8Array(0), 0n), RangeError);
    assert.equal(new Transaction().inputsLength, 0);
  });
});
