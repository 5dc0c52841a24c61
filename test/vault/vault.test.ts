/** The vault behind its thread: what it refuses, and one signature of every scheme. */
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { verifySignature } from "../../src/chains/verify.ts";
import type { Curve, Derivation } from "../../src/domain/keys.ts";
import { insertSeal } from "../../src/ledger/sealed-rows.ts";
import type { DerivationPlan } from "../../src/vault/wallet/derivation.ts";
import { publicKeyOf } from "../../src/vault/wallet/private-keys.ts";
import { KDF_FLOOR } from "../../src/vault/seal/seal.ts";
import { startVault } from "../../src/vault/vault.ts";
import { startSigningVault } from "../keeper/signing-vault.ts";
import { emptyDirectory, passphrase, PASSPHRASE, type Directory } from "./directory.ts";
import { digestOf, payloadsOf } from "./keys.ts";

const ETHEREUM: DerivationPlan = {
  path: "m/44'/60'/0'/0/0",
  derivation: "bip32-secp256k1",
  curve: "secp256k1",
};
const PLANS: readonly { readonly keyId: string; readonly plan: DerivationPlan }[] = (
  [
    ["ethereum", "m/44'/60'/0'/0/0", "bip32-secp256k1", "secp256k1"],
    ["bitcoin", "m/86'/0'/0'/0/0", "bip32-secp256k1", "secp256k1"],
    ["solana", "m/44'/501'/0'/0'", "slip10-ed25519", "ed25519"],
    ["braavos", "m/44'/9004'/0'/0/0", "starknet-bip32-grind", "stark"],
    ["argent", "m/44'/9004'/0'/0/0", "starknet-argent-grind", "stark"],
  ] as const satisfies readonly (readonly [string, string, Derivation, Curve])[]
).map(([keyId, path, derivation, curve]) => ({ keyId, plan: { path, derivation, curve } }));

function start({ databasePath }: Directory): ReturnType<typeof startSigningVault> {
  return startSigningVault({ databasePath });
}

let directory: Directory;
let vault: ReturnType<typeof startSigningVault>;
before(async () => {
  directory = emptyDirectory();
  vault = start(directory);
  insertSeal(directory.database, await vault.initialise({ passphrase: passphrase(), kdf: KDF_FLOOR }));
  await vault.unseal(passphrase());
  directory.rows.insertWallet(await vault.createWallet({ walletId: "w1", namespace: "red", words: 24 }));
});
after(async () => {
  await vault.close();
  directory.remove();
});

describe("vault: before there is a seal", () => {
  let empty: Directory;
  let fresh: ReturnType<typeof startSigningVault>;
  before(async () => {
    empty = emptyDirectory();
    fresh = start(empty);
    await fresh.ready();
  });
  after(async () => {
    await fresh.close();
    empty.remove();
  });

  test("vault: does not unseal without a seal", async () => {
    await assert.rejects(fresh.unseal(passphrase()), { code: "service.unseal_failed", message: /no seal/ });
  });

  test("vault: every call that needs a secret is service.sealed", async () => {
    const sealed = { code: "service.sealed" };
    await assert.rejects(fresh.createWallet({ walletId: "w", namespace: "n", words: 12 }), sealed);
    await assert.rejects(
      fresh.deriveKey({ walletId: "w", namespace: "n", keyId: "k", plan: ETHEREUM }),
      sealed,
    );
    const privateKey = digestOf("sealed");
    await assert.rejects(
      fresh.importKey({ namespace: "n", keyId: "k", curve: "secp256k1", privateKey }),
      sealed,
    );
    await assert.rejects(fresh.sign({ keyId: "k", payloads: [] }), sealed);
    assert.equal(fresh.state(), "sealed");
    assert.equal((await fresh.status()).kekVersion, null);
  });

  test("vault: stays sealed until the rows of initialise are stored", async () => {
    const rows = await fresh.initialise({ passphrase: passphrase(), kdf: KDF_FLOOR });
    assert.equal(fresh.state(), "sealed");
    await assert.rejects(fresh.unseal(passphrase()), { code: "service.unseal_failed" });
    insertSeal(empty.database, rows);
    await assert.rejects(fresh.unseal(passphrase("wrong")), { code: "service.unseal_failed" });
    assert.equal(fresh.state(), "sealed");
    await fresh.unseal(passphrase());
    assert.equal(fresh.state(), "unsealed");
    await assert.rejects(fresh.initialise({ passphrase: passphrase(), kdf: KDF_FLOOR }), {
      code: "request.conflict",
    });
    assert.throws(() => insertSeal(empty.database, rows), /UNIQUE|constraint/);
  });

  test("vault: one call more than the queue holds is refused", async () => {
    const small = startVault({ databasePath: empty.databasePath, queueMax: 2 });
    await small.ready();
    const calls = [small.status(), small.status(), small.status()];
    const outcomes = await Promise.allSettled(calls);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["fulfilled", "fulfilled", "rejected"],
    );
    await small.close();
  });

  test("vault: sealing finds room in a full queue, and comes before what waits there", async () => {
    const small = startVault({ databasePath: empty.databasePath, queueMax: 2 });
    await small.ready();
    const order: string[] = [];
    const calls = [small.status(), small.status()].map((call) => call.then(() => order.push("status")));
    await assert.rejects(small.status(), { code: "service.overloaded" });
    await small.seal();
    order.push("seal");
    await Promise.all(calls);
    assert.deepEqual(order, ["seal", "status", "status"]);
    await small.close();
  });
});

