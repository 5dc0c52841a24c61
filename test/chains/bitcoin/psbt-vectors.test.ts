/** Every PSBT of BIP-174, 370 and 371: the invalid refused, the valid read and written back byte for byte. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { bitcoinAdapter } from "../../../src/chains/bitcoin/adapter.ts";
import { putBack } from "../../../src/chains/bitcoin/previous-transactions.ts";
import { parsePsbt } from "../../../src/chains/bitcoin/psbt.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import { readVectors, skipWithout, vectorsFolder } from "../../vectors.ts";
import { coinOf, decodePsbt, importedKey, inputOf, payment, psbtOf, refusal, walletKey } from "./fixtures.ts";

const skip = skipWithout("psbt");

interface PsbtVector {
  readonly section: string;
  readonly case: string;
  readonly hex: string;
  readonly base64: string;
}

function vectors(file: string): readonly PsbtVector[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- published vectors, described in their SOURCE.md
  const set = readVectors("psbt", file) as { readonly cases: readonly PsbtVector[] } | undefined;
  return set?.cases ?? [];
}

/** Title of a vector without wiki markup. */
function title({ case: text }: PsbtVector): string {
  return text.replaceAll(/<[^>]+>|`/g, "").slice(0, 150);
}

const isInvalid = ({ section }: PsbtVector) => section.startsWith("are invalid");
const isValid = ({ section }: PsbtVector) => section.startsWith("are valid");

const SETS = [
  ["bip174", "bip174-v0.json", 0],
  ["bip370", "bip370-v2.json", 2],
  ["bip371", "bip371-taproot.json", 0],
] as const;

for (const [name, file, version] of SETS) {
  suite(`${name}: invalid PSBTs are refused`, { skip }, () => {
    for (const vector of vectors(file).filter(isInvalid)) {
      test(title(vector), () => {
        assert.throws(() => parsePsbt(vector.base64), refusal("transaction.invalid", "/psbt"));
        assert.throws(() => decodePsbt(walletKey(), vector.base64), refusal("transaction.invalid", "/psbt"));
      });
    }
  });
  suite(`${name}: valid PSBTs are read and written back unchanged`, { skip }, () => {
    for (const vector of vectors(file).filter(isValid)) {
      test(title(vector), () => {
        const psbt = parsePsbt(vector.base64);
        assert.equal(psbt.version, version);
        assert.equal(Buffer.from(psbt.bytes).toString("hex"), vector.hex);
        const written = putBack(psbt.transaction.toPSBT(psbt.version), psbt.slim.taken);
        assert.equal(Buffer.from(written).toString("hex"), vector.hex);
      });
    }
  });
}

suite("bip174: fails signer checks", { skip }, () => {
  for (const vector of vectors("bip174-v0.json").filter(({ section }) =>
    section.startsWith("fails signer"),
  )) {
    test(title(vector), () => {
      assert.throws(() => decodePsbt(walletKey(), vector.base64), SignerError);
    });
  }
});

suite("bip370: lock time", { skip }, () => {
  const EXPECTED = [0, 0, 10000, 10000, 10000, 10000, 1657048460, 1657048460, undefined];
  const cases = vectors("bip370-v2.json").filter(({ section }) =>
    section.startsWith("tests are the timelock"),
  );
  test("there are nine cases", () => assert.equal(cases.length, EXPECTED.length));
  for (const [position, vector] of cases.entries()) {
    const expected = EXPECTED[position];
    test(`${title(vector)} gives ${expected ?? "no lock time"}`, () => {
      if (expected === undefined) {
        assert.throws(() => parsePsbt(vector.base64), refusal("transaction.invalid", "/psbt"));
      } else {
        assert.equal(parsePsbt(vector.base64).transaction.lockTime, expected);
      }
    });
  }
});

suite("bip174: roles walk-through", { skip }, () => {
  const path = join(vectorsFolder("psbt"), "bip174-roles-walkthrough.txt");
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const steps = text
    .slice(text.indexOf("A creator creating"))
    .matchAll(/Base64 String: <pre>([A-Za-z0-9+/=]+)/g);
  for (const [position, step] of [...steps].entries()) {
    test(`PSBT ${position + 1} is read and written back unchanged`, () => {
      const psbt = parsePsbt(step[1] ?? "");
      const written = putBack(psbt.transaction.toPSBT(0), psbt.slim.taken);
      assert.equal(written.length, psbt.bytes.length);
    });
  }
});

suite("psbt text", () => {
  const key = importedKey(new Uint8Array(32).fill(1));
  const good = psbtOf([], [{ script: key.script.script, amount: 1000n }]);
  const bad = [
    ["empty", ""],
    ["hex instead of base64", Buffer.from(good, "base64").toString("hex")],
    ["a trailing newline", `${good}\n`],
    ["a space inside", `${good.slice(0, 8)} ${good.slice(8)}`],
    [
      "no padding",
      Buffer.from([...Buffer.from(good, "base64"), 0])
        .toString("base64")
        .replace(/=+$/, ""),
    ],
    ["URL-safe base64", "cHNidP8-"],
    [
      "trailing bytes after the last map",
      Buffer.from([...Buffer.from(good, "base64"), 1]).toString("base64"),
    ],
  ] as const;
  for (const [name, text] of bad) {
    test(`${name} is refused`, () => {
      assert.throws(() => decodePsbt(key, text), refusal("transaction.invalid", "/psbt"));
    });
  }
  for (const value of [undefined, 7, null, {}]) {
    test(`${JSON.stringify(value)} is no PSBT`, () => {
      const request = { type: "bitcoin.psbt", psbt: value };
      assert.throws(
        () => bitcoinAdapter.decode(request, key.record),
        refusal("transaction.invalid", "/psbt"),
      );
    });
  }
  test("what would be lost in encoding is refused: an empty PSBT_IN_FINAL_SCRIPTSIG", () => {
    const psbt = Buffer.from(psbtOf([inputOf(coinOf(key))], [payment]), "base64");
    const inputAt = 5 + 3 + (psbt[7] ?? 0) + 1;
    const empty = Buffer.from("010700", "hex");
    const text = Buffer.concat([psbt.subarray(0, inputAt), empty, psbt.subarray(inputAt)]).toString("base64");
    assert.equal(decodePsbt(key, psbt.toString("base64")).payloads.length, 1);
    assert.throws(() => decodePsbt(key, text), refusal("transaction.invalid", "does not survive"));
  });
  test("an error never carries the payload back", () => {
    const secret = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    const text = Buffer.from(`70736274ff0101${secret}`, "hex").toString("base64");
    assert.throws(
      () => decodePsbt(key, text),
      (error) => error instanceof SignerError && !error.message.includes(secret.slice(0, 20)),
    );
  });
  test("PSBT_GLOBAL_VERSION 0 in a v0 PSBT means the same as none (BIP-174)", () => {
    const bytes = Buffer.from(good, "base64");
    const end = 5 + 1 + 1 + 1 + (bytes[7] ?? 0);
    const version = Buffer.from("01fb0400000000", "hex");
    const text = Buffer.concat([bytes.subarray(0, end), version, bytes.subarray(end)]).toString("base64");
    assert.equal(parsePsbt(text).version, 0);
  });
});
