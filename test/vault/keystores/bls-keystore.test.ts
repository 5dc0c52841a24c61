/** EIP-2335: what a keystore may say, its two published cases, and keystores of a second implementation. */
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { create } from "@chainsafe/bls-keystore";
import { utf8 } from "../../../src/domain/bytes.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import { blsPublicKey } from "../../../src/vault/sign/bls.ts";
import {
  decryptKeystore,
  encodePassword,
  kdfMemory,
  parseKeystore,
} from "../../../src/vault/keystores/keystore.ts";
import { readVectors, skipWithout } from "../../vectors.ts";
import { CHEAP, keystoreOf, validatorKey, type KeystoreJson } from "./keystores.ts";

interface Eip2335 {
  readonly password: string;
  readonly encodedPasswordHex: string;
  readonly secretHex: string;
  readonly keystores: readonly KeystoreJson[];
}

function isEip2335(value: unknown): value is Eip2335 {
  return typeof value === "object" && value !== null && "encodedPasswordHex" in value;
}

const vectors = readVectors("ethereum", "eip2335.json");
const SECRET = validatorKey(1);
const PASSWORD = "correct horse";

/** What is thrown when this keystore is opened. */
function refusalOf(text: string, password = PASSWORD): SignerError {
  try {
    decryptKeystore(parseKeystore(text), utf8(password));
  } catch (error) {
    assert.ok(error instanceof SignerError);
    assert.equal(error.code, "request.malformed");
    assert.ok(!error.message.includes(PASSWORD), "a refusal repeats no password");
    assert.ok(!error.message.includes(Buffer.from(SECRET).toString("hex")), "a refusal repeats no secret");
    return error;
  }
  assert.fail("must be refused");
}

const GOOD = keystoreOf(SECRET, PASSWORD);
const ROUNDS = keystoreOf(SECRET, PASSWORD, { rounds: 1000 });

function changed(base: KeystoreJson, change: (copy: any) => void): string {
  const copy: unknown = structuredClone(base);
  change(copy);
  return JSON.stringify(copy);
}

const flipped = (hex: string) => `${hex[0] === "0" ? "1" : "0"}${hex.slice(1)}`;

describe("eip2335: refusals", () => {
  const scrypt = (params: object) => changed(GOOD, (k) => Object.assign(k.crypto.kdf.params, params));
  const pbkdf2 = (params: object) => changed(ROUNDS, (k) => Object.assign(k.crypto.kdf.params, params));
  const cases: Readonly<Record<string, readonly [string, RegExp]>> = {
    "not JSON": ["{", /is not JSON/],
    "a text of more than 64 KiB": [
      JSON.stringify({ ...GOOD, description: "x".repeat(70_000) }),
      /at most 65536/,
    ],
    "a JSON array": ["[]", /must be an object/],
    "version 3": [changed(GOOD, (k) => (k.version = 3)), /\/version: must be 4/],
    "no version": [changed(GOOD, (k) => delete k.version), /\/version: must be 4/],
    "a withdrawal key": [changed(GOOD, (k) => (k.path = "m/12381/3600/7/0")), /\/path: .*withdrawal key/],
    "a withdrawal key, path in another spelling": [
      changed(GOOD, (k) => (k.path = " M/12381'/3600'/7'/0/")),
      /\/path: .*withdrawal key/,
    ],
    "no pubkey, and a changed ciphertext": [
      changed(GOOD, (k) => {
        delete k.pubkey;
        k.crypto.cipher.message = flipped(k.crypto.cipher.message);
      }),
      /password is wrong, or the keystore was changed/,
    ],
    "a pubkey of 47 bytes": [
      changed(GOOD, (k) => (k.pubkey = k.pubkey.slice(2))),
      /\/pubkey: must be 48 bytes/,
    ],
    "another key's pubkey": [
      changed(GOOD, (k) => (k.pubkey = Buffer.from(blsPublicKey(validatorKey(2))).toString("hex"))),
      /\/pubkey: is not the public key/,
    ],
    "another KDF": [changed(GOOD, (k) => (k.crypto.kdf.function = "argon2id")), /must be scrypt or pbkdf2/],
    "scrypt n of 2^21": [scrypt({ n: 2 ** 21 }), /\/n: must be an integer from 2 to 1048576/],
    "scrypt n of 1": [scrypt({ n: 1 }), /\/n: must be an integer/],
    "scrypt n that is no power of two": [scrypt({ n: 1025 }), /\/n: must be a power of two/],
    "scrypt n as text": [scrypt({ n: "1024" }), /\/n: must be an integer/],
    "scrypt r of 33": [scrypt({ r: 33 }), /\/r: must be/],
    "scrypt r of 0": [scrypt({ r: 0 }), /\/r: must be/],
    "scrypt p of 17": [scrypt({ p: 17 }), /\/p: must be/],
    "scrypt p of 1.5": [scrypt({ p: 1.5 }), /\/p: must be/],
    "scrypt that takes 1 GiB": [scrypt({ n: 2 ** 20, r: 8 }), /128·n·r/],
    "scrypt with too much work": [scrypt({ n: 2 ** 18, r: 16, p: 16 }), /n·r·p/],
    "a derived key of 16 bytes": [scrypt({ dklen: 16 }), /\/dklen: must be an integer from 32/],
    "a derived key of 1 GiB": [scrypt({ dklen: 2 ** 30 }), /\/dklen: must be/],
    "a salt that is no hex": [scrypt({ salt: "salt" }), /\/salt: must be/],
    "pbkdf2 with 2^24 + 1 rounds": [pbkdf2({ c: 2 ** 24 + 1 }), /\/c: must be an integer from 1 to 16777216/],
    "pbkdf2 with no rounds": [pbkdf2({ c: 0 }), /\/c: must be/],
    "pbkdf2 with SHA-1": [pbkdf2({ prf: "hmac-sha1" }), /\/prf: must be hmac-sha256/],
    "another checksum function": [
      changed(GOOD, (k) => (k.crypto.checksum.function = "md5")),
      /must be sha256/,
    ],
    "another cipher": [
      changed(GOOD, (k) => (k.crypto.cipher.function = "aes-256-gcm")),
      /must be aes-128-ctr/,
    ],
    "an IV of 15 bytes": [
      changed(GOOD, (k) => (k.crypto.cipher.params.iv = k.crypto.cipher.params.iv.slice(2))),
      /\/iv: must be 16 bytes/,
    ],
    "a ciphertext of 31 bytes": [
      changed(GOOD, (k) => (k.crypto.cipher.message = k.crypto.cipher.message.slice(2))),
      /\/cipher\/message: must be 32 bytes/,
    ],
    "a changed checksum": [
      changed(GOOD, (k) => (k.crypto.checksum.message = flipped(k.crypto.checksum.message))),
      /password is wrong, or the keystore was changed/,
    ],
    "a changed ciphertext": [
      changed(GOOD, (k) => (k.crypto.cipher.message = flipped(k.crypto.cipher.message))),
      /password is wrong, or the keystore was changed/,
    ],
    // The checksum does not cover the IV: another key comes out, and only the public key tells.
    "a changed IV": [
      changed(GOOD, (k) => (k.crypto.cipher.params.iv = flipped(k.crypto.cipher.params.iv))),
      /\/pubkey: is not the public key/,
    ],
    "cheaper parameters than it was made with": [scrypt({ n: 512 }), /password is wrong/],
    "fewer rounds than it was made with": [pbkdf2({ c: 1 }), /password is wrong/],
  };
  for (const [name, [text, message]] of Object.entries(cases)) {
    test(`eip2335: refuses ${name}`, () => assert.match(refusalOf(text).message, message));
  }

  test("eip2335: refuses a wrong password", () => {
    assert.match(refusalOf(JSON.stringify(GOOD), "wrong").message, /password is wrong/);
    assert.match(refusalOf(JSON.stringify(ROUNDS), "").message, /password is wrong/);
  });

  test("eip2335: refuses a password that is no UTF-8", () => {
    assert.throws(() => encodePassword(Uint8Array.of(0x61, 0xff)), { code: "request.malformed" });
  });
});

