/** Babylon keys: paths, names, and the keys that eotsd makes of the same words. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mnemonicToSeedSync } from "@scure/bip39";
import { addressOf, planImport, planKey } from "../../../src/chains/babylon/keys.ts";
import type { KeyOptions } from "../../../src/chains/adapter.ts";
import { toHex } from "../../../src/domain/bytes.ts";
import { SignerError } from "../../../src/domain/errors.ts";
import { AccountNodes } from "../../../src/vault/wallet/account-nodes.ts";
import { deriveKey } from "../../../src/vault/wallet/derivation.ts";
import { readVectors, skipWithout } from "../../vectors.ts";

function refusedOption(plan: (options: KeyOptions) => unknown, options: KeyOptions, name: string): void {
  assert.throws(
    () => plan(options),
    (error) =>
      error instanceof SignerError &&
      error.code === "request.malformed" &&
      error.members["field"] === `/${name}`,
  );
}

describe("babylon keys: refusals", () => {
  for (const [options, name] of [
    [{ account: -1 }, "account"],
    [{ account: 2 ** 31 }, "account"],
    [{ index: 2 ** 31 }, "index"],
    [{ index: 1.5 }, "index"],
    [{ account: 0, path: "m" }, "account"],
    [{ index: 0, path: "m" }, "index"],
    [{ path: "" }, "path"],
    [{ path: "m/" }, "path"],
    [{ path: "M" }, "path"],
    [{ path: "m/44h/1h" }, "path"],
    [{ path: "44'/1'/0'/0/0" }, "path"],
    [{ path: "m/01" }, "path"],
    [{ path: "m/2147483648" }, "path"],
    [{ path: "m\n" }, "path"],
    [{ path: `m${"/0".repeat(11)}` }, "path"],
    [{ purpose: 84 }, "purpose"],
    [{ network: "mainnet" }, "network"],
    [{ accountType: "argent" }, "accountType"],
  ] as const) {
    test(`babylon keys: ${JSON.stringify(options)}`, () => refusedOption(planKey, options, name));
  }

  for (const [options, name] of [
    [{ path: "m" }, "path"],
    [{ account: 0 }, "account"],
    [{ index: 0 }, "index"],
    [{ network: "mainnet" }, "network"],
  ] as const) {
    test(`babylon keys: an import with ${name}`, () => refusedOption(planImport, options, name));
  }

  test("babylon keys: an x-only key has no parity and no address", () => {
    assert.throws(() => addressOf(new Uint8Array(32)), RangeError);
  });
});

describe("babylon keys: plans", () => {
  for (const [options, path] of [
    [{}, "m/44'/1'/0'/0/0"],
    [{ account: 3, index: 7 }, "m/44'/1'/3'/0/7"],
    [{ path: "m" }, "m"],
    [{ path: "m/44'/118'/0'/0/0" }, "m/44'/118'/0'/0/0"],
  ] as const) {
    test(`babylon keys: ${JSON.stringify(options)} lies at ${path}`, () => {
      const expected = { path, derivation: "bip32-secp256k1", curve: "secp256k1", attributes: {} };
      assert.deepEqual(planKey(options), expected);
    });
  }

  test("babylon keys: an import is a secp256k1 key without attributes", () => {
    assert.deepEqual(planImport({}), { curve: "secp256k1", attributes: {} });
  });
});

interface DerivationCase {
  readonly mnemonic: string;
  readonly bip39_passphrase: string;
  /** Empty for the master key. */
  readonly hd_path: string;
  readonly seed: string;
  readonly sk: string;
  readonly eots_pk: string;
}
function isFile(value: unknown): value is { readonly vectors: readonly DerivationCase[] } {
  return typeof value === "object" && value !== null && "vectors" in value;
}

describe("key_derivation.json", { skip: skipWithout("babylon") }, () => {
  const file = readVectors("babylon", "key_derivation.json");
  const vectors = isFile(file) ? file.vectors : [];
  for (const [index, vector] of vectors.entries()) {
    test(`key_derivation.json: ${index}, ${vector.hd_path === "" ? "master key" : vector.hd_path}`, () => {
      const seed = mnemonicToSeedSync(vector.mnemonic, vector.bip39_passphrase);
      assert.equal(toHex(seed), `0x${vector.seed}`);
      const nodes = new AccountNodes(4);
      const plan = planKey({ path: vector.hd_path === "" ? "m" : vector.hd_path });
      // Twice: the caller wipes the secret, and the node in the cache must not feel it.
      for (let time = 0; time < 2; time += 1) {
        const { secret, publicKey } = deriveKey("wallet", seed, plan, nodes);
        assert.equal(toHex(secret), `0x${vector.sk}`);
        assert.equal(addressOf(publicKey), vector.eots_pk);
        secret.fill(0);
      }
    });
  }

  test("key_derivation.json: has master keys and paths", () => {
    assert.ok(
      vectors.some((vector) => vector.hd_path === "") && vectors.some((vector) => vector.hd_path !== ""),
    );
  });
});
