/** Solana key options: paths of the wallets, hardened levels only. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { getAddressDecoder } from "@solana/kit";
import fc from "fast-check";
import type { KeyOptions } from "../../../src/chains/adapter.ts";
import { solanaAdapter } from "../../../src/chains/solana/adapter.ts";
import { refuses } from "./fixtures.ts";

const REFUSED: readonly (readonly [string, KeyOptions, RegExp])[] = [
  ["an index", { index: 1 }, /^\/index: /],
  ["a negative account", { account: -1 }, /^\/account: /],
  ["a fractional account", { account: 0.5 }, /^\/account: /],
  ["account 2^31", { account: 2 ** 31 }, /^\/account: /],
  ["a level that is not hardened", { path: "m/44'/501'/0'/0" }, /^\/path: /],
  ["the master key", { path: "m" }, /^\/path: /],
  ["a level of 2^31", { path: "m/44'/501'/2147483648'" }, /^\/path: /],
  ["a leading zero", { path: "m/044'/501'" }, /^\/path: /],
  ["hardened levels in h notation", { path: "m/44h/501h" }, /^\/path: /],
  ["a path and an account", { path: "m/44'/501'", account: 0 }, /^\/account: /],
  ["a purpose", { purpose: 44 }, /^\/purpose: /],
  ["a network", { network: "mainnet" }, /^\/network: /],
  ["an account type", { accountType: "argent" }, /^\/accountType: /],
];

for (const [name, options, message] of REFUSED) {
  test(`keys: ${name} is refused`, () => {
    refuses(() => solanaAdapter.planKey(options), "request.malformed", message);
  });
}

for (const options of [{ account: 0 }, { index: 0 }, { path: "m/44'" }, { network: "mainnet" }]) {
  test(`keys: an import with ${JSON.stringify(options)} is refused`, () => {
    refuses(() => solanaAdapter.planImport(options), "request.malformed", /leave it out/);
  });
}

test("keys: without a path, accounts are at m/44'/501'/account'/0'", () => {
  assert.deepEqual(solanaAdapter.planKey({}), {
    path: "m/44'/501'/0'/0'",
    derivation: "slip10-ed25519",
    curve: "ed25519",
    attributes: {},
  });
  assert.equal(solanaAdapter.planKey({ account: 7, index: 0 }).path, "m/44'/501'/7'/0'");
  assert.equal(solanaAdapter.planKey({ account: 2 ** 31 - 1 }).path, "m/44'/501'/2147483647'/0'");
});

test("keys: other wallets' paths are taken as they are", () => {
  for (const path of ["m/44'/501'", "m/44'/501'/3'", "m/44'/501'/2147483647'/0'"]) {
    assert.equal(solanaAdapter.planKey({ path }).path, path);
  }
});

test("keys: an imported key has a curve and nothing else", () => {
  assert.deepEqual(solanaAdapter.planImport({}), { curve: "ed25519", attributes: {} });
});

test("keys: the address is base58 of the public key, as kit writes it", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (publicKey) => {
      assert.equal(solanaAdapter.addressOf(publicKey, {}), getAddressDecoder().decode(publicKey));
    }),
  );
  assert.throws(() => solanaAdapter.addressOf(new Uint8Array(33), {}), RangeError);
});
