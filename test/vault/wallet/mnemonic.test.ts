/** BIP-39 in its ten languages: every published vector, and every way a mnemonic can be wrong. */
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { entropyToMnemonic, mnemonicToSeedSync } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { HDKey } from "@scure/bip32";
import { SignerError } from "../../../src/domain/errors.ts";
import { mnemonicOfEntropy, readMnemonic, seedOfMnemonic } from "../../../src/vault/wallet/mnemonic.ts";
import { readVectors, skipWithout } from "../../vectors.ts";

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

/** Word lists that BIP-39 does not have. */
const FOREIGN = ["russian", "turkish"];

const refusal =
  (rule: RegExp) =>
  (error: unknown): boolean =>
    error instanceof SignerError && error.code === "request.malformed" && rule.test(error.message);

describe("bip39: refusals", () => {
  for (const { name, mnemonic, rule } of REFUSED) {
    test(`bip39: ${name} is refused by its rule`, async () => {
      await assert.rejects(readMnemonic(mnemonic), refusal(rule));
    });
  }

  test("bip39: a refusal never repeats a word", async () => {
    for (const { mnemonic } of REFUSED) {
      await assert.rejects(readMnemonic(mnemonic), (error) => {
        assert.ok(error instanceof SignerError);
        for (const word of ["abandon", "about", "claviger", "legal", "yellow"]) {
          assert.ok(!error.message.includes(word), error.message);
        }
        return true;
      });
    }
  });

  for (const language of FOREIGN) {
    const cases = languages.find(([name]) => name === language)?.[1] ?? [];
    for (const [index, [, mnemonic]] of cases.entries()) {
      test(`bip39: ${language} ${index} is refused: BIP-39 has no such list`, async () => {
        await assert.rejects(readMnemonic(mnemonic), refusal(/word \d+ is not in/));
      });
    }
  }

  test("bip39: words of two languages are refused, and the strange one is found", async () => {
    const mixed = ABANDON.split(" ").with(4, "\u00e1baco").join(" ");
    await assert.rejects(readMnemonic(mixed), refusal(/word 5 is not in the English/));
  });

  test("bip39: another language's checksum must hold, too", async () => {
    const swapped = `${"abaisser ".repeat(10)}abeille abaisser`.trim();
    await assert.rejects(readMnemonic(swapped), refusal(/checksum/));
  });
});

describe("bip39: english", { skip: skipWithout("bip39") }, () => {
  for (const [index, [entropy, mnemonic, seed, xprv]] of languages
    .filter(([name]) => name === "english")
    .flatMap(([, cases]) => cases)
    .entries()) {
    test(`bip39: english ${index}`, async () => {
      const words = mnemonicOfEntropy(Buffer.from(entropy, "hex"));
      assert.equal(text(words), mnemonic);
      assert.equal(hex((await readMnemonic(mnemonic)).entropy), entropy);
      const ours = seedOfMnemonic(words, "TREZOR");
      assert.equal(hex(ours), seed);
      assert.equal(HDKey.fromMasterSeed(ours).privateExtendedKey, xprv);
    });
  }

  test("bip39: all 24 English vectors ran", () => {
    assert.equal(languages.find(([name]) => name === "english")?.[1].length, 24);
  });
});

describe("bip39: the other nine languages", { skip: skipWithout("bip39") }, () => {
  const others = languages.filter(([name]) => name !== "english" && !FOREIGN.includes(name));
  for (const [language, cases] of others) {
    for (const [index, [entropy, mnemonic, seed]] of cases.entries()) {
      test(`bip39: ${language} ${index}`, async () => {
        for (const form of ["NFC", "NFD", "NFKC", "NFKD"]) {
          const read = await readMnemonic(mnemonic.normalize(form));
          assert.equal(hex(seedOfMnemonic(read.sentence, "TREZOR")), seed, form);
          // Words of both Chinese lists can be read by either; the seed is the same.
          if (!language.startsWith("chinese")) assert.equal(hex(read.entropy), entropy);
        }
      });
    }
  }

  test("bip39: all 216 of their vectors ran", () => {
    assert.equal(others.flatMap(([, cases]) => cases).length, 9 * 24);
  });
});

describe("bip39: random", () => {
  for (const bytes of [16, 20, 24, 28, 32]) {
    test(`bip39: ${bytes} random bytes give the words and seed of @scure/bip39`, async () => {
      for (let round = 0; round < 20; round++) {
        const entropy = new Uint8Array(randomBytes(bytes));
        const expected = entropyToMnemonic(entropy, wordlist);
        const words = mnemonicOfEntropy(entropy);
        assert.equal(text(words), expected);
        assert.deepEqual((await readMnemonic(expected)).entropy, entropy);
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
