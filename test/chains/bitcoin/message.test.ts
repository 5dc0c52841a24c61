/** bitcoin.message: BIP-322 (version 2.0.0) against its vectors and a script interpreter; BIP-137 by key recovery. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Address, OutScript, RawTx, RawWitness, WIF } from "@scure/btc-signer";
import { RawOldTx } from "@scure/btc-signer/script.js";
import { bech32 } from "@scure/base";
import fc from "fast-check";
import { recover } from "tiny-secp256k1";
import { bitcoinAdapter } from "../../../src/chains/bitcoin/adapter.ts";
import { bip137Digest, bip322MessageHash, bip322ToSpendId } from "../../../src/chains/bitcoin/message.ts";
import { hex } from "../../../src/chains/bitcoin/scripts.ts";
import { PURPOSES } from "../../../src/chains/bitcoin/names.ts";
import { doubleSha256 } from "../../../src/chains/bitcoin/sighash.ts";
import { fromBase64 } from "../../../src/domain/bytes.ts";
import { hostileMessages } from "../../domain/messages/hostile.ts";
import { signInFields, signInText } from "../../domain/messages/sign-in.ts";
import { readVectors, skipWithout } from "../../vectors.ts";
import { importedKey, keys, refusal, signRequest, stranger, textOf } from "./fixtures.ts";
import type { TestKey } from "./fixtures.ts";
import { verdicts } from "./interpreter.ts";

interface HashVector {
  readonly message: string;
  readonly address: string;
  readonly message_hash: string;
  readonly to_spend_tx_hash: string;
  readonly to_sign_tx_hash: string;
}

interface SimpleVector {
  readonly message: string;
  readonly private_keys: readonly string[];
  readonly address: string;
  readonly type: string;
  readonly bip322_signatures: readonly string[];
}

interface ErrorVector {
  readonly description: string;
  readonly message: string;
  readonly address: string;
  readonly signature: string;
}

interface Bip322Vectors {
  readonly tx_hashes: readonly HashVector[];
  readonly simple: readonly SimpleVector[];
  readonly error: readonly ErrorVector[];
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- published vectors, described in their SOURCE.md
const vectors = readVectors("bip322", "basic-test-vectors.json") as Bip322Vectors | undefined;
const skip = skipWithout("bip322");

function scriptOf(address: string): Uint8Array {
  return OutScript.encode(Address().decode(address));
}

/** to_sign with its one input satisfied, built by hand from BIP-322's table. */
function toSign(message: string, script: Uint8Array, witness: Uint8Array[]) {
  return {
    version: 0,
    lockTime: 0,
    segwitFlag: witness.length > 0,
    inputs: [
      {
        txid: bip322ToSpendId(message, script).toReversed(),
        index: 0,
        finalScriptSig: new Uint8Array(0),
        sequence: 0,
      },
    ],
    outputs: [{ amount: 0n, script: Uint8Array.of(0x6a) }],
    witnesses: [witness],
  };
}

/** BIP-322 verification of the simple and full variants: "ok", or why not. */
function verifyBip322(message: string, script: Uint8Array, signature: string): string {
  const prefix = /^(?:smp|ful|pof)/.exec(signature)?.[0];
  const bytes = fromBase64(prefix === undefined ? signature : signature.slice(3));
  if (bytes === undefined) return "no base64";
  if (bytes.length === 0) return "too short";
  try {
    if (prefix === "pof") return "not verified here";
    const raw = prefix === "ful" ? bytes : RawTx.encode(toSign(message, script, RawWitness.decode(bytes)));
    const expected = RawTx.encode(toSign(message, script, []));
    const decoded = RawTx.decode(raw);
    const blank = decoded.inputs.map((input) => ({ ...input, finalScriptSig: new Uint8Array(0) }));
    const stripped = RawTx.encode({ ...decoded, segwitFlag: false, inputs: blank });
    if (hex(stripped) !== hex(expected)) return "another to_sign";
    return verdicts(hex(raw), [{ script, amount: 0n }])[0] ?? "no input";
  } catch (error) {
    return error instanceof Error ? error.message : "unreadable";
  }
}

