/** BLS keys in the vault: EIP-2333 and EIP-2334, signatures beside a second implementation, import, seal. */
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { mnemonicToSeedSync } from "@scure/bip39";
import * as producer from "micro-key-producer/bls.js";
import { signingRootOf } from "../../../src/chains/ethereum-validator/signing-root.ts";
import { bigintToBytes, utf8 } from "../../../src/domain/bytes.ts";
import { insertSeal } from "../../../src/ledger/sealed-rows.ts";
import { blsPublicKey, deriveEip2333, isBlsPrivateKey, signBls } from "../../../src/vault/sign/bls.ts";
import { parseEip2334Path } from "../../../src/vault/wallet/derivation.ts";
import { parseKeystore } from "../../../src/vault/keystores/keystore.ts";
import { KDF_FLOOR } from "../../../src/vault/seal/seal.ts";
import { unguarded } from "../../chains/ethereum-validator/payloads.ts";
import { startSigningVault } from "../../keeper/signing-vault.ts";
import { readVectors, skipWithout } from "../../vectors.ts";
import { emptyDirectory, passphrase, type Directory } from "../directory.ts";
import { digestOf } from "../keys.ts";
import { keystoreOf, validatorKey } from "../keystores/keystores.ts";

interface Eip2333 {
  readonly cases: readonly {
    readonly seed: string;
    readonly mnemonic?: string;
    readonly passphrase?: string;
    readonly master_SK: string;
    readonly child_index: number;
    readonly child_SK: string;
  }[];
}

function isEip2333(value: unknown): value is Eip2333 {
  return typeof value === "object" && value !== null && "cases" in value;
}

const vectors = readVectors("ethereum", "eip2333.json");
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const ORDER = bls12_381.fields.Fr.ORDER;
const CIPHERSUITE = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

function verifiedElsewhere(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  const { longSignatures: bls } = bls12_381;
  return bls.verify(signature, bls.hash(message, CIPHERSUITE), publicKey);
}

describe("eip2333: refusals", () => {
  for (const [name, secret] of [
    ["zero", new Uint8Array(32)],
    ["the group order", bigintToBytes(ORDER, 32)],
    ["2^256 − 1", new Uint8Array(32).fill(255)],
    ["31 bytes", new Uint8Array(31).fill(1)],
    ["33 bytes", new Uint8Array(33).fill(1)],
  ] as const) {
    test(`bls12-381: ${name} is no private key`, () => assert.equal(isBlsPrivateKey(secret), false));
  }
  test("bls12-381: one below the group order is", () => {
    assert.ok(isBlsPrivateKey(bigintToBytes(ORDER - 1n, 32)));
  });

  for (const path of [
    "",
    "m",
    "m/12381",
    "m/12381/3600",
    "m/12381/3600/0'/0/0",
    "m/12381/60/0/0",
    "m/44'/60'/0'/0/0",
    "m/12381/3600/00/0/0",
    "m/12381/3600/-1/0/0",
    "m/12381/3600/4294967296/0/0",
    "m/12381/3600/0/0/0/",
  ]) {
    test(`eip2334: refuses path "${path}"`, () => {
      assert.throws(() => parseEip2334Path(path), { code: "request.malformed" });
    });
  }

  test("eip2333: refuses an index of 2^32, which would come round to 0", () => {
    assert.throws(() => deriveEip2333(new Uint8Array(32).fill(1), [2 ** 32]), RangeError);
    assert.throws(() => deriveEip2333(new Uint8Array(32).fill(1), [-1]), RangeError);
  });
});

describe("eip2333: published cases", { skip: skipWithout("ethereum") }, () => {
  for (const [index, vector] of (isEip2333(vectors) ? vectors.cases : []).entries()) {
    test(`eip2333: case ${index}, master and child ${vector.child_index}`, () => {
      const seed = bytes(vector.seed);
      assert.deepEqual(deriveEip2333(seed, []), bigintToBytes(BigInt(vector.master_SK), 32));
      assert.deepEqual(deriveEip2333(seed, [vector.child_index]), bigintToBytes(BigInt(vector.child_SK), 32));
      if (vector.mnemonic === undefined) return;
      assert.deepEqual(new Uint8Array(mnemonicToSeedSync(vector.mnemonic, vector.passphrase)), seed);
    });
  }

  test("eip2334: signing and withdrawal keys as micro-key-producer derives them", () => {
    const seed = mnemonicToSeedSync("test test test test test test test test test test test junk");
    for (const index of [0, 1, 2 ** 31]) {
      for (const type of ["signing", "withdrawal"] as const) {
        const { key, path } = producer.deriveEIP2334Key(seed, type, index);
        assert.deepEqual(deriveEip2333(seed, parseEip2334Path(path)), key);
      }
    }
  });
});

describe("bls12-381: signatures", () => {
  for (const index of [1, 2, 3]) {
    test(`bls12-381: key ${index} signs as @noble/curves does`, () => {
      const { longSignatures: bls } = bls12_381;
      const secret = validatorKey(index);
      const root = digestOf(`root ${index}`);
      const expected = bls.Signature.toBytes(bls.sign(bls.hash(root, CIPHERSUITE), secret));
      assert.deepEqual(signBls(secret, root), new Uint8Array(expected));
      assert.deepEqual(blsPublicKey(secret), new Uint8Array(bls.getPublicKey(secret).toBytes()));
    });
  }
});

