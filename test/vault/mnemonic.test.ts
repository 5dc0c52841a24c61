/** BIP-39, English: every published vector, and every way a mnemonic can be wrong. */
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { entropyToMnemonic, mnemonicToSeedSync } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { HDKey } from "@scure/bip32";
import { SignerError } from "../../src/domain/errors.ts";
import { entropyOfMnemonic, mnemonicOfEntropy, seedOfMnemonic } from "../../src/vault/mnemonic.ts";
import { readVectors, skipWithout } from "../vectors.ts";

type Language = readonly (readonly [entropy: string, mnemonic: string, seed: string, xprv: string])[];
const vectors = readVectors("bip39", "vectors.json");
const languages: readonly (readonly [string, Language])[] =
  typeof vectors === "object" && vectors !== null ? Object.entries(vectors) : [];
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

const ABANDON = `${"abandon ".repeat(11)}about`;
const REFUSED: readonly { name: string; mnemonic: string; rule: RegExp }[] = [
  { name: "nothing", mnemonic: "", rule: /not 1$/ },
  { name: "11 words", mnemonic: "abandon ".repeat(10) + "about", rule: /words/ },
  { name: "13 words", mnemonic: `${ABANDON} about`, rule: /words/ },
  { name: "a wrong checksum", mnemonic: "abandon ".repeat(11) + "abandon", rule: /checksum/ },
  {
    name: "swapped words",
    mnemonic: `legal winner thank yellow ${"abandon ".repeat(7)}about`,
    rule: /checksum/,
  },
  {
    name: "a word that is not in the list",
    mnemonic: ABANDON.replace("about", "claviger"),
    rule: /word 12 is not/,
  },
  { name: "capital letters", mnemonic: ABANDON.toUpperCase(), rule: /word 1 is not/ },
  { name: "a double space", mnemonic: ABANDON.replace(" ", "  "), rule: /words/ },
  { name: "a trailing newline", mnemonic: `${ABANDON}\n`, rule: /word 12 is not/ },
  { name: "a leading space", mnemonic: ` ${ABANDON}`, rule: /words/ },
  { name: "commas", mnemonic: ABANDON.replaceAll(" ", ","), rule: /words/ },
];

describe("bip39: refusals", () => {
  for (const { name, mnemonic, rule } of REFUSED) {
    test(`bip39: ${name} is refused by its rule`, () => {
      assert.throws(
        () => entropyOfMnemonic(mnemonic),
        (error) =>
          error instanceof SignerError && error.code === "request.malformed" && rule.test(error.message),
      );
    });
  }

  test("bip39: a refusal never repeats a word", () => {
    for (const { mnemonic } of REFUSED) {
      try {
        entropyOfMnemonic(mnemonic);
        assert.fail("must be refused");
      } catch (error) {
        assert.ok(error instanceof SignerError);
        for (const word of ["abandon", "about", "claviger", "legal", "yellow"]) {
          assert.ok(!error.message.includes(word), error.message);
        }
      }
    }
  });

  for (const [language, cases] of languages.filter(([name]) => name !== "english")) {
    for (const [index, [, mnemonic]] of cases.entries()) {
      test(`bip39: ${language} ${index} is refused: only the English word list is supported`, () => {
        assert.throws(
          () => entropyOfMnemonic(mnemonic),
          (error) =>
            error instanceof SignerError &&
            error.code === "request.malformed" &&
            /word \d+ is not in the English BIP-39 word list; no other language is supported/.test(
              error.message,
            ),
        );
      });
    }
  }
});

describe("bip39: english", { skip: skipWithout("bip39") }, () => {
  for (const [index, [entropy, mnemonic, seed, xprv]] of languages
    .filter(([name]) => name === "english")
    .flatMap(([, cases]) => cases)
    .entries()) {
    test(`bip39: english ${index}`, () => {
      const words = mnemonicOfEntropy(Buffer.from(entropy, "hex"));
      assert.equal(text(words), mnemonic);
      assert.equal(hex(entropyOfMnemonic(mnemonic)), entropy);
      const ours = seedOfMnemonic(words, "TREZOR");
      assert.equal(hex(ours), seed);
      assert.equal(HDKey.fromMasterSeed(ours).privateExtendedKey, xprv);
    });
  }

  test("bip39: all 24 English vectors ran", () => {
    assert.equal(languages.find(([name]) => name === "english")?.[1].length, 24);
  });
});

describe("bip39: random", () => {
  for (const bytes of [16, 20, 24, 28, 32]) {
    test(`bip39: ${bytes} random bytes give the words and seed of @scure/bip39`, () => {
      for (let round = 0; round < 20; round++) {
        const entropy = new Uint8Array(randomBytes(bytes));
        const expected = entropyToMnemonic(entropy, wordlist);
        const words = mnemonicOfEntropy(entropy);
        assert.equal(text(words), expected);
        assert.deepEqual(entropyOfMnemonic(expected), entropy);
        if (round === 0) {
          // A passphrase outside ASCII: NFKD turns the one code point é into two.
          assert.equal(
            hex(seedOfMnemonic(words, "caf\u00e9")),
            hex(mnemonicToSeedSync(expected, "cafe\u0301")),
          );
        }
      }
    });
  }
});