function sign(key: TestKey, message: string, format?: "bip322" | "bip137"): string {
  const request = { type: "bitcoin.message", message, ...(format === undefined ? {} : { format }) };
  return textOf(signRequest(key, request).fields, "signature");
}

suite("bip322: without its prefix, for verifiers of the format before version 2.0.0", () => {
  for (const purpose of PURPOSES) {
    test(`purpose ${purpose}`, () => {
      const request = { type: "bitcoin.message", message: "Hello World" };
      const prefixed = textOf(signRequest(keys[purpose], request).fields, "signature");
      const bare = textOf(signRequest(keys[purpose], { ...request, prefix: false }).fields, "signature");
      assert.equal(bare, prefixed.replace(/^(?:smp|ful)/, ""));
      assert.equal(purpose === 44, bare === prefixed);
      const same = textOf(signRequest(keys[purpose], { ...request, prefix: true }).fields, "signature");
      assert.equal(same, prefixed);
      if (purpose === 84 || purpose === 86)
        assert.equal(verifyBip322("Hello World", keys[purpose].script.script, bare), "ok");
    });
  }

  refuses("a prefix that is neither true nor false", { message: "a", prefix: "smp" }, "/prefix");
});

function refuses(name: string, fields: Readonly<Record<string, unknown>>, field: string): void {
  test(name, () => {
    const request = { type: "bitcoin.message", ...fields };
    assert.throws(
      () => bitcoinAdapter.decode(request, keys[84].record),
      refusal("transaction.invalid", field),
    );
  });
}

suite("bitcoin.message: refusals", () => {
  refuses("no message", {}, "/message");
  refuses("a message that is no text", { message: 7 }, "/message");
  refuses("a lone surrogate", { message: "\ud800" }, "/message");
  refuses("an unknown format", { message: "", format: "bip999" }, "/format");
  test("BIP-137 for a taproot key", () => {
    const request = { type: "bitcoin.message", message: "", format: "bip137" };
    assert.throws(
      () => bitcoinAdapter.decode(request, keys[86].record),
      refusal("transaction.refused", "/format"),
    );
  });
  test("a signature without recovery id cannot become BIP-137", () => {
    const decoded = bitcoinAdapter.decode(
      { type: "bitcoin.message", message: "", format: "bip137" },
      keys[84].record,
    );
    assert.throws(() => bitcoinAdapter.assemble(decoded, [{ bytes: new Uint8Array(64) }]), /recovery id/);
  });
});

suite("bip322: transaction hashes", { skip }, () => {
  for (const vector of vectors?.tx_hashes ?? []) {
    test(JSON.stringify(vector.message), () => {
      const script = scriptOf(vector.address);
      assert.equal(hex(bip322MessageHash(vector.message)), vector.message_hash);
      assert.equal(hex(bip322ToSpendId(vector.message, script).toReversed()), vector.to_spend_tx_hash);
      const raw = RawOldTx.encode(toSign(vector.message, script, []));
      assert.equal(hex(doubleSha256(raw).toReversed()), vector.to_sign_tx_hash);
    });
  }
});

suite("bip322: simple", { skip }, () => {
  for (const vector of vectors?.simple ?? []) {
    for (const [order, signature] of vector.bip322_signatures.entries()) {
      test(`${vector.type}, ${JSON.stringify(vector.message)}, signature ${order + 1} verifies`, () => {
        assert.equal(verifyBip322(vector.message, scriptOf(vector.address), signature), "ok");
      });
    }
    const purpose = { p2wpkh: 84, p2tr: 86 }[vector.type];
    const [secret] = vector.private_keys;
    if (purpose === undefined || secret === undefined) continue;
    test(`${vector.type}, ${JSON.stringify(vector.message)}: our signature`, () => {
      const key = importedKey(WIF().decode(secret), { purpose });
      assert.equal(key.record.address, vector.address);
      const signature = sign(key, vector.message);
      assert.equal(verifyBip322(vector.message, key.script.script, signature), "ok");
      // RFC 6979 without grinding gives one of the published ECDSA signatures; taproot's depends on fresh randomness.
      if (purpose === 84) assert.equal(vector.bip322_signatures.includes(signature), true);
    });
  }
});