describe("vault: refusals", () => {
  test("vault: unknown wallets, namespaces and keys", async () => {
    const missing = { code: "wallet.not_found" };
    const call = { walletId: "w1", namespace: "red", keyId: "k", plan: ETHEREUM };
    await assert.rejects(vault.deriveKey({ ...call, walletId: "w2" }), missing);
    await assert.rejects(vault.deriveKey({ ...call, namespace: "blue" }), missing);
    await assert.rejects(vault.sign({ keyId: "nobody", payloads: [] }), { code: "key.not_found" });
    await assert.rejects(vault.deriveKey({ ...call, plan: { ...ETHEREUM, path: "m/x" } }), {
      code: "request.malformed",
    });
  });

  test("vault: a mnemonic is refused by its rule, without its words", async () => {
    const mnemonic = `${"abandon ".repeat(11)}zebra`;
    await assert.rejects(
      vault.createWallet({ walletId: "w", namespace: "red", mnemonic }),
      (error: Error) => {
        assert.match(error.message, /checksum/);
        assert.doesNotMatch(error.message, /abandon|zebra/);
        return true;
      },
    );
  });

  test("vault: a private key out of range is not imported", async () => {
    const call = { namespace: "red", keyId: "bad", curve: "secp256k1" } as const;
    for (const privateKey of [
      new Uint8Array(32),
      new Uint8Array(32).fill(0xff),
      new Uint8Array(31).fill(1),
    ]) {
      await assert.rejects(vault.importKey({ ...call, privateKey }), { code: "request.malformed" });
    }
  });
});