describe("vault: validator keys", () => {
  let directory: Directory;
  let vault: ReturnType<typeof startSigningVault>;
  before(async () => {
    directory = emptyDirectory();
    vault = startSigningVault({ databasePath: directory.databasePath, keystoreThreads: 2, blsThreads: 2 });
    insertSeal(directory.database, await vault.initialise({ passphrase: passphrase(), kdf: KDF_FLOOR }));
    await vault.unseal(passphrase());
  });
  after(async () => {
    await vault.close();
    directory.remove();
  });

  const keystore = (index: number) =>
    parseKeystore(JSON.stringify(keystoreOf(validatorKey(index), "password")));
  const importing = (keyId: string, index: number, text = "password") =>
    vault.importValidatorKey({
      namespace: "n",
      keyIdOf: () => keyId,
      source: { kind: "keystore", keystore: keystore(index), password: { bytes: utf8(text) } },
    });
  const object = digestOf("a duty");
  const root = signingRootOf(unguarded(new Uint8Array(48), object).duty);
  const duty = (keyId: string, publicKey: Uint8Array) =>
    vault.sign({ keyId, payloads: [unguarded(publicKey, object)] });

  test("vault: a wrong password is refused, and nothing is left to import", async () => {
    await assert.rejects(importing("wrong", 1, "wrong"), {
      code: "request.malformed",
      message: /password is wrong/,
    });
    await assert.rejects(duty("wrong", blsPublicKey(validatorKey(1))), { code: "key.not_found" });
  });

  test("vault: a raw key out of range is refused", async () => {
    const privateKey = bigintToBytes(ORDER, 32);
    await assert.rejects(vault.importKey({ namespace: "n", keyId: "k", curve: "bls12-381", privateKey }), {
      code: "request.malformed",
    });
  });

  test("vault: imports keystores side by side and signs with them", async () => {
    const keys = await Promise.all([10, 11, 12, 13].map((index) => importing(`key ${index}`, index)));
    for (const [offset, key] of keys.entries()) {
      const index = 10 + offset;
      assert.deepEqual(key.publicKey, blsPublicKey(validatorKey(index)));
      directory.rows.insertKey(key.rows);
      const [signature] = await duty(`key ${index}`, key.publicKey);
      assert.deepEqual(signature?.bytes, signBls(validatorKey(index), root));
      assert.equal(signature?.bytes.length, 96);
    }
    const [first] = keys;
    assert.ok(first && verifiedElsewhere(signBls(validatorKey(10), root), root, first.publicKey));
  });

  test("vault: the password may lie in a file that only the keystore thread reads", async () => {
    const file = join(directory.folder, "password.txt");
    writeFileSync(file, "password\n", { mode: 0o600 });
    const source = { kind: "keystore", keystore: keystore(20), password: { file } } as const;
    const key = await vault.importValidatorKey({ namespace: "n", keyIdOf: () => "file", source });
    assert.deepEqual(key.publicKey, blsPublicKey(validatorKey(20)));
    const missing = { ...source, password: { file: `${file}.missing` } };
    await assert.rejects(
      vault.importValidatorKey({ namespace: "n", keyIdOf: () => "no file", source: missing }),
    );
  });

  test("vault: a validator key signs nothing for another key, and no other scheme", async () => {
    const other = blsPublicKey(validatorKey(99));
    await assert.rejects(duty("key 10", other), { code: "service.internal" });
    const publicKey = blsPublicKey(validatorKey(10));
    await assert.rejects(
      vault.sign({ keyId: "key 10", payloads: [{ scheme: "stark.ecdsa", digest: object, publicKey }] }),
      { code: "service.internal" },
    );
    const short = unguarded(publicKey, object.slice(1));
    await assert.rejects(vault.sign({ keyId: "key 10", payloads: [short] }), { code: "service.internal" });
  });

  test("vault: derives a validator key of a wallet", async () => {
    const mnemonic = "test test test test test test test test test test test junk";
    directory.rows.insertWallet(await vault.createWallet({ walletId: "junk", namespace: "n", mnemonic }));
    const plan = { path: "m/12381/3600/0/0/0", derivation: "eip2333", curve: "bls12-381" } as const;
    const key = await vault.deriveKey({ namespace: "n", walletId: "junk", keyId: "derived", plan });
    directory.rows.insertKey(key.rows);
    const secret = producer.deriveEIP2334Key(mnemonicToSeedSync(mnemonic), "signing", 0).key;
    assert.deepEqual(key.publicKey, blsPublicKey(secret));
    const [signature] = await duty("derived", key.publicKey);
    assert.deepEqual(signature?.bytes, signBls(secret, root));
  });

  test("vault: status names blst and counts the keys held for duties", async () => {
    const { backends, cachedKeys } = await vault.status();
    assert.equal(backends.bls, "blst (native)");
    assert.ok(cachedKeys >= 5);
  });

  test("vault: sealing takes the keys from every signing thread, unsealing brings them back", async () => {
    const publicKey = blsPublicKey(validatorKey(10));
    await vault.seal();
    assert.equal((await vault.status()).cachedKeys, 0);
    // Both threads, whichever has less to do.
    const sealed = await Promise.allSettled(Array.from({ length: 4 }, () => duty("key 10", publicKey)));
    for (const outcome of sealed) {
      assert.ok(outcome.status === "rejected");
      assert.equal(outcome.reason.code, "service.sealed");
    }
    await assert.rejects(importing("late", 30), { code: "service.sealed" });
    await vault.unseal(passphrase());
    const signed = await Promise.all(Array.from({ length: 4 }, () => duty("key 10", publicKey)));
    for (const [signature] of signed) assert.deepEqual(signature?.bytes, signBls(validatorKey(10), root));
  });
});