suite("bip322: errors", { skip }, () => {
  for (const vector of vectors?.error ?? []) {
    test(vector.description, () => {
      assert.notEqual(verifyBip322(vector.message, scriptOf(vector.address), vector.signature), "ok");
    });
  }
});

suite("bip322: what each kind of address gives", () => {
  const prefixes = { 49: "ful", 84: "smp", 86: "smp" } as const;
  for (const purpose of [49, 84, 86] as const) {
    const key = keys[purpose];
    test(`BIP-${purpose}: ${prefixes[purpose]}, accepted by the interpreter, and only for this message and address`, () => {
      const signature = sign(key, "Hello World");
      assert.equal(signature.slice(0, 3), prefixes[purpose]);
      assert.equal(verifyBip322("Hello World", key.script.script, signature), "ok");
      assert.notEqual(verifyBip322("Hello world", key.script.script, signature), "ok");
      assert.notEqual(verifyBip322("Hello World", stranger.script.script, signature), "ok");
      const middle = Math.floor(signature.length / 2);
      const swapped = signature[middle] === "A" ? "B" : "A";
      const corrupted = signature.slice(0, middle) + swapped + signature.slice(middle + 1);
      assert.notEqual(verifyBip322("Hello World", key.script.script, corrupted), "ok");
    });
  }
  test("BIP-44: the legacy form, the same as BIP-137", () => {
    assert.equal(sign(keys[44], "Hello World"), sign(keys[44], "Hello World", "bip137"));
  });
});

suite("bitcoin.message: intent", () => {
  const address = keys[84].record.address;
  const SIGN_IN = signInText("Bitcoin", address);
  const intentOf = (message: string, format = "bip322") =>
    bitcoinAdapter.decode({ type: "bitcoin.message", message, format }, keys[84].record).intent;

  for (const { name, message, cause } of hostileMessages(SIGN_IN)) {
    if (typeof message !== "string") continue;
    test(`opaque: ${name}`, () => {
      for (const format of ["bip322", "bip137"]) {
        assert.deepEqual(intentOf(message, format).opaqueCauses, [cause]);
      }
    });
  }
  test("opaque: a sign-in for another address", () => {
    const text = SIGN_IN.replace(address, stranger.record.address);
    assert.deepEqual(intentOf(text).opaqueCauses, ["unknownMessage"]);
  });
  test("any text: opaque, shown, and no transfer", () => {
    const { opaqueReason, ...intent } = intentOf("Hello");
    assert.match(opaqueReason ?? "", /none of the known forms/);
    assert.deepEqual(intent, {
      opaque: true,
      opaqueCauses: ["unknownMessage"],
      transfers: [],
      allowances: [],
      control: [],
      calls: [],
      bitcoin: { message: { text: "Hello", format: "bip322" } },
    });
  });
  test("caip122: a sign-in is harmless, and its fields are shown", () => {
    const intent = intentOf(SIGN_IN, "bip137");
    assert.equal(intent.opaque, false);
    assert.deepEqual(intent.bitcoin, {
      message: {
        text: SIGN_IN,
        signIn: signInFields("Bitcoin", address),
        format: "bip137",
      },
    });
  });
});