describe("vault: signs", () => {
  for (const { keyId, plan } of PLANS) {
    test(`vault: derives and signs with a ${keyId} key`, async () => {
      const key = await vault.deriveKey({ namespace: "red", walletId: "w1", keyId, plan });
      await assert.rejects(vault.sign({ keyId, payloads: [] }), { code: "key.not_found" });
      directory.rows.insertKey(key.rows);
      const payloads = payloadsOf(plan.curve, key.publicKey, keyId);
      const signatures = await vault.sign({ keyId, payloads });
      assert.equal(signatures.length, payloads.length);
      for (const [index, payload] of payloads.entries()) {
        const signature = signatures[index];
        assert.ok(signature && verifySignature(payload, signature));
        assert.equal(signature.bytes.buffer.byteLength, 64);
      }
      const again = await vault.deriveKey({
        namespace: "red",
        walletId: "w1",
        keyId: `${keyId} again`,
        plan,
      });
      assert.deepEqual(again.publicKey, key.publicKey);
    });
  }

  for (const curve of ["secp256k1", "ed25519", "stark"] as const) {
    test(`vault: imports and signs with a ${curve} key`, async () => {
      const keyId = `imported ${curve}`;
      const expected = publicKeyOf(curve, digestOf(curve));
      const key = await vault.importKey({ namespace: "red", keyId, curve, privateKey: digestOf(curve) });
      assert.deepEqual(key.publicKey, expected);
      assert.equal(key.rows.keySecret.walletId, null);
      directory.rows.insertKey(key.rows);
      const payloads = payloadsOf(curve, key.publicKey, keyId);
      const signatures = await vault.sign({ keyId, payloads });
      assert.ok(
        payloads.every((payload, index) =>
          verifySignature(payload, signatures[index] ?? { bytes: payload.publicKey }),
        ),
      );
    });
  }

  test("vault: a key signs nothing for another key's payload", async () => {
    const [payload] = payloadsOf("secp256k1", publicKeyOf("secp256k1", digestOf("stranger")), "stranger");
    assert.ok(payload);
    await assert.rejects(vault.sign({ keyId: "ethereum", payloads: [payload] }), {
      code: "service.internal",
    });
  });

  test("vault: one bad call in a batch fails alone", async () => {
    const row = publicKeyOf("ed25519", digestOf("ed25519"));
    const payloads = payloadsOf("ed25519", row, "batch");
    const outcomes = await Promise.allSettled([
      vault.sign({ keyId: "imported ed25519", payloads }),
      vault.sign({ keyId: "nobody", payloads }),
      vault.sign({ keyId: "imported ed25519", payloads }),
    ]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
  });

  test("vault: the published wallet of a mnemonic and passphrase comes out", async () => {
    const mnemonic = "test test test test test test test test test test test junk";
    directory.rows.insertWallet(await vault.createWallet({ walletId: "junk", namespace: "red", mnemonic }));
    const key = await vault.deriveKey({ namespace: "red", walletId: "junk", keyId: "junk", plan: ETHEREUM });
    assert.deepEqual(
      Buffer.from(key.publicKey).toString("hex"),
      "038318535b54105d4a7aae60c08fc45f9687181b4fdfc625bd1a753fa7397fed75",
    );
    const other = { walletId: "junk2", namespace: "red", mnemonic, passphrase: "x" };
    directory.rows.insertWallet(await vault.createWallet(other));
    const differs = await vault.deriveKey({
      namespace: "red",
      walletId: "junk2",
      keyId: "x",
      plan: ETHEREUM,
    });
    assert.notDeepEqual(differs.publicKey, key.publicKey);
  });
});

describe("vault: seal and status", () => {
  test("vault: sealing drops every key, unsealing from a file brings them back", async () => {
    assert.ok((await vault.status()).cachedKeys > 0);
    await vault.seal();
    const sealed = await vault.status();
    assert.deepEqual([sealed.state, sealed.cachedKeys, sealed.kekVersion], ["sealed", 0, null]);
    await assert.rejects(vault.sign({ keyId: "ethereum", payloads: [] }), { code: "service.sealed" });

    const file = join(directory.folder, "passphrase");
    for (const [content, opens] of [
      [`${PASSPHRASE}\n\n`, false],
      ["", false],
      ["x".repeat(5000), false],
      [`${PASSPHRASE}\n`, true],
    ] as const) {
      writeFileSync(file, content, { mode: 0o600 });
      if (opens) await vault.unsealFromFile(file);
      else await assert.rejects(vault.unsealFromFile(file), { code: "service.unseal_failed" });
    }
    chmodSync(file, 0o400);
    assert.equal(vault.state(), "unsealed");
    await vault.sign({ keyId: "ethereum", payloads: [] });
    for (const path of [join(directory.folder, "missing"), directory.folder]) {
      await assert.rejects(vault.unsealFromFile(path), { code: "service.unseal_failed" });
    }
  });

  test("vault: status names the implementation of every scheme", async () => {
    const { backends, kekVersion } = await vault.status();
    assert.match(backends["secp256k1.ecdsa"], /libsecp256k1/);
    assert.match(backends["secp256k1.schnorr"], /libsecp256k1/);
    assert.match(backends.ed25519, /OpenSSL/);
    assert.match(backends["stark.ecdsa"], /starknet/);
    assert.equal(kekVersion, 1);
  });
});

describe("vault: thread that does not start", () => {
  test("vault: without a database path ready() rejects and calls are refused", async () => {
    const deaths: Error[] = [];
    const options = { databasePath: "", onDeath: (error: Error) => deaths.push(error) };
    Object.assign(options, { databasePath: undefined });
    const broken = startSigningVault(options);
    await assert.rejects(broken.ready(), /databasePath/);
    await assert.rejects(broken.status(), { code: "service.stopping" });
    // Whoever waits for ready() learns of it; nothing was under way, so the process need not end.
    assert.equal(deaths.length, 0);
    await broken.close();
  });
});