describe("eip2335: published cases", { skip: skipWithout("ethereum") }, () => {
  const { password, encodedPasswordHex, secretHex, keystores } = isEip2335(vectors)
    ? vectors
    : { password: "", encodedPasswordHex: "", secretHex: "", keystores: [] };

  test("eip2335: the password's NFKD form without control codes", () => {
    assert.equal(Buffer.from(encodePassword(utf8(password))).toString("hex"), encodedPasswordHex);
    const withControls = `\u0000${password}\u0080\u009f\r\n\u007f`;
    assert.equal(Buffer.from(encodePassword(utf8(withControls))).toString("hex"), encodedPasswordHex);
  });

  for (const keystore of keystores) {
    test(`eip2335: opens the ${keystore.crypto.kdf.function} keystore`, () => {
      const secret = decryptKeystore(parseKeystore(JSON.stringify(keystore)), utf8(password));
      assert.equal(Buffer.from(secret).toString("hex"), secretHex);
    });
  }
});

describe("eip2335: passwords", () => {
  for (const [name, typed, encoded] of [
    ["a newline at the end is no part of it", "abc\r\n", "abc"],
    ["spaces are", " a b ", " a b "],
    ["ASCII control codes and Delete are not", "\u0001a\u001fb\u007f", "ab"],
    ["a composed letter is taken apart", "é", "e\u0301"],
    ["C1 control codes are not", "é\u0085\u009f", "e\u0301"],
  ] as const) {
    test(`eip2335: ${name}`, () => assert.deepEqual(encodePassword(utf8(typed)), utf8(encoded)));
  }
});

describe("eip2335: keystores of other writers", () => {
  for (const [name, kdf] of [
    ["scrypt", { function: "scrypt", params: { dklen: 32, n: 1024, r: 8, p: 1, salt: "ab".repeat(32) } }],
    [
      "pbkdf2",
      { function: "pbkdf2", params: { dklen: 32, c: 1000, prf: "hmac-sha256", salt: "cd".repeat(32) } },
    ],
  ] as const) {
    test(`eip2335: opens a ${name} keystore of @chainsafe/bls-keystore`, async () => {
      const written = await create(
        "pässwörd 🔑",
        SECRET,
        blsPublicKey(SECRET),
        "m/12381/3600/0/0/0",
        null,
        kdf,
      );
      assert.deepEqual(
        decryptKeystore(parseKeystore(JSON.stringify(written)), utf8("pässwörd 🔑\n")),
        SECRET,
      );
    });
  }

  test("eip2335: 0x and upper case in hex members are read, and what memory it takes is known", () => {
    const text = changed(GOOD, (k) => (k.pubkey = `0x${k.pubkey.toUpperCase()}`));
    const keystore = parseKeystore(text);
    assert.deepEqual(decryptKeystore(keystore, utf8(PASSWORD)), SECRET);
    assert.ok(kdfMemory(keystore) >= 128 * 8 * 1024);
    assert.equal(kdfMemory(parseKeystore(JSON.stringify(ROUNDS))), 0);
    assert.ok("scrypt" in CHEAP);
  });
});