suite("bip137", () => {
  const headers = { 44: 31, 49: 35, 84: 39 } as const;
  for (const purpose of [44, 49, 84] as const) {
    test(`BIP-${purpose}: header ${headers[purpose]} or the next, and the key comes out again`, () => {
      const seen = new Set<number>();
      for (let round = 0; round < 16; round += 1) {
        const bytes = fromBase64(sign(keys[purpose], `message ${round}`, "bip137")) ?? new Uint8Array();
        assert.equal(bytes.length, 65);
        const recovery = (bytes[0] ?? 0) - headers[purpose];
        if (recovery !== 0 && recovery !== 1) assert.fail(`header ${bytes[0]}`);
        seen.add(recovery);
        const publicKey = recover(bip137Digest(`message ${round}`), bytes.subarray(1), recovery, true);
        assert.deepEqual(new Uint8Array(publicKey ?? []), keys[purpose].record.publicKey);
      }
      assert.equal(seen.size, 2);
    });
  }
  test("signature that bitcoinjs-message publishes for its example key", () => {
    const key = importedKey(WIF().decode("L4rK1yDtCWekvXuE6oXD9jCYfFNV2cWRpVuPLBcCU2z8TrisoyY1"), {
      purpose: 44,
    });
    assert.equal(
      sign(key, "This is an example of a signed message.", "bip137"),
      "H9L5yLFjti0QTHhPyFrZCT1V/MMnBtXKmoiKDZ78NDBjERki6ZTQZdSMCtkgoNmp17By9ItJr8o7ChX0XxY91nk=",
    );
  });
});

suite("messages are signed as they are", () => {
  test("any text, any key: the proof verifies", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 300 }),
        fc.constantFrom(...PURPOSES),
        (message, purpose) => {
          if (purpose === 44) return;
          const key = keys[purpose];
          assert.equal(verifyBip322(message, key.script.script, sign(key, message)), "ok");
        },
      ),
      { numRuns: 25 },
    );
  });
});

/** BIP-173 with the prefix of Babylon's accounts: 20 bytes of 7. */
const ACCOUNT = bech32.encode("bbn", bech32.toWords(new Uint8Array(20).fill(7)), 90);

suite("babylon: proof of possession by a Bitcoin key", () => {
  for (const format of ["bip322", "bip137"] as const) {
    test(`${format}: the account gets authority over the key`, () => {
      const { record } = keys[84];
      const { intent } = bitcoinAdapter.decode({ type: "bitcoin.message", message: ACCOUNT, format }, record);
      assert.equal(intent.opaque, false);
      assert.deepEqual(intent.control, [{ what: "authority", of: record.address, to: ACCOUNT }]);
    });
  }
  test("under a signing context it is the same", () => {
    const { record } = keys[84];
    const message = "ab".repeat(32) + ACCOUNT;
    const { intent } = bitcoinAdapter.decode({ type: "bitcoin.message", message }, record);
    assert.deepEqual(intent.control, [{ what: "authority", of: record.address, to: ACCOUNT }]);
  });
  for (const [name, message] of [
    ["63 digits before it", "a".repeat(63) + ACCOUNT],
    ["a context twice", "ab".repeat(64) + ACCOUNT],
    ["another prefix", bech32.encode("cosmos", bech32.toWords(new Uint8Array(20).fill(7)), 90)],
    ["32 bytes", bech32.encode("bbn", bech32.toWords(new Uint8Array(32).fill(7)), 90)],
    ["a wrong checksum", `${ACCOUNT.slice(0, -1)}${ACCOUNT.endsWith("q") ? "p" : "q"}`],
    ["capitals", ACCOUNT.toUpperCase()],
    ["a space behind it", `${ACCOUNT} `],
  ] as const) {
    test(`${name}: an unknown message`, () => {
      const { intent } = bitcoinAdapter.decode({ type: "bitcoin.message", message }, keys[84].record);
      assert.deepEqual(intent.opaqueCauses, ["unknownMessage"]);
      assert.deepEqual(intent.control, []);
    });
  }
});
